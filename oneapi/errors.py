"""The exceptions that cross a package boundary; each edge maps them to HTTP once."""


class SettingsError(Exception):
    """The environment holds a value that cannot be used; the message names the variable."""


class Refusal(Exception):
    """A rule said no.

    ``code`` is for programs and never changes; the text for people is looked up by it
    (``oneapi.texts``) with ``facts`` filled in.  ``status`` is the HTTP status under ``/v1``;
    ``/api`` answers 200 for most refusals and has its own table.
    """

    def __init__(
        self,
        code: str,
        *,
        status: int = 400,
        error_type: str = "one_api_error",
        param: str = "",
        retry_after_s: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.error_type = error_type
        self.param = param
        self.retry_after_s = retry_after_s
        self.facts = facts


class DatabaseUnavailable(Exception):
    """The database did not answer in time; a client gets 503, never 401 or 403."""


class UpstreamError(Exception):
    """An upstream refused, failed or could not be reached.

    ``status`` is the normalised upstream status that retry and channel health look at; what the
    client finally sees is decided by ``relay.failures``.  ``message`` may quote the prompt: it is
    shown or logged, never searched.
    """

    def __init__(  # noqa: PLR0913 - one argument per member of OpenAI's error object
        self,
        message: str,
        *,
        status: int,
        error_type: str = "upstream_error",
        code: str | None = None,
        param: str = "",
        retry_after_s: float | None = None,
        transport: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_type = error_type
        self.code = code
        self.param = param
        self.retry_after_s = retry_after_s
        self.transport = transport
