import pytest

from oneapi.options import Options
from oneapi.relay import tokenizer
from oneapi.relay.prompt import Prompt
from oneapi.relay.tally import Tally
from oneapi.wire.answers import Chunk, Usage
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

MODEL = "gpt-4o-mini"
HELLO = "hello world"
ASKED = {"model": MODEL, "messages": [{"role": "user", "content": "Hello!"}]}
ASKED_TOKENS = 9


def new_tally(*, approximate: bool = False) -> Tally:
    options = Options(approximate_token_enabled=approximate)
    return Tally(Prompt(RelayCall(mode=RelayMode.CHAT, body=ASKED), MODEL, options))


def words() -> int:
    return tokenizer.count_text(MODEL, HELLO)


def test_the_upstreams_count_goes_before_ours() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": HELLO}))
    tally.add(Chunk(usage=Usage(prompt_tokens=7, completion_tokens=3)))

    assert tally.result() == (Usage(prompt_tokens=7, completion_tokens=3), False)


def test_without_a_count_the_text_is_counted_and_marked() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": "hello "}))
    tally.add(Chunk(delta={"content": "world"}))

    assert tally.result() == (Usage(prompt_tokens=ASKED_TOKENS, completion_tokens=words()), True)


def test_zeros_beside_text_are_an_omission() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": HELLO}))
    tally.add(Chunk(usage=Usage()))

    assert tally.result() == (Usage(prompt_tokens=ASKED_TOKENS, completion_tokens=words()), True)


def test_zeros_with_nothing_said_stand() -> None:
    tally = new_tally()

    tally.add(Chunk(usage=Usage()))

    assert tally.result() == (Usage(), False)
    assert not tally.delivered


def test_a_report_that_forgot_the_prompt_gets_our_count_of_it() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": HELLO}, usage=Usage(completion_tokens=3)))

    assert tally.result() == (Usage(prompt_tokens=ASKED_TOKENS, completion_tokens=3), False)


@pytest.mark.parametrize(("total", "prompt", "completion"), [(100, 9, 91), (5, 5, 0)])
def test_a_total_alone_is_shared_between_our_count_of_the_prompt_and_the_answer(
    total: int, prompt: int, completion: int
) -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": HELLO}, usage=Usage(untold_tokens=total)))

    usage, estimated = tally.result()
    assert (usage.prompt_tokens, usage.completion_tokens, estimated) == (prompt, completion, False)


def test_a_report_that_ends_with_the_prompt_gets_our_count_of_the_answer() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"content": HELLO}, usage=Usage(prompt_tokens=7, cached_tokens=5)))

    counted = Usage(prompt_tokens=7, cached_tokens=5, completion_tokens=words())
    assert tally.result() == (counted, True)


def test_a_prompt_that_nothing_followed_stands() -> None:
    tally = new_tally()

    tally.add(Chunk(usage=Usage(prompt_tokens=7)))

    assert tally.result() == (Usage(prompt_tokens=7), False)


def test_the_option_counts_by_bytes() -> None:
    tally = new_tally(approximate=True)

    tally.add_text("x" * 100)

    assert tally.completion_tokens() == 38


def test_later_reports_complete_earlier_ones_and_zeros_erase_nothing() -> None:
    tally = new_tally()

    tally.add_usage(Usage(prompt_tokens=12, completion_tokens=1, cached_tokens=5))
    tally.add_usage(Usage(completion_tokens=9))

    usage, _ = tally.result()
    assert (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens) == (12, 9, 5)


def test_all_that_a_model_writes_is_counted_once() -> None:
    tally = new_tally()

    tally.add(Chunk(delta={"reasoning_content": "hello"}))
    tally.add(
        Chunk(delta={"tool_calls": [{"function": {"name": " wor", "arguments": "ld"}}]}),
    )

    assert tally.completion_tokens() == words()


def test_an_openai_shaped_chunk_is_counted_by_its_text() -> None:
    tally = new_tally()

    tally.add(Chunk(wire=b"{}", text=HELLO))

    assert tally.completion_tokens() == words()


def test_an_event_without_text_delivers_nothing() -> None:
    tally = new_tally()

    tally.add(Chunk(wire=b'{"choices":[]}'))

    assert not tally.delivered


@pytest.mark.parametrize("pieces", [1, 400])
def test_a_long_stream_is_counted_as_it_comes(pieces: int) -> None:
    text = "word " * 20_000
    step = len(text) // pieces
    tally = new_tally()

    for start in range(0, len(text), step):
        tally.add_text(text[start : start + step])

    exact = tokenizer.count_text(MODEL, text)
    assert abs(tally.completion_tokens() - exact) <= 10
    assert tally._length == 0
