"""Runs a rule's example on a real SQLite file with 10,000 rows per table, and measures what it does to others."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from neoron.model.plan import LockLevel
from neoron.sql.actions import Reading
from neoron.sql.reading import readings

ROWS = 10_000
_OUTSIDE = ("PRAGMA", "VACUUM", "BEGIN", "COMMIT")
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
_NUMBERS = f"WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"


@dataclass(frozen=True)
class Measured:
    """What a script did: the lock that others felt, whether a table's pages were written anew, and what was lost."""

    lock: LockLevel
    rewrites: bool
    lost: bool
    error: str = ""


def prepare(path: Path, schema: str, mode: str = "WAL") -> None:
    """Lay out the schema in a new file and fill every table of it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    with _opened(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        for reading in readings(schema, "sqlite"):
            connection.execute(reading.text)
        connection.execute("PRAGMA foreign_keys = OFF")
        for (table,) in connection.execute(_TABLES).fetchall():
            columns = connection.execute(f"PRAGMA table_xinfo('{table}')").fetchall()
            names = ", ".join(f'"{c[1]}"' for c in columns)
            values = ", ".join("i" if "INT" in c[2].upper() else f"'{c[1]} ' || i" for c in columns)
            connection.execute(f'{_NUMBERS} INSERT INTO "{table}" ({names}) SELECT {values} FROM n')
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _opened(path: Path) -> sqlite3.Connection:
    """A connection as applications open it: foreign keys on; its WAL is read here, so it is not folded in meanwhile."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def measure(path: Path, script: str, blamed: Collection[int]) -> Measured:
    """Run a script, and look at the file from another connection while the blamed statements run.

    Shape: blamed are the places of those statements in the script, from 0.
    """
    statements = readings(script, "sqlite")
    with _opened(path) as watcher:
        tables = [str(name) for (name,) in watcher.execute(_TABLES)]
        pages, content = _pages(watcher, tables), _content(watcher, tables)
    watcher.close()
    look = _Look(path, tables)
    error = _run(path, statements, blamed, look)
    written = _written(path)
    try:
        with _opened(path) as watcher:
            now = _content(watcher, tables, content)
        watcher.close()
    except sqlite3.DatabaseError:
        return Measured(look.lock, rewrites=False, lost=True, error=error)
    full = {name for name, (rows, _sums) in now.items() if rows}
    rewritten = any(len(pages[name] & written) > len(pages[name]) // 2 for name in full if pages[name])
    return Measured(look.lock, rewritten, any(_is_less(content[name], now.get(name)) for name in tables), error)


class _Look:
    """Another connection that tries to read and to write; keeps the worst that it met.

    It is called after each instruction of SQLite's machine, and looks at the first, second, fourth, eighth and so on.
    """

    def __init__(self, path: Path, tables: Sequence[str]) -> None:
        self.path, self.tables = path, tables
        self.lock = LockLevel.NONE
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        if not self.count & (self.count - 1):
            self.now()
        return 0

    def now(self) -> None:
        """Try both."""
        other = sqlite3.connect(self.path, isolation_level=None, timeout=0)
        try:
            if any(_waits(other, f'SELECT * FROM "{table}" LIMIT 1') for table in self.tables):
                self.lock = LockLevel.ALL
            elif self.lock is LockLevel.NONE and _waits(other, "BEGIN IMMEDIATE"):
                self.lock = LockLevel.WRITES
        finally:
            other.close()


def _waits(other: sqlite3.Connection, query: str) -> bool:
    try:
        other.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:
        return False
    return False


def _run(path: Path, statements: Sequence[Reading], blamed: Collection[int], look: _Look) -> str:
    connection = _opened(path)
    try:
        is_wrapped = not any(one.text.upper().startswith(_OUTSIDE) for one in statements)
        if is_wrapped:
            connection.execute("BEGIN")
        for number, one in enumerate(statements):
            if number in blamed:
                look.count = 0
                connection.set_progress_handler(look, 1)
            connection.execute(one.text).fetchall()
            connection.set_progress_handler(None, 0)
            if number in blamed:
                look.now()
        if is_wrapped:
            connection.execute("COMMIT")
        look.now()
    except sqlite3.Error as error:
        return f"{type(error).__name__}: {error}"
    finally:
        # The WAL must stay for `_written`: a last connection that closes would fold it into the file.
        if path.with_name(f"{path.name}-wal").exists():
            _KEPT[path] = path.with_name(f"{path.name}-wal").read_bytes()
        connection.close()
    return ""


_KEPT: dict[Path, bytes] = {}


def _written(path: Path) -> set[int]:
    """The pages that were written. Source: SQLite, "Database File Format", 4.1 WAL File Format."""
    wal = _KEPT.pop(path, b"")
    if len(wal) < 32:
        return set()
    (size,) = struct.unpack(">I", wal[8:12])
    return {struct.unpack(">I", wal[at : at + 4])[0] for at in range(32, len(wal) - 23, size + 24)}


def _pages(connection: sqlite3.Connection, tables: Sequence[str]) -> dict[str, set[int]]:
    return {
        table: {page for (page,) in connection.execute("SELECT pageno FROM dbstat WHERE name = ?", [table])}
        for table in tables
    }


_Sums = dict[str, tuple[int, str]]


def _content(
    connection: sqlite3.Connection, tables: Sequence[str], as_before: dict[str, tuple[int, _Sums]] | None = None
) -> dict[str, tuple[int, _Sums]]:
    """Table -> its rows, and per column how many values it has and all of them in the order of rows."""
    found: dict[str, tuple[int, _Sums]] = {}
    for table in tables:
        columns = [c[1] for c in connection.execute(f"PRAGMA table_xinfo('{table}')")]
        if not columns:
            continue
        sums: _Sums = {}
        for column in columns:
            query = f'SELECT count("{column}"), coalesce(group_concat("{column}"), \'\') FROM "{table}"'
            count, values = connection.execute(query).fetchone()
            sums[column] = (int(count), str(values))
        rows = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        found[table] = (int(rows), sums)
    return found


def _is_less(before: tuple[int, _Sums], now: tuple[int, _Sums] | None) -> bool:
    """Whether rows or a column are gone, or values that were there are others now."""
    if now is None or now[0] < before[0]:
        return True
    return any(
        column not in now[1] or not now[1][column][1].startswith(values)
        for column, (_count, values) in before[1].items()
    )
