"""One small question to an upstream, outside of any client's call: tests, lists of models."""

from oneapi import resources
from oneapi.providers.contract import Reply, UpstreamRequest
from oneapi.relay.limits import Limits
from oneapi.relay.upstream import limited_in_total, upstreams


def ask(request: UpstreamRequest, *, limit_s: float, proxy: str = "") -> Reply:
    """Send and return the whole answer, whatever its status; redirects are not followed.

    Without a proxy of its own the question takes ``RELAY_PROXY``, as calls do.

    Raises:
        UpstreamError: no whole answer came within the time.
    """
    connect_s = min(resources.settings.relay_connect_timeout_s, limit_s)
    limits = Limits(connect_s=connect_s, idle_s=limit_s, total_s=limit_s)
    with limited_in_total(limits):
        exchange = upstreams.send(request, limits, proxy or resources.settings.relay_proxy)
        try:
            return Reply(exchange.status, exchange.headers, exchange.read_all())
        finally:
            exchange.close()
