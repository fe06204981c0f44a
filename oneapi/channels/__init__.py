"""Configured upstream accounts: storing them, their health."""
