"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path

from house.tree import Function, Source, all_sources, functions, package_sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8
P95_FUNCTION = 30


def long_files(sources: Iterable[Source], limit: int = LONGEST_FILE) -> list[str]:
    """Files over the limit."""
    counted = ((source, len(source.text.splitlines())) for source in sources)
    return [f"{source.path} has {lines} lines" for source, lines in counted if lines > limit]


def long_functions(sources: Iterable[Source], limit: int = LONGEST_FUNCTION) -> list[str]:
    """Functions over the limit."""
    found = ((source, function, lines_of(function)) for source in sources for function in functions(source))
    return [f"{source.place(f)} {f.name} has {lines} lines" for source, f, lines in found if lines > limit]


def lines_of(function: Function) -> int:
    """A function's lines, without its decorators and its docstring."""
    first = function.body[0]
    is_documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_no_file_is_long() -> None:
    """A file has at most 400 lines."""
    assert long_files(all_sources()) == []


def test_no_function_is_long() -> None:
    """A function has at most 60 lines."""
    assert long_functions(all_sources()) == []


def test_most_functions_are_small(record_property: Callable[[str, object], None]) -> None:
    """Half of the package's functions have at most 8 lines, and 19 of 20 at most 30."""
    lengths = sorted(lines_of(function) for source in package_sources() for function in functions(source))
    median = statistics.median(lengths)
    p95 = lengths[int(len(lengths) * 0.95)]
    sizes = f"median {median:g} lines, 95th percentile {p95}, longest {lengths[-1]}"
    record_property("figure", f"{len(lengths)} functions: {sizes}")
    assert median <= MEDIAN_FUNCTION
    assert p95 <= P95_FUNCTION


def test_a_docstring_does_not_count() -> None:
    """Documentation never makes a function too long."""
    tree = ast.parse('@decorated\ndef f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert isinstance(tree.body[0], ast.FunctionDef)
    assert lines_of(tree.body[0]) == 2


def test_the_size_checks_can_fail() -> None:
    """A file of 401 lines and a function of 61 are found."""
    source = Source(Path("long.py"), "def f():\n" + "    x = 1\n" * 60 + "\n" * 340)
    assert long_files([source]) == ["long.py has 401 lines"]
    assert long_functions([source]) == ["long.py:1 f has 61 lines"]
