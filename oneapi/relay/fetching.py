"""Pictures and documents that a dialect needs inline: fetched once, through the guard."""

import logging
from collections.abc import Iterable

from oneapi import resources
from oneapi.errors import Refusal
from oneapi.lib import safe_fetch
from oneapi.lib.safe_fetch import FetchRefused
from oneapi.wire.media import Media, sniff

logger = logging.getLogger(__name__)

_ACCEPTED = ("image/", "application/pdf", "text/", "audio/", "video/", "application/json")


def fetch_all(urls: Iterable[str]) -> dict[str, Media]:
    """Fetch each URL.

    Raises:
        Refusal: ``invalid_image_url`` (400): a forbidden address, an error, too big, no media.
    """
    return {url: _fetch(url) for url in dict.fromkeys(urls)}


def _fetch(url: str) -> Media:
    settings = resources.settings
    try:
        fetched = safe_fetch.fetch(
            url,
            timeout_s=settings.user_content_request_timeout_s,
            proxy=settings.user_content_request_proxy,
            allow=settings.safe_fetch_allow,
        )
    except FetchRefused as error:
        logger.info("a user's URL was not fetched", extra={"reason": str(error)})
        raise Refusal("invalid_image_url", status=400) from error
    media_type = sniff(fetched.content, fetched.content_type)
    if not media_type.startswith(_ACCEPTED):
        raise Refusal("invalid_image_url", status=400)
    return Media(media_type, fetched.content)
