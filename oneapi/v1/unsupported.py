"""OpenAI endpoints that exist for no channel: answered with 501 after sign-in."""

from oneapi.errors import Refusal

ROUTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/files", ("GET", "POST")),
    ("/files/<id>", ("GET", "DELETE")),
    ("/files/<id>/content", ("GET",)),
    ("/fine_tuning/jobs", ("GET", "POST")),
    ("/fine_tuning/jobs/<id>", ("GET",)),
    ("/fine_tuning/jobs/<id>/cancel", ("POST",)),
    ("/fine_tuning/jobs/<id>/events", ("GET",)),
    ("/models/<id>", ("DELETE",)),
    ("/assistants", ("GET", "POST")),
    ("/assistants/<id>", ("GET", "POST", "DELETE")),
    ("/assistants/<id>/files", ("GET", "POST")),
    ("/assistants/<id>/files/<file>", ("GET", "DELETE")),
    ("/threads", ("POST",)),
    ("/threads/<id>", ("GET", "POST", "DELETE")),
    ("/threads/<id>/messages", ("POST",)),
    ("/threads/<id>/messages/<message>", ("GET", "POST")),
    ("/threads/<id>/messages/<message>/files", ("GET",)),
    ("/threads/<id>/messages/<message>/files/<file>", ("GET",)),
    ("/threads/<id>/runs", ("GET", "POST")),
    ("/threads/<id>/runs/<run>", ("GET", "POST")),
    ("/threads/<id>/runs/<run>/submit_tool_outputs", ("POST",)),
    ("/threads/<id>/runs/<run>/cancel", ("POST",)),
    ("/threads/<id>/runs/<run>/steps", ("GET",)),
    ("/threads/<id>/runs/<run>/steps/<step>", ("GET",)),
)


def refusal() -> Refusal:
    """Return the answer of all of them."""
    return Refusal("api_not_implemented", status=501)
