"""Speech by characters; transcription and translation by seconds, tokens or transcript."""

import math

from oneapi.billing.prices import Price
from oneapi.errors import Refusal
from oneapi.options import Options
from oneapi.relay.modes.base import Charge, Used
from oneapi.relay.prompt import Prompt
from oneapi.wire.answers import Usage
from oneapi.wire.calls import RelayCall

_LONGEST_INPUT = 4096
DEFAULT_MODEL = "whisper-1"


class SpeechMode:
    """Text to audio; the price is known before the call."""

    def checked(self, call: RelayCall) -> RelayCall:
        """Check the text that is to be spoken."""
        if not call.model:
            raise Refusal("invalid_text_request", status=400, param="model", text="model_missing")
        text = call.body.get("input")
        if text is not None and not isinstance(text, str):
            raise Refusal("invalid_json", status=400, param="input")
        if not text:
            raise Refusal("invalid_text_request", status=400, param="input", text="field_missing")
        if len(text) > _LONGEST_INPUT:
            raise Refusal("text_too_long", status=400, param="input", limit=_LONGEST_INPUT)
        return call

    def check_for(self, call: RelayCall, model: str) -> None:
        """Nothing depends on the model."""

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return the final price."""
        return _speech_quota(price, len(str(call.body["input"])))

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return the price by reported tokens, else by characters."""
        by_tokens = price.fixed_usd is None and price.million_chars_usd is None
        if by_tokens and not used.usage.is_empty and not used.estimated:
            return Charge(quota=price.of(used.usage), usage=used.usage)
        characters = len(str(call.body["input"]))
        quota = _speech_quota(price, characters)
        return Charge(quota=quota, usage=Usage(prompt_tokens=characters))


def _speech_quota(price: Price, characters: int) -> int:
    if price.fixed_usd is not None:
        return price.of_usd(price.fixed_usd)
    if price.million_chars_usd is not None:
        return price.of_usd(price.million_chars_usd * characters / 1_000_000)
    return max(int(characters * price.ratio), 0)


class TranscriptionMode:
    """Audio to text."""

    def checked(self, call: RelayCall) -> RelayCall:
        """Check that a file was uploaded and fill in the model."""
        if call.form is None or not any(file.name == "file" for file in call.form.files):
            raise Refusal("file_missing", status=400, param="file")
        if not call.model:
            call = call.with_form(call.form.with_field("model", DEFAULT_MODEL))
        return call

    def check_for(self, call: RelayCall, model: str) -> None:
        """Nothing depends on the model."""

    def estimate(self, call: RelayCall, price: Price, prompt: Prompt, options: Options) -> int:
        """Return the operator's cushion: the length of the audio is not known yet."""
        return price.estimate(0, 0, options.pre_consumed_quota)

    def charge(self, call: RelayCall, price: Price, model: str, used: Used) -> Charge:
        """Return the price per call, per second, by reported tokens or by the transcript's."""
        if price.fixed_usd is not None:
            return Charge(quota=price.of_usd(price.fixed_usd), usage=used.usage)
        if price.second_usd is not None and used.seconds is not None:
            quota = price.of_usd(price.second_usd * used.seconds)
            return Charge(quota=quota, usage=used.usage)
        if not used.estimated:
            return Charge(quota=price.of(used.usage), usage=used.usage)
        tokens = used.usage.completion_tokens
        quota = max(math.ceil(tokens * price.ratio), 0)
        return Charge(quota=quota, usage=Usage(completion_tokens=tokens), estimated=True)
