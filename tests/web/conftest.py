from collections.abc import Iterator

import pytest

from oneapi.web_app import WebApp
from tests.support import travellers
from tests.support.sign_in_services import SignInServices, sign_in_services


@pytest.fixture
def services(app: WebApp) -> Iterator[SignInServices]:
    """Sign-in services, all switched on."""
    with sign_in_services() as running:
        travellers.switch_on(running)
        yield running
