"""OpenAI's formats, as clients speak them."""
