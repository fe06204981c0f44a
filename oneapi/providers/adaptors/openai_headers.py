"""Headers of requests in OpenAI's dialect."""

from collections.abc import Mapping

from oneapi.providers.contract import Target
from oneapi.providers.type_rules import Quirk
from oneapi.wire.calls import RelayCall

_OF_CONFIG = (("organization", "OpenAI-Organization"), ("project", "OpenAI-Project"))


def headers_for(call: RelayCall, target: Target, content_type: str) -> Mapping[str, str]:
    """Return the client's allowed headers with the channel's own on top."""
    given = call.headers
    passed = {name: given[name] for name in target.passed_headers if name in given}
    if call.stream and "accept" not in passed:
        passed["accept"] = "text/event-stream"
    own = {"Content-Type": content_type, **_credentials(target), **_of_application(target)}
    for key, name in _OF_CONFIG:
        if value := target.config.get(key):
            own[name] = value
    for name in own if passed else ():
        passed.pop(name.lower(), None)
    return passed | own


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
