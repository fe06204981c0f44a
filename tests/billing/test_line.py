"""Waiting in line, one queue per user or token."""

import gevent

from oneapi.billing.line import Line

KEY = ("user", 1)


def test_nobody_waits_at_first() -> None:
    assert not Line().is_forming(KEY)


def test_the_first_in_line_is_called_first() -> None:
    line = Line()
    first, second = line.join(KEY), line.join(KEY)

    line.call_first(KEY)

    assert first.wait(0)
    assert not second.wait(0)


def test_whoever_leaves_lets_the_next_one_try() -> None:
    line = Line()
    first, second = line.join(KEY), line.join(KEY)

    line.leave(KEY, first)

    assert second.wait(0)


def test_a_call_while_the_first_one_tries_is_not_lost() -> None:
    line = Line()
    ticket = line.join(KEY)
    line.call_first(KEY)
    assert ticket.wait(0)

    line.call_first(KEY)

    assert ticket.wait(0)
    assert not ticket.wait(0)


def test_everybody_can_be_called() -> None:
    line = Line()
    tickets = [line.join(KEY) for _ in range(3)]

    line.call_all(KEY)

    assert all(ticket.wait(0) for ticket in tickets)


def test_an_empty_line_is_gone() -> None:
    line = Line()

    line.leave(KEY, line.join(KEY))
    line.call_first(KEY)
    line.call_all(KEY)

    assert not line.is_forming(KEY)


def test_lines_do_not_know_each_other() -> None:
    line = Line()
    other = line.join(("token", 1))

    line.call_all(KEY)

    assert not other.wait(0)
    assert line.is_forming(("token", 1))


def test_a_waiting_call_goes_on_when_it_is_called() -> None:
    line = Line()
    ticket = line.join(KEY)
    waiting = gevent.spawn(ticket.wait, 5)
    gevent.sleep(0)

    line.call_first(KEY)

    assert waiting.get(timeout=5) is True
