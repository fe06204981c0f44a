"""The session cookie: signed, for browsers of this site only, and unknown to the data plane."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from oneapi import resources
from oneapi.web import context

LIFETIME_DAYS = 30


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; nothing is read or written for paths that use API keys."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session; ``None`` makes Flask put one there that cannot be used."""
        if request.path.startswith(("/v1", "/dashboard/")):
            return None
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        """Say whether browsers may send the cookie over TLS only."""
        wanted = resources.settings.session_cookie_secure
        return context.is_https() if wanted == "auto" else wanted == "true"
