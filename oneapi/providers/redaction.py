"""Cutting secrets out of what upstreams say: clients and logs must not see keys or hosts."""

import re
from typing import Final
from urllib.parse import urlsplit

from oneapi.providers.contract import Target

HIDDEN: Final = "***"

_SECRETS: Final = re.compile(
    r"\bsk-[\w*.-]{4,}"  # OpenAI and many others
    r"|\bAIza[\w-]{10,}"  # Google
    r"|\bAKIA[A-Z0-9]{8,}"  # AWS
    r"|\bBearer\s+[\w.~+/*-]{8,}=*"
    r"|[\w-]*\*{3,}[\w*-]*"  # a key that the provider has masked itself
)
_SECRET_CONFIG: Final = ("ak", "sk", "security_token", "vertex_ai_adc")
_MIN_SECRET: Final = 8


def redact(message: str, target: Target) -> str:
    """Return the message without keys and without the host of a custom base URL."""
    secrets = [*target.api_key.split("|"), target.api_key]
    secrets += [target.config.get(name, "") for name in _SECRET_CONFIG]
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _MIN_SECRET:
            message = message.replace(secret, HIDDEN)
    host = urlsplit(target.base_url).netloc
    if host and host != urlsplit(target.channel_type.base_url).netloc:
        message = message.replace(host, HIDDEN)
    return _SECRETS.sub(HIDDEN, message)
