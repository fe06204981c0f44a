"""Where providers put message, type and code of a failure.

The probes stand in the order in which they are tried.

Sources: the error pages of the providers in the catalog.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

MAX_TEXT_CHARACTERS: Final = 512

_INVISIBLE = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")

_NO_FAILURE_CODES: Final = frozenset({"", "0", "200", "20000", "success", "Success", "ok", "OK"})
"""Values of a top-level ``code`` that mean that all is well."""

_RESULTS: Final = ("choices", "data", "results", "output", "text", "images")
"""Members that hold an answer; where one is filled, a ``code`` beside it is no failure."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a body said of its failure; empty where it said nothing."""

    message: str
    error_type: str = ""
    code: str = ""
    param: str = ""
    status: int = 0
    """An HTTP status inside the body."""


def parse(body: bytes) -> Any:
    """Return the JSON tree, or ``None`` for anything else.

    Ali sends the failure of a streamed call in the form of an event: its data line counts.
    """
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text.startswith((b"{", b"[", b'"')):
        lines = (line for line in text.splitlines() if line.startswith(b"data:"))
        text = next(lines, b"")[5:]
    return parse_json(text)


def parse_json(body: bytes) -> Any:
    """Return the JSON tree, or ``None`` for what is none.

    Blank lines in front and a byte order mark do no harm; NaN, numbers beyond a double and bytes
    that are no UTF-8 (half a character, where a model's text was cut) neither.
    """
    text = body.strip().removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def plain(body: bytes) -> str:
    """Return the beginning of a text body without tags and doubled blanks."""
    text = body[: 64 * 1024].decode("utf-8", "replace")
    text = _TAG.sub(" ", _INVISIBLE.sub(" ", text))
    return " ".join(html.unescape(text).split())[:MAX_TEXT_CHARACTERS]


def find_failure(tree: Any) -> Found | None:
    """Return what the body of a failed call says, or ``None`` if nothing can be recognised."""
    if isinstance(tree, list):
        tree = tree[0] if tree else None
    if isinstance(tree, str):
        return Found(tree) if tree.strip() else None
    if not isinstance(tree, Mapping):
        return None
    for probe in _PROBES:
        if found := probe(tree):
            return found
    return None


def is_openais(tree: Any) -> bool:
    """Say whether the failure stands in an ``error`` object, which may leave out what it likes."""
    return isinstance(tree, Mapping) and isinstance(tree.get("error"), Mapping)


def find_reported_failure(tree: Any) -> Found | None:
    """Return the failure inside a body that came with a good status, or ``None``."""
    if isinstance(tree, list):
        tree = tree[0] if tree and isinstance(tree[0], Mapping) else None
    if isinstance(tree, str):
        return Found(tree)
    if not isinstance(tree, Mapping) or not _reports_failure(tree):
        return None
    return find_failure(tree) or Found("", code=_word(tree.get("code")))


def _reports_failure(tree: Mapping[str, Any]) -> bool:
    if tree.get("error") or tree.get("object") == "error" or tree.get("success") is False:
        return True
    base = tree.get("base_resp")
    if isinstance(base, Mapping) and _word(base.get("status_code")) not in _NO_FAILURE_CODES:
        return True
    if _word(tree.get("code")) in _NO_FAILURE_CODES:
        return False
    return not any(tree.get(name) for name in _RESULTS)


def _error_object(tree: Mapping[str, Any]) -> Found | None:
    """OpenAI, Azure, Anthropic, Google, Groq, Together, OpenRouter, DeepSeek."""
    error = tree.get("error")
    if not isinstance(error, Mapping) or not error:
        return None
    code = error.get("code")
    if isinstance(error.get("status"), str) and not isinstance(code, str):
        # Google puts the HTTP status into ``code`` and the name into ``status``.
        code = error["status"]
    elif code is None and tree.get("type") == "error":
        # Anthropic has only types.
        code = error.get("type")
    return Found(
        _text(error.get("message")) or _text(error),
        error_type=_word(error.get("type")),
        code=_word(code),
        param=error["param"] if isinstance(error.get("param"), str) else "",
        status=_status(error.get("code"), error.get("status"), tree.get("status")),
    )


