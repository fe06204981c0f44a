"""News for root: what became of a channel.  Each function returns at once."""

from typing import Final

from oneapi import locks, resources
from oneapi.lib import clock, keys
from oneapi.notify import letters
from oneapi.notify.letters import Letter, Named
from oneapi.notify.outbox import Errand, outbox
from oneapi.resources import db

SLOW_AGAIN_S: Final = 86_400
"""A channel that stays slow and stays on is worth a letter a day."""


def channel_disabled(channel: Named, *, reason: str, answer: str = "") -> None:
    """Say that a channel was switched off by itself."""
    _tell(letters.channel_disabled(channel, reason, answer, _language()))


def channel_enabled(channel: Named) -> None:
    """Say that a channel is in use again."""
    _tell(letters.channel_enabled(channel, _language()))


def channel_slow(channel: Named, *, reason: str) -> None:
    """Say that a channel that was left on is too slow, at most once a day."""
    with db.transaction() as session:
        is_news = locks.acquire(
            session,
            f"told slow {channel.id}",
            owner=keys.new_access_token(),
            now_s=clock.now_s(),
            for_s=SLOW_AGAIN_S,
        )
    if is_news:
        _tell(letters.channel_slow(channel, reason, _language()))


def channels_tested(*, done: int, failed: int) -> None:
    """Say that a test that somebody asked for is over."""
    _tell(letters.channels_tested(done, failed, _language()))


def _tell(letter: Letter) -> None:
    outbox.put(Errand(letter))


def _language() -> str:
    return resources.settings.default_language
