"""A whole answer: what it used, and its body for the client."""

from collections.abc import Iterable

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.openai_whole import whole_as_chunks
from oneapi.relay import render
from oneapi.relay.modes.base import Used
from oneapi.relay.prompt import Prompt
from oneapi.relay.render import Renderer
from oneapi.relay.route import Route
from oneapi.relay.tally import Tally
from oneapi.wire.answers import Answer, Chunk, Conversation, Embeddings, Images, Usage, Verbatim

_JSON = "application/json"


def used_by(answer: Answer, prompt: Prompt) -> Used:
    """Return what the answer used; counted here where the upstream says nothing."""
    tally = Tally(prompt)
    if isinstance(answer, Conversation):
        for chunk in answer.chunks:
            tally.add(chunk)
        return _used(tally)
    if answer.usage is not None:
        tally.add_usage(answer.usage)
    if isinstance(answer, Verbatim):
        if answer.text:
            tally.add_text(answer.text)
        used = _used(tally)
        return Used(
            usage=used.usage,
            estimated=used.estimated,
            seconds=answer.seconds,
            images=answer.images,
        )
    if isinstance(answer, Images):
        usage = answer.usage or Usage()
        return Used(usage=usage, estimated=answer.usage is None, images=len(answer.data))
    tally.delivered = True
    return _used(tally)


def _used(tally: Tally) -> Used:
    usage, estimated = tally.result()
    return Used(usage=usage, estimated=estimated)


def body_of(route: Route, answer: Answer, usage: Usage, now_s: int) -> tuple[bytes, str]:
    """Return body and content type of the client's answer."""
    if isinstance(answer, Verbatim):
        return answer.body, answer.content_type
    if isinstance(answer, Embeddings):
        return render.embeddings(route.call, answer, route.model, usage), _JSON
    if isinstance(answer, Images):
        return render.images(answer, now_s), _JSON
    return Renderer(route.call, route.model, now_s).whole(answer.chunks, usage), _JSON


def as_chunks(route: Route, answer: Answer) -> Iterable[Chunk]:
    """Return a whole answer as the chunks of a stream, for a client that asked for one.

    Raises:
        UpstreamError: it is nothing that streams.
    """
    if isinstance(answer, Conversation):
        return answer.chunks
    if isinstance(answer, Verbatim):
        return whole_as_chunks(route.call, answer)
    raise UpstreamError("no stream came", status=502, code="unmarshal_response_body_failed")
