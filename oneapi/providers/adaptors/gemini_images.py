"""Pictures from Google: Imagen has a method of its own, Gemini's picture models just answer.

Source: https://ai.google.dev/gemini-api/docs/imagen and .../image-generation, read 2025-11.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from oneapi.errors import Refusal, UpstreamError
from oneapi.providers.adaptors.dropped import Taken, TranslatedBody
from oneapi.providers.adaptors.gemini_answer import read_answer
from oneapi.providers.adaptors.gemini_errors import parse, raise_failure
from oneapi.providers.adaptors.gemini_request import safety_settings
from oneapi.providers.contract import Target
from oneapi.wire.answers import Conversation, Images
from oneapi.wire.calls import RelayCall

_ASPECT_RATIOS: Final = {
    "1792x1024": "16:9",
    "1024x1792": "9:16",
    "1536x1024": "4:3",
    "1024x1536": "3:4",
}
"""OpenAI's sizes that are no squares; Imagen knows shapes, not sizes."""

_IMAGEN_TAKEN: Final = Taken("model", "prompt", "n", "size", "response_format")
_GEMINI_TAKEN: Final = Taken("model", "prompt", "n", "response_format", "safety_settings")

_Json = dict[str, Any]


def is_imagen(model: str) -> bool:
    """Say whether the model is asked by ``predict``."""
    return model.rsplit("/", 1)[-1].lower().startswith("imagen")


def write_images(call: RelayCall, target: Target) -> TranslatedBody:
    """Write the body for ``predict`` or ``generateContent``.

    Raises:
        Refusal: no prompt, or several pictures from a model that gives one a call.
    """
    prompt = call.body.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise Refusal("unsupported_value", param="prompt")
    count = int(call.body.get("n") or 1)
    if is_imagen(target.model):
        shape = _ASPECT_RATIOS.get(str(call.body.get("size")), "1:1")
        parameters = {"sampleCount": count, "aspectRatio": shape}
        payload: _Json = {"instances": [{"prompt": prompt}], "parameters": parameters}
        return TranslatedBody(payload, _IMAGEN_TAKEN.dropped(call.body))
    if count > 1:
        raise Refusal("unsupported_value", param="n")
    payload = {
        "contents": [{"role": "user", "parts": [{"text": prompt}]}],
        "safetySettings": safety_settings(call.body, target),
        "generationConfig": {"responseModalities": ["IMAGE"]},
    }
    return TranslatedBody(payload, _GEMINI_TAKEN.dropped(call.body))


def read_images(call: RelayCall, target: Target, body: bytes) -> Images:
    """Read the pictures; a filtered one is missing, without a word where others came.

    Raises:
        UpstreamError: there is none; ``content_filter`` where a filter is why.
    """
    if is_imagen(target.model):
        urls, usage, filtered = [*_predictions(target, body)], None, True
    else:
        answer = read_answer(target, body)
        urls = list(_pictures(answer))
        usage = next((chunk.usage for chunk in answer.chunks if chunk.usage), None)
        filtered = any(chunk.finish_reason == "content_filter" for chunk in answer.chunks)
    if not urls:
        raise _no_picture(filtered=filtered)
    if call.body.get("response_format") == "url":
        return Images([{"url": url} for url in urls], usage)
    return Images([{"b64_json": url.partition(",")[2]} for url in urls], usage)


def _predictions(target: Target, body: bytes) -> Iterator[str]:
    answer = parse(target, body)
    raise_failure(target, answer)
    for entry in answer.get("predictions") or []:
        data = entry.get("bytesBase64Encoded") if isinstance(entry, Mapping) else None
        if isinstance(data, str):
            yield f"data:{entry.get('mimeType') or 'image/png'};base64,{data}"


def _pictures(answer: Conversation) -> Iterator[str]:
    for chunk in answer.chunks:
        for image in chunk.delta.get("images", []):
            yield image["image_url"]["url"]


def _no_picture(*, filtered: bool) -> UpstreamError:
    if filtered:
        return UpstreamError(
            "the picture was filtered",
            status=400,
            error_type="invalid_request_error",
            code="content_filter",
        )
    return UpstreamError("the upstream made no picture", status=502, code="empty_answer")
