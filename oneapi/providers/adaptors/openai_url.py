"""From base URL, mode and model to the address: one rule for the whole family.

A base URL is taken with and without a trailing slash, and with and without the version that the
provider's paths begin with.

Sources: One API's address table; Cloudflare's AI Gateway documentation.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from oneapi.providers.contract import Target
from oneapi.providers.type_rules import UrlRule
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import PATHS, RelayMode

_OPENAI_VERSION = "/v1"


def address(call: RelayCall, target: Target) -> str:
    """Return the whole URL of a call, the client's query included."""
    base, prefix = _base_and_prefix(target)
    path = _own_path(call, target, target.channel_type.url) or prefix + task_path(call.mode)
    return with_query(base + path, call.query)


def model_list_address(target: Target) -> str:
    """Return where the upstream lists its models."""
    base, prefix = _base_and_prefix(target)
    return f"{base}{prefix}/models"


def task_path(mode: RelayMode) -> str:
    """Return OpenAI's path of a mode without its version: ``/chat/completions``."""
    return PATHS[mode].removeprefix(_OPENAI_VERSION)


def with_query(url: str, query: str) -> str:
    """Return the URL with a query, if there is one."""
    return f"{url}?{query}" if query else url


def _base_and_prefix(target: Target) -> tuple[str, str]:
    """Return the base URL without a version, and the version that stands behind it."""
    rule = target.channel_type.url
    base = target.base_url.rstrip("/")
    if rule.versionless_hosts and _host_of(base) in rule.versionless_hosts:
        return base, ""
    return base.removesuffix(rule.prefix), rule.prefix


@lru_cache(maxsize=1024)
def _host_of(base: str) -> str:
    return urlsplit(base).hostname or ""


def _own_path(call: RelayCall, target: Target, rule: UrlRule) -> str:
    """Return the path that the catalog names for this call, or nothing."""
    style = rule.styles.get(target.config.get("api_style", ""), {})
    if call.mode in style:
        return style[call.mode]
    for model in rule.models:
        if model.mode is call.mode and target.model.startswith(model.prefix):
            return model.path
    if rule.continuation and call.mode is RelayMode.CHAT and _continues(call):
        return rule.continuation
    return rule.paths.get(call.mode, "")


def _continues(call: RelayCall) -> bool:
    """Say whether the last message is the beginning of the answer (DeepSeek's ``prefix``)."""
    messages = call.messages
    return bool(messages) and messages[-1].get("prefix") is True
