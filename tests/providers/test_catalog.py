from pathlib import Path

import pytest

from oneapi.providers import catalog
from oneapi.providers.catalog import channel_type, channel_types, default_ratios, models_by_type
from oneapi.providers.type_rules import StreamUsage
from oneapi.wire.modes import RelayMode


def test_every_number_of_one_api_has_a_row() -> None:
    assert list(channel_types()) == list(range(52))


def test_an_unknown_number_is_an_openai_channel_without_base_url() -> None:
    row = channel_type(99)

    assert (row.id, row.adaptor, row.base_url) == (99, "openai", "")


@pytest.mark.parametrize(
    ("number", "base_url"),
    [
        (1, "https://api.openai.com"),
        (20, "https://openrouter.ai/api"),
        (41, "https://api.novita.ai/v3/openai"),
        (46, "https://api.replicate.com/v1/models/"),
        (51, "https://generativelanguage.googleapis.com/v1beta/openai/"),
        (3, ""),
    ],
)
def test_base_urls_are_one_apis(number: int, base_url: str) -> None:
    assert channel_type(number).base_url == base_url


@pytest.mark.parametrize(
    ("number", "owner"),
    [(1, "openai"), (19, "360"), (24, "google gemini"), (35, "Cohere"), (39, "together.ai")],
)
def test_owners_are_one_apis(number: int, owner: str) -> None:
    assert channel_type(number).owner == owner


@pytest.mark.parametrize(
    ("number", "usage"),
    [(1, "always"), (28, "never"), (8, "on_request"), (50, "on_request"), (40, "always")],
)
def test_the_catalog_says_when_to_ask_for_usage(number: int, usage: str) -> None:
    assert channel_type(number).stream_usage is StreamUsage(usage)


def test_resellers_share_the_models_of_openai() -> None:
    assert channel_type(2).models == channel_type(1).models
    assert channel_type(51).models == channel_type(24).models


def test_the_model_list_names_each_model_once_with_its_first_owner() -> None:
    names = [entry.id for entry in catalog.model_catalog()]
    owners = dict(catalog.model_catalog())

    assert len(names) == len(set(names))
    assert owners["claude-3-haiku-20240307"] == "anthropic"
    assert owners["openrouter/auto"] == "openrouter"
    assert owners["qwen-long"] == "alibailian"
    assert names[0] == "gpt-3.5-turbo"


def test_the_model_entries_name_a_shared_model_for_each_owner() -> None:
    owners = [e.owner for e in catalog.model_entries() if e.id == "claude-3-haiku-20240307"]

    assert owners == ["anthropic", "aws"]


def test_types_that_only_share_models_are_no_owners() -> None:
    owners = {entry.owner for entry in catalog.model_entries()}

    assert {"openrouter", "alibailian", "geminiv2"} <= owners
    assert not {"azure", "aiproxy"} & owners


def test_models_by_type_has_none_for_the_raw_proxy() -> None:
    found = models_by_type()

    assert found[43] is None
    assert found[34] == ()
    assert found[36] is not None
    assert "deepseek-chat" in found[36]
    assert 0 not in found


def test_modes_tell_what_a_type_cannot_do() -> None:
    assert RelayMode.IMAGES not in channel_type(14).modes
    assert RelayMode.SPEECH in channel_type(1).modes
    assert channel_type(43).modes == {RelayMode.PROXY}


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        ("colour = 'red'", "unknown key colour"),
        ("[url]\nprefixx = '/v2'", "unknown key url.prefixx"),
        ("modes = ['talk']", "Invalid enum value 'talk'"),
        ("quirks = ['odd']", "Invalid enum value 'odd'"),
        ("[[error_rules]]\ncategory = 'auth'\ncode = ['1']", "unknown key error_rules.code"),
    ],
)
def test_a_wrong_row_stops_the_start(tmp_path: Path, extra: str, complaint: str) -> None:
    _write(tmp_path, "new.toml", 1001, extra)

    with pytest.raises(ValueError, match=complaint.replace("[", r"\[")) as failure:
        catalog.load_channel_types(tmp_path)

    assert "new.toml" in str(failure.value)


def test_a_number_used_twice_stops_the_start(tmp_path: Path) -> None:
    _write(tmp_path, "a.toml", 1001)
    _write(tmp_path, "b.toml", 1001)

    with pytest.raises(ValueError, match="number 1001"):
        catalog.load_channel_types(tmp_path)


def test_a_new_compatible_provider_is_one_file(tmp_path: Path) -> None:
    _write(tmp_path, "new.toml", 1001, "models = ['bright-small']\nbase_url = 'https://b.test'")

    row = catalog.load_channel_types(tmp_path)[1001]

    assert (row.adaptor, row.models) == ("openai", ("bright-small",))


def test_default_ratios_are_one_apis() -> None:
    ratios = default_ratios()

    assert ratios.model["gpt-4o"] == 2.5
    assert ratios.model["claude-3-5-sonnet-20240620"] == 1.5
    assert ratios.model["ERNIE-4.0-8K"] == 8.52
    assert ratios.model["whisper-1"] == 15
    assert ratios.completion["whisper-1"] == 0
    assert ratios.completion["deepseek-reasoner"] == 3.981818181818182
    assert "gpt-4o" not in ratios.completion


@pytest.mark.parametrize(
    ("model", "usd_per_million"),
    [
        ("llama-3.1-8b-instant", 0.05),
        ("meta/llama-2-70b", 0.65),
        ("openai/gpt-4o", 2.5),
        ("anthropic/claude-3-opus", 15),
    ],
)
def test_misplaced_prices_are_corrected(model: str, usd_per_million: float) -> None:
    assert default_ratios().model[model] * 2 == pytest.approx(usd_per_million)


def test_a_corrected_openrouter_price_keeps_the_dearer_side() -> None:
    ratios = default_ratios()

    output = ratios.model["openai/gpt-4o"] * ratios.completion["openai/gpt-4o"] * 2

    assert output == pytest.approx(10)


def test_stepfun_is_priced_in_yuan_per_thousand() -> None:
    assert default_ratios().model["step-1-8k"] == pytest.approx(0.005 * 71)


def test_cache_ratios_are_only_suggested_beside_the_price() -> None:
    assert default_ratios().cache["claude-opus-4-5"] == pytest.approx(0.1)
    assert default_ratios().cache_write["claude-opus-4-5"] == pytest.approx(1.25)


def _write(folder: Path, name: str, number: int, extra: str = "") -> None:
    head = f"id = {number}\nname = 'New'\nadaptor = 'openai'\nowner = 'new'\n"
    (folder / name).write_text(head + extra, "utf-8")
