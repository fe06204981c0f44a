"""Embeddings at Google AI Studio: one request object per text, vectors in the same order.

Source: https://ai.google.dev/api/embeddings, read 2025-11.
"""

from collections.abc import Mapping
from typing import Any, Final

from oneapi.errors import Refusal
from oneapi.providers.adaptors.dropped import Taken, TranslatedBody
from oneapi.providers.adaptors.gemini_errors import parse, raise_failure
from oneapi.providers.adaptors.gemini_usage import read_usage
from oneapi.providers.contract import Reply, Target
from oneapi.providers.errors import unreadable
from oneapi.wire.answers import Embeddings
from oneapi.wire.calls import RelayCall

_TAKEN: Final = Taken("model", "input", "dimensions", "task_type", "encoding_format")

_MOST_TEXTS: Final = 100
"""What Google takes in one batch."""

_Json = dict[str, Any]


def write_embeddings(call: RelayCall, model_path: str) -> list[TranslatedBody]:
    """Write the bodies of ``batchEmbedContents``, as many as the texts need.

    Raises:
        Refusal: the input is no text.
    """
    extras: _Json = {}
    dimensions, task = call.body.get("dimensions"), call.body.get("task_type")
    if isinstance(dimensions, int):
        extras["outputDimensionality"] = dimensions
    if isinstance(task, str) and task:
        extras["taskType"] = task
    requests = [
        {"model": model_path, "content": {"parts": [{"text": text}]}, **extras}
        for text in texts_of(call.body)
    ]
    dropped = _TAKEN.dropped(call.body)
    return [
        TranslatedBody({"requests": requests[start : start + _MOST_TEXTS]}, dropped)
        for start in range(0, len(requests), _MOST_TEXTS)
    ]


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """Return the texts to embed; lists of token ids have been decoded before.

    Raises:
        Refusal: ``unsupported_input``, the input is neither a text nor a list of texts.
    """
    value = body.get("input")
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise Refusal("unsupported_input", param="input")
    return texts


def read_embeddings(target: Target, body: bytes) -> Embeddings:
    """Read the vectors; older models count no tokens.

    Raises:
        UpstreamError: the answer is an error or holds no vectors.
    """
    answer = parse(target, body)
    raise_failure(target, answer)
    try:
        vectors = [entry["values"] for entry in answer["embeddings"]]
    except (KeyError, TypeError) as error:
        raise unreadable(target, Reply(200, {}, body)) from error
    return Embeddings(vectors, read_usage(answer))
