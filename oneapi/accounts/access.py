"""Who is calling ``/v1``: from the key a client sent to its token, user and group.

Rows are cached for a few seconds, and dropped when anything in the configuration changes, so a
disabled token or user stops working within two seconds everywhere.  Balances in the cache are a
hint; before a call is refused for them the database is asked.
"""

import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from gevent.event import AsyncResult
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from oneapi import snapshot
from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.lib import clock, subnets
from oneapi.lib.database import CALL_PATIENCE_S
from oneapi.models.own import Reservation
from oneapi.models.token import NEVER, Token, TokenStatus
from oneapi.models.user import Role, User, UserStatus
from oneapi.resources import db

CACHE_S = 5.0
_CACHED_KEYS = 50_000
_LONGEST_KEY = 48
_ID = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The owner of a key, as far as a call needs it."""

    user_id: int
    username: str
    role: int
    user_status: int
    group: str
    token_id: int
    token_name: str
    token_status: int
    expired_time: int
    unlimited: bool
    remain_quota: int
    models: frozenset[str]
    subnets: str
    channel_suffix: str | None = None
    """The channel that the key names behind a dash; only administrators may."""

    def may_use(self, model: str) -> bool:
        """Whether the token's model list allows the model (an empty list allows all)."""
        return not self.models or not model or model in self.models


KEY_HEADERS = ("Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key")


def key_of(header: Callable[[str], str]) -> str:
    """Return the key from the first header that carries one, without scheme and ``sk-``.

    ``header`` returns a header by its name, an empty text where there is none.
    """
    for name in KEY_HEADERS:
        value = header(name).strip()
        if value:
            scheme, _, rest = value.partition(" ")
            key = rest.strip() if scheme.lower() == "bearer" else value
            return key.removeprefix("sk-")
    return ""


def authenticate(key_text: str, *, client_address: str) -> Caller:
    """Return who owns the key, after every check that needs no request body.

    Raises:
        Refusal: 401 or 403 with the code of the first check that failed.
        DatabaseUnavailable: the key could not be looked up.
    """
    key, dash, suffix = key_text.partition("-")
    if not key:
        raise Refusal("missing_api_key", status=401)
    caller = _find(key)
    if caller is None:
        raise Refusal("invalid_api_key", status=401)
    _check_token(caller)
    if caller.subnets and not subnets.contains(caller.subnets, client_address):
        raise Refusal("ip_not_allowed", status=403, address=client_address)
    if caller.user_status != UserStatus.ENABLED:
        raise Refusal("user_disabled", status=403)
    return replace(caller, channel_suffix=suffix.partition("-")[0]) if dash else caller


def check_channel_suffix(caller: Caller) -> int | None:
    """Return the channel that the key names, if it names one.

    Raises:
        Refusal: the owner is no administrator, or the suffix is no number.
    """
    if caller.channel_suffix is None:
        return None
    if caller.role < Role.ADMIN:
        raise Refusal("channel_not_allowed", status=403)
    if not _ID.fullmatch(caller.channel_suffix):
        raise Refusal("invalid_channel_id", status=400)
    return int(caller.channel_suffix)


def _check_token(caller: Caller) -> None:
    if caller.token_status == TokenStatus.EXHAUSTED:
        raise Refusal(
            "token_exhausted", status=401, name=caller.token_name, token_id=caller.token_id
        )
    if caller.token_status == TokenStatus.EXPIRED:
        raise Refusal("token_expired", status=401)
    if caller.token_status != TokenStatus.ENABLED:
        raise Refusal("token_disabled", status=401)
    if caller.expired_time != NEVER and caller.expired_time < clock.now_s():
        _mark(caller.token_id, TokenStatus.EXPIRED)
        raise Refusal("token_expired", status=401)
    if not caller.unlimited and caller.remain_quota <= 0 and _is_exhausted(caller.token_id):
        raise Refusal(
            "token_exhausted", status=401, name=caller.token_name, token_id=caller.token_id
        )


