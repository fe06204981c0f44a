"""Tests of ``oneapi.relay``."""
