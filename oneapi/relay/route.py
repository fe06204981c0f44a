"""A route: the channel, adaptor, price and upstream-ready call of one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from oneapi import resources
from oneapi.billing.images import RENAMED
from oneapi.billing.prices import Price, PriceList
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.providers import registry
from oneapi.providers.catalog import default_ratios
from oneapi.providers.contract import Adaptor, Gateway, Target
from oneapi.relay import fetching, token_ids
from oneapi.relay.limits import Limits
from oneapi.settings import Settings
from oneapi.snapshot import ChannelView, Snapshot
from oneapi.wire import json_edit
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_TAKE_TOKEN_IDS = frozenset({"openai", "azure"})
_SYSTEM_ROLES = ("system", "developer")
_PASSED_HEADERS = (
    "openai-beta",
    "anthropic-beta",
    "anthropic-version",
    "idempotency-key",
    "accept",
)


class Route(Struct, frozen=True, kw_only=True):
    """Everything that one attempt needs."""

    channel: ChannelView
    adaptor: Adaptor
    target: Target
    call: RelayCall
    """The client's call with this channel's system prompt."""

    price: Price
    prompt_was_set: bool = False
    limits: Limits
    proxy: str = ""

    @property
    def model(self) -> str:
        """The actual model, as the log names it."""
        return self.target.model


def route_to(
    channel: ChannelView, call: RelayCall, snapshot: Snapshot, *, group: str, ask_usage: bool
) -> Route:
    """Build the route of a call through a channel.

    Raises:
        Refusal: the channel's type cannot do this (501), its config cannot be read (500), or
            the model has no price and the operator refuses such calls (403).
    """
    way = _way(channel, call, snapshot, group, ask_usage=ask_usage)
    if not way.price.known and snapshot.options.refuse_unpriced_models_enabled:
        raise Refusal("model_price_not_set", status=403, model=way.target.model)
    prompted = _with_system_prompt(call, channel.system_prompt) if channel.system_prompt else None
    return Route(
        channel=channel,
        adaptor=way.adaptor,
        target=way.target,
        call=_fit_for(way.adaptor, prompted or call, way.target),
        price=way.price,
        prompt_was_set=prompted is not None,
        limits=way.limits,
        proxy=way.proxy,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """What calls for one model through one channel have in common."""

    channel: ChannelView
    adaptor: Adaptor
    target: Target
    price: Price
    limits: Limits
    proxy: str


_WayKey = tuple[int, str, RelayMode, str, bool, bool]


@dataclass(slots=True)
class _Ways:
    """The ways that calls have asked for, in one state of the world."""

    snapshot: Snapshot | None = None
    settings: Settings | None = None
    found: dict[_WayKey, _Way] = field(default_factory=dict)


_ways = _Ways()
_MOST_WAYS = 10_000
"""Names come from clients."""


def _way(
    channel: ChannelView, call: RelayCall, snapshot: Snapshot, group: str, *, ask_usage: bool
) -> _Way:
    """Return the way of a call, worked out once until something changes."""
    settings = resources.settings
    outdated = _ways.snapshot is not snapshot or _ways.settings is not settings
    if outdated or len(_ways.found) >= _MOST_WAYS:
        _ways.snapshot, _ways.settings, _ways.found = snapshot, settings, {}
    # Two views of one channel may differ (a test of it lifts limits); each keeps its own ways.
    key = (id(channel), call.model, call.mode, group, call.stream, ask_usage)
    way = _ways.found.get(key)
    if way is None:
        way = _ways.found[key] = _new_way(channel, call, snapshot, group, ask_usage=ask_usage)
    return way


def _new_way(
    channel: ChannelView, call: RelayCall, snapshot: Snapshot, group: str, *, ask_usage: bool
) -> _Way:
    adaptor = registry.find(channel.type.adaptor)
    if adaptor is None or call.mode not in channel.type.modes:
        raise Refusal("unsupported_mode", status=501, mode=call.mode.value)
    if not channel.config_is_valid:
        raise Refusal("invalid_channel_config", status=500, channel_id=channel.id)
    model = channel.mapping.get(call.model, call.model)
    return _Way(
        channel=channel,
        adaptor=adaptor,
        target=Target(
            channel_type=channel.type,
            base_url=channel.base_url,
            api_key=_key_of(channel, call.mode),
            model=RENAMED.get(model, model) if call.mode is RelayMode.IMAGES else model,
            config=channel.config,
            passed_headers=_passed_headers(channel),
            ask_usage=ask_usage,
            gateway=gateway_of(snapshot),
        ),
        price=price_of(snapshot, model, channel.type_number, group),
        limits=limits_of(stream=call.stream),
        proxy=channel.config.get("proxy") or resources.settings.relay_proxy,
    )


def _key_of(channel: ChannelView, mode: RelayMode) -> str:
    """Return the bare key; the raw proxy's key is a whole header, its scheme is a part of it."""
    return channel.key if mode is RelayMode.PROXY else channel.key.removeprefix("Bearer ")


