"""What a sign-in service is: where people are sent, and how it is asked who came back."""

from dataclasses import dataclass, field
from typing import Protocol

from oneapi.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a service says of somebody; apart from ``identity`` nothing here is trusted."""

    identity: str
    """Names the person at the service, now and later; empty if the service did not say."""

    username: str = ""
    display_name: str = ""
    email: str = ""
    number: str | None = None
    """Where an identity can pass to somebody else: what cannot.  ``None`` where it never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody is about to be sent to a service."""

    options: Options
    state: str
    nonce: str
    challenge: str
    """PKCE: what proves later that the code came to whom it was meant for (S256)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody came back, with a code that the service will exchange once."""

    options: Options
    code: str = field(repr=False)
    nonce: str = ""
    verifier: str = field(default="", repr=False)
    """Empty, like ``nonce``, when a page built the service's address by itself."""


class Service(Protocol):
    """The questions every service answers."""

    name: str
    """As in paths; new accounts are called ``<name>_<number>``."""

    column: str
    """Where ``users`` keeps the identity."""

    display_name: str
    """Of people whom the service gives no name."""

    def is_on(self, options: Options) -> bool:
        """Say whether an administrator has switched the service on."""
        ...

    def read_profile(self, arrival: Arrival) -> Profile:
        """Ask the service who this is.

        Raises:
            Refusal: ``oauth_unreachable``, or ``oauth_empty_identity`` when it accepts no code.
        """
        ...


class WebService(Service, Protocol):
    """A service to whose pages a browser is sent, and from where it comes back with a code."""

    def address(self, departure: Departure) -> str:
        """Return where to send the browser."""
        ...


def text_of(value: object) -> str:
    """Return a member of an answer if it is a text, else nothing."""
    return value if isinstance(value, str) else ""
