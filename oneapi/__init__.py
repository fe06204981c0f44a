"""One API in Python: one OpenAI-compatible address in front of many LLM providers."""
