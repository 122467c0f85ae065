"""Only the command line prints, and only the engines know their names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from house.tree import Source, package_sources

ENGINE_NAMES = {"sqlite", "postgresql", "postgres", "mysql", "mariadb", "sqlserver", "mssql", "sql server"}


def prints(sources: Iterable[Source]) -> list[str]:
    """Calls of `print`."""
    return [
        source.place(node)
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def engine_comparisons(sources: Iterable[Source]) -> list[str]:
    """Comparisons, prefix tests and match cases that hold an engine's name."""
    return [
        source.place(node)
        for source in sources
        for node in ast.walk(source.tree)
        if any(_names_an_engine(value) for value in _compared_values(node))
    ]


def _compared_values(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    elif isinstance(node, ast.MatchValue):
        yield node.value
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("startswith", "endswith"):
        yield from node.args


def _names_an_engine(value: ast.AST) -> bool:
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return any(_names_an_engine(item) for item in value.elts)
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.lower() in ENGINE_NAMES


def test_only_the_command_line_prints() -> None:
    """Stages return values; nothing outside cli/ prints."""
    assert prints(source for source in package_sources() if not source.is_under("cli")) == []


def test_engine_differences_live_in_engines() -> None:
    """Nothing outside engines/ compares with an engine's name."""
    assert engine_comparisons(source for source in package_sources() if not source.is_under("engines")) == []


@pytest.mark.parametrize(
    "code",
    [
        'if engine == "mysql": pass',
        'if "SQLite" != name: pass',
        'x = name in ("sqlite", "mariadb")',
        'x = url.startswith("postgresql")',
        'match name:\n    case "mssql": pass',
    ],
)
def test_the_engine_check_can_fail(code: str) -> None:
    """Each way to ask for an engine's name is found."""
    assert engine_comparisons([Source(Path("bad.py"), code)])


def test_a_name_that_is_only_mentioned_is_fine() -> None:
    """A default, a key or a sentence may hold an engine's name."""
    code = 'engine = "sqlite"\nx = {"mysql": 1}\ny = text == "PostgreSQL is slow"'
    assert engine_comparisons([Source(Path("good.py"), code)]) == []


def test_the_print_check_can_fail() -> None:
    """A print is found with its line."""
    assert prints([Source(Path("bad.py"), "def f():\n    print(1)\n")]) == ["bad.py:2"]
