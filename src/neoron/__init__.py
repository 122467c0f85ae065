"""Neoron: database migrations shown beforehand, proven on a copy, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["MigrationError", "Project", "__version__", "review_sql"]

if TYPE_CHECKING:
    from neoron.api import Project
    from neoron.errors import MigrationError
    from neoron.stages.review_text import review_sql

_HOMES = {"Project": "neoron.api", "MigrationError": "neoron.errors", "review_sql": "neoron.stages.review_text"}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used: `neoron --help` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'neoron' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
