"""A link to Redis that never holds anybody up.

Redis is a helper here and never the truth: every command waits at most 100 ms, after a failure
nothing is tried for a few seconds, and while Redis is away one line a minute says so.  Commands
therefore return whether they worked instead of raising.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

logger = logging.getLogger(__name__)

TIMEOUT_S = 0.1
PAUSE_AFTER_FAILURE_S = 5.0
LOG_EVERY_S = 60.0

_LIMITS: dict[str, Any] = {
    "socket_timeout": TIMEOUT_S,
    "socket_connect_timeout": TIMEOUT_S,
    # Once more at once, for a pooled connection that the server has closed meanwhile; the
    # client's own default waits between several tries.
    "retry": Retry(NoBackoff(), 1),
}
_SCHEMES = frozenset({"redis", "rediss", "unix"})


@dataclass(frozen=True, slots=True)
class Address:
    """One server of a sentinel group or a cluster."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``host:port``, also inside a ``redis://`` URL; the default port is 6379.

        Raises:
            ValueError: there is no host, or the port is no number.
        """
        parts = urlsplit(text if "://" in text else f"redis://{text}")
        if not parts.hostname:
            raise ValueError(f"no host in {_without_password(text)!r}")
        return cls(parts.hostname, parts.port or 6379)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLogin:
    """Who signs in, and where that is not part of a URL the database."""

    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_password: str = field(default="", repr=False)
    db: int = 0

    def as_arguments(self) -> dict[str, Any]:
        """Return what is set as keyword arguments of a client; the URL decides the rest."""
        given = {"username": self.username, "password": self.password, "db": self.db}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSpec:
    """Which Redis, and how to reach it: one server, a sentinel group or a cluster."""

    url: str = field(default="", repr=False)
    """The one server; empty for the other two kinds."""

    sentinels: tuple[Address, ...] = ()
    master_name: str = ""
    nodes: tuple[Address, ...] = ()
    login: RedisLogin = RedisLogin()

    @classmethod
    def parse(
        cls, connection: str, *, master_name: str = "", login: RedisLogin | None = None
    ) -> Self:
        """Read a connection string.

        A URL is one server; with a master name the comma list names sentinels; a comma list of
        two or more without one names nodes of a cluster.

        Raises:
            ValueError: the text fits none of these.
        """
        login = login or RedisLogin()
        items = [item.strip() for item in connection.split(",") if item.strip()]
        if master_name:
            sentinels = tuple(Address.parse(item) for item in items)
            return cls(sentinels=sentinels, master_name=master_name, login=login)
        if len(items) > 1:
            return cls(nodes=tuple(Address.parse(item) for item in items), login=login)
        return cls(url=_checked_url(connection.strip()), login=login)

    def for_limits(self) -> tuple[str, dict[str, Any]]:
        """Return storage address and options as the library ``limits`` wants them."""
        login = self.login.as_arguments()
        options: dict[str, Any] = {"wrap_exceptions": True, **_LIMITS, **login}
        if self.kind == "single":
            return self.url.replace("unix://", "redis+unix://", 1), options
        hosts = ",".join(
            f"{address.host}:{address.port}" for address in self.sentinels or self.nodes
        )
        if self.kind == "cluster":
            options.pop("db", None)  # a cluster has only one
            return f"redis+cluster://{hosts}", options
        options["sentinel_kwargs"] = {"password": self.login.sentinel_password or None, **_LIMITS}
        return f"redis+sentinel://{hosts}/{self.master_name}", options

    @property
    def kind(self) -> str:
        """``single``, ``sentinel`` or ``cluster``."""
        if self.sentinels:
            return "sentinel"
        return "cluster" if self.nodes else "single"


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise ValueError("a Redis address starts with redis://, rediss:// or unix://")
    if parts.scheme != "unix" and parts.path not in {"", "/"} and not parts.path[1:].isdigit():
        raise ValueError("the path of a Redis address is the number of a database")
    return url


def _without_password(text: str) -> str:
    return text.rsplit("@", 1)[-1]


class RedisLink:
    """Commands to Redis with a breaker; safe to share between greenlets."""

    def __init__(self, spec: RedisSpec, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self._clock = clock
        self._client: redis.Redis | None = None
        self._closed_until = 0.0
        self._logged_at = -LOG_EVERY_S

    def delete(self, keys: Sequence[str]) -> bool:
        """Delete keys, one command each so that a cluster accepts them."""
        return self._try(lambda client: [client.delete(key) for key in keys])

    def publish(self, channel: str, message: str) -> bool:
        """Tell the subscribers of a channel."""
        return self._try(lambda client: client.publish(channel, message))

    def ping(self) -> bool:
        """Say whether Redis answers."""
        return self._try(lambda client: client.ping())

    def _try(self, command: Callable[["redis.Redis"], Any]) -> bool:
        if self._clock() < self._closed_until:
            return False
        try:
            command(self._connected())
        except (RedisError, RedisClusterException, OSError) as error:
            self._note_failure(error)
            return False
        return True

    def _connected(self) -> "redis.Redis":
        if self._client is None:
            self._client = _connect(self.spec)
        return self._client

    def _note_failure(self, error: Exception) -> None:
        now = self._clock()
        self._closed_until = now + PAUSE_AFTER_FAILURE_S
        if now - self._logged_at >= LOG_EVERY_S:
            self._logged_at = now
            logger.warning("redis is away, going on without it", extra={"reason": str(error)})


def _connect(spec: RedisSpec) -> "redis.Redis":
    """Return a client; only a cluster is contacted here."""
    login = spec.login.as_arguments()
    if spec.kind == "sentinel":
        secret = {"password": spec.login.sentinel_password or None, **_LIMITS}
        hosts = [(address.host, address.port) for address in spec.sentinels]
        group = Sentinel(hosts, sentinel_kwargs=secret, **_LIMITS)  # type: ignore[no-untyped-call]
        master = group.master_for(spec.master_name, **login)  # type: ignore[no-untyped-call]
        return cast("redis.Redis", master)
    if spec.kind == "cluster":
        nodes = [
            ClusterNode(address.host, address.port)  # type: ignore[no-untyped-call]
            for address in spec.nodes
        ]
        login.pop("db", None)  # a cluster has only one
        cluster = RedisCluster(startup_nodes=nodes, **login, **_LIMITS)
        return cast("redis.Redis", cluster)
    return redis.Redis.from_url(spec.url, **login, **_LIMITS)
