from sqlalchemy import select

from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.web import audit, auth
from oneapi.web_app import WebApp
from tests.support.people import Person, signed_in


def test_a_row_names_the_actor_and_the_request(app: WebApp, db: Database, adam: Person) -> None:
    @app.post("/api/of-the-test")
    @auth.require_admin
    def change() -> str:
        with db.transaction() as session:
            audit.note(session, "log_option_changed", key="Notice")
        return ""

    answer = signed_in(app, adam).post("/api/of-the-test", headers={"Accept-Language": "zh"})

    with db.reading() as session:
        row = session.scalars(select(Log)).one()
        assert (row.type, row.user_id, row.username) == (3, adam.id, "adam")
        assert row.content == "Option Notice changed"
        assert row.request_id == answer.headers["X-Oneapi-Request-Id"]
        assert row.created_at
