from typing import Any

import orjson
import pytest

from oneapi.errors import Refusal
from oneapi.relay.token_ids import with_texts
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


def embeddings(value: Any) -> RelayCall:
    body = {"model": "text-embedding-3-small", "input": value, "dimensions": 8}
    return RelayCall(mode=RelayMode.EMBEDDINGS, body=body, raw=orjson.dumps(body))


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        ([9906, 11, 1917, 0], ["Hello, world!"]),
        ([[9906], [1917]], ["Hello", " world"]),
        ([[9906], []], ["Hello", ""]),
    ],
)
def test_ids_become_texts_in_tree_and_bytes(ids: Any, texts: list[str]) -> None:
    call = with_texts(embeddings(ids))

    assert call.body["input"] == texts
    assert orjson.loads(call.raw) == {**embeddings(texts).body}


@pytest.mark.parametrize("value", ["text", ["a", "b"], [], None])
def test_texts_stay_as_they_are(value: Any) -> None:
    call = embeddings(value)

    assert with_texts(call) is call


@pytest.mark.parametrize("value", [[10**6], [[1], "a"], [[1], ["a"]], [[True]]])
def test_what_is_no_list_of_ids_is_refused(value: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        with_texts(embeddings(value))

    assert refusal.value.code == "unsupported_input"


def test_other_modes_are_left_alone() -> None:
    call = RelayCall(mode=RelayMode.MODERATIONS, body={"input": [1, 2]})

    assert with_texts(call) is call
