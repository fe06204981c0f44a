"""What one answer used: the upstream's count where there is one, our own otherwise.

Text is kept only to be counted and only up to a bound: a long stream is counted piece by piece,
so that its memory does not grow with it.
"""

from msgspec.structs import asdict, replace

from oneapi.relay.prompt import Prompt
from oneapi.relay.render import text_of
from oneapi.wire.answers import Chunk, Usage

_KEEP_CHARACTERS = 32_768


class Tally:
    """Adds up one answer."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._usage: Usage | None = None
        self._pieces: list[str] = []
        self._length = 0
        self._counted = 0
        self.delivered = False
        """Whether the answer held anything that a client would call content."""

    def add(self, chunk: Chunk) -> None:
        """Take a chunk into account."""
        if chunk.usage is not None:
            self.add_usage(chunk.usage)
        text = chunk.text if chunk.wire is not None else text_of(chunk)
        if text:
            self.add_text(text)

    def add_usage(self, usage: Usage) -> None:
        """Merge a usage report: the last one that is not zero wins, field by field."""
        if self._usage is None:
            self._usage = usage
            return
        newer = {name: value for name, value in asdict(usage).items() if value}
        self._usage = replace(self._usage, **newer)

    def add_text(self, text: str) -> None:
        """Remember what the model wrote until it has been counted; an empty text is nothing."""
        if not text:
            return
        self.delivered = True
        self._pieces.append(text)
        self._length += len(text)
        if self._length > _KEEP_CHARACTERS:
            self._count()

    @property
    def upstream(self) -> Usage | None:
        """What the upstream reported so far."""
        return self._usage

    def completion_tokens(self) -> int:
        """Count what the model wrote, as far as it came."""
        self._count()
        return self._counted

    def result(self) -> tuple[Usage, bool]:
        """Return the usage and whether it is estimated.

        Absent and zero are different: zeros beside delivered text are an omission and are
        estimated, zeros with nothing delivered stand.  A total without its prompt part gets our
        own prompt count, the rest of it is the answer; a prompt without its answer, which is how a
        stream that broke looks where the counts come in two halves, gets our count of what was
        delivered.
        """
        usage = self._usage
        if usage is None or (usage.is_empty and self.delivered):
            estimate = Usage(
                prompt_tokens=self._prompt.exact(), completion_tokens=self.completion_tokens()
            )
            return estimate, True
        if usage.untold_tokens and not (usage.prompt_tokens or usage.completion_tokens):
            prompt = min(self._prompt.exact(), usage.untold_tokens)
            rest = usage.untold_tokens - prompt
            return replace(usage, prompt_tokens=prompt, completion_tokens=rest), False
        if usage.completion_tokens and not usage.prompt_tokens:
            return replace(usage, prompt_tokens=self._prompt.exact()), False
        if not usage.completion_tokens and (counted := self.completion_tokens()):
            return replace(usage, completion_tokens=counted), True
        return usage, False

    def _count(self) -> None:
        if self._pieces:
            text, self._pieces, self._length = "".join(self._pieces), [], 0
            self._counted += self._prompt.count(text)
