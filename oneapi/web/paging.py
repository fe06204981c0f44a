"""Page numbers of lists: ``p`` counts from 0, ten rows unless ``page_size`` says otherwise."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request

from oneapi.lib.paging import Found, Page
from oneapi.web.envelope import ok

_Row = TypeVar("_Row")

PAGE_SIZE = 10
LARGEST_PAGE = 100
_LAST_PAGE = 10**9


def requested_page(*, filtered: bool = False) -> Page:
    """Read ``p`` and ``page_size``; what cannot be read counts as not sent.

    A total is counted when ``page_size`` is sent or the caller says that a filter is.
    """
    size = _number("page_size")
    return Page(
        number=min(max(_number("p") or 0, 0), _LAST_PAGE),
        size=PAGE_SIZE if size is None else min(max(size, 1), LARGEST_PAGE),
        with_total=filtered or size is not None,
    )


def listed(found: Found[_Row], as_json: Callable[[_Row], Any]) -> Response:
    """Answer one page, with its total if it was counted."""
    rows = [as_json(row) for row in found.rows]
    if found.total is None:
        return ok(rows)
    more = {"total_more": True} if found.has_more else {}
    return ok(rows, total=found.total, **more)


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)
