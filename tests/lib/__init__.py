"""Tests of ``oneapi.lib``."""
