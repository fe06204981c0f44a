"""What a body says about a channel: read, checked, and only the members that it holds.

Source: One API's channel endpoints; lengths are those of its columns.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from oneapi.channels.abilities import names_of
from oneapi.errors import Refusal
from oneapi.lib.json_fields import optional_integer, optional_text
from oneapi.models.channel import ChannelStatus
from oneapi.providers.catalog import channel_types

MASKED = "********"
SECRET_CONFIG_KEYS = frozenset({"sk", "vertex_ai_adc", "security_token"})

_TEXTS = (
    "key",
    "name",
    "base_url",
    "other",
    "models",
    "group",
    "model_mapping",
    "config",
    "system_prompt",
    "tag",
    "remark",
)
_NUMBERS = ("type", "status", "weight", "priority")
LONGEST: Mapping[str, int] = {
    "name": 191,
    "base_url": 191,
    "group": 32,
    "model_mapping": 1024,
    "tag": 64,
    "remark": 255,
}
LONGEST_MODEL = 191


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """The given members, by column name; ``id`` is 0 for a new channel."""

    id: int
    given: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body; null counts as not given.

        Raises:
            Refusal: ``invalid_parameter``, ``invalid_channel_config``.
        """
        given: dict[str, Any] = {}
        for name in _TEXTS:
            if (text := optional_text(body, name)) is not None:
                given[name] = text
        for name in _NUMBERS:
            if (number := optional_integer(body, name)) is not None:
                given[name] = number
        _tidy(given)
        _check(given)
        return cls(optional_integer(body, "id") or 0, given)

    def too_long(self) -> list[str]:
        """Name the members that do not fit into their columns.

        SQLite stores them all the same, and adopted databases hold such rows.
        """
        found = [name for name, most in LONGEST.items() if len(self.given.get(name, "")) > most]
        if any(len(model) > LONGEST_MODEL for model in names_of(self.given.get("models"))):
            found.append("models")
        return found


def _tidy(given: dict[str, Any]) -> None:
    for name in ("models", "group"):
        if name in given:
            given[name] = ",".join(names_of(given[name]))
    if "base_url" in given:
        given["base_url"] = given["base_url"].strip().rstrip("/")
    if "name" in given:
        given["name"] = given["name"].strip()


def _check(given: Mapping[str, Any]) -> None:
    if given.get("type") and given["type"] not in channel_types():
        raise Refusal("invalid_parameter", param="type")
    if given.get("status") and given["status"] not in list(ChannelStatus):
        raise Refusal("invalid_parameter", param="status")
    if given.get("weight", 0) < 0:
        raise Refusal("invalid_parameter", param="weight")
    if not _is_text_map(given.get("model_mapping", "")):
        raise Refusal("invalid_parameter", param="model_mapping")
    if _object(given.get("config", "")) is None:
        raise Refusal("invalid_channel_config", param="config")


def _is_text_map(text: str) -> bool:
    tree = _object(text)
    return tree is not None and all(isinstance(value, str) for value in tree.values())


def _object(text: str) -> dict[str, Any] | None:
    """Return the JSON object of a text, an empty one for nothing, ``None`` for anything else."""
    if not text.strip():
        return {}
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def masked_config(text: str | None) -> str:
    """Return a config as lists show it: secrets covered, the rest as it is."""
    tree = _object(text or "")
    if not tree or not any(tree.get(key) for key in SECRET_CONFIG_KEYS):
        return text or ""
    covered = {k: MASKED if k in SECRET_CONFIG_KEYS and v else v for k, v in tree.items()}
    return json.dumps(covered, ensure_ascii=False)


def unmasked_config(text: str, stored: str | None) -> str:
    """Put stored secrets back where a body holds only their cover.

    Raises:
        Refusal: ``invalid_channel_config``, a cover with nothing under it.
    """
    tree = _object(text)
    if not tree or MASKED not in tree.values():
        return text
    kept = _object(stored or "") or {}
    if any(tree.get(k) == MASKED and not kept.get(k) for k in SECRET_CONFIG_KEYS):
        raise Refusal("invalid_channel_config", param="config")
    full = {
        k: kept.get(k, "") if k in SECRET_CONFIG_KEYS and v == MASKED else v
        for k, v in tree.items()
    }
    return json.dumps(full, ensure_ascii=False)


def own_proxy(text: str | None) -> str:
    """Return the proxy that a config names for its channel; empty for none."""
    return str((_object(text or "") or {}).get("proxy") or "")


def lacks(text: str, keys: Iterable[str]) -> bool:
    """Whether a config leaves one of these keys empty."""
    tree = _object(text) or {}
    return not all(tree.get(key) for key in keys)


def has_secret(text: str | None) -> bool:
    """Whether showing this config shows a secret."""
    return any((_object(text or "") or {}).get(key) for key in SECRET_CONFIG_KEYS)