def price_of(snapshot: Snapshot, model: str, channel_type: int, group: str) -> Price:
    """Return the price of a model on a channel type for a group.

    Prices are worked out once per state of the options, up to a bound: names come from clients.
    """
    if _prices.options is not snapshot.options or len(_prices.found) >= _MOST_PRICES:
        _prices.options, _prices.found = snapshot.options, {}
    key = (model, channel_type, group)
    price = _prices.found.get(key)
    if price is None:
        prices = PriceList(snapshot.options, default_ratios().completion)
        price = _prices.found[key] = prices.price(model, channel_type, group)
    return price


_MOST_PRICES = 10_000


@dataclass(slots=True)
class _Prices:
    """The prices of the current options that calls have asked for."""

    options: Options | None = None
    found: dict[tuple[str, int, str], Price] = field(default_factory=dict)


_prices = _Prices()


def limits_of(*, stream: bool) -> Limits:
    """Return the time limits of the environment."""
    settings = resources.settings
    total = float(settings.relay_timeout_s) if settings.relay_timeout_s > 0 else None
    idle = float(settings.relay_idle_timeout_s)
    if stream and total is not None:
        idle = min(idle, total)
    return Limits(connect_s=settings.relay_connect_timeout_s, idle_s=idle, total_s=total)


def asks_usage(channel: ChannelView, call: RelayCall) -> bool:
    """Say whether a streamed call asks its upstream for usage."""
    enforced = resources.settings.enforce_include_usage
    rule = channel.config.get("stream_usage") or channel.type.stream_usage
    if rule == "never":
        return False
    if enforced is False:
        return call.wants_usage
    return rule == "always" or call.wants_usage or enforced is True


def gateway_of(snapshot: Snapshot) -> Gateway:
    """Return what adaptors may know of this gateway."""
    settings, options = resources.settings, snapshot.options
    return Gateway(
        name=options.system_name,
        address=options.server_address,
        gemini_version=settings.gemini_version or "v1beta",
        gemini_safety_setting=settings.gemini_safety_setting,
    )


def _with_system_prompt(call: RelayCall, prompt: str) -> RelayCall | None:
    """Put the channel's prompt first; a system message of the client there is replaced."""
    if not call.messages:
        return None
    messages: list[Any] = list(call.body["messages"])
    raw = json_edit.items(json_edit.members(call.raw)["messages"]) if call.raw else []
    if messages[0].get("role") in _SYSTEM_ROLES:
        first: Mapping[str, Any] = {**messages[0], "content": prompt}
        tree = [first, *messages[1:]]
        pieces = [json_edit.edit(raw[0], {"content": prompt}), *raw[1:]] if raw else []
    else:
        first = {"role": "system", "content": prompt}
        tree = [first, *messages]
        pieces = [json_edit.encode(first), *raw]
    return _with_messages(call, tree, pieces)


def _passed_headers(channel: ChannelView) -> tuple[str, ...]:
    """Return the client's headers that this channel's upstream may see."""
    more = (name.strip().lower() for name in channel.config.get("pass_headers", "").split(","))
    return tuple(dict.fromkeys((*_PASSED_HEADERS, *filter(None, more))))


def _with_messages(call: RelayCall, tree: list[Any], pieces: list[Any]) -> RelayCall:
    body = {**call.body, "messages": tree}
    if not call.raw:
        return replace(call, body=body)
    joined = b"[" + b",".join(bytes(piece) for piece in pieces) + b"]"
    return replace(call, body=body, raw=json_edit.edit(call.raw, {"messages": joined}))


def _fit_for(adaptor: Adaptor, call: RelayCall, target: Target) -> RelayCall:
    """Return the call with what a translating adaptor cannot get itself: texts and files."""
    if target.channel_type.adaptor not in _TAKE_TOKEN_IDS:
        call = token_ids.with_texts(call)
    urls = adaptor.media_urls(call, target)
    if not urls:
        return call
    missing = [url for url in urls if url not in call.media]
    return replace(call, media={**call.media, **fetching.fetch_all(missing)})
