"""One call as a client sent it, read once and carried through the relay."""

from collections.abc import Mapping
from typing import Any, Self

from msgspec import Struct
from msgspec.structs import replace

from oneapi.wire import json_edit
from oneapi.wire.forms import Form
from oneapi.wire.media import Media
from oneapi.wire.modes import RelayMode


class RelayCall(Struct, frozen=True, kw_only=True):
    """A client's request: a tree to look at and the bytes it came from.

    ``body`` is for looking, never for changing: ``changed`` makes a new call in which tree and
    bytes agree.  Unknown members stay in both.
    """

    mode: RelayMode
    body: Mapping[str, Any] = {}
    """The JSON tree; for a form its text fields."""

    raw: bytes = b""
    """The body as the client sent it (decompressed); empty for a form."""

    content_type: str = "application/json"
    form: Form | None = None
    """A multipart body: audio uploads and image edits."""

    path: str = ""
    """Path as the client asked for it, without the query."""

    query: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = {}
    """The client's headers by lower-case name, without credentials; a channel says which of them
    its upstream may see."""

    request_id: str = ""
    media: Mapping[str, Media] = {}
    """What the relay fetched for URLs that the adaptor asked for (``Adaptor.media_urls``)."""

    @property
    def model(self) -> str:
        """The model that the client named; empty when it named none."""
        value = self.body.get("model")
        return value if isinstance(value, str) else ""

    @property
    def stream(self) -> bool:
        """Whether the client wants events instead of one answer."""
        value = self.body.get("stream")
        return value is True or (self.form is not None and value == "true")

    @property
    def wants_usage(self) -> bool:
        """Whether the client asked for the usage chunk at the end of its stream."""
        options = self.body.get("stream_options")
        return isinstance(options, Mapping) and options.get("include_usage") is True

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The chat messages; empty for other modes."""
        value = self.body.get("messages")
        return [m for m in value if isinstance(m, dict)] if isinstance(value, list) else []

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return the call with top-level members replaced or removed (``json_edit.DROP``).

        Values are JSON trees; the bytes of every other member stay as they were.
        """
        tree = dict(self.body)
        for key, value in changes.items():
            if value is json_edit.DROP:
                tree.pop(key, None)
            else:
                tree[key] = value
        raw = json_edit.edit(self.raw, changes) if self.raw else b""
        return replace(self, body=tree, raw=raw)

    def with_form(self, form: Form) -> Self:
        """Return the call with another form, its fields being the tree."""
        return replace(self, form=form, body=dict(form.fields))
