"""Blueprints whose every route answers with and without a slash at its end.

Old clients call both spellings; a redirect would lose the body of some of them.
"""

from typing import Any

from flask import Blueprint


class ApiBlueprint(Blueprint):
    """A blueprint of ``/api``."""

    def add_url_rule(self, rule: str, *args: Any, **options: Any) -> None:
        """Register both spellings of the rule."""
        bare = rule.rstrip("/")
        super().add_url_rule(bare, *args, **options)
        super().add_url_rule(f"{bare}/", *args, **options)
