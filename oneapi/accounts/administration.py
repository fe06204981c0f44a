"""What administrators do with other users: change, ban, promote, delete.

Nobody touches a role as high as his own, root excepted; root himself can be neither banned nor
deleted nor demoted, and there is no second one.  Everything acts at once: the revision moves, and
a ban, a deletion or a new password ends the sessions.

``own_role`` is the role of whoever does it.

Source: One API's user management.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from sqlalchemy.orm import Session

from oneapi import revision, snapshot
from oneapi.accounts import deletion, rules, users
from oneapi.errors import Refusal
from oneapi.lib.json_fields import optional_integer, optional_text
from oneapi.models.user import Role, User, UserStatus

logger = logging.getLogger(__name__)

_LARGEST: Final = 2**63 - 1

_TEXTS: Final[Mapping[str, int]] = {
    "display_name": rules.LONGEST_DISPLAY_NAME,
    "email": rules.LONGEST_EMAIL,
    "group": 32,
    "github_id": 191,
    "wechat_id": 191,
    "lark_id": 191,
    "oidc_id": 191,
}
"""The texts that are simply written, and how long each may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What a body changes of a user; only members that it holds count.

    0 is no role and no state, and nobody is without a name, a password or a group: these empty
    values change nothing.
    """

    id: int
    username: str = ""
    password: str = field(default="", repr=False)
    role: int = 0
    status: int = 0
    quota: int | None = None
    original_quota: int | None = None
    """The balance that the form had loaded: what was consumed since then is not given back."""

    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read a body; null counts as a member that is not there.

        Raises:
            Refusal: ``invalid_parameter``, ``invalid_input`` for the password.
        """
        found = {name: optional_text(body, name) for name in _TEXTS}
        if not found["group"]:
            found["group"] = None
        change = cls(
            id=optional_integer(body, "id") or 0,
            username=(optional_text(body, "username") or "").strip(),
            password=optional_text(body, "password") or "",
            role=optional_integer(body, "role") or 0,
            status=optional_integer(body, "status") or 0,
            quota=optional_integer(body, "quota"),
            original_quota=optional_integer(body, "original_quota"),
            texts={name: value for name, value in found.items() if value is not None},
        )
        if change.id == 0:
            raise Refusal("invalid_parameter", param="id")
        if change.password:
            rules.check_password(change.password)
        return change


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an update really changed."""

    user: User
    members: tuple[str, ...]
    """Without the balance."""

    quota_before: int
    quota_after: int


def refuse_high_role(role: int, *, own_role: int) -> None:
    """Refuse to give a role as high as the own one.

    Raises:
        Refusal: ``role_too_high``.
    """
    if role >= own_role:
        raise Refusal("role_too_high")


def update(session: Session, change: UserChange, *, own_role: int, new_hash: str | None) -> Changed:
    """Change a user and say what was different before.

    ``new_hash`` is the hash of ``change.password``, made before the transaction began.

    Raises:
        Refusal: ``record_not_found``, ``target_role_too_high``, ``role_too_high``,
            ``root_protected``, ``username_taken``, ``invalid_parameter``, ``invalid_input``.
    """
    user = _get_governed(session, change.id, own_role)
    quota_before = user.quota or 0
    members = [
        *_set_role(user, change.role, own_role),
        *_set_status(session, user, change.status),
        *_set_name(session, user, change.username),
        *_set_texts(session, user, change.texts),
        *_set_password(session, user, new_hash),
    ]
    _set_quota(user, change)
    if "group" in members and user.group not in snapshot.current().options.group_ratios:
        logger.warning("user in a group without a ratio", extra={"group": user.group})
    session.flush()
    revision.bump(session, forget=revision.user_entries(user.id))
    return Changed(
        user=user,
        members=tuple(members),
        quota_before=quota_before,
        quota_after=user.quota or 0,
    )


def manage(session: Session, username: str, action: str, *, own_role: int) -> User:
    """Ban, admit, delete, promote or demote a user and return him as he is then.

    Raises:
        Refusal: ``invalid_parameter``, ``user_not_found``, ``target_role_too_high``,
            ``root_protected``, ``only_root_promotes``, ``already_admin``, ``already_common_user``.
    """
    if not username:
        raise Refusal("invalid_parameter", param="username")
    act = _ACTIONS.get(action)
    if act is None:
        raise Refusal("invalid_parameter", param="action")
    user = users.find_by_name(session, username)
    if user is None:
        raise Refusal("user_not_found")
    _refuse_ungoverned(user, own_role)
    act(session, user, own_role)
    session.flush()
    revision.bump(session, forget=revision.user_entries(user.id))
    return user


def delete(session: Session, user_id: int, *, own_role: int) -> str:
    """Delete a user of a lower role and return what he was called.

    Raises:
        Refusal: ``record_not_found``, ``target_role_too_high``, for root's own account too.
    """
    user = users.get(session, user_id)
    if (user.role or 0) >= own_role:
        raise Refusal("target_role_too_high")
    name = user.username or ""
    deletion.delete(session, user)
    return name


def _get_governed(session: Session, user_id: int, own_role: int) -> User:
    """Return a user who may be changed, locked until the transaction ends."""
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise Refusal("record_not_found")
    _refuse_ungoverned(user, own_role)
    return user


def _refuse_ungoverned(user: User, own_role: int) -> None:
    if own_role != Role.ROOT and (user.role or 0) >= own_role:
        raise Refusal("target_role_too_high")


def _refuse_root(user: User) -> None:
    if user.role == Role.ROOT:
        raise Refusal("root_protected")


def _set_role(user: User, role: int, own_role: int) -> list[str]:
    if role in {0, user.role}:
        return []
    refuse_high_role(role, own_role=own_role)
    _refuse_root(user)
    if role not in {Role.COMMON, Role.ADMIN}:
        raise Refusal("invalid_parameter", param="role")
    user.role = role
    return ["role"]


def _set_status(session: Session, user: User, status: int) -> list[str]:
    if status in {0, user.status}:
        return []
    if status not in {UserStatus.ENABLED, UserStatus.DISABLED}:
        raise Refusal("invalid_parameter", param="status")
    if status == UserStatus.DISABLED:
        _ban(session, user)
    user.status = status
    return ["status"]


def _set_name(session: Session, user: User, username: str) -> list[str]:
    if username in {"", user.username}:
        return []
    users.rename(session, user, username)
    return ["username"]


def _set_texts(session: Session, user: User, texts: Mapping[str, str]) -> list[str]:
    changed = [name for name, value in texts.items() if value != (getattr(user, name) or "")]
    for name in changed:
        rules.check_length(name, texts[name], _TEXTS[name])
        setattr(user, name, texts[name])
        users.forget_number(session, user, name)
    return changed


def _set_password(session: Session, user: User, new_hash: str | None) -> list[str]:
    if new_hash is None:
        return []
    user.password = new_hash
    users.end_sessions(session, user.id)
    return ["password"]


def _set_quota(user: User, change: UserChange) -> None:
    """Set the balance, or add what the form changed; the row is locked, so nothing comes between.

    One API's own UI sends no balance that it had loaded.
    """
    if change.quota is None:
        return
    before = user.quota or 0
    original = before if change.original_quota is None else change.original_quota
    after = before + change.quota - original
    if abs(after) > _LARGEST:
        raise Refusal("invalid_parameter", param="quota")
    user.quota = after


def _ban(session: Session, user: User) -> None:
    _refuse_root(user)
    user.status = UserStatus.DISABLED
    users.end_sessions(session, user.id)


def _disable(session: Session, user: User, _own_role: int) -> None:
    _ban(session, user)


def _enable(_session: Session, user: User, _own_role: int) -> None:
    """Admit a user again, a deleted one too; his name and his tokens stay as they are."""
    user.status = UserStatus.ENABLED


def _delete(session: Session, user: User, _own_role: int) -> None:
    _refuse_root(user)
    deletion.delete(session, user)


def _promote(_session: Session, user: User, own_role: int) -> None:
    if own_role != Role.ROOT:
        raise Refusal("only_root_promotes")
    if (user.role or 0) >= Role.ADMIN:
        raise Refusal("already_admin")
    user.role = Role.ADMIN


def _demote(_session: Session, user: User, _own_role: int) -> None:
    _refuse_root(user)
    if user.role == Role.COMMON:
        raise Refusal("already_common_user")
    user.role = Role.COMMON


_ACTIONS: Final[Mapping[str, Callable[[Session, User, int], None]]] = {
    "disable": _disable,
    "enable": _enable,
    "delete": _delete,
    "promote": _promote,
    "demote": _demote,
}
