from collections.abc import Iterator
from typing import Any

import pytest

from oneapi.v1.answer import Answer

HEAD = {"REQUEST_METHOD": "HEAD"}
GET = {"REQUEST_METHOD": "GET"}


def sent(answer: Answer, environ: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and body as a server would write them."""
    begun: list[tuple[str, dict[str, str]]] = []
    pieces = answer(environ, lambda line, headers: begun.append((line, dict(headers))))
    body = b"".join(pieces)
    pieces.close()
    return (*begun[0], body)


def test_a_whole_answer_says_its_length() -> None:
    line, headers, body = sent(Answer.json({"a": 1}, 404), GET)

    assert (line, body) == ("404 Not Found", b'{"a":1}')
    assert headers == {"Content-Type": "application/json", "Content-Length": "7"}


@pytest.mark.parametrize(("environ", "status"), [(HEAD, 200), (GET, 204), (GET, 304)], ids=str)
def test_some_answers_have_no_body(environ: dict[str, Any], status: int) -> None:
    assert sent(Answer((b"body",), {}, status), environ)[2] == b""


def test_a_status_that_nobody_knows_is_passed_on() -> None:
    assert sent(Answer((), {}, 299), GET)[0] == "299 Unknown"


def test_a_stream_is_closed_before_what_comes_at_the_end() -> None:
    done: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            done.append("closed")

    answer = Answer(pieces(), {})
    answer.at_end(lambda: done.append("end"))
    begun = answer(GET, lambda *_: None)
    next(iter(begun))

    begun.close()

    assert done == ["closed", "end"]


def test_what_comes_at_the_end_comes_although_the_stream_breaks() -> None:
    done: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"one"
        finally:
            raise ZeroDivisionError

    answer = Answer(pieces(), {})
    answer.at_end(lambda: done.append("end"))
    next(iter(answer(GET, lambda *_: None)))

    with pytest.raises(ZeroDivisionError):
        answer.close()

    assert done == ["end"]
