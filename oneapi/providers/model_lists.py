"""Where an upstream lists its models, and how the list is read.  Pure.

Sources: https://platform.openai.com/docs/api-reference/models,
https://docs.claude.com/en/api/models-list, https://ai.google.dev/api/models,
https://docs.ollama.com/api/tags, https://docs.cohere.com/reference/list-models.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.anthropic import VERSION
from oneapi.providers.adaptors.openai_headers import headers_for
from oneapi.providers.adaptors.openai_url import model_list_address
from oneapi.providers.contract import Target, UpstreamRequest
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelList:
    """How one dialect lists models."""

    address: Callable[[Target], str]
    headers: Callable[[Target], Mapping[str, str]]
    entries: str = "data"
    """The member that holds the list."""

    name: str = "id"
    """The member of an entry that names the model."""

    prefix: str = ""
    """What stands before each name."""


def request_for(target: Target) -> UpstreamRequest | None:
    """Return what to ask, ``None`` for a dialect without such a list."""
    how = _LISTS.get(target.channel_type.adaptor)
    if how is None:
        return None
    return UpstreamRequest(method="GET", url=how.address(target), headers=how.headers(target))


def read(target: Target, body: bytes) -> list[str]:
    """Return the names, sorted and each once.

    Raises:
        UpstreamError: the answer is no list of models.
    """
    how = _LISTS[target.channel_type.adaptor]
    try:
        entries = orjson.loads(body)[how.entries]
        names = {str(entry[how.name]).removeprefix(how.prefix) for entry in entries}
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UpstreamError("the answer is no list of models", status=502) from error
    return sorted(names)


def _openai_headers(target: Target) -> Mapping[str, str]:
    return headers_for(RelayCall(mode=RelayMode.CHAT), target, "application/json")


def _bearer(target: Target) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {target.api_key}"} if target.api_key else {}


def _under(path: str) -> Callable[[Target], str]:
    return lambda target: target.base_url + path


def _gemini_address(target: Target) -> str:
    version = target.config.get("api_version") or target.gateway.gemini_version
    return f"{target.base_url}/{version}/models?pageSize=1000"


_LISTS: Final[Mapping[str, ModelList]] = {
    "openai": ModelList(address=model_list_address, headers=_openai_headers),
    "anthropic": ModelList(
        address=_under("/v1/models?limit=1000"),
        headers=lambda target: {"x-api-key": target.api_key, "anthropic-version": VERSION},
    ),
    "gemini": ModelList(
        address=_gemini_address,
        headers=lambda target: {"x-goog-api-key": target.api_key},
        entries="models",
        name="name",
        prefix="models/",
    ),
    "ollama": ModelList(
        address=_under("/api/tags"), headers=_bearer, entries="models", name="name"
    ),
    "cohere": ModelList(
        address=_under("/v1/models?page_size=1000"),
        headers=_bearer,
        entries="models",
        name="name",
    ),
}
"""By the name of the dialect."""
