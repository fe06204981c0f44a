"""The raw proxy: a flat price per call, nothing is read."""

from oneapi.billing.prices import Price
from oneapi.options import Options
from oneapi.relay.modes.base import Charge, Used
from oneapi.relay.prompt import Prompt
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall


class ProxyMode:
    """Calls of ``/v1/oneapi/proxy``; what they cost is an option, not a price of a model."""

    def __init__(self, quota: int = 0) -> None:
        self._quota = quota

    def checked(self, call: RelayCall) -> RelayCall:
        """Take the call as it is."""
        return call

    def check_for(self, call: RelayCall, model: str) -> None:
        """There is no model."""

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return the flat price."""
        return options.proxy_call_quota

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return the flat price."""
        return Charge(quota=self._quota, usage=Usage())
