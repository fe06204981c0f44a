"""Relay modes: which OpenAI endpoint a call goes to."""

from enum import StrEnum


class RelayMode(StrEnum):
    """One OpenAI endpoint; the value is what messages and metrics call it."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    MODERATIONS = "moderations"
    EDITS = "edits"
    IMAGES = "images"
    IMAGE_EDITS = "image edits"
    IMAGE_VARIATIONS = "image variations"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    TRANSLATION = "translation"
    PROXY = "proxy"


PATHS = {
    RelayMode.CHAT: "/v1/chat/completions",
    RelayMode.COMPLETIONS: "/v1/completions",
    RelayMode.EMBEDDINGS: "/v1/embeddings",
    RelayMode.MODERATIONS: "/v1/moderations",
    RelayMode.EDITS: "/v1/edits",
    RelayMode.IMAGES: "/v1/images/generations",
    RelayMode.IMAGE_EDITS: "/v1/images/edits",
    RelayMode.IMAGE_VARIATIONS: "/v1/images/variations",
    RelayMode.SPEECH: "/v1/audio/speech",
    RelayMode.TRANSCRIPTION: "/v1/audio/transcriptions",
    RelayMode.TRANSLATION: "/v1/audio/translations",
}
"""The path under which OpenAI offers each mode; the proxy has none."""

CHAT_LIKE = frozenset({RelayMode.CHAT, RelayMode.COMPLETIONS})
"""Modes whose answer is a conversation: chunks that stream or fold into one object."""
