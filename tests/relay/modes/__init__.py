"""Tests of ``oneapi.relay.modes``."""
