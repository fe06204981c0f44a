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

OF_ONE_API = """
GET    /api/status /api/notice /api/about /api/home_page_content /api/models
POST   /api/topup /api/user/register /api/user/login /api/user/topup /api/user/manage
GET    /api/user/logout /api/user/dashboard /api/user/self /api/user/token /api/user/aff
GET    /api/user/available_models /api/user /api/user/search /api/user/5
POST   /api/user
PUT    /api/user/self /api/user /api/option /api/channel /api/token /api/redemption
DELETE /api/user/self /api/user/5 /api/channel/disabled /api/channel/5 /api/token/5
DELETE /api/redemption/5 /api/log
GET    /api/option /api/channel /api/channel/search /api/channel/models /api/channel/5
GET    /api/channel/test /api/channel/test/5 /api/channel/update_balance
GET    /api/channel/update_balance/5 /api/token /api/token/search /api/token/5
POST   /api/channel /api/token /api/redemption
GET    /api/redemption /api/redemption/search /api/redemption/5
GET    /api/log /api/log/stat /api/log/self/stat /api/log/search /api/log/self
GET    /api/log/self/search /api/group
GET    /dashboard/billing/subscription /v1/dashboard/billing/subscription
GET    /dashboard/billing/usage /v1/dashboard/billing/usage /v1/models /v1/models/m
"""
"""Source: One API's router."""


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


def test_what_tools_call_of_one_api_is_there(app: WebApp) -> None:
    router = app.url_map.bind("gateway.example")
    catch_alls = {"ui.page", "v1.anything_else"}

    for line in OF_ONE_API.split("\n"):
        method, *paths = line.split() or [""]
        for path in paths:
            endpoint, taken_from_path = router.match(path, method=method)
            assert endpoint not in catch_alls, path
            assert not taken_from_path or path.endswith(("/5", "/m")), path
