import pytest

from oneapi.providers.adaptors.dropped import COMMON, MAX_BYTES, Taken


def test_a_field_beyond_the_taken_paths_is_named_once_and_sorted():
    body = {"model": "m", "seed": 7, "logit_bias": {"1": 2}}

    assert Taken("model").dropped(body) == ("logit_bias", "seed")


def test_members_of_list_items_are_named_without_positions():
    parts = [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}},
    ]
    body = {"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": parts}]}

    assert Taken(*COMMON).dropped(body) == ("messages.content.cache_control",)


def test_a_path_takes_what_lies_below_it():
    body = {
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": {"b": 1}}}}]
    }

    assert Taken(*COMMON).dropped(body) == ()


def test_a_path_with_longer_ones_takes_only_those():
    body = {"image_url": {"url": "u", "detail": "high"}}

    assert Taken("image_url.url").dropped(body) == ("image_url.detail",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", None),
        ("stop", []),
        ("logit_bias", {}),
        ("logprobs", False),
        ("store", False),
        ("n", 1),
        ("presence_penalty", 0),
        ("frequency_penalty", 0.0),
        ("stream_options", {"include_usage": True}),
        ("odd name", 1),
    ],
)
def test_what_asks_for_nothing_is_not_named(name, value):
    assert Taken("model").dropped({name: value}) == ()


def test_zero_is_a_seed():
    assert Taken("model").dropped({"seed": 0}) == ("seed",)


def test_a_loss_of_this_call_alone_is_named_too():
    assert Taken("top_p").dropped({"top_p": 0.5}, also=["top_p"]) == ("top_p",)


def test_names_beyond_the_header_limit_are_left_out():
    body = {f"field_{i:03}": 1 for i in range(300)}

    names = Taken("model").dropped(body)

    assert names == tuple(sorted(body))[: len(names)]
    assert MAX_BYTES - 11 <= len(", ".join(names)) <= MAX_BYTES
