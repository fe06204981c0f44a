"""Tests of ``oneapi.channels``."""
