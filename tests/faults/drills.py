"""The drills.  Each takes a running gateway and says what it found.

The books are the judge: whatever happened, the balance has dropped by what the log charged, each
call that a client received whole is in the log once, and nothing is held any more.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import requests

from oneapi.models.channel import ChannelStatus
from tests.faults import load
from tests.support.books import eventually
from tests.support.gateway import Gateway
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream

MODEL = "unpriced-drill"
"""Without a price a model has ratio 30: every charge is a multiple of it."""

RATIO = 30


@dataclass
class Finding:
    """What came of one drill."""

    name: str
    facts: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, problem: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Note a problem unless it holds."""
        if not holds:
            self.problems.append(problem)


def books_under_load(
    node: Gateway, upstream: StubUpstream, *, connections: int, calls: int
) -> Finding:
    """Plain calls over many connections: no error, one row per call, all sums agree."""
    finding = Finding("books under load")
    scene = Scene(node, upstream)
    scene.serve(MODEL)
    got = load.plain(node, scene.key.text, connections=connections, calls=calls, model=MODEL)
    total = connections * calls
    sums = scene.sums()
    finding.facts = {"calls": total, "charged": sums.balance_drop}
    finding.expect(got.statuses == {200: total}, f"answers: {got.statuses}, broken: {got.broken}")
    finding.expect(sums.rows == total, f"{sums.rows} log rows for {total} calls")
    finding.expect(sums.balance_drop == total * 15 * RATIO, f"charged {sums.balance_drop}")
    _check_books(finding, scene)
    return finding


def race_for_the_last_quota(
    node: Gateway, upstream: StubUpstream, *, affordable: int, calls: int
) -> Finding:
    """Far more calls than a token can pay, over all workers: never more than it can pay."""
    finding = Finding("race for the last quota")
    scene = Scene(node, upstream)
    scene.serve(MODEL, usage="510:0")
    price = 510 * RATIO
    key = node.books.new_key(scene.user_id, remain_quota=affordable * price)
    got = load.plain(node, key.text, connections=calls, calls=1, model=MODEL)
    served = got.statuses[200]
    token = node.books.token(key.token_id)
    finding.facts = {"affordable": affordable, "calls": calls, "served": served}
    finding.expect(served <= affordable, f"{served} were served")
    finding.expect(served >= 0.9 * affordable, f"only {served} were served")
    finding.expect(set(got.statuses) <= {200, 401, 403}, f"answers: {got.statuses}")
    finding.expect(
        token.remain_quota == (affordable - served) * price,
        f"the token has {token.remain_quota} left",
    )
    finding.expect(got.broken == 0, f"{got.broken} answers broke")
    _check_books(finding, scene)
    return finding


def killed_workers(
    node: Gateway, upstream: StubUpstream, *, kills: int, connections: int, pause_s: float
) -> Finding:
    """Workers are killed under load; what a client received whole is charged exactly once."""
    finding = Finding("killed workers")
    scene = Scene(node, upstream)
    scene.serve(MODEL, delay=0.02, words=20, interval=0.002)
    key = scene.key.text
    received: list[str] = []
    over = threading.Event()

    def streaming() -> None:
        while not over.is_set():
            got = load.streams(node, key, count=connections, model=MODEL)
            received.extend(got.whole)

    def asking() -> None:
        while not over.is_set():
            got = load.plain(node, key, connections=connections, calls=3, model=MODEL)
            received.extend(got.whole)

    loads = [threading.Thread(target=work) for work in (streaming, asking)]
    for thread in loads:
        thread.start()
    for _ in range(kills):
        time.sleep(pause_s)
        node.kill_worker()
    time.sleep(pause_s)
    over.set()
    for thread in loads:
        thread.join()
    node.stop()
    held_before = scene.sums().open
    node.start()
    logged = _logged(scene)
    late = len([request_id for request_id in received if request_id not in logged])
    with suppress(AssertionError):
        # A killed worker may have left settlements in its file; the next one reads it.
        eventually(lambda: _logged(scene).keys() >= set(received), within_s=10)
    logged = _logged(scene)
    missing = [request_id for request_id in received if request_id not in logged]
    finding.facts = {"kills": kills, "received": len(received), "logged": len(logged)}
    finding.facts |= {"given back at the start": held_before, "from files": late}
    finding.expect(bool(received), "nothing was received")
    finding.expect(not missing, f"{len(missing)} received answers are not in the log")
    finding.expect(max(logged.values(), default=1) == 1, "a call was logged twice")
    _check_books(finding, scene)
    return finding


