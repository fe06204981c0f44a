"""Telling people something: what letters say, how they travel, and what nobody waits for."""
