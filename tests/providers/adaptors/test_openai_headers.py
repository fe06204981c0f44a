from dataclasses import replace

from msgspec import structs

from oneapi.providers.adaptors.openai_headers import headers_for
from tests.support.openai_family import KEY, call_of, target_of

JSON = "application/json"


def test_the_key_travels_as_bearer() -> None:
    headers = headers_for(call_of(), target_of(1), JSON)

    assert headers == {"Content-Type": JSON, "Authorization": f"Bearer {KEY}"}


def test_without_a_key_there_is_no_authorization() -> None:
    assert "Authorization" not in headers_for(call_of(), target_of(50, api_key=""), JSON)


def test_allowed_client_headers_pass_but_win_nothing() -> None:
    client = {"openai-beta": "assistants=v2", "authorization": "Bearer client", "x-trace": "1"}
    call = structs.replace(call_of(), headers=client)

    target = replace(target_of(1), passed_headers=("openai-beta", "authorization"))
    headers = headers_for(call, target, JSON)

    assert headers["openai-beta"] == "assistants=v2"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert not {"authorization", "x-trace"} & headers.keys()


def test_a_stream_is_asked_for_as_events() -> None:
    assert headers_for(call_of(stream=True), target_of(1), JSON)["accept"] == "text/event-stream"


def test_organization_and_project_come_from_the_channel() -> None:
    target = target_of(1, config={"organization": "org-1", "project": "proj-1"})

    headers = headers_for(call_of(), target, JSON)

    assert (headers["OpenAI-Organization"], headers["OpenAI-Project"]) == ("org-1", "proj-1")


def test_openrouter_learns_who_calls() -> None:
    headers = headers_for(call_of(), target_of(20), JSON)

    assert (headers["HTTP-Referer"], headers["X-Title"]) == ("https://gateway.test", "Test Gateway")


def test_a_qianfan_key_may_carry_an_application() -> None:
    headers = headers_for(call_of(), target_of(47, api_key="bce-v3/ALTAK|app-1"), JSON)

    assert (headers["Authorization"], headers["appid"]) == ("Bearer bce-v3/ALTAK", "app-1")
