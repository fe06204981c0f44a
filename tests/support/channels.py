"""Channels made and shown through the management API, as an administrator's browser does."""

from typing import Any

from flask.testing import FlaskClient

KEY = "planted-secret-key"


def create(client: FlaskClient, **body: Any) -> int:
    """Add a channel of type OpenAI with one model unless told otherwise; return its id."""
    name = body.setdefault("name", "one")
    answer = client.post("/api/channel/", json={"type": 1, "key": KEY, "models": "a", **body})
    assert answer.get_json() == {"success": True, "message": ""}
    found = client.get(f"/api/channel/search?keyword={name}").get_json()["data"]
    return int(found[0]["id"])


def show(client: FlaskClient, channel_id: int) -> dict[str, Any]:
    """Return what the management API says of a channel."""
    data: dict[str, Any] = client.get(f"/api/channel/{channel_id}").get_json()["data"]
    return data
