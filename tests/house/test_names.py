"""A module is called after what it does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from house.tree import all_sources

SAYS_NOTHING = {
    "util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "base", "core", "handler",
    "handlers", "service", "services", "processor", "processors", "data", "info",
}  # fmt: skip


def empty_names(paths: Iterable[Path]) -> list[str]:
    """Paths with a folder or module name that says nothing."""
    return [str(path) for path in paths if SAYS_NOTHING & {*path.parts[:-1], path.stem}]


def test_no_module_has_an_empty_name() -> None:
    """No module or package is called utils, helpers, common, manager, misc, base, core, handler and so on."""
    assert empty_names(source.path for source in all_sources()) == []


@pytest.mark.parametrize("path", ["src/neoron/utils.py", "src/neoron/core/plan.py", "tests/helpers.py"])
def test_the_name_check_can_fail(path: str) -> None:
    """Empty names are found wherever they stand."""
    assert empty_names([Path(path), Path("src/neoron/plan.py")]) == [path]
