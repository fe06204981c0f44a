"""Tests of the upstream dialects and the catalog."""
