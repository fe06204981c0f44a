import base64
from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.anthropic_blocks import Sources, to_blocks, to_texts
from oneapi.wire.media import Media

PNG = b"\x89PNG\r\n\x1a\n"
PNG64 = base64.b64encode(PNG).decode()
PDF = b"%PDF-1.7"
PDF64 = base64.b64encode(PDF).decode()
KEPT = {"type": "ephemeral", "ttl": "1h"}
PICTURE = "https://example.org/a.png"

BY_ADDRESS = Sources(fetched={}, takes_urls=True, takes_file_ids=False)
INSIDE = Sources(fetched={PICTURE: Media("image/png", PNG)}, takes_urls=False, takes_file_ids=False)
WITH_FILES = Sources(fetched={}, takes_urls=True, takes_file_ids=True)


def image(url: str, **members: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}, **members}


def file(members: dict[str, Any], **beside: Any) -> dict[str, Any]:
    return {"type": "file", "file": members, **beside}


def block(part: dict[str, Any], sources: Sources = BY_ADDRESS) -> Any:
    [written] = to_blocks([part], sources)
    return written


def test_texts_keep_their_cache_marks_and_blank_ones_go():
    parts = [
        {"type": "text", "text": "a", "cache_control": KEPT},
        {"type": "text", "text": ""},
        {"type": "text", "text": " \n"},
        {"type": "refusal", "refusal": "b"},
    ]

    assert to_blocks(parts, BY_ADDRESS) == [
        {"type": "text", "text": "a", "cache_control": KEPT},
        {"type": "text", "text": "b"},
    ]


def test_a_picture_inside_the_request_stays_inside():
    written = block(image(f"data:image/png;base64,{PNG64}", cache_control=KEPT))

    assert written == {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": PNG64},
        "cache_control": KEPT,
    }


def test_a_picture_elsewhere_goes_by_address_or_inside_as_the_host_wants():
    by_address, inside = block(image(PICTURE)), block(image(PICTURE), INSIDE)

    assert by_address["source"] == {"type": "url", "url": PICTURE}
    assert inside["source"] == {"type": "base64", "media_type": "image/png", "data": PNG64}


def test_a_pdf_is_a_document_with_its_name():
    written = block(
        file(
            {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF64}"},
            citations={"enabled": True},
            cache_control=KEPT,
        )
    )

    assert written == {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF64},
        "title": "a.pdf",
        "citations": {"enabled": True},
        "cache_control": KEPT,
    }


@pytest.mark.parametrize(
    "given",
    [
        {"file_data": "data:text/markdown;base64,w6Q="},
        {"file_data": "data:application/json,%C3%A4"},
        {"file_data": "w6Q=", "filename": "a.csv"},
    ],
)
def test_a_text_is_a_document_of_plain_text(given):
    assert block(file(given))["source"] == {
        "type": "text",
        "media_type": "text/plain",
        "data": "ä",
    }


def test_a_document_elsewhere_goes_by_address():
    written = block(file({"file_id": "https://example.org/a.pdf"}))

    assert written == {
        "type": "document",
        "source": {"type": "url", "url": "https://example.org/a.pdf"},
    }


def test_a_kept_file_goes_by_its_id():
    written = block(file({"file_id": "file_011", "filename": "a"}), WITH_FILES)

    assert written == {
        "type": "document",
        "source": {"type": "file", "file_id": "file_011"},
        "title": "a",
    }


def test_a_picture_in_a_file_part_is_a_picture():
    assert block(file({"file_data": PNG64, "filename": "a.png"}))["type"] == "image"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (file({"file_id": "file_011"}), "unsupported_content_part"),
        (file({"file_data": "AAAA", "filename": "a.docx"}), "unsupported_content_part"),
        ({"type": "input_audio", "input_audio": {"data": "AAAA"}}, "unsupported_content_part"),
        ({"type": "video_url"}, "unsupported_content_part"),
        (image("data:image/png;base64,*"), "invalid_image_url"),
        (image("ftp://example.org/a.png"), "invalid_image_url"),
        (image("data:video/mp4;base64,AAAA"), "unsupported_content_part"),
    ],
)
def test_what_claude_cannot_read_is_refused(part, code):
    with pytest.raises(Refusal) as refusal:
        to_blocks([part], BY_ADDRESS)

    assert (refusal.value.code, refusal.value.status) == (code, 400)


def test_instructions_are_texts_only():
    parts = [{"type": "text", "text": "a", "cache_control": KEPT}, {"type": "text", "text": ""}]

    assert to_texts("b") == [{"type": "text", "text": "b"}]
    assert to_texts(parts) == [{"type": "text", "text": "a", "cache_control": KEPT}]
    with pytest.raises(Refusal):
        to_texts([image(PICTURE)])
