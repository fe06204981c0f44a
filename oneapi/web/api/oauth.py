"""``/api/oauth``: signing in with other services, binding them to an account, and unbinding.

A browser fetches a state, visits the service, and comes back to a page ``/oauth/<service>``,
which hands over here what is in its address.  Who is signed in then binds; others sign in.
"""

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import identities
from oneapi.accounts.signin.contract import Arrival, Departure, Profile, Service
from oneapi.accounts.signin.registry import WEB_SERVICES, WECHAT
from oneapi.errors import Refusal
from oneapi.resources import db
from oneapi.web import audit, oauth_states
from oneapi.web.api.users import current_occasion, signed_in_as_json
from oneapi.web.auth import (
    changes_state,
    current_identity,
    find_identity,
    for_own_pages,
    is_by_session,
    require_user,
    start_session,
)
from oneapi.web.envelope import ok
from oneapi.web.oauth_states import Ticket
from oneapi.web.ratelimit import critical
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("oauth", __name__, url_prefix="/api/oauth")


@bp.get("/state")
@critical
def set_out() -> ResponseReturnValue:
    """Give the browser a state; with ``?provider=``, say where to send it as well."""
    name = request.args.get("provider", "")
    if not name:
        return ok(oauth_states.issue("").state)
    service = WEB_SERVICES.get(name)
    if service is None:
        raise Refusal("invalid_parameter", param="provider")
    options = snapshot.current().options
    if not service.is_on(options):
        raise Refusal("oauth_disabled")
    ticket = oauth_states.issue(name)
    departure = Departure(
        options=options,
        state=ticket.state,
        nonce=ticket.nonce,
        challenge=create_s256_code_challenge(ticket.verifier),
    )
    return ok(ticket.state, authorization_url=service.address(departure))


@bp.get("/<any(github, lark, oidc):name>")
@critical
@for_own_pages
def come_back(name: str) -> ResponseReturnValue:
    ticket = oauth_states.redeem(request.args.get("state", ""), name)
    service = WEB_SERVICES[name]
    profile = _identify(service, ticket)
    if is_by_session() and find_identity() is not None:
        _bind(service, profile)
        return ok(message="bind")
    return _sign_in(service, profile)


@bp.get("/wechat")
@critical
@for_own_pages
def sign_in_with_wechat() -> ResponseReturnValue:
    return _sign_in(WECHAT, _identify(WECHAT))


@bp.get("/wechat/bind")
@critical
@require_user
@changes_state
def bind_wechat() -> ResponseReturnValue:
    _bind(WECHAT, _identify(WECHAT))
    return ok()


@bp.delete("/bind/<name>")
@require_user
def unbind(name: str) -> ResponseReturnValue:
    with db.transaction() as session:
        user = identities.unbind(session, current_identity().user_id, name)
        if user is not None:
            audit.note(session, "log_sign_in_removed", service=name, name=user.username, id=user.id)
    return ok()


def _identify(service: Service, ticket: Ticket | None = None) -> Profile:
    arrival = Arrival(
        options=snapshot.current().options,
        code=request.args.get("code", ""),
        nonce=ticket.nonce if ticket is not None else "",
        verifier=ticket.verifier if ticket is not None else "",
    )
    return identities.identify(service, arrival)


def _sign_in(service: Service, profile: Profile) -> ResponseReturnValue:
    user = identities.sign_in(service, profile, current_occasion())
    start_session(user.user_id, user.stamp)
    return ok(signed_in_as_json(user))


def _bind(service: Service, profile: Profile) -> None:
    with db.transaction() as session:
        user = identities.bind(session, current_identity().user_id, service, profile)
        audit.note(
            session, "log_sign_in_added", service=service.name, name=user.username, id=user.id
        )
