from oneapi.providers import registry
from oneapi.providers.catalog import channel_types


def test_a_type_promises_only_modes_of_its_adaptor() -> None:
    for row in channel_types().values():
        adaptor = registry.find(row.adaptor)
        if adaptor is not None:
            assert row.modes <= adaptor.modes, row.name


def test_a_dialect_that_is_not_there_is_none() -> None:
    assert registry.find("klingon") is None
