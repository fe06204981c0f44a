"""``/api/user/topup`` for whoever holds a code, ``/api/topup`` for programs that take payments."""

from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.billing import top_ups
from oneapi.billing.top_ups import Occasion, Payment
from oneapi.lib import clock
from oneapi.lib.json_fields import optional_text
from oneapi.resources import db
from oneapi.web import audit, context, incoming, ratelimit
from oneapi.web.auth import current_identity, require_admin, require_user
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("topup", __name__, url_prefix="/api")


@bp.post("/user/topup")
@require_user
def redeem_code() -> ResponseReturnValue:
    me = current_identity().user_id
    key = optional_text(incoming.json_object(), "key") or ""
    ratelimit.count_redemption(me)
    with db.transaction() as session:
        return ok(top_ups.redeem(session, key, user_id=me, occasion=_occasion()))


@bp.post("/topup")
@require_admin
def book_payment() -> ResponseReturnValue:
    payment, occasion = Payment.from_json(incoming.json_object()), _occasion()
    with db.transaction() as session:
        user = top_ups.book(session, payment, occasion)
        if user is not None:
            amount = occasion.amount(payment.quota)
            audit.note(session, "log_user_topped_up", name=user.username, id=user.id, amount=amount)
    return ok()


def _occasion() -> Occasion:
    return Occasion(
        options=snapshot.current().options,
        now_s=clock.now_s(),
        request_id=context.request_id(),
    )
