import json
from dataclasses import replace
from typing import Any

import pytest

from oneapi import resources
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.providers.catalog import channel_type
from oneapi.providers.type_rules import StreamUsage
from oneapi.relay.route import asks_usage, limits_of, route_to
from oneapi.settings import Settings
from oneapi.snapshot import ChannelView, Snapshot
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.test_routing import channel

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(resources, "settings", Settings())
    return resources.settings


def call_of(**body: Any) -> RelayCall:
    tree = {**BODY, **body}
    return RelayCall(mode=RelayMode.CHAT, body=tree, raw=json.dumps(tree).encode())


def routed(view: ChannelView, call: RelayCall | None = None, options: Options | None = None) -> Any:
    snapshot = Snapshot(1, {view.id: view}, {}, options or Options())
    return route_to(view, call or call_of(), snapshot, group="default", ask_usage=True)


@pytest.mark.parametrize(
    ("enforced", "rule", "asked", "expected"),
    [
        (None, "always", False, True),
        (None, "always", True, True),
        (None, "on_request", False, False),
        (None, "on_request", True, True),
        (None, "never", True, False),
        (True, "on_request", False, True),
        (True, "never", False, False),
        (False, "always", False, False),
        (False, "always", True, True),
    ],
)
def test_usage_is_asked_for_as_catalog_client_and_operator_say(
    enforced: bool | None,  # noqa: FBT001
    rule: str,
    asked: bool,  # noqa: FBT001
    expected: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resources, "settings", Settings(enforce_include_usage=enforced))
    kind = replace(channel_type(1), stream_usage=StreamUsage(rule))
    options = {"stream_options": {"include_usage": True}} if asked else {}

    found = asks_usage(replace(channel(1), type=kind), call_of(stream=True, **options))

    assert found is expected


def test_a_channel_may_have_its_own_rule_about_usage() -> None:
    view = replace(channel(1), config={"stream_usage": "never"})

    assert asks_usage(view, call_of(stream=True)) is False


def test_a_system_prompt_goes_in_front() -> None:
    route = routed(replace(channel(1), system_prompt="Be brief."))

    assert route.prompt_was_set
    assert [m["role"] for m in route.call.messages] == ["system", "user"]
    assert json.loads(route.call.raw)["messages"][0]["content"] == "Be brief."


def test_a_call_without_messages_gets_no_system_prompt() -> None:
    call = RelayCall(mode=RelayMode.EMBEDDINGS, body={"model": "m", "input": "x"}, raw=b"{}")

    route = routed(replace(channel(1), system_prompt="Be brief."), call)

    assert not route.prompt_was_set


def test_the_prompt_of_one_channel_is_not_seen_by_the_next() -> None:
    call = call_of()

    routed(replace(channel(1), system_prompt="Be brief."), call)

    assert [m["role"] for m in routed(channel(2), call).call.messages] == ["user"]


@pytest.mark.parametrize("key", ["Bearer secret", "secret"])
def test_a_key_may_have_been_entered_with_its_scheme(key: str) -> None:
    assert routed(replace(channel(1), key=key)).target.api_key == "secret"


def test_the_raw_proxys_key_is_a_whole_header() -> None:
    call = RelayCall(mode=RelayMode.PROXY, body={"model": "proxy"})

    route = routed(replace(channel(1, type_=43), key="Bearer secret"), call)

    assert route.target.api_key == "Bearer secret"


def test_the_mapped_model_sets_target_and_price() -> None:
    route = routed(
        replace(channel(1), mapping={"m": "dear"}),
        options=Options(model_ratios={"m": 1.0, "dear": 9.0}),
    )

    assert (route.model, route.price.model_ratio) == ("dear", 9.0)


def test_a_config_that_cannot_be_read_is_the_operators_fault() -> None:
    with pytest.raises(Refusal) as refusal:
        routed(replace(channel(1), config_is_valid=False))

    assert (refusal.value.code, refusal.value.status) == ("invalid_channel_config", 500)


@pytest.mark.parametrize(
    ("total", "stream", "idle", "whole"),
    [
        (0, False, 300.0, None),
        (5, False, 300.0, 5.0),
        (5, True, 5.0, 5.0),
        (900, True, 300.0, 900.0),
    ],
)
def test_the_total_limit_is_a_streams_longest_gap(
    total: int,
    stream: bool,  # noqa: FBT001
    idle: float,
    whole: float | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resources, "settings", Settings(relay_timeout_s=total))

    limits = limits_of(stream=stream)

    assert (limits.idle_s, limits.total_s) == (idle, whole)
