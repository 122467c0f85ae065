"""Statement -> actions, per dialect; a reader is imported when its dialect is first read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from neoron.sql.actions import Action

Read = Callable[[str], tuple[Action, ...]]
"""One statement's text, without its final `;` or GO, to its actions; never raises, an unknown form is `Unread`."""

READERS: Mapping[str, str] = {
    "postgresql": "neoron.sql.reading.postgresql",
    "sqlite": "neoron.sql.reading.sqlite",
    "mysql": "neoron.sql.reading.mysql",
    "mariadb": "neoron.sql.reading.mariadb",
    "mssql": "neoron.sql.reading.tsql",
}
"""Dialect -> the module whose `read` reads its statements."""


def reader_of(dialect: str) -> Read:
    """The reader of a dialect.

    Raises: ValueError for a dialect without one.
    """
    if dialect not in READERS:
        raise ValueError(f"no reader for the SQL dialect {dialect!r}; there are {', '.join(READERS)}")
    read: Read = import_module(READERS[dialect]).read
    return read
