"""What long work on one table means where one lock is for the whole file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from neoron.model.finding import Category
from neoron.rules.rule import Hit
from neoron.rules.scene import Scene

Check = Callable[[Any, Scene], Iterator[Hit]]
_ABOUT_WORK = (None, Category.PERFORMANCE)


def also_locks(check: Check) -> Check:
    """The same check; where it finds long work it also says that nobody else can write to the file meanwhile.

    Source: SQLite, "File Locking And Concurrency": one writer at a time for the whole file.
    """

    def checked(action: Any, scene: Scene) -> Iterator[Hit]:
        found = list(check(action, scene))
        yield from found
        if any(hit.category is Category.PERFORMANCE for hit in found) or all(h.category is None for h in found):
            for hit in [h for h in found if h.category in _ABOUT_WORK][-1:]:
                if scene.is_heavy(action.table) or action.table.name != hit.table:
                    yield replace(hit, category=Category.LOCKING, message="nobody else can write to the file meanwhile")

    return checked
