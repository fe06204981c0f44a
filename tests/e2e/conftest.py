from collections.abc import Iterator

import pytest

from tests.support.books import Books
from tests.support.gateway import Gateway, gateway
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream, running


@pytest.fixture(scope="session")
def upstream() -> Iterator[StubUpstream]:
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway with its defaults, shared by every test that changes nothing for others."""
    with gateway(tmp_path_factory.mktemp("gateway")) as running_gateway:
        yield running_gateway


@pytest.fixture
def books(node: Gateway) -> Books:
    return node.books


@pytest.fixture
def scene(node: Gateway, upstream: StubUpstream) -> Scene:
    return Scene(node, upstream)
