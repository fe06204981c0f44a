"""How many tokens a prompt has, counted no earlier and no more exactly than needed.

A prompt has no more tokens than bytes.  That is the bound to reserve by; the exact count is made
only when the bound does not fit into the balance, or when the upstream reports no usage.
"""

from oneapi.options import Options
from oneapi.relay import token_counting, tokenizer
from oneapi.wire.calls import RelayCall


class Prompt:
    """The prompt of one call for one model."""

    def __init__(self, call: RelayCall, model: str, options: Options) -> None:
        self._call = call
        self._model = model
        self._approximate = options.approximate_token_enabled
        self._exact: int | None = None
        self._insisted = False

    @property
    def model(self) -> str:
        """The model whose encoding counts."""
        return self._model

    def insist(self) -> None:
        """Make ``bound`` the exact count from now on: the bound did not fit the balance."""
        self._insisted = True

    def bound(self) -> int:
        """Return an upper bound without counting."""
        if self._insisted:
            return self.exact()
        return token_counting.upper_bound(self._call, self._model)

    def exact(self) -> int:
        """Return the exact count."""
        if self._exact is None:
            self._exact = token_counting.prompt_tokens(
                self._call, self._model, approximate=self._approximate
            )
        return self._exact

    def count(self, text: str) -> int:
        """Count any text with the same encoding."""
        if self._approximate:
            return tokenizer.approximate(text)
        return tokenizer.count_text(self._model, text)
