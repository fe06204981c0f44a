import random
from collections import Counter

import pytest

from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.providers.catalog import channel_type
from oneapi.routing import candidates, choose
from oneapi.snapshot import ChannelView, Snapshot
from oneapi.wire.modes import RelayMode

OPENAI, ANTHROPIC = 1, 14


def channel(number: int, *, type_: int = OPENAI, priority: int = 0, weight: int = 0) -> ChannelView:
    return ChannelView(
        id=number,
        name=f"channel {number}",
        type=channel_type(type_),
        type_number=type_,
        key="key",
        enabled=True,
        status=1,
        base_url="http://upstream",
        groups=("default",),
        models=("m",),
        priority=priority,
        weight=weight,
        mapping={},
        system_prompt="",
        config={},
    )


def snapshot_of(*channels: ChannelView) -> Snapshot:
    views = {view.id: view for view in channels}
    return Snapshot(1, views, {("default", "m"): channels}, Options())


def chosen(
    channels: list[ChannelView],
    *,
    tried: frozenset[int] = frozenset(),
    cooling: dict[int, float] | None = None,
    point: float = 0.0,
) -> int | None:
    found = choose(channels, tried=tried, cooling=cooling or {}, random=lambda: point)
    return None if found is None else found.id


def test_a_group_or_model_without_a_channel_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as refusal:
        candidates(snapshot_of(channel(1)), group="vip", model="m", mode=RelayMode.CHAT)

    assert (refusal.value.code, refusal.value.status) == ("no_available_channel", 503)
    assert refusal.value.facts == {"group": "vip", "model": "m"}


def test_a_type_that_cannot_do_the_mode_is_no_candidate() -> None:
    both = snapshot_of(channel(1), channel(2, type_=ANTHROPIC))

    able = candidates(both, group="default", model="m", mode=RelayMode.EMBEDDINGS)

    assert [found.id for found in able] == [1]


def test_a_mode_that_no_channel_can_do_is_unsupported_and_not_missing() -> None:
    only = snapshot_of(channel(2, type_=ANTHROPIC))

    with pytest.raises(Refusal) as refusal:
        candidates(only, group="default", model="m", mode=RelayMode.IMAGES)

    assert (refusal.value.code, refusal.value.status) == ("unsupported_mode", 501)


@pytest.mark.parametrize(
    ("priorities", "tried", "cooling", "expected"),
    [
        ({1: 0, 2: 5, 3: 1}, set(), set(), 2),
        ({1: 0, 2: 5, 3: 1}, {2}, set(), 3),
        ({1: 0, 2: 5, 3: 1}, {2, 3}, set(), 1),
        ({1: 0, 2: 5, 3: 1}, {1, 2, 3}, set(), None),
        ({1: -3, 2: -1}, set(), set(), 2),
        ({1: 0, 2: -1}, set(), set(), 1),
        ({1: 0, 2: 5, 3: 1}, set(), {2}, 3),
        ({1: 0, 2: 5, 3: 1}, {3}, {2}, 1),
        ({1: 0, 2: 5}, {1}, {2}, 2),
    ],
)
def test_levels_go_down_past_what_was_tried_and_what_cools(
    priorities: dict[int, int], tried: set[int], cooling: set[int], expected: int | None
) -> None:
    channels = [channel(number, priority=level) for number, level in priorities.items()]

    found = chosen(channels, tried=frozenset(tried), cooling=dict.fromkeys(cooling, 100.0))

    assert found == expected


def test_when_all_cool_the_one_that_is_warm_first_is_taken() -> None:
    channels = [channel(1, priority=9), channel(2), channel(3)]

    assert chosen(channels, cooling={1: 30.0, 2: 10.0, 3: 20.0}) == 2


def test_a_single_cooling_channel_is_never_locked_out() -> None:
    assert chosen([channel(1)], cooling={1: 1e9}) == 1


@pytest.mark.parametrize(
    ("point", "expected"), [(0.0, 1), (0.09, 1), (0.091, 2), (0.5, 2), (0.999999, 2)]
)
def test_weight_decides_inside_a_level(point: float, expected: int) -> None:
    channels = [channel(1, weight=0), channel(2, weight=9)]

    assert chosen(channels, point=point) == expected


def test_channels_without_weights_share_evenly() -> None:
    channels = [channel(1), channel(2), channel(3)]
    source = random.Random(7)  # noqa: S311 - a repeatable draw

    drawn = Counter(
        found.id
        for _ in range(3000)
        if (found := choose(channels, tried=(), cooling={}, random=source.random))
    )

    assert all(900 < count < 1100 for count in drawn.values())
    assert len(drawn) == 3
