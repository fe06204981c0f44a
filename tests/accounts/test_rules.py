import pytest

from oneapi.accounts import rules
from oneapi.errors import Refusal


@pytest.mark.parametrize("name", ["a", "twelve-chars", "注册测试用户名十二个字符"])
def test_names_have_up_to_twelve_characters_of_any_script(name: str) -> None:
    rules.check_username(name)


@pytest.mark.parametrize("name", ["", "thirteen-long", "a\tb", "a\x00b", "a\u200bb"])
def test_names_are_neither_empty_nor_long_nor_invisible(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_username(name)

    assert (refused.value.code, refused.value.param) == ("invalid_input", "username")


@pytest.mark.parametrize("password", ["12345678", "x" * 20, "密码密码密码密码"])
def test_passwords_have_eight_to_twenty_characters(password: str) -> None:
    rules.check_password(password)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 21, "𝄞" * 19])
def test_a_password_that_bcrypt_would_cut_is_refused(password: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_password(password)

    assert (refused.value.code, refused.value.param) == ("invalid_input", "password")


@pytest.mark.parametrize("value", ["x" * 51, "a\x00@example.com"])
def test_addresses_fit_into_every_database(value: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_email(value)

    assert (refused.value.code, refused.value.param) == ("invalid_input", "email")
