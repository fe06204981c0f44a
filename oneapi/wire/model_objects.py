"""OpenAI's model object, as One API fills it."""

from typing import Any

CREATED = 1_626_777_600
_PERMISSION = {
    "id": "modelperm-LwHkVFn8AcMItP432fKKDIKJ",
    "object": "model_permission",
    "created": CREATED,
    "allow_create_engine": True,
    "allow_sampling": True,
    "allow_logprobs": True,
    "allow_search_indices": False,
    "allow_view": True,
    "allow_fine_tuning": False,
    "organization": "*",
    "group": None,
    "is_blocking": False,
}


def model_object(name: str, owner: str | None) -> dict[str, Any]:
    """Return the object of a model; one that no provider is known for is ``custom``."""
    return {
        "id": name,
        "object": "model",
        "created": CREATED,
        "owned_by": owner or "custom",
        "permission": [_PERMISSION] if owner else None,
        "root": name,
        "parent": None,
    }
