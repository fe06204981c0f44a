"""Tests of ``oneapi.v1``."""