def _error_text(tree: Mapping[str, Any]) -> Found | None:
    """Ollama, Venice, xAI and Novita: ``error`` is the message."""
    error = tree.get("error")
    if not isinstance(error, str) or not error:
        return None
    return Found(error, code=_code(tree), status=_status(tree.get("code"), tree.get("status")))


def _message(tree: Mapping[str, Any]) -> Found | None:
    """Cohere, DeepL, AWS, Mistral, SiliconFlow, Ali: ``message`` at the top, text or nested."""
    text = _text(tree.get("message"))
    if not text:
        return None
    named = tree.get("__type") or tree.get("error_type")
    code = _word(named).rpartition("#")[2] if named else _code(tree)
    kind = tree.get("type")
    return Found(
        text,
        error_type=kind if isinstance(kind, str) else "",
        code=code,
        param=tree["param"] if isinstance(tree.get("param"), str) else "",
        status=_status(tree.get("raw_status_code"), tree.get("status"), tree.get("code")),
    )


def _detail(tree: Mapping[str, Any]) -> Found | None:
    """FastAPI servers, Replicate, Mistral: ``detail``, a text or a list of places."""
    text = _text(tree.get("detail"))
    return Found(text, status=_status(tree.get("status"))) if text else None


def _errors(tree: Mapping[str, Any]) -> Found | None:
    """Cloudflare: a list of errors, the first counts."""
    errors = tree.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if isinstance(first, Mapping) and _text(first.get("message")):
        return Found(_text(first["message"]), code=_word(first.get("code")))
    return Found(first) if isinstance(first, str) and first else None


def _vendor(tree: Mapping[str, Any]) -> Found | None:
    """Chinese providers and Coze: message and code under names of their own."""
    for message_path, code_path in _VENDOR_MEMBERS:
        if text := _text(_at(tree, message_path)):
            return Found(text, code=_word(_at(tree, code_path)) or _code(tree))
    return None


_VENDOR_MEMBERS: Final = (
    (("base_resp", "status_msg"), ("base_resp", "status_code")),
    (("msg",), ("code",)),
    (("err",), ("code",)),
    (("error_msg",), ("error_code",)),
    (("errorMsg",), ("errorCode",)),
    (("Message",), ("Code",)),
    (("header", "message"), ("header", "code")),
    (("response", "error", "message"), ("response", "error", "code")),
    (("Response", "Error", "Message"), ("Response", "Error", "Code")),
    (("ErrorMsg", "Msg"), ("ErrorMsg", "Code")),
    (("error_information", "msg"), ("error_information", "code")),
    (("last_error", "msg"), ("last_error", "code")),
)

_PROBES: Final[tuple[Callable[[Mapping[str, Any]], Found | None], ...]] = (
    _error_object,
    _error_text,
    _message,
    _detail,
    _errors,
    _vendor,
)


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree


def _text(value: Any) -> str:
    """Return a message that may be text, an object around one, or a list of faults."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(filter(None, (_text(item) for item in value)))
    if not isinstance(value, Mapping):
        return ""
    inner = next((t for name in ("detail", "message", "msg") if (t := _text(value.get(name)))), "")
    place = value.get("loc")
    if inner and isinstance(place, list) and place:
        return f"{'.'.join(str(step) for step in place)}: {inner}"
    return inner


def _code(tree: Mapping[str, Any]) -> str:
    return _word(tree.get("code"))


def _word(value: Any) -> str:
    """Return a code or type as text; nothing for what is neither text nor a number."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, (str, int)) else ""


def _status(*candidates: Any) -> int:
    """Return the first that is a failing HTTP status, as a number or its digits."""
    for value in candidates:
        word = _word(value)
        if len(word) == 3 and word.isdigit() and 400 <= int(word) < 600:
            return int(word)
    return 0
