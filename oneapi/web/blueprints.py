"""Every blueprint of the control plane, one line each."""

from flask import Flask

from oneapi.web import operations, ui
from oneapi.web.api import options, status, tokens, users
from oneapi.web.ratelimit import api_limit, page_limit

API = (
    status.bp,
    users.bp,
    tokens.bp,
    options.bp,
)
"""Everything under ``/api``."""

for _bp in API:
    api_limit(_bp)
page_limit(ui.bp)


def register(app: Flask) -> None:
    """Add every route to the application."""
    for bp in (*API, operations.bp, ui.bp):
        app.register_blueprint(bp)
