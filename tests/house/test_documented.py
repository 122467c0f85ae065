"""Whoever calls a function of the package knows its types and what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from house.tree import Function, Source, package_sources

NAMES_ITS_SOURCE = {"effects.py", "faults.py", "lock.py", "catalog.py"}
Public = Function | ast.ClassDef


def undocumented(sources: Iterable[Source]) -> list[str]:
    """Public functions and classes of modules without a docstring."""
    return [
        f"{source.place(node)} {node.name}"
        for source in sources
        for node in _public(source.tree)
        if not ast.get_docstring(node) and not _is_overload(node)
    ]


def untyped(sources: Iterable[Source]) -> list[str]:
    """Public functions and methods with a parameter or a result that has no type."""
    return [
        f"{source.place(node)} {node.name}"
        for source in sources
        for node in _public_functions(source.tree)
        if not _is_typed(node)
    ]


def unsourced(sources: Iterable[Source]) -> list[str]:
    """Public functions that state a fact about an engine without saying where it is written."""
    return [
        f"{source.place(node)} {node.name}"
        for source in sources
        if source.is_under("engines") and source.path.name in NAMES_ITS_SOURCE
        for node in _public(source.tree)
        if isinstance(node, Function) and "Source:" not in (ast.get_docstring(node) or "")
    ]


def _public(scope: ast.Module | ast.ClassDef) -> Iterator[Public]:
    return (node for node in scope.body if isinstance(node, Public) and not node.name.startswith("_"))


def _public_functions(scope: ast.Module | ast.ClassDef) -> Iterator[Function]:
    for node in _public(scope):
        if isinstance(node, ast.ClassDef):
            yield from _public_functions(node)
        else:
            yield node


def _is_typed(function: Function) -> bool:
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    missing = [one.arg for one in parameters if one and not one.annotation and one.arg not in ("self", "cls")]
    return function.returns is not None and not missing


def _is_overload(node: Public) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list)


def test_everything_public_is_documented() -> None:
    """Every public function and class says in a line what it does."""
    assert undocumented(package_sources()) == []


def test_everything_public_is_typed() -> None:
    """Every public function and method has types."""
    assert untyped(package_sources()) == []


def test_facts_about_engines_name_their_source() -> None:
    """What we claim about an engine's effects, faults, locks and catalog names a section of its manual."""
    assert unsourced(package_sources()) == []


@pytest.mark.parametrize("code", ["def f() -> None: pass", "class C: pass", "async def f() -> None: pass"])
def test_the_docstring_check_can_fail(code: str) -> None:
    """A public name without a docstring is found, a private one is not asked."""
    assert undocumented([Source(Path("bad.py"), code)])
    assert undocumented([Source(Path("good.py"), code.replace("f(", "_f(").replace("C:", "_C:"))]) == []


@pytest.mark.parametrize(
    "code", ["def f(a) -> None: pass", "def f(): pass", "class C:\n    def f(self, *, a) -> None: pass"]
)
def test_the_type_check_can_fail(code: str) -> None:
    """A parameter or result without a type is found, also in a class."""
    assert untyped([Source(Path("bad.py"), code)])


def test_the_source_check_can_fail() -> None:
    """An engine fact without its source is found."""
    path = Path("src/neoron/engines/sqlite/lock.py")
    assert unsourced([Source(path, 'def f() -> None:\n    """Lock it."""')])
    assert unsourced([Source(path, 'def f() -> None:\n    """Lock it.\n\n    Source: manual, 1.\n    """')]) == []
