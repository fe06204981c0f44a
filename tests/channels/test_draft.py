import json
from typing import Any

import pytest

from oneapi.channels.draft import ChannelDraft, has_secret, lacks, masked_config, unmasked_config
from oneapi.errors import Refusal

CONFIG = {"region": "us-west-2", "ak": "AKIA", "sk": "very secret", "vertex_ai_adc": ""}


def given(**body: Any) -> dict[str, Any]:
    return dict(ChannelDraft.from_json(body).given)


def test_a_draft_holds_only_what_the_body_gives() -> None:
    draft = ChannelDraft.from_json({"id": 7, "priority": 0, "name": None, "used_quota": 5})

    assert draft.id == 7
    assert draft.given == {"priority": 0}


def test_models_and_groups_are_trimmed_and_each_named_once() -> None:
    assert given(models=" a, b,a ,,", group="vip,default,vip") == {
        "models": "a,b",
        "group": "vip,default",
    }


def test_a_base_url_loses_its_last_slash() -> None:
    assert given(base_url=" https://api.example.com/v1/ ")["base_url"] == (
        "https://api.example.com/v1"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "1"}, "invalid_parameter"),
        ({"type": 99}, "invalid_parameter"),
        ({"type": -1}, "invalid_parameter"),
        ({"status": 4}, "invalid_parameter"),
        ({"weight": -1}, "invalid_parameter"),
        ({"priority": 1.5}, "invalid_parameter"),
        ({"models": ["a"]}, "invalid_parameter"),
        ({"model_mapping": "{x"}, "invalid_parameter"),
        ({"model_mapping": '{"a": 1}'}, "invalid_parameter"),
        ({"model_mapping": '["a"]'}, "invalid_parameter"),
        ({"config": "nonsense"}, "invalid_channel_config"),
        ({"config": "[]"}, "invalid_channel_config"),
        ({"config": "[" * 100_000}, "invalid_channel_config"),
    ],
)
def test_what_no_channel_can_be_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        ChannelDraft.from_json(body)

    assert refusal.value.code == code
    assert refusal.value.param == next(iter(body))


@pytest.mark.parametrize("text", ["", "{}", ' {"a": "b"} '])
def test_a_mapping_may_be_empty(text: str) -> None:
    assert given(model_mapping=text)["model_mapping"] == text


def test_members_longer_than_their_columns_are_named() -> None:
    draft = ChannelDraft.from_json(
        {"name": "n" * 192, "group": "g" * 32, "remark": "r" * 256, "models": f"a,{'m' * 192}"}
    )

    assert draft.too_long() == ["name", "remark", "models"]


def test_the_secrets_of_a_config_are_covered() -> None:
    shown = json.loads(masked_config(json.dumps(CONFIG)))

    assert shown == {**CONFIG, "sk": "********"}


@pytest.mark.parametrize("text", ["", "{}", '{ "region" : "eu" }', "no json"])
def test_a_config_without_secrets_is_shown_as_it_was_written(text: str) -> None:
    assert masked_config(text) == text
    assert not has_secret(text)


def test_a_covered_secret_keeps_its_stored_value() -> None:
    sent = json.dumps({**CONFIG, "sk": "********", "region": "eu-west-1"})

    kept = json.loads(unmasked_config(sent, json.dumps(CONFIG)))

    assert kept == {**CONFIG, "region": "eu-west-1"}


def test_a_cover_with_nothing_under_it_is_refused() -> None:
    with pytest.raises(Refusal, match="invalid_channel_config"):
        unmasked_config('{"sk": "********"}', "")


def test_a_config_lacks_what_is_empty_or_missing() -> None:
    assert lacks(json.dumps(CONFIG), ["region", "vertex_ai_adc"])
    assert lacks("", ["region"])
    assert not lacks(json.dumps(CONFIG), ["region", "ak", "sk"])
