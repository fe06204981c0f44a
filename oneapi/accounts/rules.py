"""What names, passwords and addresses of users may look like; lengths in characters.

Source: One API's validation of users.
"""

from oneapi.errors import Refusal
from oneapi.lib import mail, passwords

LONGEST_USERNAME = 12
LONGEST_DISPLAY_NAME = 20
LONGEST_EMAIL = 50
PASSWORD_LENGTHS = range(8, 21)


def check_username(username: str) -> None:
    """Refuse a name that is empty, too long or holds control characters.

    Raises:
        Refusal: ``invalid_input``.
    """
    if not 1 <= len(username) <= LONGEST_USERNAME or not username.isprintable():
        raise Refusal("invalid_input", param="username")


def check_password(password: str) -> None:
    """Refuse a password of the wrong length.

    Raises:
        Refusal: ``invalid_input``.
    """
    too_long = len(password.encode()) > passwords.LONGEST_BYTES
    if len(password) not in PASSWORD_LENGTHS or too_long:
        raise Refusal("invalid_input", param="password")


def check_display_name(display_name: str) -> None:
    """Refuse a display name that is too long.

    Raises:
        Refusal: ``invalid_input``.
    """
    check_length("display_name", display_name, LONGEST_DISPLAY_NAME)


def check_email(email: str) -> None:
    """Refuse a mail address that is too long.

    Raises:
        Refusal: ``invalid_input``.
    """
    check_length("email", email, LONGEST_EMAIL)


def check_address(email: str) -> None:
    """Refuse what no mail can be sent to.

    Raises:
        Refusal: ``invalid_parameter`` for anything but one plain address, ``invalid_input``.
    """
    if not mail.is_address(email):
        raise Refusal("invalid_parameter", param="email")
    check_email(email)


def check_length(name: str, value: str, longest: int) -> None:
    """Refuse a text that is too long, or that no database can store.

    Raises:
        Refusal: ``invalid_input``, naming the member.
    """
    if len(value) > longest or "\x00" in value:
        raise Refusal("invalid_input", param=name)
