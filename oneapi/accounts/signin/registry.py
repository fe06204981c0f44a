"""Every sign-in service by its name."""

from collections.abc import Mapping
from typing import Final

from oneapi.accounts.signin.contract import Service, WebService
from oneapi.accounts.signin.github import GitHub
from oneapi.accounts.signin.lark import Lark
from oneapi.accounts.signin.oidc import Oidc
from oneapi.accounts.signin.wechat import WeChat

WECHAT: Final[Service] = WeChat()

WEB_SERVICES: Final[Mapping[str, WebService]] = {
    service.name: service for service in (GitHub(), Lark(), Oidc())
}
"""Those that send a browser back to ``/oauth/<name>``."""

SERVICES: Final[Mapping[str, Service]] = {**WEB_SERVICES, WECHAT.name: WECHAT}
