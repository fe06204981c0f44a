from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.channel import Channel
from oneapi.models.log import Log
from oneapi.models.own import ChannelExtra
from oneapi.relay.probe import probe
from tests.support.upstream import StubUpstream, running

KEY = "sk-planted-secret-of-the-channel"


@pytest.fixture(scope="module")
def upstream() -> Iterator[StubUpstream]:
    with running() as server:
        yield server


def add(db: Database, base_url: str, **body: Any) -> int:
    members = {"type": 1, "name": "one", "key": KEY, "models": "gpt-4o,gpt-4o-mini", **body}
    draft = ChannelDraft.from_json({**members, "base_url": base_url})
    with db.transaction() as session:
        return store.create(session, draft, now_s=0)[0].id


def kept(db: Database, channel_id: int) -> tuple[int | None, int | None, int | None]:
    with db.reading() as session:
        channel = session.get_one(Channel, channel_id)
        return channel.test_time, channel.response_time, channel.status


def log_row(db: Database) -> Log:
    with db.reading() as session:
        row = session.scalars(select(Log)).one()
        session.expunge(row)
        return row


def test_a_channel_that_answers_works(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(
        db,
        upstream.base(tag="good", text="Hello!"),
        model_mapping='{"gpt-4o-mini": "cheap"}',
        system_prompt="Be kind.",
    )

    result = probe(channel_id, "gpt-4o-mini", request_id="20250101")

    assert (result.ok, result.answer, result.reason) == (True, "Hello!", "")
    assert (result.model, result.actual_model) == ("gpt-4o-mini", "cheap")
    sent = upstream.last("good")
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.json["model"] == "cheap"
    assert [message["role"] for message in sent.json["messages"]] == ["user"]


def test_a_test_leaves_its_time_and_a_row(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(db, upstream.base(text="Hello!"))

    result = probe(channel_id, "", request_id="20250101")

    test_time, response_time, status = kept(db, channel_id)
    assert test_time
    assert (response_time, status) == (result.elapsed_ms, 1)
    row = log_row(db)
    assert (row.type, row.user_id, row.username, row.quota) == (5, 0, "", 0)
    assert (row.model_name, row.channel_id, row.request_id) == ("gpt-4o", channel_id, "20250101")
    assert row.elapsed_time == result.elapsed_ms
    assert row.content == f"Test of channel “one” (#{channel_id}) passed: Hello!"


def test_a_refusal_of_the_upstream_fails_the_test(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(db, upstream.base(status=401, message=f"Bad key {KEY}"))

    result = probe(channel_id, "")

    assert not result.ok
    assert result.reason.startswith("401: Bad key")
    assert KEY not in result.reason
    test_time, response_time, status = kept(db, channel_id)
    assert test_time
    assert (response_time, status) == (0, 1)
    assert KEY not in (log_row(db).content or "")
    with db.reading() as session:
        extra = session.get_one(ChannelExtra, channel_id)
        assert extra.last_error == result.reason
        assert extra.last_error_time == test_time


@pytest.mark.parametrize(
    "behaviour",
    [
        {"body": "plain text"},
        {"body": '{"choices": []}'},
        {"body": '{"error": {"message": "no", "type": "server_error"}}'},
        {"drop": True},
        {"status": 302, "location": "https://elsewhere.example"},
    ],
)
def test_anything_but_an_answer_fails_the_test(
    db: Database, upstream: StubUpstream, behaviour: dict[str, Any]
) -> None:
    channel_id = add(db, upstream.base(**behaviour))

    result = probe(channel_id, "")

    assert result.error is not None
    assert log_row(db).content


def test_an_embedding_model_is_asked_for_a_vector(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(db, upstream.base(tag="vector"), models="text-embedding-3-small")

    result = probe(channel_id, "")

    assert result.ok
    assert upstream.last("vector").path == "/v1/embeddings"


def test_a_disabled_channel_can_be_tested(db: Database, upstream: StubUpstream) -> None:
    channel_id = add(db, upstream.base(), status=2)

    assert probe(channel_id, "").ok
    assert kept(db, channel_id)[2] == 2


def test_a_raw_proxy_is_asked_for_its_head(db: Database, upstream: StubUpstream) -> None:
    good = add(db, f"{upstream.base(tag='head', status=404)}/v1", type=43, models="")
    bad = add(db, f"{upstream.base(status=502)}/v1", type=43, models="")

    assert probe(good, "").ok
    assert not probe(bad, "").ok
    sent = upstream.last("head")
    assert sent.method == "HEAD"
    assert "authorization" not in sent.headers


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"models": "dall-e-3"}, "test_not_supported"),
        ({"type": 11}, "unsupported_mode"),
    ],
)
def test_a_call_that_cannot_be_made_leaves_no_row(
    db: Database, upstream: StubUpstream, body: dict[str, Any], code: str
) -> None:
    channel_id = add(db, upstream.base(), **body)

    with pytest.raises(Refusal, match=code):
        probe(channel_id, "")

    with db.reading() as session:
        assert session.scalars(select(Log)).all() == []


def test_only_a_channel_that_is_there_is_tested(db: Database) -> None:
    with pytest.raises(Refusal, match="record_not_found"):
        probe(99, "")
