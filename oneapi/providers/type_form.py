"""What the channel form shows and asks for, per channel type."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """What the channel form asks for beside key and base URL; stored in the channel's config."""

    key: str
    label: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    example: str = ""
    default: str = ""
    kind: str = "text"
    """``text``, ``secret`` or ``json``."""

    choices: tuple[str, ...] = ()
    """The values there are beside the empty one; none means any text."""

    advanced: bool = False
    """Whether the form keeps it folded away: few channels need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """How the channel form shows the type."""

    group: str = "international"
    """Heading in the type list: common, international, china, apps, resellers, raw."""

    order: int = 1000
    color: str = "grey"
    base_url: str = "optional"
    """``optional``, ``required`` or ``hidden``."""

    base_url_label: str = ""
    base_url_example: str = ""
    key: str = "plain"
    """``plain``; ``parts`` joined by vertical bars; ``composed`` of fields; ``verbatim``."""

    key_parts: tuple[str, ...] = ()
    single_key: bool = False
    """Whether a key without bars is taken too."""

    key_example: str = ""
    hint: Mapping[str, str] = field(default_factory=dict)
    balance: str = ""
    """What the credit left is counted in: ``$``, ``¥`` or ``points``; empty if nobody can ask."""

    balance_per_unit: int = 1
    """How much of the provider's figure is one of these."""
