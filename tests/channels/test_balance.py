import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oneapi import locks, resources
from oneapi.channels import balance, store
from oneapi.channels.balance import Account
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.own import ChannelExtra
from oneapi.options import Options
from oneapi.providers.catalog import channel_types
from oneapi.settings import Settings
from tests.support.proxy import proxy
from tests.support.web_server import Asked, Told, WebServer, web_server

KEY = "sk-of-the-account"

# What each provider answers at which path.
ANSWERS: dict[str, Any] = {
    "/v1/dashboard/billing/subscription": {"hard_limit_usd": 20, "has_payment_method": True},
    "/v1/dashboard/billing/usage": {"total_usage": 750},
    "/dashboard/billing/credit_grants": {"total_available": 3.5, "total_remaining": 2.5},
    "/sb-api/user/status": {"data": {"credit": "12345"}},
    "/api/report/getUserOverview": {"success": True, "data": {"totalPoints": 99}},
    "/v1/credits": {"data": {"total_credits": 10, "total_usage": 2.5}},
    "/v1/users/me/balance": {"code": 0, "data": {"available_balance": 49.5}},
    "/user/balance": {
        "balance_infos": [
            {"currency": "USD", "total_balance": "1.00"},
            {"currency": "CNY", "total_balance": "110.00"},
        ]
    },
    "/v1/user/info": {"code": 20000, "data": {"totalBalance": "88.00"}},
}


def answer(asked: Asked) -> Told:
    path = asked.path.partition("?")[0]
    if path in ANSWERS:
        return Told(json.dumps(ANSWERS[path]).encode())
    if path.startswith("/odd"):
        return Told(b'{"data": {"totalBalance": "NaN"}, "code": 20000}')
    if path.startswith("/angry"):
        return Told(json.dumps({"msg": f"unknown: {KEY}", "message": f"no {KEY}!"}).encode())
    if path.startswith("/list"):
        return Told(b"[]")
    return Told(b'{"error": "no"}', status=401)


@pytest.fixture
def provider() -> Iterator[WebServer]:
    with web_server(answer) as running:
        yield running


@pytest.mark.parametrize(
    ("number", "left"),
    [
        (1, 12.5),
        (4, 3.5),
        (5, 12345.0),
        (8, 12.5),
        (10, 99.0),
        (12, 2.5),
        (13, 3.5),
        (20, 7.5),
        (25, 49.5),
        (36, 110.0),
        (44, 88.0),
    ],
)
def test_each_provider_is_asked_in_its_way(provider: WebServer, number: int, left: float) -> None:
    assert balance.ask(Account(number, provider.url, KEY)) == left


def test_the_form_offers_what_can_be_asked() -> None:
    offered = {number for number, row in channel_types().items() if row.form.balance}

    assert offered == balance.SUPPORTED


@pytest.mark.parametrize(
    ("number", "header", "value"),
    [(36, "authorization", f"Bearer {KEY}"), (10, "api-key", KEY), (5, "authorization", None)],
)
def test_the_key_goes_where_the_provider_wants_it(
    provider: WebServer, number: int, header: str, value: str | None
) -> None:
    balance.ask(Account(number, provider.url, KEY))

    assert provider.asked[0].headers.get(header) == value
    assert (f"api_key={KEY}" in provider.asked[0].path) == (number == 5)


def test_usage_is_asked_for_the_month(provider: WebServer) -> None:
    balance.ask(Account(1, provider.url, KEY))

    today = datetime.fromtimestamp(clock.now_s(), UTC).date()
    query = provider.asked[1].path.partition("?")[2]
    assert query == f"start_date={today:%Y-%m}-01&end_date={today}"


