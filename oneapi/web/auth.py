"""Who is asking: session cookie or access token, what he may do, and from which site.

Role and status come from the database on every request.  A session carries the user's id and a
stamp (``accounts.users``), so a ban or a new password ends it at once.  A valid session wins over
an ``Authorization`` header.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, cast
from urllib.parse import urlsplit

from flask import Request, request, session
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_user, logout_user

from oneapi import snapshot
from oneapi.accounts import users
from oneapi.accounts.users import Account
from oneapi.errors import Refusal
from oneapi.models.user import Role, UserStatus
from oneapi.resources import db
from oneapi.web import context, ratelimit
from oneapi.web.extensions import login_manager

_P = ParamSpec("_P")
View = Callable[_P, ResponseReturnValue]

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person or program behind an admitted request."""

    user_id: int
    username: str
    role: int


class _Caller(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """What Flask-Login keeps of a user."""

    def __init__(self, account: Account, *, by_session: bool) -> None:
        self.account = account
        self.by_session = by_session

    def get_id(self) -> str:
        return _session_id(self.account.user_id, self.account.stamp)


def require_user(view: "View[_P]") -> "View[_P]":
    """Admit every enabled user."""
    return _require(Role.COMMON, view)


def require_admin(view: "View[_P]") -> "View[_P]":
    """Admit administrators and root."""
    return _require(Role.ADMIN, view)


def require_root(view: "View[_P]") -> "View[_P]":
    """Admit root."""
    return _require(Role.ROOT, view)


def changes_state(view: "View[_P]") -> "View[_P]":
    """Mark a GET that changes something: other sites may not make a browser call it."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        refuse_cross_site()
        return view(*args, **kwargs)

    return guarded


def for_own_pages(view: "View[_P]") -> "View[_P]":
    """Mark a GET that signs somebody in: other sites may not even do so for a stranger."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        if not _is_same_site(request):
            raise Refusal("cross_site_request")
        return view(*args, **kwargs)

    return guarded


def current_identity() -> Identity:
    """Return who was admitted; only for views behind a ``require_…``."""
    account = _caller_or_refuse().account
    return Identity(user_id=account.user_id, username=account.username, role=account.role)


def find_identity() -> Identity | None:
    """Return who is asking, if it is an enabled user; for views that admit everybody."""
    caller = _caller()
    if caller is None or caller.account.status != UserStatus.ENABLED:
        return None
    account = caller.account
    return Identity(user_id=account.user_id, username=account.username, role=account.role)


def start_session(user_id: int, stamp: str) -> None:
    """Make this browser's session the user's; whatever it held before is gone."""
    session.clear()
    session.permanent = True
    account = Account(user_id=user_id, username="", role=0, status=UserStatus.ENABLED, stamp=stamp)
    login_user(_Caller(account, by_session=True))
    session.pop("_id", None)  # Flask-Login's fingerprint of the browser, which is not used


def end_session() -> None:
    """Forget everything that this browser's session held."""
    logout_user()
    session.clear()


def is_by_session() -> bool:
    """Say whether the request is admitted for its cookie."""
    caller = _caller()
    return caller is not None and caller.by_session


def refuse_cross_site() -> None:
    """Refuse a request that another site made a signed-in browser send.

    Raises:
        Refusal: ``cross_site_request``.
    """
    if is_by_session() and not _is_same_site(request):
        raise Refusal("cross_site_request")


def _require(role: Role, view: "View[_P]") -> "View[_P]":
    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        account = _caller_or_refuse().account
        if account.status != UserStatus.ENABLED:
            end_session()
            raise Refusal("user_banned")
        if account.role < role:
            raise Refusal("permission_denied")
        if request.method not in _SAFE_METHODS:
            refuse_cross_site()
        return view(*args, **kwargs)

    guarded.required_role = role  # type: ignore[attr-defined]  # read by the test of all routes
    return guarded


def _caller() -> _Caller | None:
    return cast("_Caller", current_user) if current_user.is_authenticated else None


def _caller_or_refuse() -> _Caller:
    caller = _caller()
    if caller is not None:
        return caller
    if not request.headers.get("Authorization"):
        raise Refusal("not_logged_in")
    ratelimit.count_bad_token()
    raise Refusal("invalid_access_token")


def _session_id(user_id: int, stamp: str) -> str:
    return f"{user_id}.{stamp}"


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _from_session(session_id: str) -> _Caller | None:
    number, _, stamp = session_id.partition(".")
    if not number.isdecimal():
        return None
    with db.reading() as database_session:
        account = users.find_account(database_session, int(number))
    if account is None or account.stamp != stamp:
        return None
    return _Caller(account, by_session=True)


@login_manager.request_loader  # type: ignore[untyped-decorator]
def _from_header(incoming: Request) -> _Caller | None:
    access_token = incoming.headers.get("Authorization", "").replace("Bearer ", "", 1)
    with db.reading() as database_session:
        account = users.find_account_by_access_token(database_session, access_token)
    if account is None or not account.username:
        return None
    return _Caller(account, by_session=False)


def _is_same_site(incoming: Request) -> bool:
    """Judge by what browsers say of themselves; a request that says nothing comes from none."""
    site = incoming.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = incoming.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() in _own_hosts(incoming)


def _own_hosts(incoming: Request) -> set[str]:
    """Return under which hosts this site is reached (proxies seldom forward the scheme)."""
    hosts = {incoming.host, urlsplit(snapshot.current().options.server_address).netloc}
    if context.from_trusted_proxy():
        hosts.add(incoming.headers.get("X-Forwarded-Host", "").split(",", 1)[0].strip())
    return {host.lower() for host in hosts if host}
