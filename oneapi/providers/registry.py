"""Adaptors by the name that channel types give; explicit, so that every use can be found."""

from collections.abc import Mapping
from typing import Final

from oneapi.providers.adaptors.anthropic import AnthropicAdaptor
from oneapi.providers.adaptors.azure import AzureAdaptor
from oneapi.providers.adaptors.gemini import GeminiAdaptor
from oneapi.providers.adaptors.ollama import OllamaAdaptor
from oneapi.providers.adaptors.openai import OpenAIAdaptor
from oneapi.providers.adaptors.passthrough import PassthroughAdaptor
from oneapi.providers.contract import Adaptor

_ADAPTORS: Final[Mapping[str, Adaptor]] = {
    "anthropic": AnthropicAdaptor(),
    "azure": AzureAdaptor(),
    "gemini": GeminiAdaptor(),
    "ollama": OllamaAdaptor(),
    "openai": OpenAIAdaptor(),
    "passthrough": PassthroughAdaptor(),
}


def find(name: str) -> Adaptor | None:
    """Return the adaptor; ``None`` for a dialect that this release does not speak."""
    return _ADAPTORS.get(name)
