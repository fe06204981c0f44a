"""Multipart bodies: audio uploads and image edits, read once and written again when changed."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class FormFile:
    """One uploaded file."""

    name: str
    """The field's name."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and files of one multipart body, each in the order in which they came."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[FormFile, ...] = ()

    def get(self, name: str) -> str | None:
        """Return the first field of this name."""
        return next((value for key, value in self.fields if key == name), None)

    def with_field(self, name: str, value: str) -> Self:
        """Return the form with the field set; a new field goes last."""
        if self.get(name) is None:
            return replace(self, fields=(*self.fields, (name, value)))
        changed = tuple((key, value if key == name else old) for key, old in self.fields)
        return replace(self, fields=changed)

    def encode(self) -> tuple[str, bytes]:
        """Return content type and body."""
        boundary = secrets.token_hex(16)
        body = b"".join(self._parts(boundary.encode()))
        return f"multipart/form-data; boundary={boundary}", body

    def _parts(self, boundary: bytes) -> Iterable[bytes]:
        for name, value in self.fields:
            head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
            yield b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head.encode(), value.encode())
        for file in self.files:
            head = (
                f'Content-Disposition: form-data; name="{_quoted(file.name)}"; '
                f'filename="{_quoted(file.filename)}"\r\nContent-Type: {file.content_type}'
            )
            yield b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary, head.encode(), file.content)
        yield b"--%s--\r\n" % boundary


def _quoted(text: str) -> str:
    """Escape what would end a quoted header value, as browsers do."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
