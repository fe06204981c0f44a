"""Letters as HTML and as plain text: one frame for all, everything in it escaped."""

from html import escape
from typing import Final

from oneapi.notify.letters import Letter
from oneapi.texts import text

_FRAME: Final = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;background:#eef1f5;font:16px/1.6 system-ui,-apple-system,'Segoe UI',\
'PingFang SC','Microsoft YaHei',sans-serif;color:#1c2530">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">
<tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:560px;background:#ffffff;border-radius:10px;border-top:4px solid #1d5fd1">
<tr><td style="padding:28px 32px">
<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">{title}</h1>
{content}
</td></tr>
</table>
<p style="margin:16px 0 0;font-size:13px;color:#5a6675">{footer}</p>
</td></tr>
</table>
</body>
</html>
"""

_PARAGRAPH: Final = '<p style="margin:0 0 14px">{}</p>'
_CODE: Final = (
    '<p style="margin:0 0 14px;padding:14px;background:#eef1f5;border-radius:8px;'
    'font:600 26px/1.2 ui-monospace,Consolas,monospace;letter-spacing:.15em;text-align:center">'
    "{}</p>"
)
_BUTTON: Final = (
    '<p style="margin:0 0 14px"><a href="{link}" style="display:inline-block;padding:11px 22px;'
    'background:#1d5fd1;color:#ffffff;border-radius:8px;text-decoration:none">{label}</a></p>\n'
    '<p style="margin:0 0 14px;font-size:13px;word-break:break-all"><a href="{link}" '
    'style="color:#1d5fd1">{link}</a></p>'
)


def html(letter: Letter, *, system_name: str) -> str:
    """Return the letter as a page of its own."""
    footer = text("mail_footer", letter.language, system=system_name)
    return _FRAME.format(
        language=escape(letter.language),
        title=escape(letter.subject),
        content=body(letter),
        footer=escape(footer),
    )


def body(letter: Letter) -> str:
    """Return the inside of the letter, in HTML."""
    first, *others = letter.paragraphs
    parts = [_PARAGRAPH.format(escape(first))]
    if letter.code:
        parts.append(_CODE.format(escape(letter.code)))
    if letter.link:
        parts.append(_BUTTON.format(link=escape(letter.link), label=escape(letter.link_label)))
    parts += [_PARAGRAPH.format(escape(other)) for other in others]
    return "\n".join(parts)


def plain(letter: Letter) -> str:
    """Return the letter without any form."""
    return "\n".join(part for part in (*letter.paragraphs, letter.code, letter.link) if part)
