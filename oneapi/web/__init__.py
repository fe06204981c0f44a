"""The control plane: /api, pages, health."""
