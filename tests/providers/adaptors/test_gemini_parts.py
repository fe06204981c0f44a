from collections.abc import Mapping
from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.chat_parts import parts_of
from oneapi.providers.adaptors.gemini_parts import to_part
from oneapi.wire.media import Media


def written(part: dict[str, Any], fetched: Mapping[str, Media] | None = None) -> Any:
    [read] = parts_of([part])
    return to_part(read, fetched or {})


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def file(**members: str) -> dict[str, Any]:
    return {"type": "file", "file": members}


def test_a_picture_in_a_data_url_goes_inside():
    assert written(image("data:image/png;base64,AA AA")) == {
        "inlineData": {"mimeType": "image/png", "data": "AAAA"}
    }


def test_a_picture_on_the_web_goes_inside_as_fetched():
    fetched = {"https://example.org/a": Media("image/webp", b"abc")}

    assert written(image("https://example.org/a"), fetched) == {
        "inlineData": {"mimeType": "image/webp", "data": "YWJj"}
    }


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("gs://bucket/cat.png", "image/png"),
        ("https://generativelanguage.googleapis.com/v1beta/files/abc", None),
        ("https://www.youtube.com/watch?v=abc", None),
        ("https://youtu.be/abc", None),
    ],
)
def test_what_google_can_fetch_goes_by_its_address(url, media_type):
    data = {"fileUri": url, "mimeType": media_type} if media_type else {"fileUri": url}

    assert written(image(url)) == {"fileData": data}
    assert written(file(file_id=url)) == {"fileData": data}


@pytest.mark.parametrize(
    "address",
    ["https://youtube.com.example.org/x", "https://example.org/https://youtu.be/x"],
)
def test_an_address_that_only_looks_like_googles_is_not_passed_on(address):
    with pytest.raises(Refusal):
        written(image(address))


@pytest.mark.parametrize(
    ("url", "filename", "media_type"),
    [
        ("data:application/pdf;base64,JVBERi0x", "a.pdf", "application/pdf"),
        ("data:text/plain;base64,YQ==", "a.txt", "text/plain"),
        ("data:;base64,YQ==", "a.csv", "text/csv"),
        ("data:application/json;base64,e30=", "a.json", "application/json"),
        ("data:video/mp4;base64,AAAA", "a.mp4", "video/mp4"),
    ],
)
def test_documents_go_inside_with_their_media_type(url, filename, media_type):
    part = written(file(file_data=url, filename=filename))

    assert part["inlineData"]["mimeType"] == media_type


@pytest.mark.parametrize(
    "members",
    [
        {"file_data": "data:application/msword;base64,AAAA", "filename": "a.doc"},
        {"file_data": "data:;base64,AAAA", "filename": "a.xlsx"},
        {"file_id": "file-123"},
    ],
)
def test_files_that_gemini_does_not_read_are_refused(members):
    with pytest.raises(Refusal) as refusal:
        written(file(**members))

    assert refusal.value.code == "unsupported_content_part"


@pytest.mark.parametrize(("sound", "media_type"), [("wav", "audio/wav"), ("mp3", "audio/mp3")])
def test_sound_goes_inside(sound, media_type):
    part = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": sound}}

    assert written(part) == {"inlineData": {"mimeType": media_type, "data": "AAAA"}}


def test_an_empty_text_is_no_part():
    assert written({"type": "text", "text": ""}) is None
