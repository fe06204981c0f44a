"""GitHub, Feishu, an OpenID provider and a WeChat Server in one real web server.

They check what real ones check: client, secret, one-time code, redirect URI and PKCE verifier.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from tests.support.web_server import Asked, Told, WebServer, web_server

CLIENT_ID = "gateway-at-services"
SECRET = "client-secret-of-32-characters.."
WECHAT_TOKEN = "wechat-server-token"
HOME = "https://gate.example"

USERINFO = ("/user", "/suite/passport/oauth/userinfo", "/userinfo")
TOKEN = {
    "github": "/login/oauth/access_token",
    "lark": "/open-apis/authen/v2/oauth/token",
    "oidc": "/token",
}


@cache
def signing_key(kind: str = "EC", kid: str = "first") -> Key:
    """Return a key pair, made once."""
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": kid})
    return ECKey.generate_key("P-256", {"kid": kid})


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    profile: dict[str, Any]
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""


@dataclass
class SignInServices:
    """The services; a test changes what it wants to see go wrong."""

    server: WebServer = field(init=False)
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    wechat: dict[str, str] = field(default_factory=dict)
    """Code -> WeChat id."""

    faults: dict[str, Callable[[], Told]] = field(default_factory=dict)
    """Path -> what is answered there instead."""

    key: Key = field(default_factory=signing_key)
    algorithm: str = "ES256"
    claims: dict[str, Any] = field(default_factory=dict)
    """What ID tokens say instead; ``None`` leaves a claim out."""

    gives_id_tokens: bool = True
    reads_only_json: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return self.server.url

    def visit(self, address: str, profile: dict[str, Any]) -> dict[str, str]:
        """Let somebody agree on a service's page; return what the browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["client_id"] == CLIENT_ID
        if "code_challenge" in query:
            assert query["code_challenge_method"] == "S256"
        grant = Grant(
            profile,
            redirect_uri=query.get("redirect_uri", ""),
            challenge=query.get("code_challenge", ""),
            nonce=query.get("nonce", ""),
        )
        return {"code": self.code_for(grant), "state": query["state"]}

    def code_for(self, grant: Grant) -> str:
        """Return a code that can be exchanged once."""
        code = secrets.token_urlsafe(12)
        self.grants[code] = grant
        return code

    def told_to(self, path: str) -> list[Asked]:
        """Return what came to a path."""
        return [asked for asked in self.server.asked if asked.path.partition("?")[0] == path]

    def hang(self) -> Told:
        """Answer when the test is over."""
        self.let_go.wait(60)
        return Told(b"{}")

    def answer(self, asked: Asked) -> Told:
        path = asked.path.partition("?")[0]
        if path in self.faults:
            return self.faults[path]()
        if path in TOKEN.values():
            return self._exchange(asked, path)
        if path in USERINFO:
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            grant = self.tokens.get(token)
            return (
                _json({"message": "Bad credentials"}, 401)
                if grant is None
                else _json(grant.profile)
            )
        if path == "/.well-known/openid-configuration":
            return _json(self._about())
        if path == "/jwks":
            keys = [self.key, signing_key("EC", "second")]
            return _json({"keys": [{"kty": "new"}, *(key.as_dict(private=False) for key in keys)]})
        if path == "/api/wechat/user":
            return self._wechat(asked)
        return Told(status=404)

    def _exchange(self, asked: Asked, path: str) -> Told:
        is_json = asked.headers["content-type"].startswith("application/json")
        if is_json is not (self.reads_only_json or path != TOKEN["oidc"]):
            return _json({"error": "invalid_request"}, 400)
        fields = (
            json.loads(asked.body)
            if is_json
            else {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        )
        assert fields["grant_type"] == "authorization_code"
        if (fields["client_id"], fields["client_secret"]) != (CLIENT_ID, SECRET):
            return self._error("invalid_client", path)
        grant = self.grants.pop(fields["code"], None)
        if grant is None or not _fits(grant, fields):
            return self._error("invalid_grant", path)
        token = secrets.token_urlsafe(12)
        self.tokens[token] = grant
        answer = {"access_token": token, "token_type": "Bearer"}
        if path == TOKEN["oidc"] and self.gives_id_tokens:
            answer["id_token"] = self._id_token(grant, token)
        return _json(answer)

    def _error(self, code: str, path: str) -> Told:
        # GitHub says it with 200; Feishu explains it in Chinese.
        status = 200 if path == TOKEN["github"] else 400
        return _json({"error": code, "error_description": "授权码无效"}, status)

    def _id_token(self, grant: Grant, access_token: str) -> str:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.url,
            "sub": grant.profile["sub"],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.nonce or None,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(
            {name: value for name, value in header.items() if value is not None},
            {name: value for name, value in claims.items() if value is not None},
            self.key,
        )

    def _about(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
        }

    def _wechat(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != WECHAT_TOKEN:
            return _json({"success": False, "message": "no such token", "data": ""})
        code = parse_qs(urlsplit(asked.path).query)["code"][0]
        return _json({"success": True, "message": "", "data": self.wechat.pop(code, "")})


@contextmanager
def sign_in_services() -> Iterator[SignInServices]:
    """Serve until the block ends."""
    services = SignInServices()
    with web_server(services.answer) as server:
        services.server = server
        yield services
        services.let_go.set()


def _fits(grant: Grant, fields: dict[str, str]) -> bool:
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    # As the standard demands, a verifier without a challenge is refused too.
    proved = challenge == grant.challenge if grant.challenge else "code_verifier" not in fields
    return proved and fields.get("redirect_uri", "") == grant.redirect_uri


def _json(tree: dict[str, Any], status: int = 200) -> Told:
    return Told(json.dumps(tree).encode(), status, {"Content-Type": "application/json"})
