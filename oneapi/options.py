"""Options: what administrators change at run time, typed.

The table ``options`` holds texts under One API's keys, and only for what somebody set.  ``Options``
is one state of all of them; ``read`` builds it.  A row that cannot be used keeps the default in
force and is reported; a row with a key that nobody knows stays where it is.

An option is one field of ``Options``: its key, how its text is read, which values pass.

Source: the option table of One API and its defaults.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oneapi import resources, revision
from oneapi.errors import Refusal
from oneapi.lib.stored_fields import FieldSpec, specs_of, stored, stored_off, stored_on
from oneapi.lib.typed_text import (
    BOOLEAN,
    COMMA_LIST,
    INTEGER,
    JSON,
    NUMBER,
    NUMBER_MAP,
    TEXT,
    Kind,
    above_zero,
    at_most_characters,
    between,
    not_negative,
    one_of,
)
from oneapi.models.option import Option
from oneapi.providers.catalog import default_ratios

logger = logging.getLogger(__name__)

THEMES = ("default", "berry", "air")
APPEARANCES = ("system", "light", "dark")
DEFAULT_ADDRESS = "http://localhost:3000"

_ADDRESS = Kind("address", lambda text: text.rstrip("/") or DEFAULT_ADDRESS, str)
_MAIL_DOMAINS = (
    "gmail.com", "163.com", "126.com", "qq.com", "outlook.com",
    "hotmail.com", "icloud.com", "yahoo.com", "foxmail.com",
)  # fmt: skip
_COMPLETION_RATIOS = {
    "deepseek-chat": 2,
    "deepseek-reasoner": 3.981818181818182,
    "llama3-70b-8192(33)": 1.320754716981132,
    "llama3-8b-8192(33)": 2,
    "whisper-1": 0,
}
_GROUP_RATIOS = {"default": 1, "svip": 1, "vip": 1}


def _is_tiers(tree: Any) -> bool:
    """Say whether this is model -> list of ``{"above", "input", "output"}``, all numbers."""
    return isinstance(tree, dict) and all(
        isinstance(rows, list) and all(_is_tier(row) for row in rows) for rows in tree.values()
    )


def _is_tier(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and "above" in row
        and set(row) <= {"above", "input", "output"}
        and all(type(value) in {int, float} and value >= 0 for value in row.values())
    )


def _is_chats(tree: Any) -> bool:
    """Say whether this is a list of objects with one pair of texts each (name -> URL)."""
    return isinstance(tree, list) and all(
        isinstance(entry, dict)
        and len(entry) == 1
        and all(isinstance(url, str) for url in entry.values())
        for entry in tree
    )


@dataclass(frozen=True, kw_only=True)
class Options:
    """Every option with its value in force."""

    # Signing in and registering
    password_login_enabled: bool = stored_on("PasswordLoginEnabled", public="password_login")
    password_register_enabled: bool = stored_on(
        "PasswordRegisterEnabled", public="password_register"
    )
    register_enabled: bool = stored_on("RegisterEnabled", public="register")
    email_verification_enabled: bool = stored_off(
        "EmailVerificationEnabled", public="email_verification"
    )
    email_domain_restriction_enabled: bool = stored_off("EmailDomainRestrictionEnabled")
    email_domain_whitelist: tuple[str, ...] = stored(
        "EmailDomainWhitelist", COMMA_LIST, _MAIL_DOMAINS
    )
    github_oauth_enabled: bool = stored_off("GitHubOAuthEnabled", public="github_oauth")
    github_client_id: str = stored("GitHubClientId", TEXT, "", public="github_client_id")
    github_client_secret: str = stored("GitHubClientSecret", TEXT, "", secret=True)
    lark_client_id: str = stored("LarkClientId", TEXT, "", public="lark_client_id")
    lark_client_secret: str = stored("LarkClientSecret", TEXT, "", secret=True)
    oidc_enabled: bool = stored_off("OidcEnabled", public="oidc")
    oidc_client_id: str = stored("OidcClientId", TEXT, "", public="oidc_client_id")
    oidc_client_secret: str = stored("OidcClientSecret", TEXT, "", secret=True)
    oidc_well_known: str = stored("OidcWellKnown", TEXT, "", public="oidc_well_known")
    oidc_authorization_endpoint: str = stored(
        "OidcAuthorizationEndpoint", TEXT, "", public="oidc_authorization_endpoint"
    )
    oidc_token_endpoint: str = stored("OidcTokenEndpoint", TEXT, "", public="oidc_token_endpoint")
    oidc_userinfo_endpoint: str = stored(
        "OidcUserinfoEndpoint", TEXT, "", public="oidc_userinfo_endpoint"
    )
    wechat_auth_enabled: bool = stored_off("WeChatAuthEnabled", public="wechat_login")
    wechat_server_address: str = stored("WeChatServerAddress", TEXT, "")
    wechat_server_token: str = stored("WeChatServerToken", TEXT, "", secret=True)
    wechat_account_qrcode_image_url: str = stored(
        "WeChatAccountQRCodeImageURL", TEXT, "", public="wechat_qrcode"
    )
    turnstile_check_enabled: bool = stored_off("TurnstileCheckEnabled", public="turnstile_check")
    turnstile_login_enabled: bool = stored_off("TurnstileLoginEnabled", public="turnstile_login")
    turnstile_site_key: str = stored("TurnstileSiteKey", TEXT, "", public="turnstile_site_key")
    turnstile_secret_key: str = stored("TurnstileSecretKey", TEXT, "", secret=True)

    # Quota and prices; quota in units
    quota_for_new_user: int = stored("QuotaForNewUser", INTEGER, 0, not_negative)
    quota_for_inviter: int = stored("QuotaForInviter", INTEGER, 0, not_negative)
    quota_for_invitee: int = stored("QuotaForInvitee", INTEGER, 0, not_negative)
    invite_reward_daily_limit: int = stored("InviteRewardDailyLimit", INTEGER, 0, not_negative)
    quota_remind_threshold: int = stored("QuotaRemindThreshold", INTEGER, 1000, not_negative)
    pre_consumed_quota: int = stored("PreConsumedQuota", INTEGER, 500, not_negative)
    quota_per_unit: float = stored(
        "QuotaPerUnit", NUMBER, 500000.0, above_zero, public="quota_per_unit"
    )
    display_in_currency_enabled: bool = stored_on(
        "DisplayInCurrencyEnabled", public="display_in_currency"
    )
    display_token_stat_enabled: bool = stored_on("DisplayTokenStatEnabled")
    currency_symbol: str = stored(
        "CurrencySymbol", TEXT, "$", at_most_characters(4), public="currency_symbol"
    )
    currency_rate: float = stored("CurrencyRate", NUMBER, 1.0, above_zero, public="currency_rate")
    model_ratios: Mapping[str, float] = stored(
        "ModelRatio", NUMBER_MAP, lambda: default_ratios().model, completed=True
    )
    completion_ratios: Mapping[str, float] = stored(
        "CompletionRatio", NUMBER_MAP, lambda: _COMPLETION_RATIOS
    )
    group_ratios: Mapping[str, float] = stored("GroupRatio", NUMBER_MAP, lambda: _GROUP_RATIOS)
    cache_ratios: Mapping[str, float] = stored("CacheRatio", NUMBER_MAP, dict)
    cache_write_ratios: Mapping[str, float] = stored("CacheWriteRatio", NUMBER_MAP, dict)
    cache_write_1h_ratios: Mapping[str, float] = stored("CacheWrite1hRatio", NUMBER_MAP, dict)
    audio_ratios: Mapping[str, float] = stored("AudioRatio", NUMBER_MAP, dict)
    audio_completion_ratios: Mapping[str, float] = stored("AudioCompletionRatio", NUMBER_MAP, dict)
    image_token_ratios: Mapping[str, float] = stored("ImageTokenRatio", NUMBER_MAP, dict)
    reasoning_ratios: Mapping[str, float] = stored("ReasoningRatio", NUMBER_MAP, dict)
    long_context_tiers: Mapping[str, Sequence[Mapping[str, float]]] = stored(
        "LongContextTiers", JSON, dict, _is_tiers
    )
    model_fixed_prices: Mapping[str, float] = stored("ModelFixedPrice", NUMBER_MAP, dict)
    model_image_prices: Mapping[str, float] = stored("ModelImagePrice", NUMBER_MAP, dict)
    model_second_prices: Mapping[str, float] = stored("ModelSecondPrice", NUMBER_MAP, dict)
    model_char_prices: Mapping[str, float] = stored("ModelCharPrice", NUMBER_MAP, dict)
    refuse_unpriced_models_enabled: bool = stored_off("RefuseUnpricedModelsEnabled")
    proxy_call_quota: int = stored("ProxyCallQuota", INTEGER, 0, not_negative)
    token_count_limit: int = stored("TokenCountLimit", INTEGER, 0, not_negative)
    approximate_token_enabled: bool = stored_off("ApproximateTokenEnabled")
    log_consume_enabled: bool = stored_on("LogConsumeEnabled")
    log_retention_days: int = stored("LogRetentionDays", INTEGER, 0, not_negative)
    pricing_public_enabled: bool = stored_off("PricingPublicEnabled", public="pricing_public")
    top_up_link: str = stored("TopUpLink", TEXT, "", public="top_up_link")

    # Channels
    retry_times: int = stored("RetryTimes", INTEGER, 0, between(0, 10))
    channel_disable_threshold: float = stored("ChannelDisableThreshold", NUMBER, 5.0, not_negative)
    """Seconds that a channel test may take; 0 means any time."""

    automatic_disable_channel_enabled: bool = stored_off("AutomaticDisableChannelEnabled")
    automatic_enable_channel_enabled: bool = stored_off("AutomaticEnableChannelEnabled")
    upstream_error_detail_enabled: bool = stored_off("UpstreamErrorDetailEnabled")

    # Mail and notifications
    smtp_server: str = stored("SMTPServer", TEXT, "")
    smtp_port: int = stored("SMTPPort", INTEGER, 587, between(1, 65535))
    smtp_account: str = stored("SMTPAccount", TEXT, "")
    smtp_from: str = stored("SMTPFrom", TEXT, "")
    smtp_token: str = stored("SMTPToken", TEXT, "", secret=True)
    smtp_skip_verify_enabled: bool = stored_off("SMTPSkipVerifyEnabled")
    message_pusher_address: str = stored("MessagePusherAddress", TEXT, "")
    message_pusher_token: str = stored("MessagePusherToken", TEXT, "", secret=True)

    # Appearance
    system_name: str = stored("SystemName", TEXT, "One API", public="system_name")
    logo: str = stored("Logo", TEXT, "", public="logo")
    footer: str = stored("Footer", TEXT, "", public="footer_html")
    notice: str = stored("Notice", TEXT, "")
    about: str = stored("About", TEXT, "")
    home_page_content: str = stored("HomePageContent", TEXT, "")
    server_address: str = stored(
        "ServerAddress", _ADDRESS, DEFAULT_ADDRESS, public="server_address", shown=""
    )
    chat_link: str = stored("ChatLink", TEXT, "", public="chat_link")
    chats: Sequence[Mapping[str, str]] = stored("Chats", JSON, tuple, _is_chats, public="chats")
    theme: str = stored("Theme", TEXT, "default", one_of(*THEMES), public="theme")
    appearance: str = stored(
        "Appearance", TEXT, "system", one_of(*APPEARANCES), public="appearance"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """What an update did; a secret stands in both texts as it is."""

    spec: FieldSpec
    before: str = field(repr=False)
    after: str = field(repr=False)


SPECS: Mapping[str, FieldSpec] = specs_of(Options)
"""Every option by its key."""

PUBLIC: Mapping[str, str] = {spec.public: spec.name for spec in SPECS.values() if spec.public}
"""What anybody may read: name in the public status -> field."""

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "GitHubOAuthEnabled": ("GitHubClientId",),
    "OidcEnabled": ("OidcClientId", "OidcTokenEndpoint", "OidcUserinfoEndpoint"),
    "WeChatAuthEnabled": ("WeChatServerAddress",),
    "TurnstileCheckEnabled": ("TurnstileSiteKey",),
    "EmailDomainRestrictionEnabled": ("EmailDomainWhitelist",),
    "EmailVerificationEnabled": ("SMTPServer",),
}
"""What must be filled in before a switch can be turned on."""

_SECRET_ENDINGS = ("Token", "Secret", "SecretKey", "Password")
"""How a key of a foreign row shows that its value is none of anybody's business."""


