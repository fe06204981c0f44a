"""What most tests from outside need: a user of an own group, and channels only for that group.

So tests that share a gateway do not meet each other, and every one may use real model names.
"""

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import requests
from openai import OpenAI

from tests.support.books import PLENTY, Key, Sums
from tests.support.gateway import MODEL, Gateway
from tests.support.upstream import Seen, StubUpstream


@dataclass
class Scene:
    """One user with a key, and the channels that were added for it."""

    node: Gateway
    upstream: StubUpstream
    quota: int = PLENTY
    group: str = field(default_factory=lambda: f"g{secrets.token_hex(6)}")
    channels: list[int] = field(default_factory=list)

    @cached_property
    def user_id(self) -> int:
        return self.node.books.new_user(quota=self.quota, group=self.group)

    @cached_property
    def key(self) -> Key:
        """An unlimited token of the user."""
        return self.node.books.new_key(self.user_id)

    @property
    def channel_id(self) -> int:
        """The channel that was added last."""
        return self.channels[-1]

    def serve(
        self, models: str = MODEL, *, channel: dict[str, Any] | None = None, **behaviour: Any
    ) -> str:
        """Add a channel whose upstream behaves like this; return the upstream's tag."""
        tag = behaviour.setdefault("tag", secrets.token_hex(4))
        members = {"models": models, "group": self.group, **(channel or {})}
        self.channels.append(self.node.new_channel(self.upstream.base(**behaviour), **members))
        return str(tag)

    def seen(self, tag: str) -> list[Seen]:
        """Return what an upstream has been asked."""
        return self.upstream.of(tag)

    def chat(self, **members: Any) -> requests.Response:
        """Send a small chat."""
        return self.node.chat(self.key, **members)

    def stream(self, **members: Any) -> list[str]:
        """Send a small streamed chat and return its events."""
        return self.node.stream(self.key, **members)

    def post(self, path: str, body: Any, **more: Any) -> requests.Response:
        """Send JSON to ``/v1``."""
        return self.node.post(path, self.key, body, **more)

    @cached_property
    def client(self) -> OpenAI:
        """The official client, set up as its documentation says; it does not try again."""
        return OpenAI(api_key=self.key.text, base_url=f"{self.node.url}/v1", max_retries=0)

    def sums(self) -> Sums:
        """Add up what the user's calls left behind."""
        return self.node.books.sums(self.user_id, given=self.quota)

    @property
    def charged(self) -> int:
        """What the user has paid so far."""
        return self.sums().balance_drop
