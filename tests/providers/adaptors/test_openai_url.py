import pytest

from oneapi.providers.adaptors.openai_url import address, model_list_address
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, target_of

CHAT, EMBED, IMAGES = RelayMode.CHAT, RelayMode.EMBEDDINGS, RelayMode.IMAGES

CASES = [
    (1, "", CHAT, "https://api.openai.com/v1/chat/completions"),
    (1, "https://m.test/v1/", CHAT, "https://m.test/v1/chat/completions"),
    (1, "https://m.test/v1", RelayMode.SPEECH, "https://m.test/v1/audio/speech"),
    (
        1,
        "https://gateway.ai.cloudflare.com/v1/acc/gw/openai",
        CHAT,
        "https://gateway.ai.cloudflare.com/v1/acc/gw/openai/chat/completions",
    ),
    (8, "https://host", EMBED, "https://host/v1/embeddings"),
    (50, "https://host/v1", EMBED, "https://host/v1/embeddings"),
    (50, "https://host/v1/", EMBED, "https://host/v1/embeddings"),
    (
        50,
        "https://host/api/v9",
        RelayMode.TRANSCRIPTION,
        "https://host/api/v9/audio/transcriptions",
    ),
    (
        51,
        "",
        CHAT,
        "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
    ),
    (
        51,
        "",
        RelayMode.SPEECH,
        "https://generativelanguage.googleapis.com/v1beta/openai/audio/speech",
    ),
    (20, "", CHAT, "https://openrouter.ai/api/v1/chat/completions"),
    (29, "", RelayMode.TRANSCRIPTION, "https://api.groq.com/openai/v1/audio/transcriptions"),
    (41, "", CHAT, "https://api.novita.ai/v3/openai/chat/completions"),
    (41, "https://api.novita.ai/openai/v1", EMBED, "https://api.novita.ai/openai/v1/embeddings"),
    (27, "", CHAT, "https://api.minimax.chat/v1/text/chatcompletion_v2"),
    (27, "https://api.minimax.io/v1", CHAT, "https://api.minimax.io/v1/text/chatcompletion_v2"),
    (40, "", CHAT, "https://ark.cn-beijing.volces.com/api/v3/chat/completions"),
    (40, "", IMAGES, "https://ark.cn-beijing.volces.com/api/v3/images/generations"),
    (40, "https://ark.test/api/v3", EMBED, "https://ark.test/api/v3/embeddings"),
    (47, "", CHAT, "https://qianfan.baidubce.com/v2/chat/completions"),
    (47, "", EMBED, "https://qianfan.baidubce.com/v2/embeddings"),
    (48, "", CHAT, "https://spark-api-open.xf-yun.com/v1/chat/completions"),
    (49, "", CHAT, "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions"),
    (49, "", EMBED, "https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings"),
    (36, "", CHAT, "https://api.deepseek.com/v1/chat/completions"),
    (36, "", RelayMode.COMPLETIONS, "https://api.deepseek.com/beta/completions"),
    (36, "https://d.test/v1", RelayMode.COMPLETIONS, "https://d.test/beta/completions"),
]


@pytest.mark.parametrize(("number", "base_url", "mode", "url"), CASES)
def test_addresses_follow_the_catalog(
    number: int, base_url: str, mode: RelayMode, url: str
) -> None:
    assert address(call_of(mode), target_of(number, base_url=base_url)) == url


@pytest.mark.parametrize(
    ("number", "model", "url"),
    [
        (40, "bot-20250101", "https://ark.cn-beijing.volces.com/api/v3/bots/chat/completions"),
        (48, "x1", "https://spark-api-open.xf-yun.com/v2/chat/completions"),
    ],
)
def test_some_models_live_elsewhere(number: int, model: str, url: str) -> None:
    assert address(call_of(), target_of(number, model)) == url


def test_the_client_query_is_kept() -> None:
    call = call_of(query="beta=1")

    assert (
        address(call, target_of(8, base_url="https://h")) == "https://h/v1/chat/completions?beta=1"
    )


def test_a_message_to_be_continued_goes_to_the_beta_path() -> None:
    call = call_of(messages=[{"role": "assistant", "content": "On", "prefix": True}])

    assert address(call, target_of(36)) == "https://api.deepseek.com/beta/chat/completions"


def test_minimax_can_be_asked_in_openais_style() -> None:
    target = target_of(27, config={"api_style": "openai"})

    assert address(call_of(), target) == "https://api.minimax.chat/v1/chat/completions"


def test_an_engine_in_the_path_becomes_the_plain_path() -> None:
    assert address(call_of(EMBED), target_of(1)) == "https://api.openai.com/v1/embeddings"


@pytest.mark.parametrize(
    ("number", "base_url", "url"),
    [
        (1, "", "https://api.openai.com/v1/models"),
        (50, "https://host/v1", "https://host/v1/models"),
        (49, "", "https://dashscope.aliyuncs.com/compatible-mode/v1/models"),
    ],
)
def test_models_are_listed_beside_the_calls(number: int, base_url: str, url: str) -> None:
    assert model_list_address(target_of(number, base_url=base_url)) == url
