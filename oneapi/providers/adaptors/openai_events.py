"""Named events of image and audio streams: they pass with their names, read for their usage.

Source: OpenAI's streaming events of images, transcriptions and speech.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from oneapi.lib.sse import Event
from oneapi.providers import errors
from oneapi.providers.adaptors.openai_usage import read_usage
from oneapi.providers.contract import Target
from oneapi.wire.answers import Chunk
from oneapi.wire.calls import RelayCall

_DONE: Final = b"[DONE]"
_LAST: Final = ("image_generation.completed", "image_edit.completed")
_ENDS: Final = (*_LAST, "transcript.text.done", "speech.audio.done")


class EventStream:
    """Reads one stream of named events."""

    def __init__(self, call: RelayCall, target: Target) -> None:
        self._target = target
        wanted = call.body.get("n")
        self._left = wanted if isinstance(wanted, int) and wanted > 1 else 1
        self._heard = False
        self.finished = False

    def feed(self, event: Event) -> Iterable[Chunk]:
        """Return the event as it came.

        Raises:
            UpstreamError: the event reports a failure.
        """
        if event.data.startswith(_DONE):
            self.finished = True
            return ()
        try:
            tree = orjson.loads(event.data)
        except orjson.JSONDecodeError:
            text = event.data.decode("utf-8", "replace")
            return (Chunk(wire=event.data, event=event.name, text=text),)
        if failure := errors.reported_failure(self._target, tree):
            raise failure
        if not isinstance(tree, Mapping):
            return (Chunk(wire=event.data, event=event.name),)
        usage = read_usage(tree.get("usage"), self._target.channel_type)
        text = self._text(tree)
        self._note_end(tree.get("type") or event.name)
        return (Chunk(wire=event.data, event=event.name, usage=usage, text=text),)

    def _text(self, tree: Mapping[str, Any]) -> str:
        """Return what was transcribed: the pieces, or the whole where no pieces came."""
        kind = tree.get("type")
        if kind == "transcript.text.delta":
            self._heard = True
            return _string(tree.get("delta"))
        return _string(tree.get("text")) if not self._heard else ""

    def _note_end(self, kind: Any) -> None:
        if kind not in _ENDS:
            return
        if kind in _LAST:
            self._left -= 1
        self.finished = kind not in _LAST or self._left <= 0


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