@pytest.mark.parametrize(
    ("path", "number", "reason"),
    [
        ("/nowhere", 36, "status code: 401"),
        ("/odd", 44, "the answer tells no balance"),
        ("/odd", 36, "the answer tells no balance"),
        ("/list", 10, "the answer tells no balance"),
        ("/odd", 10, "code: None, message: "),
        ("/odd", 1, "the answer tells no balance"),
        ("/angry", 5, "unknown: ***"),
        ("/angry", 44, "code: None, message: no ***!"),
    ],
)
def test_an_answer_without_a_balance_is_a_refusal(
    provider: WebServer, path: str, number: int, reason: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        balance.ask(Account(number, provider.url + path, KEY))

    assert refusal.value.code == "upstream_error"
    assert refusal.value.facts["reason"] == reason


def test_an_account_is_asked_where_the_channel_says() -> None:
    account = balance.account_of(Channel(type=36, key="Bearer k", base_url="https://a.example/"))
    default = balance.account_of(Channel(type=10, key="k", base_url=""))

    assert (account.base_url, account.key) == ("https://a.example", "k")
    assert default.base_url == "https://aiproxy.io"


@pytest.mark.parametrize("number", [36, 10, 5])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_balance_is_asked_for_through_the_proxy_of_the_calls(
    db: Database, settings: Settings, provider: WebServer, scheme: str, number: int
) -> None:
    with proxy() as for_all, proxy() as own:
        for_all.moved["a.example"] = own.moved["a.example"] = ("127.0.0.1", provider.port)
        resources.bind_settings(
            replace(settings, relay_proxy=f"{scheme}://127.0.0.1:{for_all.port}")
        )
        config = json.dumps({"proxy": f"{scheme}://127.0.0.1:{own.port}"})
        plain = Channel(type=number, key=KEY, base_url="http://a.example")
        special = Channel(type=number, key=KEY, base_url="http://a.example", config=config)

        first = balance.ask(balance.account_of(plain))
        asked_of_all = list(for_all.asked)
        second = balance.ask(balance.account_of(special))

        kind = scheme.removesuffix("5")
        assert first == second
        assert asked_of_all == for_all.asked == own.asked == [f"{kind} a.example:80"]


def test_a_provider_without_a_balance_is_not_asked() -> None:
    with pytest.raises(Refusal, match="balance_not_supported"):
        balance.account_of(Channel(type=3, key="k"))


def create(db: Database, url: str, **body: Any) -> int:
    draft = ChannelDraft.from_json({"key": KEY, "models": "m", "base_url": url, **body})
    with db.transaction() as session:
        return store.create(session, draft, now_s=0)[0].id


def run_through(db: Database, options: Options) -> None:
    run = locks.Run.begin(balance.LOCK)
    assert run is not None
    balance.update_all(options, run)


def test_a_run_asks_for_all_enabled_channels(db: Database, provider: WebServer) -> None:
    good = create(db, provider.url, type=36)
    bad = create(db, f"{provider.url}/nowhere", type=36)
    off = create(db, provider.url, type=36, status=2)
    other = create(db, provider.url, type=14)

    run_through(db, Options())

    with db.reading() as session:
        found = {id_: session.get_one(Channel, id_).balance for id_ in (good, bad, off, other)}
        assert found == {good: 110.0, bad: 0, off: 0, other: 0}
        extra = session.get_one(ChannelExtra, bad)
        assert extra.last_error == "status code: 401"
        assert extra.last_error_time


@pytest.mark.parametrize(("allowed", "status"), [(True, 3), (False, 1)])
def test_an_empty_account_is_switched_off_if_the_options_say_so(
    db: Database,
    provider: WebServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    allowed: bool,
    status: int,
) -> None:
    monkeypatch.setitem(ANSWERS, "/v1/dashboard/billing/usage", {"total_usage": 2000})
    channel_id = create(db, provider.url, type=1)

    run_through(db, Options(automatic_disable_channel_enabled=allowed))

    with db.reading() as session:
        assert session.get_one(Channel, channel_id).status == status


def test_one_run_is_enough(db: Database) -> None:
    assert locks.Run.begin(balance.LOCK) is not None

    with pytest.raises(Refusal, match="channel_balance_running"):
        balance.start_run(Options())


def test_a_run_without_its_lock_stops(db: Database, provider: WebServer) -> None:
    create(db, provider.url, type=36)
    run = locks.Run.begin(balance.LOCK)
    assert run is not None
    run.end()

    balance.update_all(Options(), run)

    assert provider.asked == []
