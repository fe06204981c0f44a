"""OpenAI's token encodings, built without the network.

The ranks come from the directory that tiktoken uses as its cache, else from the files that the
package quicktok ships; only its data is used, its code is never loaded.  A cached file must have
the hash that OpenAI published; a test holds the shipped files to the same hash.

Sources: tiktoken's ``openai_public`` (addresses, hashes, patterns); quicktok's vocabulary files
(a count, then for each token its length in two bytes, its bytes and its rank, little-endian).
"""

import base64
import binascii
import hashlib
import importlib.util
import logging
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tiktoken

logger = logging.getLogger(__name__)

_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_NOT_LOWER, _NOT_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What defines an encoding."""

    sha256: str
    """Of the ranks in OpenAI's file format."""

    shipped_as: str
    """quicktok's file."""

    pattern: str
    """How a text is cut before pairs of bytes are merged."""


_FACTS: Final = {
    "o200k_base": _Facts(
        sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        shipped_as="o200k.vocab",
        pattern="|".join(
            (
                rf"[^\r\n\p{{L}}\p{{N}}]?{_NOT_LOWER}*{_NOT_UPPER}+{_ENDINGS}",
                rf"[^\r\n\p{{L}}\p{{N}}]?{_NOT_LOWER}+{_NOT_UPPER}*{_ENDINGS}",
                r"\p{N}{1,3}",
                r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
                r"\s*[\r\n]+",
                r"\s+(?!\S)",
                r"\s+",
            )
        ),
    ),
    "cl100k_base": _Facts(
        sha256="223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        shipped_as="cl100k.vocab",
        pattern="|".join(
            (
                r"'(?i:[sdmt]|ll|ve|re)",
                r"[^\r\n\p{L}\p{N}]?+\p{L}++",
                r"\p{N}{1,3}+",
                r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
                r"\s++$",
                r"\s*[\r\n]",
                r"\s+(?!\S)",
                r"\s",
            )
        ),
    ),
}

NAMES: Final = tuple(_FACTS)
"""Every encoding that can be built."""


class RanksMissing(Exception):
    """Neither the cache directory nor an installed package has the ranks."""


def build(name: str, cache_dir: str = "") -> tiktoken.Encoding:
    """Build an encoding; text of special tokens is plain text for it.

    Takes 0.1 to 0.3 s and holds the interpreter meanwhile.

    Raises:
        RanksMissing: there are no ranks on this machine.
    """
    ranks = cached_ranks(name, cache_dir) or shipped_ranks(name)
    encoding = tiktoken.Encoding(
        name, pat_str=_FACTS[name].pattern, mergeable_ranks=ranks, special_tokens={}
    )
    # The encoding holds on to this dictionary (12 MB for both encodings in each of three
    # processes), but counts and decodes from a table of its own.
    ranks.clear()
    return encoding


def cached_ranks(name: str, cache_dir: str) -> dict[bytes, int] | None:
    """Read the ranks from tiktoken's cache directory; ``None`` if it has no intact file."""
    if not cache_dir:
        return None
    file_name = hashlib.sha1(_ADDRESS.format(name).encode(), usedforsecurity=False).hexdigest()
    try:
        content = Path(cache_dir, file_name).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != _FACTS[name].sha256:
        logger.warning("a file of token ranks is damaged", extra={"encoding": name})
        return None
    return _read_openai_format(content)


def shipped_ranks(name: str) -> dict[bytes, int]:
    """Read the ranks that the installed package ships.

    Raises:
        RanksMissing: it is not installed, or its file is not what was expected.
    """
    package = importlib.util.find_spec("quicktok")
    if package is None or package.origin is None:
        raise RanksMissing(name)
    path = Path(package.origin).with_name("data") / _FACTS[name].shipped_as
    try:
        return _read_quicktok_format(path.read_bytes())
    except (OSError, struct.error) as error:
        raise RanksMissing(name) from error


def in_published_format(ranks: dict[bytes, int]) -> bytes:
    """Write ranks as OpenAI's files hold them."""
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in ordered)


def matches_published_hash(name: str, ranks: dict[bytes, int]) -> bool:
    """Say whether the ranks are those that OpenAI published."""
    return hashlib.sha256(in_published_format(ranks)).hexdigest() == _FACTS[name].sha256


def _read_openai_format(content: bytes) -> dict[bytes, int]:
    pairs = (line.split() for line in content.splitlines() if line)
    return {binascii.a2b_base64(token): int(rank) for token, rank in pairs}


def _read_quicktok_format(content: bytes) -> dict[bytes, int]:
    (count,) = struct.unpack_from("<I", content)
    position, ranks = 4, {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", content, position)
        token = content[position + 2 : position + 2 + length]
        (ranks[token],) = struct.unpack_from("<I", content, position + 2 + length)
        position += length + 6
    return ranks
