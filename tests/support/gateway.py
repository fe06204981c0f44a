"""The real program as a subprocess: gunicorn with gevent workers on a port and file of its own.

Only processes that were started here are ended, by their own ids.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests
from prometheus_client.parser import text_string_to_metric_families

from oneapi.settings import Settings
from tests.support.books import Books, Key, eventually
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 40.0
MODEL = "gpt-4o-mini"
_DEFAULTS = {
    "WEB_CONCURRENCY": "1",
    "GLOBAL_API_RATE_LIMIT": "0",
    "GLOBAL_WEB_RATE_LIMIT": "0",
    "SHUTDOWN_GRACE_S": "5",
    "SQLITE_SYNCHRONOUS": "NORMAL",
    "SESSION_SECRET": "of the tests",
    "LOG_LEVEL": "WARNING",
}


class Gateway:
    """One node; start it, use it, stop it."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._variables = {
            **_DEFAULTS,
            "PORT": str(self.port),
            "SQLITE_PATH": str(folder / "one-api.db"),
            "LOG_DIR": str(folder / "logs"),
            **variables,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.books = Books(Settings.from_env(self._variables))
        self.admin = requests.Session()

    def start(self) -> None:
        """Start and wait until it is ready."""
        with (self.folder / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, str(ROOT / "app.py")],
                cwd=ROOT,
                env={**_inherited(), **self._variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        give_up = time.monotonic() + START_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"the gateway did not start:\n{self.output()}")
            time.sleep(0.05)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes."""
        return psutil.Process(self.process.pid).children()

    def kill_worker(self) -> int:
        """End the youngest worker without a chance to say anything; return its id."""
        victim = max(self.workers(), key=lambda worker: worker.create_time())
        victim.send_signal(signal.SIGKILL)
        return victim.pid

    def terminate(self) -> None:
        """Ask it to drain and end; returns at once."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Drain, and return the exit code; what does not end in time is killed."""
        if self.process.poll() is not None:
            return self.process.returncode
        ours = [psutil.Process(self.process.pid), *self.workers()]
        self.terminate()
        try:
            return self.process.wait(int(self._variables["SHUTDOWN_GRACE_S"]) + 20)
        except subprocess.TimeoutExpired:
            for process in ours:
                if process.is_running():
                    process.kill()
            return self.process.wait(10)

    def output(self) -> str:
        """Return what the program has printed."""
        return (self.folder / "output.txt").read_text(errors="replace")

    def sign_in(self) -> None:
        """Sign in as root with the password of the first start."""
        login = {"username": "root", "password": "123456"}
        _good(self.admin.post(f"{self.url}/api/user/login", json=login, timeout=10))

    def set_option(self, key: str, value: object) -> None:
        """Change an option through the management API."""
        body = {"key": key, "value": value}
        _good(self.admin.put(f"{self.url}/api/option/", json=body, timeout=10))

    def new_channel(self, base_url: str, **members: Any) -> int:
        """Add a channel, of type OpenAI for ``MODEL`` unless told otherwise; return its id."""
        body = {
            "name": "test",
            "type": 1,
            "key": "sk-of-the-upstream",
            "models": MODEL,
            "group": "default",
            "base_url": base_url,
            **members,
        }
        channel_id = self.books.new_channel(body)
        self.set_option("SystemName", f"gateway {channel_id}")
        if int(self._variables["WEB_CONCURRENCY"]) > 1:
            self.wait_until_known()
        return channel_id

    def wait_until_known(self) -> None:
        """Wait until every worker has taken over what stands in the database now."""
        wanted = self.books.revision()
        eventually(lambda: self.metric("oneapi_configuration_revision") >= wanted)

    def metric(self, name: str) -> float:
        """Return the value of a metric without labels."""
        families = text_string_to_metric_families(
            requests.get(f"{self.url}/metrics", timeout=10).text
        )
        return next(s.value for family in families for s in family.samples if s.name == name)

    def update_channel(self, channel_id: int, **members: Any) -> None:
        """Change members of a channel through the management API."""
        body = {"id": channel_id, **members}
        _good(self.admin.put(f"{self.url}/api/channel/", json=body, timeout=10))

    def post(self, path: str, key: Key | None, body: Any, **more: Any) -> requests.Response:
        """Send JSON to ``/v1``."""
        headers = {"Authorization": f"Bearer {key.text}"} if key else {}
        headers |= more.pop("headers", {})
        return requests.post(f"{self.url}/v1{path}", json=body, headers=headers, timeout=30, **more)

    def chat(self, key: Key | None, **members: Any) -> requests.Response:
        """Send a small chat; ``members`` are added to the body."""
        return self.post("/chat/completions", key, chat_body(**members))

    def stream(self, key: Key, **members: Any) -> list[str]:
        """Send a small streamed chat and return its events, comments left out."""
        answer = self.chat(key, stream=True, **members)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        answer.encoding = "utf-8"
        return [event for event in answer.text.split("\n\n") if event and event[0] != ":"]

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def chat_body(**members: Any) -> dict[str, Any]:
    """Return the body of a small chat."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Say hello."}]}
    return {**body, **members}


@contextmanager
def gateway(folder: Path, **variables: object) -> Iterator[Gateway]:
    """Run a gateway until the block ends; variables are the environment's."""
    node = Gateway(folder, {name: str(value) for name, value in variables.items()})
    node.start()
    try:
        node.sign_in()
        yield node
    finally:
        node.stop()


def _inherited() -> dict[str, str]:
    """Return the environment without what would change the program's behaviour."""
    kept = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _good(answer: requests.Response) -> None:
    answer.raise_for_status()
    tree = answer.json()
    assert tree["success"], tree
