import gzip
import json

import pytest
from flask.testing import FlaskClient

GZIP = {"Accept-Encoding": "gzip, deflate"}


def test_clients_that_accept_gzip_get_it(client: FlaskClient) -> None:
    answer = client.get("/api/status", headers=GZIP)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert json.loads(gzip.decompress(answer.get_data()))["success"] is True


def test_a_long_answer_is_compressed_too(root_client: FlaskClient) -> None:
    root_client.put("/api/option/", json={"key": "About", "value": "long " * 20_000})

    answer = root_client.get("/api/about", headers=GZIP)

    assert json.loads(gzip.decompress(answer.get_data()))["data"] == "long " * 20_000


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "br"},
        {**GZIP, "Accept": "text/event-stream"},
        {**GZIP, "Connection": "Upgrade"},
    ],
)
def test_others_do_not(client: FlaskClient, headers: dict[str, str]) -> None:
    assert "Content-Encoding" not in client.get("/api/status", headers=headers).headers
