"""Who may call, told from outside: forms of keys, limits of tokens, the shape of refusals."""

import re
import time
from typing import Any

import pytest
import requests

from oneapi.models.token import TokenStatus
from tests.support.books import Books
from tests.support.gateway import MODEL, Gateway, chat_body
from tests.support.scene import Scene

REQUEST_ID = "X-Oneapi-Request-Id"


def error_of(answer: requests.Response) -> dict[str, Any]:
    """Return the error object after checking what every error has."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"].endswith(f"(request id: {answer.headers[REQUEST_ID]})")
    assert answer.headers["Cache-Control"] == "no-store"
    return error


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Authorization", "Bearer sk-{}"),
        ("Authorization", "Bearer {}"),
        ("Authorization", "bearer   sk-{}"),
        ("Authorization", "sk-{}"),
        ("Authorization", "{}"),
        ("x-api-key", "sk-{}"),
        ("api-key", "{}"),
        ("x-goog-api-key", "{}"),
    ],
)
def test_every_form_of_a_key_is_accepted(scene: Scene, header: str, form: str) -> None:
    headers = {header: form.format(scene.key.text.removeprefix("sk-"))}

    answer = requests.get(f"{scene.node.url}/v1/models", headers=headers, timeout=10)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"Authorization": "Bearer sk-"}, "missing_api_key"),
        ({"Authorization": "Bearer sk-abc"}, "invalid_api_key"),
        ({"Authorization": "Bearer " + "x" * 5000}, "invalid_api_key"),
        ({"Cookie": "session=stolen"}, "missing_api_key"),
    ],
)
def test_a_call_without_a_good_key_is_401(
    node: Gateway, headers: dict[str, str], code: str
) -> None:
    answer = requests.post(
        f"{node.url}/v1/chat/completions", json=chat_body(), headers=headers, timeout=10
    )

    assert answer.status_code == 401
    assert (error_of(answer)["code"], error_of(answer)["type"]) == (code, "one_api_error")


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": TokenStatus.EXHAUSTED}, "token_exhausted"),
        ({"status": TokenStatus.EXPIRED}, "token_expired"),
        ({"status": TokenStatus.DISABLED}, "token_disabled"),
        ({"expired_time": 1_000_000_000}, "token_expired"),
        ({"remain_quota": 0}, "token_exhausted"),
    ],
)
def test_a_tokens_state_is_told_by_its_code(
    scene: Scene, columns: dict[str, Any], code: str
) -> None:
    key = scene.node.books.new_key(scene.user_id, **columns)

    answer = scene.node.chat(key)

    assert answer.status_code == 401
    assert error_of(answer)["code"] == code


def test_what_is_found_at_use_is_written_to_the_token(books: Books, node: Gateway) -> None:
    late = books.new_key(expired_time=int(time.time()) - 10)
    empty = books.new_key(remain_quota=0)

    node.chat(late)
    node.chat(empty)

    assert books.token(late.token_id).status == TokenStatus.EXPIRED
    assert books.token(empty.token_id).status == TokenStatus.EXHAUSTED


def test_a_disabled_user_is_refused(node: Gateway, books: Books) -> None:
    key = books.new_key()
    books.set_user(key.user_id, status=2)

    answer = node.chat(key)

    assert (answer.status_code, error_of(answer)["code"]) == (403, "user_disabled")


def test_a_token_keeps_to_its_models(scene: Scene) -> None:
    scene.serve(f"{MODEL},gpt-4o")
    key = scene.node.books.new_key(scene.user_id, models=MODEL)

    allowed = scene.node.chat(key)
    refused = scene.node.chat(key, model="gpt-4o")

    assert allowed.status_code == 200
    assert (refused.status_code, error_of(refused)["code"]) == (403, "model_not_allowed")


@pytest.mark.parametrize(
    ("subnet", "status"),
    [("127.0.0.0/8", 200), ("10.0.0.0/8, 127.0.0.1/32", 200), ("10.0.0.0/8,2001:db8::/32", 403)],
)
def test_a_token_keeps_to_its_networks(scene: Scene, subnet: str, status: int) -> None:
    key = scene.node.books.new_key(scene.user_id, subnet=subnet)

    answer = requests.get(
        f"{scene.node.url}/v1/models", headers={"x-api-key": key.text}, timeout=10
    )

    assert answer.status_code == status
    if status == 403:
        error = error_of(answer)
        assert error["code"] == "ip_not_allowed"
        assert "10.0.0.0" not in error["message"]


@pytest.mark.parametrize("address", ["2001:db8::7", "203.0.113.9"])
def test_the_address_behind_a_trusted_proxy_counts(scene: Scene, address: str) -> None:
    key = scene.node.books.new_key(scene.user_id, subnet="2001:db8::/32,203.0.113.0/24")
    headers = {"x-api-key": key.text, "X-Forwarded-For": f"127.0.0.1, {address}"}

    answer = requests.get(f"{scene.node.url}/v1/models", headers=headers, timeout=10)

    assert answer.status_code == 200


def test_an_administrators_key_may_name_a_channel(scene: Scene) -> None:
    first, second = scene.serve(), scene.serve("another-model")
    admin = scene.node.books.new_user(role=10, group=scene.group)
    key = scene.node.books.new_key(admin)
    named = f"{key.text}-{scene.channel_id}"

    answer = requests.post(
        f"{scene.node.url}/v1/chat/completions",
        json=chat_body(),
        headers={"Authorization": f"Bearer {named}"},
        timeout=10,
    )

    assert answer.status_code == 200
    assert (len(scene.seen(first)), len(scene.seen(second))) == (0, 1)


@pytest.mark.parametrize(
    ("role", "suffix", "status", "code"),
    [
        (1, "-1", 403, "channel_not_allowed"),
        (10, "-x", 400, "invalid_channel_id"),
        (10, "-", 400, "invalid_channel_id"),
        (10, "-999999", 400, "invalid_channel_id"),
        (10, "-" + "9" * 5000, 400, "invalid_channel_id"),
        (1, "-", 403, "channel_not_allowed"),
    ],
)
def test_a_suffix_that_names_no_channel_is_refused(
    scene: Scene, role: int, suffix: str, status: int, code: str
) -> None:
    key = scene.node.books.new_key(scene.node.books.new_user(role=role, group=scene.group))

    answer = requests.post(
        f"{scene.node.url}/v1/chat/completions",
        json=chat_body(),
        headers={"Authorization": f"Bearer {key.text}{suffix}"},
        timeout=10,
    )

    assert (answer.status_code, error_of(answer)["code"]) == (status, code)


def test_a_disabled_channel_cannot_be_named(scene: Scene) -> None:
    scene.serve(channel={"status": 2})
    key = scene.node.books.new_key(scene.node.books.new_user(role=100))

    answer = requests.post(
        f"{scene.node.url}/v1/chat/completions",
        json=chat_body(),
        headers={"Authorization": f"Bearer {key.text}-{scene.channel_id}"},
        timeout=10,
    )

    assert (answer.status_code, error_of(answer)["code"]) == (403, "channel_disabled")


def test_the_request_id_is_ours_and_stands_in_the_log(scene: Scene) -> None:
    scene.serve(cookies=True)

    answer = scene.chat()
    foreign = scene.node.post(
        "/chat/completions", scene.key, chat_body(), headers={REQUEST_ID: "mine"}
    )

    assert re.fullmatch(r"\d{23,31}", answer.headers[REQUEST_ID])
    assert foreign.headers[REQUEST_ID] not in ("mine", "not-ours")
    assert [row.request_id for row in scene.node.books.logs(scene.key)] == [
        answer.headers[REQUEST_ID],
        foreign.headers[REQUEST_ID],
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/foo"),
        ("GET", "/v1/chat/completions"),
        ("DELETE", "/v1/embeddings"),
        ("POST", "/v1/responses"),
        ("POST", "/v1/messages"),
        ("POST", "/v1/rerank"),
        ("GET", "/v1"),
        ("GET", "/v1/"),
        ("POST", "/v1//chat/completions"),
        ("PUT", "/v1/models"),
        ("TRACE", "/v1/models"),
    ],
)
def test_unknown_paths_and_methods_are_404_as_openai_says_it(
    node: Gateway, method: str, path: str
) -> None:
    answer = requests.request(method, node.url + path, timeout=10)

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.headers[REQUEST_ID]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/files"),
        ("POST", "/v1/files"),
        ("GET", "/v1/fine_tuning/jobs"),
        ("DELETE", "/v1/models/gpt-4o"),
        ("POST", "/v1/threads/t1/runs/r1/cancel"),
        ("GET", "/v1/assistants/"),
    ],
)
def test_what_exists_for_no_channel_is_501_after_sign_in(
    scene: Scene, method: str, path: str
) -> None:
    stranger = requests.request(method, scene.node.url + path, timeout=10)
    known = requests.request(
        method, scene.node.url + path, headers={"x-api-key": scene.key.text}, timeout=10
    )

    assert stranger.status_code == 401
    assert (known.status_code, error_of(known)["code"]) == (501, "api_not_implemented")


def test_a_slash_at_the_end_makes_no_difference(scene: Scene) -> None:
    scene.serve()

    chat = scene.node.post("/chat/completions/", scene.key, chat_body(), allow_redirects=False)
    listed = requests.get(
        f"{scene.node.url}/v1/models/", headers={"x-api-key": scene.key.text}, timeout=10
    )

    assert (chat.status_code, listed.status_code) == (200, 200)


def test_a_browser_on_another_origin_may_call(scene: Scene) -> None:
    scene.serve()
    preflight = requests.options(
        f"{scene.node.url}/v1/chat/completions",
        headers={
            "Origin": "https://chat.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-custom",
        },
        timeout=10,
    )
    answer = scene.node.post(
        "/chat/completions", scene.key, chat_body(), headers={"Origin": "https://chat.example"}
    )
    refused = scene.node.chat(None)

    assert preflight.status_code == 204
    allowed = preflight.headers["Access-Control-Allow-Headers"]
    assert allowed == "authorization,content-type,x-custom"
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert REQUEST_ID in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_errors_tell_a_browser_on_another_origin_too(node: Gateway) -> None:
    answer = requests.post(
        f"{node.url}/v1/chat/completions",
        json=chat_body(),
        headers={"Origin": "https://chat.example"},
        timeout=10,
    )

    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_models_are_those_of_token_group_and_live_channels(scene: Scene) -> None:
    scene.serve(f"{MODEL},gpt-4o,zz-custom,aa-custom")
    scene.serve("gone-model", channel={"status": 2})
    key = scene.node.books.new_key(scene.user_id, models=f"{MODEL},zz-custom,gone-model,never-was")
    headers = {"x-api-key": key.text}

    listed = requests.get(f"{scene.node.url}/v1/models", headers=headers, timeout=10).json()

    assert [model["id"] for model in listed["data"]] == [MODEL, "zz-custom"]
    assert [model["owned_by"] for model in listed["data"]] == ["openai", "custom"]
