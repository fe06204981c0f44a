from dataclasses import replace

import pytest

from oneapi.accounts.signin.contract import Arrival
from oneapi.accounts.signin.wechat import WeChat
from oneapi.errors import Refusal
from oneapi.options import Options
from tests.support.sign_in_services import WECHAT_TOKEN, SignInServices
from tests.support.web_server import Told

PATH = "/api/wechat/user"


def refusal(options: Options, code: str = "1") -> Refusal:
    with pytest.raises(Refusal) as refused:
        WeChat().read_profile(Arrival(options=options, code=code))
    return refused.value


@pytest.mark.parametrize("code", ["123456", "a b", "1&code=2", "验证码"])
def test_a_code_arrives_as_it_was_typed(
    services: SignInServices, options: Options, code: str
) -> None:
    services.wechat = {code: "wx-1"}

    assert WeChat().read_profile(Arrival(options=options, code=code)).identity == "wx-1"
    assert services.server.asked[0].headers["authorization"] == WECHAT_TOKEN


def test_a_code_that_nobody_was_sent_is_wrong(services: SignInServices, options: Options) -> None:
    assert refusal(options).code == "wechat_code_invalid"


def test_what_the_server_complains_of_is_passed_on(
    services: SignInServices, options: Options
) -> None:
    wrong = refusal(replace(options, wechat_server_token="wrong"))

    assert (wrong.code, wrong.facts) == ("upstream_error", {"reason": "no such token"})


@pytest.mark.parametrize(
    "body",
    [b'{"data": "wx-1"}', b'{"success": "yes", "data": "wx-1"}', b'{"success": true, "data": 7}'],
)
def test_a_strange_answer_names_nobody(
    services: SignInServices, options: Options, body: bytes
) -> None:
    services.faults[PATH] = lambda: Told(body)

    assert refusal(options).code == "wechat_code_invalid"


@pytest.mark.parametrize("told", [Told(status=500), Told(b"<html>"), Told(b"[]")])
def test_a_server_that_is_broken_counts_as_away(
    services: SignInServices, options: Options, told: Told
) -> None:
    services.faults[PATH] = lambda: told

    assert refusal(options).code == "oauth_unreachable"


def test_a_server_without_address_counts_as_away(options: Options) -> None:
    assert refusal(replace(options, wechat_server_address="")).code == "oauth_unreachable"
