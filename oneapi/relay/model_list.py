"""Asks an upstream which models it offers.

Redirects are not followed, so a key never travels to another host.  The address is an
administrator's choice and may be a private one.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from oneapi import snapshot
from oneapi.errors import Refusal, UpstreamError
from oneapi.providers import model_lists, registry
from oneapi.providers.catalog import channel_type
from oneapi.providers.contract import Target
from oneapi.relay import small_exchange
from oneapi.relay.route import gateway_of
from oneapi.snapshot import ChannelView

LIMIT_S: Final = 15.0
_GOOD: Final = 200


def of_channel(channel: ChannelView) -> list[str]:
    """Return the names of the models that a channel's upstream offers, sorted.

    Raises:
        Refusal: ``models_not_supported``; ``upstream_error``.
    """
    return _names(
        Target(
            channel_type=channel.type,
            base_url=channel.base_url,
            api_key=channel.key.removeprefix("Bearer "),
            model="",
            config=channel.config,
            gateway=gateway_of(snapshot.current()),
        )
    )


def of_draft(given: Mapping[str, Any]) -> list[str]:
    """Return the same for the members of a channel that is not stored yet.

    Raises:
        Refusal: as ``of_channel``.
    """
    kind = channel_type(given.get("type", 0))
    config: dict[str, Any] = json.loads(given.get("config", "").strip() or "{}")
    first_key, _, _ = given.get("key", "").strip().partition("\n")
    return _names(
        Target(
            channel_type=kind,
            base_url=(given.get("base_url") or kind.base_url).rstrip("/"),
            api_key=first_key.strip().removeprefix("Bearer "),
            model="",
            config={name: str(value) for name, value in config.items()},
            gateway=gateway_of(snapshot.current()),
        )
    )


def _names(target: Target) -> list[str]:
    request = model_lists.request_for(target)
    adaptor = registry.find(target.channel_type.adaptor)
    if request is None or adaptor is None or not target.base_url:
        raise Refusal("models_not_supported")
    try:
        proxy = target.config.get("proxy", "")
        reply = small_exchange.ask(request, limit_s=LIMIT_S, proxy=proxy)
        if reply.status != _GOOD:
            raise adaptor.read_error(target, reply)
        return model_lists.read(target, reply.body)
    except UpstreamError as error:
        reason = f"{error.status}: {error.message}"
        raise Refusal("upstream_error", reason=reason) from error
