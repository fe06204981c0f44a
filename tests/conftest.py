from gevent import monkey

monkey.patch_all()

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from oneapi import resources, snapshot, startup
from oneapi.factory import create_app
from oneapi.lib.database import Database
from oneapi.models.user import Role
from oneapi.settings import Settings
from oneapi.web_app import WebApp
from tests.support.mail_server import MailSink, mail_server
from tests.support.people import Person, add_person, signed_in

ROOT = Person(1, "root", "123456")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the first start leaves it: the schema and root."""
    folder = tmp_path_factory.mktemp("database")
    path = folder / "empty.db"
    startup.prepare(Settings(sqlite_path=str(path), data_dir=str(folder)))
    return path


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    path = tmp_path / "one-api.db"
    shutil.copy(empty_database, path)
    return Settings(
        sqlite_path=str(path),
        data_dir=str(tmp_path),
        log_dir="",
        session_secret="a secret of the tests",
        sqlite_synchronous="NORMAL",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[WebApp]:
    app = create_app(settings)
    snapshot.mark_stale()
    yield app
    resources.db.engine.dispose()


@pytest.fixture
def db(app: WebApp) -> Database:
    return resources.db


@pytest.fixture
def client(app: WebApp) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def root(app: WebApp) -> Person:
    return ROOT


@pytest.fixture
def alice(app: WebApp) -> Person:
    """A common user."""
    return add_person("alice")


@pytest.fixture
def adam(app: WebApp) -> Person:
    """An administrator."""
    return add_person("adam", role=Role.ADMIN)


@pytest.fixture
def root_client(app: WebApp, root: Person) -> FlaskClient:
    return signed_in(app, root)


@pytest.fixture
def alice_client(app: WebApp, alice: Person) -> FlaskClient:
    return signed_in(app, alice)


@pytest.fixture
def adam_client(app: WebApp, adam: Person) -> FlaskClient:
    return signed_in(app, adam)


@pytest.fixture(scope="session")
def running_mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailSink]:
    with mail_server(tmp_path_factory.mktemp("mail")) as sink:
        yield sink


@pytest.fixture
def mail_sink(running_mail_server: MailSink) -> MailSink:
    """A mail server at which nothing has arrived yet."""
    running_mail_server.forget()
    return running_mail_server
