"""A role's module that is imported when it is first used: most commands need only a few of an engine's roles."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Late:
    """Stands for a module until one of its names is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value
