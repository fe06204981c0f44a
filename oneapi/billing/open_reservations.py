"""What this worker's calls hold at the moment, in memory."""

from collections import defaultdict

from oneapi.billing.entries import PayerKey, Reserve


class OpenReservations:
    """Reservations that were accepted and are not closed yet."""

    def __init__(self) -> None:
        self._wishes: dict[str, Reserve] = {}
        self._held: dict[PayerKey, int] = defaultdict(int)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._wishes

    def add(self, wish: Reserve) -> None:
        """Note an accepted reservation."""
        self._wishes[wish.request_id] = wish
        self._count(wish, 1)

    def remove(self, request_id: str) -> None:
        """Note that it is closed; harmless if it is not known."""
        wish = self._wishes.pop(request_id, None)
        if wish is not None:
            self._count(wish, -1)

    def held_of(self, key: PayerKey) -> int:
        """Return how much is held of a user or a token."""
        return self._held.get(key, 0)

    def made_before(self, moment_s: int) -> list[str]:
        """Return the request ids of reservations made before ``moment_s`` (Unix seconds)."""
        return [key for key, wish in self._wishes.items() if wish.now_s < moment_s]

    def _count(self, wish: Reserve, sign: int) -> None:
        for key in wish.payer.keys:
            self._held[key] += sign * wish.amount
            if not self._held[key]:
                del self._held[key]
