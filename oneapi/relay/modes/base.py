"""What a mode answers: how its body is checked, what it may cost, what it did cost."""

from typing import Protocol

from msgspec import Struct

from oneapi.billing.prices import Price
from oneapi.options import Options
from oneapi.relay.prompt import Prompt
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall


class Used(Struct, frozen=True, kw_only=True):
    """What an answer used, as far as it is known when it ends."""

    usage: Usage
    estimated: bool = False
    """Counted here, because the upstream said nothing."""

    seconds: float | None = None
    images: int | None = None


class Charge(Struct, frozen=True, kw_only=True):
    """What a call costs, and the numbers of its log row."""

    quota: int
    usage: Usage
    estimated: bool = False


class Mode(Protocol):
    """The part of a call that differs by endpoint."""

    def checked(self, call: RelayCall) -> RelayCall:
        """Return the call with defaults filled in.

        Raises:
            Refusal: the body cannot be used (400).
        """
        ...

    def check_for(self, call: RelayCall, model: str) -> None:
        """Check what depends on the actual model, after mapping.

        Raises:
            Refusal: this model does not take it (400).
        """
        ...

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return what the call may cost at most, in quota; held before it is sent."""
        ...

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return what the call did cost."""
        ...
