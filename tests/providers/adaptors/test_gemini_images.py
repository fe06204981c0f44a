from typing import Any

import pytest

from oneapi.errors import Refusal, UpstreamError
from oneapi.providers.adaptors.gemini_images import read_images, write_images
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.gemini_target import target

IMAGEN = target("imagen-4.0-generate-001")
GEMINI = target("gemini-2.5-flash-image")


def draw(**body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.IMAGES, body={"model": "i", "prompt": "a cat", **body})


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        (None, "1:1"),
        ("512x512", "1:1"),
        ("1792x1024", "16:9"),
        ("1024x1792", "9:16"),
        ("1536x1024", "4:3"),
        ("1024x1536", "3:4"),
        ("auto", "1:1"),
    ],
)
def test_a_size_becomes_the_nearest_shape(size, shape):
    written = write_images(draw(size=size, n=2), IMAGEN)

    assert written.payload == {
        "instances": [{"prompt": "a cat"}],
        "parameters": {"sampleCount": 2, "aspectRatio": shape},
    }


def test_a_gemini_model_answers_with_a_picture():
    written = write_images(draw(quality="high"), GEMINI)

    assert written.payload["contents"] == [{"role": "user", "parts": [{"text": "a cat"}]}]
    assert written.payload["generationConfig"] == {"responseModalities": ["IMAGE"]}
    assert written.dropped == ("quality",)


def test_several_pictures_of_a_gemini_model_are_refused():
    with pytest.raises(Refusal) as refusal:
        write_images(draw(n=2), GEMINI)

    assert refusal.value.param == "n"


def test_a_picture_is_base64_or_a_data_url_as_asked():
    body = (
        b'{"candidates":[{"content":{"parts":[{"text":"Here."},{"inlineData":'
        b'{"mimeType":"image/webp","data":"AAAA"}}]},"finishReason":"STOP"}],'
        b'"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1290}}'
    )

    bare = read_images(draw(), GEMINI, body)
    url = read_images(draw(response_format="url"), GEMINI, body)

    assert bare.data == [{"b64_json": "AAAA"}]
    assert bare.usage == Usage(prompt_tokens=3, completion_tokens=1290)
    assert url.data == [{"url": "data:image/webp;base64,AAAA"}]


@pytest.mark.parametrize(
    ("channel", "body", "status", "code"),
    [
        (IMAGEN, b'{"predictions":[{"raiFilteredReason":"violence"}]}', 400, "content_filter"),
        (IMAGEN, b"{}", 400, "content_filter"),
        (GEMINI, b'{"candidates":[{"finishReason":"IMAGE_SAFETY"}]}', 400, "content_filter"),
        (GEMINI, b'{"candidates":[{"finishReason":"NO_IMAGE"}]}', 502, "empty_answer"),
    ],
)
def test_an_answer_without_a_picture_is_an_error(channel, body, status, code):
    with pytest.raises(UpstreamError) as failure:
        read_images(draw(), channel, body)

    assert (failure.value.status, failure.value.code) == (status, code)
