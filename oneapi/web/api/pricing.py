"""``/api/pricing``: what models cost, for everybody if the operator says so."""

from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.accounts import users
from oneapi.errors import Refusal
from oneapi.models.user import Role
from oneapi.relay import price_table
from oneapi.relay.price_table import Offer
from oneapi.resources import db
from oneapi.web.auth import current_identity, find_identity, require_user
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("pricing", __name__, url_prefix="/api/pricing")

_GUESTS: Final = "default"
"""The group whose prices guests see."""


@bp.get("/")
def show_prices() -> ResponseReturnValue:
    """Answer everybody if the option is on, else only users."""
    if snapshot.current().options.pricing_public_enabled and find_identity() is None:
        return _table(_GUESTS, of_all_groups=False)
    return _show_prices_of_caller()


@require_user
def _show_prices_of_caller() -> ResponseReturnValue:
    caller = current_identity()
    with db.reading() as session:
        own = users.get(session, caller.user_id).group or _GUESTS
    is_admin = caller.role >= Role.ADMIN
    return _table(own, of_all_groups=is_admin)


def _table(own: str, *, of_all_groups: bool) -> ResponseReturnValue:
    """Answer the prices of the wanted group; only administrators choose one.

    Raises:
        Refusal: ``permission_denied``.
    """
    group = request.args.get("group", "") or own
    if group != own and not of_all_groups:
        raise Refusal("permission_denied")
    found = price_table.offers(snapshot.current(), group=group, of_all_groups=of_all_groups)
    return ok([_as_json(offer) for offer in found])


def _as_json(offer: Offer) -> dict[str, Any]:
    price = offer.price
    return {
        "model": offer.model,
        "owned_by": offer.owner,
        "groups": offer.groups,
        "model_ratio": price.model_ratio,
        "completion_ratio": price.completion_ratio,
        "group_ratio": price.group_ratio,
        "fixed_price": price.fixed_usd,
        "cache_ratio": 1.0 if price.kinds is None else price.kinds.cached,
        "priced": price.known or price.fixed_usd is not None,
        "enabled": offer.enabled,
    }
