import logging

import pytest
from sqlalchemy import select

from oneapi import options, revision
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.option import Option
from oneapi.options import SPECS, Options, build


def refusal_of(db: Database, key: str, value: object) -> Refusal:
    with pytest.raises(Refusal) as refused, db.transaction() as session:
        options.update(session, key, value)
    return refused.value


def stored(db: Database, key: str) -> str | None:
    with db.reading() as session:
        return session.scalar(select(Option.value).where(Option.key == key))


def store(db: Database, key: str, value: str) -> None:
    with db.transaction() as session:
        session.merge(Option(key=key, value=value))


def test_without_rows_the_defaults_are_in_force(db: Database) -> None:
    with db.reading() as session:
        found = options.read(session)

    assert found == Options()
    assert found.quota_per_unit == 500_000
    assert found.group_ratios == {"default": 1, "svip": 1, "vip": 1}
    assert found.server_address == "http://localhost:3000"
    assert found.register_enabled is True


def test_rows_override_the_defaults() -> None:
    found = build(
        {
            "RetryTimes": "3",
            "RegisterEnabled": "false",
            "ServerAddress": "https://gateway.example/",
            "EmailDomainWhitelist": "a.example, b.example",
            "GroupRatio": '{"default": 2}',
            "ChannelDisableThreshold": "7.5",
        }
    )

    assert found.retry_times == 3
    assert found.register_enabled is False
    assert found.server_address == "https://gateway.example"
    assert found.email_domain_whitelist == ("a.example", "b.example")
    assert found.group_ratios == {"default": 2}
    assert found.channel_disable_threshold == 7.5


def test_a_switch_is_on_for_the_exact_word_only() -> None:
    assert build({"RegisterEnabled": "True"}).register_enabled is False
    assert build({"RegisterEnabled": "1"}).register_enabled is False


def test_a_stored_model_ratio_is_completed_with_the_defaults() -> None:
    found = build({"ModelRatio": '{"gpt-4o": 9, "mine": 1}'}).model_ratios

    assert found["gpt-4o"] == 9
    assert found["mine"] == 1
    assert len(found) > 100


@pytest.mark.parametrize(
    ("key", "text"),
    [("QuotaPerUnit", "0"), ("SMTPPort", "many"), ("ModelRatio", "{broken"), ("Theme", "pink")],
)
def test_a_row_that_cannot_be_used_keeps_the_default(
    key: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        found = build({key: text})

    assert found == Options()
    assert caplog.records[0].option == key  # type: ignore[attr-defined]


def test_a_row_of_an_unknown_key_is_kept_and_shown(db: Database) -> None:
    store(db, "FromAnotherProgram", "x")
    store(db, "AnotherSecret", "hidden")

    with db.reading() as session:
        pairs = dict(options.as_pairs(session))

    assert pairs["FromAnotherProgram"] == "x"
    assert "AnotherSecret" not in pairs


def test_secrets_are_not_shown(db: Database) -> None:
    secrets = [spec for spec in SPECS.values() if spec.secret]
    for spec in secrets:
        store(db, spec.key, "planted-secret")

    with db.reading() as session:
        pairs = dict(options.as_pairs(session))
        assert "planted-secret" not in repr(options.read(session))

    assert "planted-secret" not in pairs.values()
    assert {spec.key for spec in secrets} >= {"SMTPToken", "TurnstileSecretKey"}


def test_every_key_that_ends_like_a_secret_is_one() -> None:
    named = {key for key in SPECS if key.endswith(("Token", "Secret", "SecretKey"))}

    assert all(SPECS[key].secret for key in named)


def test_the_list_shows_what_was_stored(db: Database) -> None:
    store(db, "GroupRatio", '{ "default": 1 }')

    with db.reading() as session:
        pairs = dict(options.as_pairs(session))

    assert pairs["GroupRatio"] == '{ "default": 1 }'
    assert pairs["RegisterEnabled"] == "true"
    assert pairs["QuotaPerUnit"] == "500000"
    assert pairs["ChannelDisableThreshold"] == "5"
    assert pairs["ServerAddress"] == ""


def test_an_option_is_stored_and_the_revision_moves(db: Database) -> None:
    with db.transaction() as session:
        before = revision.current(session)
        options.update(session, "RetryTimes", "4")
        after = revision.current(session)

    assert stored(db, "RetryTimes") == "4"
    assert after == before + 1


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("QuotaForNewUser", 5, "5"),
        ("DisplayInCurrencyEnabled", False, "false"),
        ("QuotaPerUnit", 250000.5, "250000.5"),
        ("SMTPToken", "", ""),
    ],
)
def test_json_values_stand_for_their_texts(
    db: Database, key: str, value: object, text: str
) -> None:
    with db.transaction() as session:
        options.update(session, key, value)

    assert stored(db, key) == text


