"""``/api/group``: the names of the groups that have a price."""

from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.web.auth import require_admin
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("groups", __name__, url_prefix="/api/group")

_FIRST = "default"


@bp.get("/")
@require_admin
def list_groups() -> ResponseReturnValue:
    ratios = snapshot.current().options.group_ratios
    return ok(sorted(ratios, key=lambda group: (group != _FIRST, group)))
