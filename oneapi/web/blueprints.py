"""Every blueprint of the control plane, one line each."""

from flask import Flask

from oneapi.web import dashboard, operations, ui
from oneapi.web.api import (
    channel_checks,
    channels,
    email_binding,
    groups,
    logs,
    message_trials,
    models,
    oauth,
    options,
    pricing,
    redemptions,
    status,
    tokens,
    topup,
    usage,
    user_administration,
    users,
    verification,
)
from oneapi.web.ratelimit import api_limit, page_limit

API = (
    status.bp,
    users.bp,
    verification.bp,
    email_binding.bp,
    user_administration.bp,
    oauth.bp,
    tokens.bp,
    redemptions.bp,
    topup.bp,
    options.bp,
    message_trials.bp,
    channels.bp,
    channel_checks.bp,
    logs.bp,
    usage.bp,
    groups.bp,
    models.bp,
    pricing.bp,
)
"""Everything under ``/api``."""

for _bp in (*API, dashboard.bp):
    api_limit(_bp)
page_limit(ui.bp)


def register(app: Flask) -> None:
    """Add every route to the application."""
    for bp in (*API, dashboard.bp, operations.bp, ui.bp):
        app.register_blueprint(bp)
