from typing import Any

import orjson
import pytest

from oneapi.errors import Refusal
from oneapi.relay.modes.text import TextMode
from oneapi.texts import codes
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.support.priced import OPTIONS, call_of, price, prompt_of, used

MODE = TextMode()
HELLO = [{"role": "user", "content": "Hello!"}]
HELLO_TOKENS = 9
CUSHION = OPTIONS.pre_consumed_quota


def estimate(**body: Any) -> int:
    call = call_of(RelayMode.CHAT, model="m", messages=HELLO, **body)
    prompt = prompt_of(call)
    prompt.insist()
    return MODE.estimate(call, price(), prompt, OPTIONS)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ({}, 0),
        ({"max_tokens": 0}, 0),
        ({"max_tokens": 100}, 100),
        ({"max_tokens": 100.0}, 100),
        ({"max_completion_tokens": 70}, 70),
        ({"max_tokens": 100, "max_completion_tokens": 70}, 100),
        ({"max_tokens": 100, "n": 4}, 400),
        ({"n": 4}, 0),
        ({"max_tokens": None, "n": None}, 0),
    ],
    ids=str,
)
def test_an_estimate_is_cushion_prompt_and_the_answers_limit(body: Any, more: int) -> None:
    assert estimate(**body) == CUSHION + HELLO_TOKENS + more


def test_tools_raise_the_estimate() -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}

    assert estimate(tools=[tool]) > estimate()


@pytest.mark.parametrize(
    ("mode", "body", "param"),
    [
        (RelayMode.CHAT, {"messages": HELLO}, "model"),
        (RelayMode.CHAT, {"model": "", "messages": HELLO}, "model"),
        (RelayMode.CHAT, {"model": "m"}, "messages"),
        (RelayMode.CHAT, {"model": "m", "messages": [7]}, "messages.0"),
        (RelayMode.CHAT, {"model": "m", "messages": [{"content": "x"}]}, "messages.0"),
        (RelayMode.CHAT, {"model": "m", "messages": [*HELLO, {"role": 7}]}, "messages.1"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "max_tokens": -1}, "max_tokens"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "max_tokens": True}, "max_tokens"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "max_tokens": 1.5}, "max_tokens"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "n": 0}, "n"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "n": "2"}, "n"),
        (RelayMode.CHAT, {"model": "m", "messages": HELLO, "stream": "yes"}, "stream"),
        (RelayMode.COMPLETIONS, {"model": "m", "prompt": None}, "prompt"),
        (RelayMode.EMBEDDINGS, {"model": "m", "input": []}, "input"),
        (RelayMode.MODERATIONS, {"model": "m"}, "input"),
        (RelayMode.EDITS, {"model": "m", "input": "x"}, "instruction"),
    ],
)
def test_a_refusal_names_what_is_wrong(mode: RelayMode, body: Any, param: str) -> None:
    with pytest.raises(Refusal) as refusal:
        MODE.checked(call_of(mode, **body))

    assert (refusal.value.code, refusal.value.status) == ("invalid_text_request", 400)
    assert refusal.value.param == param
    assert f"invalid_text_request.{refusal.value.facts['text']}" in codes("en")


@pytest.mark.parametrize(
    "body",
    [
        {"messages": HELLO, "n": 128, "max_tokens": 1_073_741_823},
        {"messages": [{"role": "tool", "content": None}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": "http://x"}]}
            ]
        },
        {"messages": [{"role": "user", "content": [{"type": "who knows"}]}], "stream": None},
    ],
    ids=str,
)
def test_what_an_upstream_may_understand_passes(body: Any) -> None:
    call = call_of(RelayMode.CHAT, model="m", **body)

    assert MODE.checked(call) is call


def test_the_charge_is_that_of_the_usage() -> None:
    call = call_of(RelayMode.CHAT, model="m", messages=HELLO)

    charge = MODE.charge(call, price(2.0, completion=3.0), "m", used(10, 5, estimated=True))

    assert (charge.quota, charge.estimated) == (50, True)


@pytest.mark.parametrize("raw", [b'{"input":"x"}', b'{"model":null,"input":"x"}'])
def test_a_moderation_without_a_model_has_one_for_us_alone(raw: bytes) -> None:
    call = RelayCall(mode=RelayMode.MODERATIONS, body=orjson.loads(raw), raw=raw)

    checked = MODE.checked(call)

    assert checked.model == "text-moderation-stable"
    assert checked.raw == b'{"input":"x"}'
