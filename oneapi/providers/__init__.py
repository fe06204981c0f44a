"""Upstream dialects and the catalog of channel types; no I/O."""