def read(session: Session) -> Options:
    """Read every option that is in force."""
    return build(_rows(session))


def build(rows: Mapping[str, str]) -> Options:
    """Build the options from stored texts; what cannot be used is reported and left out."""
    texts = {"Theme": resources.settings.theme, **rows}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for key, text in texts.items():
        spec = SPECS.get(key)
        if spec is None:
            continue
        try:
            values[spec.name] = _stored_value(spec, text)
        except ValueError as error:
            problems[key] = str(error)
    for key, reason in problems.items():
        facts = {"option": key, "reason": reason}
        logger.error("stored option ignored, its default is in force", extra=facts)
    return Options(**values)


def as_pairs(session: Session) -> list[tuple[str, str]]:
    """Return key and text of every option that may be shown, rows of unknown keys included."""
    rows = _rows(session)
    options = build(rows)
    pairs = [(key, _text_shown(spec, rows, options)) for key, spec in SPECS.items()]
    foreign = [(key, text) for key, text in rows.items() if key not in SPECS]
    return [
        *((key, text) for key, text in pairs if not SPECS[key].secret),
        *((key, text) for key, text in foreign if not key.endswith(_SECRET_ENDINGS)),
    ]


def update(session: Session, key: str, value: object) -> OptionChange:
    """Check one option and store it; the revision moves.

    ``value`` is a text, or a JSON boolean or number that stands for its text.

    Raises:
        Refusal: ``unknown_option``, ``invalid_parameter`` (null, a list, an object),
            ``invalid_option_value``, or ``option_dependency_missing`` for a switch whose
            requirements are not filled in.
    """
    spec = SPECS.get(key)
    if spec is None:
        raise Refusal("unknown_option", key=key)
    text = _as_text(value)
    rows = _rows(session)
    try:
        parsed = spec.read(text)
        _refuse_new_negatives(spec, spec.kind.parse(text), rows.get(key))
    except ValueError as error:
        raise Refusal("invalid_option_value", key=key, reason=str(error)) from error
    options = build(rows)
    if parsed is True:
        _require_dependencies(key, options)
    session.merge(Option(key=key, value=text))
    session.flush()
    revision.bump(session)
    return OptionChange(spec=spec, before=_text_shown(spec, rows, options), after=text)


