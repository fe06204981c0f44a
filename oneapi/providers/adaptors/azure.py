"""Azure OpenAI: OpenAI's bodies under addresses of its own.

Where it differs from OpenAI:

- the model is a deployment, named in the path, without the dots of the model's name;
- every address carries ``api-version``; the client's own wins over the channel's;
- versions ``v1``, ``preview`` and ``latest`` mean the newer path, with the model in the body;
- the key travels as ``api-key``;
- versions before September 2024 refuse to be asked for the usage of a stream;
- behind Cloudflare's AI Gateway the path begins with the deployment.

Source: https://learn.microsoft.com/azure/ai-services/openai/reference.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs

from oneapi.providers.adaptors.openai import OpenAIAdaptor
from oneapi.providers.adaptors.openai_headers import headers_for
from oneapi.providers.adaptors.openai_request import write_body
from oneapi.providers.adaptors.openai_url import task_path, with_query
from oneapi.providers.contract import Target, UpstreamRequest
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DEFAULT_VERSION: Final = "2024-10-21"
_NEWER_PATH: Final = frozenset({"v1", "preview", "latest"})
_FIRST_WITH_STREAM_USAGE: Final = "2024-09-01"
_CLOUDFLARE: Final = "https://gateway.ai.cloudflare.com/"


class AzureAdaptor(OpenAIAdaptor):
    """Speaks OpenAI's dialect to Azure's addresses."""

    modes = OpenAIAdaptor.modes - {RelayMode.IMAGE_VARIATIONS}

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Send the client's body to the deployment of its model."""
        version = _version(call, target)
        may_ask = version in _NEWER_PATH or version >= _FIRST_WITH_STREAM_USAGE
        target = replace(target, ask_usage=target.ask_usage and may_ask)
        written = write_body(call, target)
        return UpstreamRequest(
            url=_address(call, target, version),
            headers=headers_for(call, target, written.content_type),
            body=written.body,
            dropped=written.dropped,
        )


def _version(call: RelayCall, target: Target) -> str:
    asked = parse_qs(call.query).get("api-version", [""])[0]
    return asked or target.config.get("api_version", "").strip() or DEFAULT_VERSION


def _address(call: RelayCall, target: Target, version: str) -> str:
    base = target.base_url.rstrip("/")
    task = task_path(call.mode)
    if version in _NEWER_PATH:
        base = base.removesuffix("/v1").removesuffix("/openai")
        query = "api-version=preview" if version == "preview" else ""
        return with_query(f"{base}/openai/v1{task}", query)
    name = target.model
    if target.config.get("keep_dots") != "true":
        name = name.replace(".", "")
    if not base.startswith(_CLOUDFLARE):
        base = f"{base.removesuffix('/openai')}/openai/deployments"
    return with_query(f"{base}/{name}{task}", f"api-version={version}")