def _is_exhausted(token_id: int) -> bool:
    """Ask the database; quota that running calls hold may come back and is no exhaustion."""
    held = select(func.coalesce(func.sum(Reservation.token_amount), 0)).where(
        Reservation.token_id == token_id, Reservation.state == 1
    )
    with db.reading(within_s=CALL_PATIENCE_S) as session:
        remain = session.scalar(
            select(Token.remain_quota).where(
                Token.id == token_id, Token.unlimited_quota.is_not(True)
            )
        )
        open_amount = session.scalar(held) or 0
    if remain is None or remain > 0 or open_amount > 0:
        return False
    _mark(token_id, TokenStatus.EXHAUSTED)
    return True


def _mark(token_id: int, status: TokenStatus) -> None:
    """Write what was found at use, as One API does; only an enabled token changes."""
    with db.transaction() as session:
        session.execute(
            update(Token)
            .where(Token.id == token_id, Token.status == TokenStatus.ENABLED)
            .values(status=status)
        )
    _cache.clear()


_Found = tuple[float, int, Caller | None]
"""End of life, snapshot generation, row; ``None`` for an unknown key."""

_cache: dict[str, _Found] = {}

_loading: dict[str, "AsyncResult[_Found]"] = {}
"""Keys that are being read: many calls with one key read it once, and fail together."""


def _find(key: str) -> Caller | None:
    while (found := _cached(key)) is None:
        under_way = _loading.get(key)
        if under_way is None:
            found = _load_for_all(key)
            break
        under_way.get()  # what it found may be of an older generation: look again
    return found[2]


def _load_for_all(key: str) -> _Found:
    under_way = _loading[key] = AsyncResult()
    try:
        found = _load(key)
    except BaseException as error:
        why = error if isinstance(error, Exception) else DatabaseUnavailable("broken off")
        under_way.set_exception(why)
        raise
    else:
        under_way.set(found)
        return found
    finally:
        del _loading[key]


def _cached(key: str) -> _Found | None:
    found = _cache.get(key)
    if found is None or found[0] <= time.monotonic() or found[1] != snapshot.generation():
        return None
    return found


def _load(key: str) -> _Found:
    generation = snapshot.generation()
    caller = None
    if len(key) <= _LONGEST_KEY and key.isascii() and "\x00" not in key:
        with db.reading(within_s=CALL_PATIENCE_S) as session:
            caller = _read(session, key)
    if len(_cache) >= _CACHED_KEYS:
        _cache.clear()
    found = (time.monotonic() + CACHE_S, generation, caller)
    _cache[key] = found
    return found


def _read(session: Session, key: str) -> Caller | None:
    row = session.execute(_BY_KEY, {"wanted": key}).first()
    # MySQL compares without regard to case.
    if row is None or not hmac.compare_digest((row.key or "").encode(), key.encode()):
        return None
    return Caller(
        user_id=row.user_id or 0,
        username=row.username or "",
        role=row.role or 0,
        user_status=row.user_status or 0,
        group=row.group or "",
        token_id=row.id,
        token_name=row.name or "",
        token_status=row.status or 0,
        expired_time=row.expired_time if row.expired_time is not None else NEVER,
        unlimited=bool(row.unlimited_quota),
        remain_quota=row.remain_quota or 0,
        models=frozenset(name for name in (row.models or "").split(",") if name),
        subnets=row.subnet or "",
    )


_BY_KEY = (
    select(
        Token.id,
        Token.key,
        Token.user_id,
        Token.name,
        Token.status,
        Token.expired_time,
        Token.unlimited_quota,
        Token.remain_quota,
        Token.models,
        Token.subnet,
        User.username,
        User.role,
        User.status.label("user_status"),
        User.group,
    )
    .outerjoin(User, User.id == Token.user_id)
    .where(Token.key == bindparam("wanted"))
)