def _rows(session: Session) -> dict[str, str]:
    return {row.key: row.value or "" for row in session.scalars(select(Option))}


def _stored_value(spec: FieldSpec, text: str) -> Any:
    """Read a row; other programs wrote it, and One API takes any other word for false."""
    return text == "true" if spec.kind is BOOLEAN else spec.read(text)


def _text_shown(spec: FieldSpec, rows: Mapping[str, str], options: Options) -> str:
    if spec.key not in rows:
        return spec.default_text()
    if spec.completed:
        return spec.kind.dump(getattr(options, spec.name))
    return rows[spec.key]


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return NUMBER.dump(value)
    raise Refusal("invalid_parameter", param="value")


def _refuse_new_negatives(spec: FieldSpec, tree: Any, stored_text: str | None) -> None:
    """Let a negative ratio pass only where it stood before: some forms save a whole table.

    Raises:
        ValueError: a negative number is new.
    """
    if spec.kind is not NUMBER_MAP:
        return
    try:
        before = {**spec.default(), **spec.kind.parse(stored_text or "{}")}
    except ValueError:
        before = spec.default()
    for name, number in tree.items():
        if number < 0 and before.get(name) != number:
            raise ValueError(f"{name!r} must not be negative")


def _require_dependencies(key: str, options: Options) -> None:
    names = _NEEDS.get(key, ())
    missing = [name for name in names if not getattr(options, SPECS[name].name)]
    if missing:
        raise Refusal("option_dependency_missing", key=key, missing=", ".join(missing))
