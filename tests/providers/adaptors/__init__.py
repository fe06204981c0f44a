"""Tests of the dialects, one module each."""
