"""Every route of the management API says who may use it."""

from typing import Any

import pytest

from oneapi.models.user import Role
from oneapi.web_app import WebApp

PUBLIC = {
    "oauth.come_back",
    "oauth.set_out",
    "oauth.sign_in_with_wechat",
    "pricing.show_prices",
    "status.show_status",
    "status.show_notice",
    "status.show_about",
    "status.show_home_page",
    "users.register",
    "users.sign_in",
    "users.sign_out",
    "verification.reset_password",
    "verification.send_code",
    "verification.send_reset_link",
}
"""Views that admit everybody, each on purpose."""


def guarded_views(app: WebApp) -> dict[str, Any]:
    return {
        rule.endpoint: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api")
    }


def test_every_view_asks_who_is_there(app: WebApp) -> None:
    open_views = {
        endpoint
        for endpoint, view in guarded_views(app).items()
        if not hasattr(view, "required_role")
    }

    assert open_views - PUBLIC == set()


def test_only_root_changes_options(app: WebApp) -> None:
    roles = {
        view.required_role
        for endpoint, view in guarded_views(app).items()
        if endpoint.startswith("options.")
    }

    assert roles == {Role.ROOT}


def test_every_route_has_both_spellings(app: WebApp) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")}

    assert all(f"{rule}/" in rules for rule in rules if not rule.endswith("/"))
    assert all(rule.rstrip("/") in rules for rule in rules)


@pytest.mark.parametrize("path", ["/api/user/self", "/api/token", "/api/option", "/api/user"])
def test_nobody_gets_in_without_credentials(app: WebApp, path: str) -> None:
    client = app.test_client()

    assert client.get(path).status_code == 401
    assert client.get(f"{path}/").status_code == 401
