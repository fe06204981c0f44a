"""Which mode object answers for which endpoint."""

from collections.abc import Mapping

from oneapi.options import Options
from oneapi.relay.modes.audio import SpeechMode, TranscriptionMode
from oneapi.relay.modes.base import Mode
from oneapi.relay.modes.image import ImageMode
from oneapi.relay.modes.proxy import ProxyMode
from oneapi.relay.modes.text import TextMode
from oneapi.wire.modes import RelayMode

_TEXT, _IMAGE, _TRANSCRIPTION = TextMode(), ImageMode(), TranscriptionMode()

_MODES: Mapping[RelayMode, Mode] = {
    RelayMode.CHAT: _TEXT,
    RelayMode.COMPLETIONS: _TEXT,
    RelayMode.EDITS: _TEXT,
    RelayMode.EMBEDDINGS: _TEXT,
    RelayMode.MODERATIONS: _TEXT,
    RelayMode.IMAGES: _IMAGE,
    RelayMode.IMAGE_EDITS: _IMAGE,
    RelayMode.IMAGE_VARIATIONS: _IMAGE,
    RelayMode.SPEECH: SpeechMode(),
    RelayMode.TRANSCRIPTION: _TRANSCRIPTION,
    RelayMode.TRANSLATION: _TRANSCRIPTION,
}


def mode_of(mode: RelayMode, options: Options) -> Mode:
    """Return what answers for this endpoint."""
    if mode is RelayMode.PROXY:
        return ProxyMode(options.proxy_call_quota)
    return _MODES[mode]
