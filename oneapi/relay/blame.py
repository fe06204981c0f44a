"""What a channel's success or failure leads to: cool-downs, and switching it off by itself."""

import logging

from oneapi import resources
from oneapi.channels import switching
from oneapi.channels.health import Failure, Health
from oneapi.channels.switching import Cause
from oneapi.errors import DatabaseUnavailable, UpstreamError
from oneapi.options import Options
from oneapi.snapshot import ChannelView

logger = logging.getLogger(__name__)

_health: list[Health] = []


def health() -> Health:
    """Return this worker's memory of its channels."""
    if not _health:
        _health.append(Health(resources.settings))
    return _health[0]


def praise(channel_id: int, model: str) -> None:
    """Note that a channel answered."""
    health().succeeded(channel_id, model)


def blame(
    channel: ChannelView, model: str, error: UpstreamError, failure: Failure, options: Options
) -> None:
    """Note a failed attempt, and switch the channel off if that is what it takes."""
    reason = health().failed(channel.id, model, failure, options, retry_after_s=error.retry_after_s)
    if reason is None:
        return
    cause = Cause(reason=reason, model=model, answer=f"{error.status} {error.code or ''}".strip())
    try:
        switching.switch_off(channel.id, cause)
    except DatabaseUnavailable:
        logger.warning("a channel could not be disabled", extra={"channel_id": channel.id})


def enforces_usage() -> bool:
    """Whether every client gets the usage of its stream (``ENFORCE_INCLUDE_USAGE=true``)."""
    return resources.settings.enforce_include_usage is True
