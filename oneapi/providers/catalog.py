"""The catalog of channel types and default ratios, read from data files and checked at start.

Sources of the figures: each data file names its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from oneapi.providers.data_files import read_row
from oneapi.providers.ratios import DefaultRatios, read_ratios
from oneapi.providers.type_form import FormField, FormRow
from oneapi.providers.type_rules import (
    AuthRule,
    ErrorRule,
    Quirk,
    StreamUsage,
    UrlRule,
    WebSearch,
)
from oneapi.wire.modes import RelayMode

_HERE = Path(__file__).parent
_TYPES = _HERE / "channel_types"
_RATIOS = _HERE / "model_ratios.csv"

UNKNOWN = 0
"""The row that stands for every number without a row of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelType:
    """One row of the catalog: who a provider is and how its dialect differs.

    ``id`` is stored in ``channels.type`` and never reused; up to 51 they are One API's numbers,
    from 1001 on our own.
    """

    id: int
    name: str
    adaptor: str
    """Name of the dialect in ``registry``."""

    owner: str
    """``owned_by`` in model lists."""

    base_url: str = ""
    models: tuple[str, ...] = ()
    models_of: int | None = None
    """The type whose model list this one shares; such a type adds nothing to model lists."""

    modes: frozenset[RelayMode] = frozenset()
    label: Mapping[str, str] = field(default_factory=dict)
    """What the channel form calls it, by language."""

    form: FormRow = field(default_factory=FormRow)
    fields: tuple[FormField, ...] = ()
    config_from_other: str = ""
    """The config key that One API keeps in the column ``other``."""

    stream_usage: StreamUsage = StreamUsage.ON_REQUEST
    url: UrlRule = field(default_factory=UrlRule)
    auth: AuthRule = field(default_factory=AuthRule)
    drop_params: tuple[str, ...] = ()
    """Request members that the provider refuses."""

    rename_params: Mapping[str, str] = field(default_factory=dict)
    image_params: Mapping[str, str] = field(default_factory=dict)
    """As ``rename_params``, for image generation only."""

    finish_reasons: Mapping[str, str] = field(default_factory=dict)
    """The provider's own finish reasons and OpenAI's for them."""

    web_search: WebSearch | None = None
    quirks: frozenset[Quirk] = frozenset()
    error_rules: tuple[ErrorRule, ...] = ()


class CatalogModel(NamedTuple):
    """A model name and who is said to own it."""

    id: str
    owner: str


_MODEL_LIST_ORDER = (
    *(1, 14, 11, 15, 16, 17, 18, 23, 24, 30, 33, 34, 35, 37, 38, 42, 46),
    *(19, 25, 26, 27, 40, 28, 29, 31, 32, 36, 39, 41, 44, 45, 47, 48),
    *(20, 49, 51),
)
"""Types in the order of One API's model list and, on the last line, those it forgot.

Others follow by number if they have models of their own.
"""


@cache
def channel_types() -> Mapping[int, ChannelType]:
    """Return every channel type by number, the stand-in ``UNKNOWN`` among them.

    Raises:
        ValueError: a data file holds an unknown key, a wrong value or a number used twice.
    """
    return load_channel_types(_TYPES)


def load_channel_types(folder: Path) -> Mapping[int, ChannelType]:
    """Read the TOML files of a folder; raises as ``channel_types`` does."""
    found: dict[int, ChannelType] = {}
    for path in sorted(folder.glob("*.toml")):
        row = read_row(path, ChannelType)
        if row.id in found:
            raise ValueError(f"{path.name}: number {row.id} is {found[row.id].name} already")
        found[row.id] = row
    return {number: _with_shared_models(found[number], found) for number in sorted(found)}


def channel_type(number: int) -> ChannelType:
    """Return the type of this number; an unknown number is an OpenAI channel without base URL."""
    types = channel_types()
    found = types.get(number)
    return found if found is not None else replace(types[UNKNOWN], id=number)


@cache
def model_entries() -> tuple[CatalogModel, ...]:
    """Return the models of all providers in order; a model of two providers stands there twice."""
    return tuple(CatalogModel(model, row.owner) for row in _in_list_order() for model in row.models)


@cache
def model_catalog() -> tuple[CatalogModel, ...]:
    """Return the same list with each model once, under its first owner."""
    first: dict[str, CatalogModel] = {}
    for entry in model_entries():
        first.setdefault(entry.id, entry)
    return tuple(first.values())


def models_by_type() -> Mapping[int, tuple[str, ...] | None]:
    """Return the default models of every type; ``None`` where a type takes no models at all."""
    return {
        number: None if row.modes == {RelayMode.PROXY} else row.models
        for number, row in channel_types().items()
        if number != UNKNOWN
    }


@cache
def default_ratios() -> DefaultRatios:
    """Return the default prices by model name; raises ``ValueError`` for a broken file."""
    return read_ratios(_RATIOS)


def _with_shared_models(row: ChannelType, rows: Mapping[int, ChannelType]) -> ChannelType:
    if row.models_of is None:
        return row
    if row.models_of not in rows:
        raise ValueError(f"{row.name}: there is no type {row.models_of} to share models with")
    return replace(row, models=rows[row.models_of].models)


def _in_list_order() -> Iterator[ChannelType]:
    types = channel_types()
    yield from (types[number] for number in _MODEL_LIST_ORDER)
    for number, row in types.items():
        if number not in _MODEL_LIST_ORDER and row.models_of is None:
            yield row
