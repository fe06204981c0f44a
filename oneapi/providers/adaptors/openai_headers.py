"""Headers of requests in OpenAI's dialect."""

from collections.abc import Mapping

from oneapi.providers.contract import Target
from oneapi.providers.type_rules import Quirk
from oneapi.wire.calls import RelayCall


def headers_for(call: RelayCall, target: Target, content_type: str) -> Mapping[str, str]:
    """Return the client's allowed headers with the channel's own on top."""
    own = {"Content-Type": content_type, **_credentials(target), **_of_application(target)}
    for key, name in (("organization", "OpenAI-Organization"), ("project", "OpenAI-Project")):
        if value := target.config.get(key):
            own[name] = value
    if call.stream and "accept" not in call.headers:
        own["Accept"] = "text/event-stream"
    taken = {name.lower() for name in own}
    return {**{n: v for n, v in call.headers.items() if n.lower() not in taken}, **own}


def _credentials(target: Target) -> Mapping[str, str]:
    """Return the key's header; none without a key, as local servers want it."""
    rule = target.channel_type.auth
    key, second = target.api_key, ""
    if rule.second_header:
        key, _, second = key.partition("|")
    if not key:
        return {}
    found = {rule.header: f"{rule.scheme} {key}".lstrip()}
    return {**found, rule.second_header: second} if second else found


def _of_application(target: Target) -> Mapping[str, str]:
    if Quirk.APP_HEADERS not in target.channel_type.quirks:
        return {}
    return {"HTTP-Referer": target.gateway.address, "X-Title": target.gateway.name}
