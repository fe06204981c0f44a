"""Embeddings inputs that a client has tokenised itself, turned back into text.

LangChain does so by default.  Upstreams that speak OpenAI's format take the ids as they are;
every other one wants text.
"""

from typing import Any

from oneapi.errors import Refusal
from oneapi.relay import tokenizer
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


def with_texts(call: RelayCall) -> RelayCall:
    """Return the call with lists of token ids replaced by the texts they stand for.

    The ids belong to the encoding of the model that the client named, whatever it is mapped to.
    Calls without ids, and of other modes than embeddings, are returned as they are.

    Raises:
        Refusal: ``unsupported_input``, an id is in no encoding, or ids and texts are mixed.
    """
    value = call.body.get("input")
    if call.mode is not RelayMode.EMBEDDINGS or not isinstance(value, list) or not value:
        return call
    if _is_ids(value):
        return call.changed({"input": [tokenizer.decode(call.model, value)]})
    if not any(isinstance(item, list) for item in value):
        return call
    if not all(isinstance(item, list) and _is_ids(item) for item in value):
        raise Refusal("unsupported_input", param="input")
    return call.changed({"input": [tokenizer.decode(call.model, ids) for ids in value]})


def _is_ids(value: list[Any]) -> bool:
    return all(isinstance(item, int) and not isinstance(item, bool) for item in value)