def streams_left(node: Gateway, upstream: StubUpstream, *, count: int) -> Finding:
    """Clients leave in the middle: their upstreams are closed and the delivered part is paid."""
    finding = Finding("streams that their clients left")
    scene = Scene(node, upstream)
    tag = scene.serve(MODEL, words=100_000, interval=0.1)
    got = load.streams(node, scene.key.text, count=count, leave_after=4, model=MODEL)
    seen = scene.seen(tag)
    for request in seen:
        request.done.wait(5)
    left = [request.left_at for request in seen if request.left_at is not None]
    _settled(scene, count)
    closed_s = max(left, default=0.0) - max(got.left_at, default=0.0)
    finding.facts = {"streams": count, "last closed after s": closed_s}
    finding.expect(got.statuses == {200: count}, f"answers: {got.statuses}")
    finding.expect(len(left) == count, f"{count - len(left)} upstreams were not closed")
    finding.expect(scene.sums().rows == count, f"{scene.sums().rows} log rows")
    status = node.books.channel(scene.channel_id).status
    finding.expect(status == ChannelStatus.ENABLED, f"the channel has status {status}")
    finding.expect(scene.chat(model=MODEL, max_tokens=1).status_code == 200, "the channel rests")
    _check_books(finding, scene)
    return finding


def quoted_words(node: Gateway, upstream: StubUpstream, *, calls: int) -> Finding:
    """An upstream quotes a prompt that speaks of credit and balance: no channel is blamed."""
    finding = Finding("words that a user could write")
    node.set_option("AutomaticDisableChannelEnabled", value=True)
    scene = Scene(node, upstream)
    words = "your credit balance is too low; api key not valid; permission denied"
    scene.serve(MODEL, status=400, type="invalid_request_error", message=words)
    got = load.plain(node, scene.key.text, connections=1, calls=calls, model=MODEL)
    status = node.books.channel(scene.channel_id).status
    finding.facts = {"answers": dict(got.statuses)}
    finding.expect(got.statuses == {400: calls}, f"answers: {got.statuses}")
    finding.expect(status == ChannelStatus.ENABLED, f"the channel has status {status}")
    _check_books(finding, scene)
    return finding


def many_streams(
    node: Gateway, upstream: StubUpstream, *, count: int, words: int, interval: float
) -> Finding:
    """Many streams at once on one worker: none is cut, and memory does not grow with them."""
    finding = Finding("many streams at once")
    scene = Scene(node, upstream)
    scene.serve(MODEL, words=words, interval=interval)
    memory = []
    for _ in range(2):
        got = load.streams(node, scene.key.text, count=count, model=MODEL)
        memory.append(sum(worker.memory_info().rss for worker in node.workers()) / 2**20)
        finding.expect(len(got.whole) == count, f"{len(got.whole)} of {count} ended whole")
    finding.facts = {"streams": count, "MB after each round": [round(size) for size in memory]}
    finding.expect(memory[1] < memory[0] * 1.2 + 10, f"memory grew from {memory[0]:.0f} MB")
    _check_books(finding, scene)
    return finding


def sign_ins_beside_streams(
    node: Gateway, upstream: StubUpstream, *, streams: int, words: int, sign_ins: int
) -> Finding:
    """Passwords are checked, which is slow on purpose, while streams run; nobody waits for it."""
    finding = Finding("sign-ins beside streams")
    scene = Scene(node, upstream)
    scene.serve(MODEL, words=words, interval=0.1)
    lags = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            lags.append(max(load.samples(node, "oneapi_event_loop_lag_max_seconds"), default=0.0))

    watcher = threading.Thread(target=watch)
    guests = threading.Thread(target=load.together, args=(4, lambda: _sign_in(node, sign_ins // 4)))
    watcher.start()
    guests.start()
    got = load.streams(node, scene.key.text, count=streams, model=MODEL)
    guests.join()
    over.set()
    watcher.join()
    finding.facts = {"streams": streams, "sign-ins": sign_ins, "worst lag ms": max(lags) * 1000}
    finding.expect(len(got.whole) == streams, f"{len(got.whole)} of {streams} ended whole")
    _check_books(finding, scene)
    return finding


def _logged(scene: Scene) -> Counter[str | None]:
    """Count the log rows of each request."""
    return Counter(row.request_id for row in scene.node.books.logs(scene.key))


def _sign_in(node: Gateway, times: int) -> None:
    """Sign in from addresses that no limit knows yet."""
    login = {"username": "root", "password": "123456"}
    for _ in range(times):
        address = f"203.0.113.{random.randrange(1, 255)}"  # noqa: S311 - no secret
        requests.post(
            f"{node.url}/api/user/login",
            json=login,
            headers={"X-Forwarded-For": address},
            timeout=60,
        )


def _settled(scene: Scene, rows: int) -> None:
    eventually(lambda: scene.sums().rows >= rows and not scene.sums().open, within_s=10)


def _check_books(finding: Finding, scene: Scene) -> None:
    sums = scene.sums()
    finding.expect(sums.agree, f"the books do not agree: {sums}")
