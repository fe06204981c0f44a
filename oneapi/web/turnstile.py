"""Cloudflare's check against robots, where an administrator has switched it on.

A browser that has passed is trusted for ten minutes; its session says so.

Source: https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
"""

import logging
from functools import wraps
from typing import Final, ParamSpec

from flask import request, session
from flask.typing import ResponseReturnValue

from oneapi import resources, snapshot
from oneapi.errors import Refusal
from oneapi.lib import clock, http
from oneapi.lib.http import HttpError
from oneapi.web import context
from oneapi.web.auth import View

logger = logging.getLogger(__name__)

_P = ParamSpec("_P")

REMEMBERED_S: Final = 600
TIMEOUT_S: Final = 5.0

_PASSED_AT: Final = "turnstile"


def no_robots(view: "View[_P]") -> "View[_P]":
    """Admit only browsers that pass, if the check is on."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        if snapshot.current().options.turnstile_check_enabled:
            _check()
        return view(*args, **kwargs)

    return guarded


def no_robots_at_login(view: "View[_P]") -> "View[_P]":
    """Admit only browsers that pass, if the check is on for signing in too."""

    @wraps(view)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> ResponseReturnValue:
        options = snapshot.current().options
        if options.turnstile_check_enabled and options.turnstile_login_enabled:
            _check()
        return view(*args, **kwargs)

    return guarded


def _check() -> None:
    """Look for an earlier pass, else have the token of the query checked.

    Raises:
        Refusal: ``turnstile_missing``, ``turnstile_failed``.
    """
    now_s = clock.now_s()
    passed_at = session.get(_PASSED_AT)
    if isinstance(passed_at, int) and 0 <= now_s - passed_at < REMEMBERED_S:
        return
    token = request.args.get("turnstile", "")
    if not token:
        raise Refusal("turnstile_missing")
    if not _is_human(token):
        raise Refusal("turnstile_failed")
    session[_PASSED_AT] = now_s


def _is_human(token: str) -> bool:
    form = {
        "secret": snapshot.current().options.turnstile_secret_key,
        "response": token,
        "remoteip": context.client_ip(),
    }
    try:
        answer = http.post(
            resources.settings.turnstile_address, form=form, timeout_s=TIMEOUT_S
        ).json()
    except HttpError as error:
        logger.warning("the check against robots cannot be made", extra={"reason": str(error)})
        return False
    return isinstance(answer, dict) and answer.get("success") is True
