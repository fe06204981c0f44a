"""What anybody may read: ``/api/status`` and the texts of the public pages."""

from flask import current_app
from flask.typing import ResponseReturnValue

from oneapi import snapshot
from oneapi.options import PUBLIC
from oneapi.settings import VERSION
from oneapi.web.envelope import ok
from oneapi.web.routes import ApiBlueprint

bp = ApiBlueprint("status", __name__, url_prefix="/api")


@bp.get("/status")
def show_status() -> ResponseReturnValue:
    options = snapshot.current().options
    public = {name: getattr(options, field) for name, field in PUBLIC.items()}
    return ok({"version": VERSION, "start_time": current_app.config["START_TIME"], **public})


@bp.get("/notice")
def show_notice() -> ResponseReturnValue:
    return ok(snapshot.current().options.notice)


@bp.get("/about")
def show_about() -> ResponseReturnValue:
    return ok(snapshot.current().options.about)


@bp.get("/home_page_content")
def show_home_page() -> ResponseReturnValue:
    return ok(snapshot.current().options.home_page_content)
