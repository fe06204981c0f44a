"""Asks a provider how much credit a channel's account has left.

What a provider calls credit is passed on as it is: US dollars, yuan or points.  A channel with a
base URL or a proxy of its own is asked there and through that, like its calls.

Sources: One API's balance queries; https://platform.moonshot.cn/docs/api/balance.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import gevent
from sqlalchemy import select

from oneapi import locks, resources
from oneapi.channels import extras, store, switching
from oneapi.channels.draft import own_proxy
from oneapi.channels.switching import Cause
from oneapi.errors import Refusal
from oneapi.lib import clock, http
from oneapi.lib.http import HttpError
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.options import Options
from oneapi.providers.catalog import channel_type
from oneapi.providers.redaction import HIDDEN
from oneapi.resources import db

logger = logging.getLogger(__name__)

LOCK = "update_balances"
EMPTY_ACCOUNT = "balance"
"""The reason with which a run switches a channel off."""

_LOOKS_BACK_DAYS = 100
_SILICONFLOW_OK = 20_000
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class Account:
    """A channel's account at its provider."""

    type: int
    base_url: str
    key: str = field(repr=False)
    proxy: str = field(default="", repr=False)

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """Ask the provider and return the JSON of its answer."""
        shown = {"Authorization": f"Bearer {self.key}"} if headers is None else headers
        return http.get(self.base_url + path, headers=shown, proxy=self.proxy).json()

    def refused(self, reason: object) -> Refusal:
        """Return the refusal for what a provider said; some of them repeat the key."""
        said = str(reason or "")
        shown = said.replace(self.key, HIDDEN) if len(self.key) >= _SHORTEST_SECRET else said
        return Refusal("upstream_error", reason=shown)


def account_of(channel: Channel) -> Account:
    """Return the account of a channel.

    Raises:
        Refusal: ``balance_not_supported``, the provider cannot be asked.
    """
    number = channel.type or 0
    if number not in _QUERIES:
        raise Refusal("balance_not_supported")
    default = _OTHER_HOSTS.get(number, channel_type(number).base_url)
    base_url = (channel.base_url or "").strip() or default
    key = (channel.key or "").removeprefix("Bearer ")
    proxy = own_proxy(channel.config) or resources.settings.relay_proxy
    return Account(number, base_url.rstrip("/"), key, proxy)


