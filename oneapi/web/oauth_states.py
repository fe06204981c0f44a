"""The state that a browser takes to a sign-in service and back, kept in its session.

It is random, good for ten minutes and for one return.  Where the page that sends the browser away
asks for the service's address, nonce and PKCE verifier are kept beside it, and the state is good
for that service only.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from flask import session

from oneapi.accounts.signin import states
from oneapi.errors import Refusal
from oneapi.lib import clock, keys

_KEY: Final = "oauth_state"
_STATE_LENGTH: Final = 12
_NONCE_LENGTH: Final = 24
_VERIFIER_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is known of a browser on its way; all but the state may be empty."""

    state: str
    service: str = ""
    nonce: str = ""
    verifier: str = ""


def issue(service: str) -> Ticket:
    """Put a new state into the session; an older one there is gone."""
    ticket = Ticket(keys.random_text(_STATE_LENGTH))
    if service:
        nonce, verifier = keys.random_text(_NONCE_LENGTH), keys.random_text(_VERIFIER_LENGTH)
        ticket = Ticket(ticket.state, service, nonce, verifier)
    session[_KEY] = [clock.now_s(), ticket.state, ticket.service, ticket.nonce, ticket.verifier]
    return ticket


def redeem(state: str, service: str) -> Ticket:
    """Return the ticket of a browser that came back with this state, and take it away.

    Raises:
        Refusal: ``oauth_state_mismatch``.
    """
    issued_at, ticket = _held()
    if not hmac.compare_digest(ticket.state.encode(), state.encode()) or not state:
        raise Refusal("oauth_state_mismatch")
    session.pop(_KEY)
    now_s = clock.now_s()
    if now_s - issued_at > states.LIFETIME_S or ticket.service not in {"", service}:
        raise Refusal("oauth_state_mismatch")
    states.spend(state, now_s=now_s)
    return ticket


def _held() -> tuple[int, Ticket]:
    """Return what this browser's session holds, whatever an older version put there."""
    held = session.get(_KEY)
    if not isinstance(held, list) or len(held) != 5:
        return 0, Ticket("")
    issued_at, *texts = held
    return int(issued_at), Ticket(*map(str, texts))
