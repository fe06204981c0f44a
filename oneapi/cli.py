"""Commands for operators: ``python -m oneapi.cli <command>``.

They read the same environment and ``.env`` as the program, and may run beside it.
"""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from oneapi import backups, command_line, data_checks, options, resources, revision, startup
from oneapi.accounts import users
from oneapi.channels import abilities
from oneapi.errors import SettingsError
from oneapi.lib import clock, passwords
from oneapi.models.channel import Channel
from oneapi.models.user import Role, User, UserStatus
from oneapi.providers.catalog import UNKNOWN, ChannelType, channel_types, models_by_type
from oneapi.providers.form_options import form_options
from oneapi.settings import Settings

CHANNEL_TYPES_FILE = (
    Path(__file__).resolve().parent.parent / "admin-ui/src/features/channel/channelTypes.json"
)
_NEW_PASSWORD_BYTES = 6


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code: 1 if it failed or found something."""
    given = _parser().parse_args(arguments)
    command_line.load_dotenv()
    try:
        settings = Settings.from_env(os.environ)
        resources.bind_settings(settings)
        command: Callable[[Settings, argparse.Namespace], int] = given.command
        return command(settings, given)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
    except DBAPIError as error:
        sys.stderr.write(f"the database cannot be used: {error.orig}\n")
    return 1


def channel_types_json() -> str:
    """Return the channel types as the admin UI's form reads them."""
    tree = {
        "options": [asdict(option) for option in form_options()],
        "types": [_as_json(row) for number, row in channel_types().items() if number != UNKNOWN],
    }
    return json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m oneapi.cli", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(
        name: str, command: Callable[..., int], what: str, *aliases: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, aliases=aliases, help=what, description=what)
        added.set_defaults(command=command)
        return added

    migrate = add("migrate", _migrate, "bring the database to the current schema", "adopt")
    migrate.add_argument("--dry-run", action="store_true", help="only say what would be done")
    add("check", _check, "say what is odd about the rows of the database; changes nothing")
    add("repair-abilities", _repair_abilities, "make the abilities fit the channels again")
    reset = add("reset-password", _reset_password, "give a user a new password and print it")
    reset.add_argument("username")
    backup = add("backup", _backup, "copy a SQLite database, also while it is in use")
    backup.add_argument("file", nargs="?", type=Path, help="default: a new one in DATA_DIR/backups")
    restore = add("restore", _restore, "put a copy back; what was there is copied first")
    restore.add_argument("file", type=Path)
    export = add("export-channel-types", _export_channel_types, "write what the channel form reads")
    export.add_argument("file", nargs="?", type=Path, default=CHANNEL_TYPES_FILE)
    return parser


def _migrate(settings: Settings, given: argparse.Namespace) -> int:
    _say(startup.preview(settings) if given.dry_run else startup.migrate(settings).lines())
    return 0


def _check(settings: Settings, _given: argparse.Namespace) -> int:
    with (
        Session(startup.reading(startup.main_engine(settings))) as session,
        Session(startup.reading(startup.log_engine(settings))) as log_session,
    ):
        counted = data_checks.counts(session, log_session)
        found = data_checks.findings(session)
    _say(f"{number} {name}" for name, number in counted.items())
    _say(found or ["nothing odd was found"])
    return 1 if found else 0


def _repair_abilities(settings: Settings, _given: argparse.Namespace) -> int:
    with Session(startup.main_engine(settings)) as session, session.begin():
        gap = data_checks.ability_gap(session)
        abilities.remove(session, gap.strays)
        for ids in abilities.in_parts(gap.wrong):
            query = select(Channel).where(Channel.id.in_(ids)).order_by(Channel.id)
            abilities.rewrite(session, session.scalars(query).all())
        if gap:
            revision.bump(session)
    _say([f"rewritten: {len(gap.wrong)} channels; removed: {len(gap.strays)} that are gone"])
    return 0


def _reset_password(settings: Settings, given: argparse.Namespace) -> int:
    password = secrets.token_hex(_NEW_PASSWORD_BYTES)
    new_hash = passwords.hashed(password)
    with Session(startup.main_engine(settings)) as session, session.begin():
        user = users.find_by_name(session, given.username)
        if user is None or user.status == UserStatus.DELETED:
            sys.stderr.write(f"there is no user {given.username!r}\n")
            return 1
        user.password = new_hash
        users.end_sessions(session, user.id)
        notes = _open_the_door(session, user)
    _say([*notes, f"new password of {given.username}: {password}"])
    return 0


def _open_the_door(session: Session, user: User) -> list[str]:
    """A root who switched password sign-in off has locked himself out, too."""
    notes = []
    if user.role == Role.ROOT and not options.read(session).password_login_enabled:
        options.update(session, "PasswordLoginEnabled", "true")
        notes.append("signing in with a password is switched on again")
    if user.status != UserStatus.ENABLED:
        notes.append("this user is disabled and cannot sign in")
    return notes


def _backup(settings: Settings, given: argparse.Namespace) -> int:
    target: Path = given.file or backups.path_now(settings, now_s=clock.now_s())
    backups.make(settings, target)
    _say([f"written: {target}"])
    return 0


def _restore(settings: Settings, given: argparse.Namespace) -> int:
    kept = backups.path_now(settings, now_s=clock.now_s(), note="-replaced")
    backups.put_back(settings, given.file, kept=kept)
    replaced = [f"what was there is in {kept}"] if kept.exists() else []
    _say([f"put back: {given.file}", *replaced])
    return 0


def _export_channel_types(_settings: Settings, given: argparse.Namespace) -> int:
    file: Path = given.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(channel_types_json(), encoding="utf-8")
    _say([f"written: {file}"])
    return 0


def _as_json(row: ChannelType) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "label": dict(row.label),
        "base_url": row.base_url,
        "form": asdict(row.form),
        "fields": [asdict(each) for each in row.fields],
        "options": [option.key for option in form_options() if option.is_for(row.adaptor)],
        "config_from_other": row.config_from_other,
        "takes_models": models_by_type()[row.id] is not None,
    }


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