@pytest.mark.parametrize("key", ["NoSuchOption", ""])
def test_an_unknown_key_is_refused(db: Database, key: str) -> None:
    assert refusal_of(db, key, "x").code == "unknown_option"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("QuotaForNewUser", "abc"),
        ("QuotaForNewUser", "-5"),
        ("QuotaPerUnit", "0"),
        ("RetryTimes", "11"),
        ("SMTPPort", "70000"),
        ("Theme", "pink"),
        ("GroupRatio", "{broken"),
        ("GroupRatio", "[1]"),
        ("GroupRatio", '{"default": -1}'),
        ("CompletionRatio", '{"model": "x"}'),
        ("RegisterEnabled", "yes"),
        ("Chats", '[{"a": "b", "c": "d"}]'),
        ("Chats", '{"a": "b"}'),
        ("LongContextTiers", '{"m": [{"input": 2}]}'),
        ("LongContextTiers", '{"m": [{"above": "much"}]}'),
        ("CurrencySymbol", "money"),
        ("CurrencyRate", "0"),
        ("Appearance", "pink"),
    ],
)
def test_a_value_is_checked_before_it_is_stored(db: Database, key: str, value: str) -> None:
    assert refusal_of(db, key, value).code == "invalid_option_value"
    assert stored(db, key) is None


@pytest.mark.parametrize("value", [None, [], {}])
def test_a_value_that_stands_for_no_text_is_refused(db: Database, value: object) -> None:
    assert refusal_of(db, "Notice", value).code == "invalid_parameter"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Chats", '[{"Web": "https://chat.example"}]'),
        ("LongContextTiers", '{"m": [{"above": 200000, "input": 2, "output": 1.5}]}'),
    ],
)
def test_structured_options_of_the_right_shape_pass(db: Database, key: str, value: str) -> None:
    with db.transaction() as session:
        options.update(session, key, value)

    assert stored(db, key) == value


def test_a_negative_ratio_may_stay_but_not_appear(db: Database) -> None:
    store(db, "GroupRatio", '{"default": 1, "odd": -2}')

    with db.transaction() as session:
        options.update(session, "GroupRatio", '{"default": 3, "odd": -2}')

    assert stored(db, "GroupRatio") == '{"default": 3, "odd": -2}'
    assert refusal_of(db, "GroupRatio", '{"odd": -3}').code == "invalid_option_value"


def test_the_whole_default_table_can_be_saved_again(db: Database) -> None:
    with db.reading() as session:
        shown = dict(options.as_pairs(session))["ModelRatio"]

    with db.transaction() as session:
        options.update(session, "ModelRatio", shown)

    with db.reading() as session:
        assert options.read(session).model_ratios == Options().model_ratios


@pytest.mark.parametrize(
    ("switch", "needed"),
    [
        ("GitHubOAuthEnabled", {"GitHubClientId": "id"}),
        ("WeChatAuthEnabled", {"WeChatServerAddress": "https://wechat.example"}),
        ("TurnstileCheckEnabled", {"TurnstileSiteKey": "key"}),
        ("EmailVerificationEnabled", {"SMTPServer": "mail.example"}),
        (
            "OidcEnabled",
            {
                "OidcClientId": "id",
                "OidcTokenEndpoint": "https://id.example/token",
                "OidcUserinfoEndpoint": "https://id.example/me",
            },
        ),
    ],
)
def test_a_switch_needs_what_it_works_with(
    db: Database, switch: str, needed: dict[str, str]
) -> None:
    refused = refusal_of(db, switch, "true")
    assert refused.code == "option_dependency_missing"
    assert refused.facts["missing"] == ", ".join(needed)

    with db.transaction() as session:
        for key, value in needed.items():
            options.update(session, key, value)
        options.update(session, switch, "true")

    assert stored(db, switch) == "true"


def test_an_empty_whitelist_restricts_nothing_and_is_refused(db: Database) -> None:
    store(db, "EmailDomainWhitelist", "")

    refused = refusal_of(db, "EmailDomainRestrictionEnabled", "true")

    assert refused.code == "option_dependency_missing"
