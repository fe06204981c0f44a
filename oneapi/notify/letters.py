"""What letters say, one function an occasion; nothing here sends.

A letter is a few paragraphs and at most one code and one link.  Whatever comes from outside is
escaped when the letter becomes HTML, not here.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from oneapi.notify.amounts import shown
from oneapi.options import Options
from oneapi.texts import codes, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in one language, before it has a form."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    code: str = ""
    """Something to copy, shown large."""

    link: str = ""
    link_label: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A channel as people know it."""

    id: int
    name: str


def address_code(code: str, options: Options, language: str, *, minutes: int) -> Letter:
    """Carry a code that proves a mail address."""
    return Letter(
        language=language,
        subject=text("mail_code_subject", language, system=options.system_name),
        paragraphs=(
            text("mail_code_what", language, system=options.system_name),
            text("mail_code_until", language, minutes=minutes),
            text("mail_not_you", language),
        ),
        code=code,
    )


def password_reset(
    address: str, token: str, options: Options, language: str, *, minutes: int
) -> Letter:
    """Carry the link that gives an account a new password."""
    query = urlencode({"email": address, "token": token})
    return Letter(
        language=language,
        subject=text("mail_reset_subject", language, system=options.system_name),
        paragraphs=(
            text("mail_reset_what", language, system=options.system_name),
            text("mail_reset_until", language, minutes=minutes),
            text("mail_not_you", language),
        ),
        link=f"{options.server_address}/user/reset?{query}",
        link_label=text("mail_reset_button", language),
    )


def quota_low(username: str, left: int, options: Options, language: str) -> Letter:
    """Tell a user that little, or nothing, is left of his balance."""
    kind = "low" if left > 0 else "empty"
    return Letter(
        language=language,
        subject=text(f"mail_quota_{kind}_subject", language, system=options.system_name),
        paragraphs=(
            text(f"mail_quota_{kind}_what", language, name=username),
            text("mail_quota_left", language, amount=shown(left, options)),
        ),
        link=f"{options.server_address}/topup",
        link_label=text("mail_quota_button", language),
    )


def channel_disabled(channel: Named, reason: str, answer: str, language: str) -> Letter:
    """Tell root that a channel was switched off by itself.

    ``reason`` begins with a word that programs know (``channels.health``); ``answer`` is the
    upstream's status and code, if there was one.
    """
    said = (text("mail_channel_answer", language, answer=answer),) if answer else ()
    return Letter(
        language=language,
        subject=_about(channel, "mail_channel_off_subject", language),
        paragraphs=(
            _about(channel, "mail_channel_off_what", language),
            _in_words(reason, language),
            *said,
        ),
    )


def channel_enabled(channel: Named, language: str) -> Letter:
    """Tell root that a channel works again and is in use."""
    return Letter(
        language=language,
        subject=_about(channel, "mail_channel_on_subject", language),
        paragraphs=(_about(channel, "mail_channel_on_what", language),),
    )


def channel_slow(channel: Named, reason: str, language: str) -> Letter:
    """Tell root that a channel is too slow and was left on."""
    return Letter(
        language=language,
        subject=_about(channel, "mail_channel_slow_subject", language),
        paragraphs=(
            _about(channel, "mail_channel_slow_what", language),
            _in_words(reason, language),
        ),
    )


def channels_tested(done: int, failed: int, language: str) -> Letter:
    """Tell root that the test of all channels is over."""
    return Letter(
        language=language,
        subject=text("mail_tested_subject", language),
        paragraphs=(text("mail_tested_what", language, done=done, failed=failed),),
    )


def trial(options: Options, language: str) -> Letter:
    """Say nothing but that it arrived."""
    return Letter(
        language=language,
        subject=text("mail_trial_subject", language, system=options.system_name),
        paragraphs=(text("mail_trial_what", language),),
    )


def _about(channel: Named, code: str, language: str) -> str:
    return text(code, language, name=channel.name, id=channel.id)


def _in_words(reason: str, language: str) -> str:
    """Say a reason as people do; one without a text stays as it is."""
    word, _, details = reason.partition(" ")
    code = f"reason_{word}"
    return text(code, language, details=details) if code in codes(language) else reason
