"""WeChat, through a WeChat Server: people type the code that its official account sent them.

Source: https://github.com/songquanpeng/wechat-server
"""

from oneapi.accounts.signin import exchange
from oneapi.accounts.signin.contract import Arrival, Profile, text_of
from oneapi.errors import Refusal
from oneapi.options import Options

_LONGEST_REASON = 200


class WeChat:
    """Knows people by their WeChat id."""

    name = "wechat"
    column = "wechat_id"
    display_name = "WeChat User"

    def is_on(self, options: Options) -> bool:
        return options.wechat_auth_enabled

    def read_profile(self, arrival: Arrival) -> Profile:
        """Ask the WeChat Server whose code this is.

        Raises:
            Refusal: ``wechat_code_invalid``; ``upstream_error`` with what the server says;
                ``oauth_unreachable``.
        """
        options = arrival.options
        answer = exchange.fetch_object(
            f"{options.wechat_server_address.rstrip('/')}/api/wechat/user",
            params={"code": arrival.code},
            headers={"Authorization": options.wechat_server_token},
        )
        knows = answer.get("success") is True
        if not knows and (reason := text_of(answer.get("message"))):
            raise Refusal("upstream_error", reason=reason[:_LONGEST_REASON])
        identity = text_of(answer.get("data"))
        if not knows or not identity:
            raise Refusal("wechat_code_invalid")
        return Profile(identity=identity)