def ask(account: Account) -> float:
    """Return the credit that is left.

    Raises:
        Refusal: ``upstream_error``, the provider refused or its answer tells no balance.
    """
    try:
        left = float(_QUERIES[account.type](account))
    except HttpError as error:
        raise Refusal("upstream_error", reason=str(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal("upstream_error", reason="the answer tells no balance") from error
    if not math.isfinite(left):
        raise Refusal("upstream_error", reason="the answer tells no balance")
    return left


def start_run(options: Options) -> None:
    """Ask for the balances of all enabled channels, in the background.

    Raises:
        Refusal: ``channel_balance_running``.
    """
    locks.start(LOCK, partial(update_all, options), busy="channel_balance_running")


def update_all(options: Options, run: locks.Run) -> None:
    """Ask for the balances one after the other; a channel that fails keeps its error.

    An empty account of a type that charges in advance is switched off, if the options say so.
    """
    with db.reading() as session:
        enabled = select(Channel.id).where(Channel.status == ChannelStatus.ENABLED)
        ids = session.scalars(enabled.where(Channel.type.in_(_QUERIES)).order_by(Channel.id)).all()
    for done, channel_id in enumerate(ids):
        if not run.tell({"done": done, "total": len(ids)}):
            return
        _update(channel_id, options)
        gevent.sleep(resources.settings.polling_interval_s)


def _update(channel_id: int, options: Options) -> None:
    with db.reading() as session:
        channel = session.get(Channel, channel_id)
        account = None if channel is None else account_of(channel)
    if account is None:
        return
    try:
        left = ask(account)
    except Refusal as refusal:
        logger.warning("balance not read", extra={"channel_id": channel_id, **refusal.facts})
        with db.transaction() as session:
            text = str(refusal.facts.get("reason", refusal.code))
            extras.note_error(session, channel_id, text, now_s=clock.now_s())
        return
    with db.transaction() as session:
        store.set_balance(session, channel_id, left, now_s=clock.now_s())
    empty = left <= 0 and account.type in _PREPAID
    if empty and options.automatic_disable_channel_enabled:
        switching.switch_off(channel_id, Cause(reason=EMPTY_ACCOUNT))


def _of_openai(account: Account) -> float:
    limits = account.get("/v1/dashboard/billing/subscription")
    today = datetime.fromtimestamp(clock.now_s(), UTC).date()
    used = account.get(f"/v1/dashboard/billing/usage?{_period(today, limits)}")
    return float(limits["hard_limit_usd"]) - float(used["total_usage"]) / 100


def _period(today: date, limits: Mapping[str, Any]) -> str:
    """Return the days whose usage counts against the limit."""
    first = today.replace(day=1)
    if not limits.get("has_payment_method"):
        first = today - timedelta(days=_LOOKS_BACK_DAYS)
    return f"start_date={first}&end_date={today}"


def _of_openai_sb(account: Account) -> str:
    url = f"{account.base_url}/sb-api/user/status"
    answer = http.get(url, params={"api_key": account.key}, proxy=account.proxy).json()
    if not answer.get("data"):
        raise account.refused(answer.get("msg"))
    credit: str = answer["data"]["credit"]
    return credit


def _of_aiproxy(account: Account) -> float:
    answer = account.get("/api/report/getUserOverview", headers={"Api-Key": account.key})
    if not answer.get("success"):
        raise account.refused(_coded(answer.get("error_code"), answer))
    return float(answer["data"]["totalPoints"])


def _of_openrouter(account: Account) -> float:
    credits_ = account.get("/v1/credits")["data"]
    return float(credits_["total_credits"]) - float(credits_["total_usage"])


def _of_deepseek(account: Account) -> str:
    """Return the balance in yuan, else in the currency that the account has."""
    balances = account.get("/user/balance")["balance_infos"]
    in_yuan = [entry for entry in balances if entry["currency"] == "CNY"]
    found: str = (in_yuan or balances or [{}])[0]["total_balance"]
    return found


def _of_siliconflow(account: Account) -> str:
    answer = account.get("/v1/user/info")
    if answer.get("code") != _SILICONFLOW_OK:
        raise account.refused(_coded(answer.get("code"), answer))
    total: str = answer["data"]["totalBalance"]
    return total


def _of_moonshot(account: Account) -> float:
    answer = account.get("/v1/users/me/balance")
    return float(answer["data"]["available_balance"])


def _member(path: str, name: str) -> Callable[[Account], Any]:
    def query(account: Account) -> Any:
        return account.get(path)[name]

    return query


def _coded(code: object, answer: Mapping[str, Any]) -> str:
    return f"code: {code}, message: {answer.get('message', '')}"


_PREPAID = frozenset({1, 8})
_OTHER_HOSTS = {10: "https://aiproxy.io"}
"""Where an account is asked about at another host than calls go to."""

_QUERIES: Mapping[int, Callable[[Account], Any]] = {
    1: _of_openai,
    4: _member("/dashboard/billing/credit_grants", "total_available"),
    5: _of_openai_sb,
    8: _of_openai,
    10: _of_aiproxy,
    12: _member("/dashboard/billing/credit_grants", "total_remaining"),
    13: _member("/dashboard/billing/credit_grants", "total_available"),
    20: _of_openrouter,
    25: _of_moonshot,
    36: _of_deepseek,
    44: _of_siliconflow,
}
"""How each channel type is asked."""

SUPPORTED = frozenset(_QUERIES)
