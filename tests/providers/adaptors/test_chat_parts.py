import base64
from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_parts import (
    AudioPart,
    FilePart,
    ImagePart,
    Part,
    TextPart,
    file_media,
    media_at,
    parts_of,
    text_of,
    web_urls,
)
from oneapi.wire.media import Media

PDF = b"%PDF-1.4\n"
PDF_BASE64 = base64.b64encode(PDF).decode()


def one(part: dict[str, Any]) -> Part:
    [read] = parts_of([part])
    return read


@pytest.mark.parametrize("image", [{"url": "https://x/a.png"}, "https://x/a.png"])
def test_an_image_may_be_an_object_or_a_string(image):
    part = one({"type": "image_url", "image_url": image})

    assert isinstance(part, ImagePart)
    assert part.url == "https://x/a.png"


def test_a_refusal_and_unknown_text_like_parts_count_as_text():
    content = [{"type": "refusal", "refusal": "No."}, {"type": "output_text", "text": "Yes."}]

    assert [type(part) for part in parts_of(content)] == [TextPart, TextPart]
    assert text_of(content) == "No.Yes."


def test_audio_keeps_data_and_format():
    part = one({"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}})

    assert isinstance(part, AudioPart)
    assert (part.data, part.format) == ("AA==", "mp3")


def test_a_part_of_an_unknown_kind_is_refused_by_its_name():
    with pytest.raises(Refusal) as refusal:
        parts_of([{"type": "video_url", "video_url": {"url": "https://x/v.mp4"}}])

    assert (refusal.value.code, refusal.value.status) == ("unsupported_content_part", 400)
    assert refusal.value.facts == {"part": "video_url"}


@pytest.mark.parametrize("data", [f"data:application/pdf;base64,{PDF_BASE64}", PDF_BASE64])
def test_a_file_may_be_a_data_url_or_base64_alone(data):
    part = one({"type": "file", "file": {"file_data": data, "filename": "a.pdf"}})

    assert isinstance(part, FilePart)
    assert file_media(part, {}) == Media("application/pdf", PDF)


def test_the_ending_of_the_name_decides_when_the_media_type_is_vague():
    part = one({"type": "file", "file": {"file_data": "data:;base64,YSxi", "filename": "t.CSV"}})

    assert isinstance(part, FilePart)
    assert file_media(part, {}) == Media("text/csv", b"a,b")


def test_a_file_id_that_is_an_address_is_an_address():
    part = one({"type": "file", "file": {"file_id": "https://x/a.pdf"}})

    assert isinstance(part, FilePart)
    assert part.url == "https://x/a.pdf"


def test_addresses_are_listed_once_in_order():
    image = {"type": "image_url", "image_url": {"url": "https://x/b"}}
    inline = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    file = {"type": "file", "file": {"file_id": "http://x/a"}}

    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [image, inline, file]},
        {"content": [image]},
    ]

    assert web_urls(messages) == ["https://x/b", "http://x/a"]


@pytest.mark.parametrize(
    "url", ["https://x/not-fetched", "ftp://x/a", "", "data:image/png;base64,%%"]
)
def test_a_picture_without_content_is_refused(url):
    with pytest.raises(Refusal) as refusal:
        media_at(url, {})

    assert refusal.value.code == "invalid_image_url"
