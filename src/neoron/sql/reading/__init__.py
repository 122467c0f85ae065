"""Statement -> actions, per dialect; a reader is imported when its dialect is first read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType

from neoron.model.migration import Statement
from neoron.sql.actions import Action, Reading, Unread

Read = Callable[[str], tuple[Action, ...]]
"""One statement's text, without its final `;` or GO, to its actions; never raises, an unknown form is `Unread`."""

READERS: Mapping[str, str] = {
    "postgresql": "neoron.sql.reading.postgresql",
    "sqlite": "neoron.sql.reading.sqlite",
    "mysql": "neoron.sql.reading.mysql",
    "mariadb": "neoron.sql.reading.mariadb",
    "mssql": "neoron.sql.reading.tsql",
}
"""Dialect -> the module whose `read` reads its statements; its `read_script`, where there is one, reads them all."""


def reader_of(dialect: str) -> Read:
    """A reader of a dialect.

    Shape: one that remembers what statements leave behind for later ones, such as PREPARE, begins anew each time.
    Raises: ValueError for an unknown dialect.
    """
    module = _module(dialect)
    begin: Callable[[], Read] | None = getattr(module, "reader", None)
    if begin:
        return begin()
    read: Read = module.read
    return read


def readings(text: str, dialect: str) -> list[Reading]:
    """All statements of a script, read, with the suppressions that stand at them; never raises for any text.

    Raises: ValueError for a dialect without a reader.
    """
    from neoron.sql.reading.allowed import with_allowed

    whole: Callable[[str], list[Reading] | None] | None = getattr(_module(dialect), "read_script", None)
    found = whole(text) if whole else None
    if found is None:
        read = reader_of(dialect)
        found = [Reading(s.text, s.line, read(s.text)) for s in _split(text, dialect)]
        if not found and text.strip():
            found = _left_over(text, dialect)
    return with_allowed(text, dialect, found)


@cache
def _module(dialect: str) -> ModuleType:
    if dialect not in READERS:
        raise ValueError(f"no reader for the SQL dialect {dialect!r}; there are {', '.join(READERS)}")
    return import_module(READERS[dialect])


def _split(text: str, dialect: str) -> list[Statement]:
    """The statements of a script; when it cannot be split, what stands before the fault, and the rest as one."""
    from neoron.sql.split import SplitError, split

    try:
        return split(text, dialect)
    except SplitError as fault:
        lines = text.splitlines(keepends=True)
        start = sum(len(line) for line in lines[: fault.line - 1])
        try:
            before = split(text[:start], dialect)
        except SplitError:
            before, start = [], 0
        return [*before, Statement(text[start:].strip(), text.count("\n", 0, start) + 1)]


def _left_over(text: str, dialect: str) -> list[Reading]:
    from neoron.sql.lexer import Kind, tokens

    if all(token.kind is Kind.COMMENT or token.text == ";" for token in tokens(text, dialect)):
        return []
    return [Reading(text, 1, (Unread(reason="no statement was found in it"),))]
