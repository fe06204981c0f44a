"""Which channel serves a call: a pure function of the candidates and what is known of them.

Priority levels go from high to low; inside a level chance decides by weight.  A channel that the
call has tried never comes back.  A cooling one is passed over while any other is left, in its
level or below; when all that are left cool, the one whose cool-down ends first is taken, so a
single channel is never locked out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from oneapi.errors import Refusal
from oneapi.snapshot import ChannelView, Snapshot
from oneapi.wire.modes import RelayMode

Random = Callable[[], float]
"""A source of numbers in [0, 1)."""


def candidates(
    snapshot: Snapshot, *, group: str, model: str, mode: RelayMode
) -> tuple[ChannelView, ...]:
    """Return the enabled channels that have the group and model and can do the mode.

    Raises:
        Refusal: ``no_available_channel`` (503), or ``unsupported_mode`` (501) when only the
            mode excludes them all.
    """
    found = snapshot.routes.get((group, model), ())
    if not found:
        raise Refusal("no_available_channel", status=503, group=group, model=model)
    able = tuple(channel for channel in found if mode in channel.type.modes)
    if not able:
        raise Refusal("unsupported_mode", status=501, mode=mode.value)
    return able


def choose(
    channels: Sequence[ChannelView],
    *,
    tried: Collection[int],
    cooling: Mapping[int, float],
    random: Random,
) -> ChannelView | None:
    """Return the channel for the next attempt, ``None`` when every one has been tried.

    ``cooling`` maps channel ids to the moment their cool-down ends; only later ones are in it.
    """
    left = [channel for channel in channels if channel.id not in tried]
    if len(left) <= 1:
        return left[0] if left else None
    warm = [channel for channel in left if channel.id not in cooling]
    if not warm:
        return min(left, key=lambda channel: (cooling[channel.id], channel.id))
    top = max(channel.priority for channel in warm)
    return _draw([channel for channel in warm if channel.priority == top], random())


def _draw(level: Sequence[ChannelView], point: float) -> ChannelView:
    """Draw with probability (weight + 1) / sum, so that all-zero weights are uniform."""
    if len(level) == 1:
        return level[0]
    rest = point * sum(channel.weight + 1 for channel in level)
    for channel in level:
        rest -= channel.weight + 1
        if rest < 0:
            return channel
    return level[-1]
