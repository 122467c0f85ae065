"""Is every page, row and index entry of a copy sound? What `integrity_check` asks, asked on two cores.

`integrity_check` looks each row up in each index, one after another. Here SQLite's `quick_check` proves the pages, the
records, NOT NULL and CHECK, and questions prove what it leaves out, of an index at a time or of some rows at a time:

1. Each row is found in each index, by its values and its rowid.
2. Each index has as many entries as its table has rows. With 1: one entry for each row, and no other.
3. In a UNIQUE index the values of a row lead to that row alone.
4. Each record can be decoded to its last column.

A table of which they cannot ask this is left to `integrity_check`. So is a copy that gives any other answer than "ok",
whole: a copy is damaged when SQLite's own check says so, and never on the word of these questions.
Source: SQLite, "PRAGMA Statements": integrity_check, quick_check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import NamedTuple

from neoron.engines.sqlite.address import file_uri
from neoron.engines.sqlite.beside import Beside
from neoron.engines.sqlite.copies import opened
from neoron.engines.sqlite.faults import translate
from neoron.errors import BackupError
from neoron.sql.quote import quote_identifier

_THREADS = 2
# The same file once more. Rows pass once, through the 2 MB that SQLite has for a file; an entry may be anywhere in its
# index, whose pages would be read again and again.
_ENTRIES, _CACHE_KIB = "entries", 32_768
# Pieces of a table are so small that at the end no core waits long for the other.
_PIECES, _PIECE_ROWS = 64, 20_000
# Indexes drive each other out of a core's own memory: with four at once a lookup takes a tenth longer.
_AT_ONCE = 2
_ROWIDS = ("rowid", "_rowid_", "oid")
_SOUND = [("ok",)]
# Damaged names come as bytes that are no text, in SQLite's answers and in its errors.
_FAULTS = (sqlite3.Error, UnicodeDecodeError)
# A key without an index of its own is the rowid, which is no part of the record.
_COLUMNS = (
    "SELECT name, pk AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'), hidden "
    "FROM pragma_table_xinfo(?1)"
)

Question = tuple[str, tuple[int, ...]]
"""A statement and its parameters; a sound copy answers one row that says `ok`."""


class _Index(NamedTuple):
    """An index and its columns; of a UNIQUE one whether NULL, which may be there again and again, can be in it."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool
    may_be_null: bool


@contextmanager
def checked_beside(path: Path, *, where: str) -> Iterator[None]:
    """Check a file while the block runs, and to the end; nobody may change it.

    Raises: BackupError with the first damage.
    """
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(opened(path, is_shared=True))) for _ in range(_THREADS)]
        left, doubt = SimpleQueue[Question](), Event()
        _ask(connections[0], left, doubt)
        at_work = [Beside(partial(_answer, connection, path, left, doubt)) for connection in connections]
        try:
            yield
            for work in at_work:
                work.result()
            if doubt.is_set():
                at_work[0] = Beside(partial(_judge, connections[0], where))
                at_work[0].result()
        except BaseException:
            for work, connection in zip(at_work, connections, strict=True):
                work.stop(connection.interrupt)
            raise


def _ask(copy: sqlite3.Connection, left: SimpleQueue[Question], doubt: Event) -> None:
    try:
        for question in questions(copy):
            left.put(question)
    except _FAULTS:
        doubt.set()


def _answer(copy: sqlite3.Connection, path: Path, left: SimpleQueue[Question], doubt: Event) -> None:
    """Ask what is left, until nothing is or there is a doubt."""
    try:
        copy.execute(f"ATTACH ? AS {_ENTRIES}", (file_uri(path, "ro", is_immutable=True),))
        copy.execute(f"PRAGMA {_ENTRIES}.cache_size = -{_CACHE_KIB}")
        while not doubt.is_set():
            if copy.execute(*left.get_nowait()).fetchall() != _SOUND:
                doubt.set()
    except Empty:
        return
    except _FAULTS:
        doubt.set()


def _judge(copy: sqlite3.Connection, where: str) -> None:
    try:
        found = copy.execute("PRAGMA main.integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        raise BackupError(f"the copy cannot be read: {translate(error).message}", where=where) from None
    except UnicodeDecodeError:
        raise BackupError("the copy is damaged: what it names is no text", where=where) from None
    if found != _SOUND:
        raise BackupError(f"the copy is damaged: {found[0][0]}", where=where)


def questions(copy: sqlite3.Connection) -> Iterator[Question]:
    """All that has to be asked of a copy. Raises: the driver's own error."""
    yield "PRAGMA main.quick_check(1)", ()
    tables = copy.execute("SELECT name, rootpage = 0 FROM sqlite_master WHERE type = 'table'").fetchall()
    for name, is_virtual in tables:
        indexes = None if is_virtual else _indexes(copy, name)
        columns = copy.execute(_COLUMNS, (name,)).fetchall()
        taken = {column.lower() for column, _, _ in columns}
        rowid = next((word for word in _ROWIDS if word not in taken), None)
        is_stored = bool(columns) and not columns[-1][1] and not any(is_computed for _, _, is_computed in columns)
        if indexes is None or rowid is None or not is_stored:
            yield f"PRAGMA main.integrity_check({_quoted(name)})", ()
        else:
            yield from _of_table(copy, _quoted(name), rowid, _quoted(columns[-1][0]), indexes)


def _indexes(copy: sqlite3.Connection, table: str) -> list[_Index] | None:
    """The indexes of a table; None when one is not over its rows' own values, compared as bytes, and their rowids."""
    found = []
    filled = {column for (column,) in copy.execute('SELECT name FROM pragma_table_info(?) WHERE "notnull"', (table,))}
    listed = copy.execute('SELECT name, "unique", partial FROM pragma_index_list(?)', (table,)).fetchall()
    for name, is_unique, is_partial in listed:
        *keys, last = copy.execute("SELECT cid, coll, name FROM pragma_index_xinfo(?)", (name,)).fetchall()
        # WITHOUT ROWID: an index ends with columns of the primary key. An expression has no column.
        if is_partial or last[0] != -1 or any(cid < 0 or collation != "BINARY" for cid, collation, _ in keys):
            return None
        columns = tuple(column for _, _, column in keys)
        found.append(_Index(name, columns, bool(is_unique), not filled.issuperset(columns)))
    return found


def _of_table(copy: sqlite3.Connection, table: str, rowid: str, last: str, indexes: list[_Index]) -> Iterator[Question]:
    # No count(*) of an index: SQLite may answer it from whatever index is the smallest.
    entries = "".join(f" UNION SELECT total(1) FROM main.{table} INDEXED BY {_quoted(index.name)}" for index in indexes)
    yield f"SELECT CASE count(*) WHEN 1 THEN 'ok' END FROM (SELECT count(*) FROM main.{table} NOT INDEXED{entries})", ()
    first = copy.execute(f"SELECT min({rowid}) FROM main.{table} NOT INDEXED").fetchone()[0]
    if first is None:
        return
    end = copy.execute(f"SELECT max({rowid}) FROM main.{table} NOT INDEXED").fetchone()[0]
    step = max(_PIECE_ROWS, (end - first) // _PIECES + 1)
    lookups = [lookup for index in indexes for lookup in _lookups(index, table, rowid)]
    for at in range(0, len(lookups) or 1, _AT_ONCE):
        some = lookups[at : at + _AT_ONCE]
        rows = f"main.{table} a NOT INDEXED {' '.join(join for join, _ in some)}"
        wrong = [*([] if at else [f"typeof(a.{last}) = ''"]), *(is_wrong for _, is_wrong in some)]
        found = f"SELECT 1 FROM {rows} WHERE a.{rowid} BETWEEN ? AND ? AND ({' OR '.join(wrong)})"
        for begin in range(first, end + 1, step):
            yield f"SELECT CASE EXISTS ({found}) WHEN 0 THEN 'ok' END", (begin, min(begin + step - 1, end))


def _lookups(index: _Index, table: str, rowid: str) -> Iterator[tuple[str, str]]:
    """Joins of a row with its entries in the index, and what must not be true of them."""

    def join(entry: str, comparison: str, more: str) -> str:
        # `+` compares as stored: the lookup itself takes the text '1' in a column of numbers for the number 1.
        pairs = [(f"{entry}.{_quoted(column)}", f"a.{_quoted(column)}") for column in index.columns]
        same = " AND ".join(f"{one} {comparison} {other} COLLATE BINARY AND +{one} IS +{other}" for one, other in pairs)
        return f"LEFT JOIN {_ENTRIES}.{table} {entry} INDEXED BY {_quoted(index.name)} ON {same}{more}"

    own, only = _quoted(f"own {index.name}"), _quoted(f"only {index.name}")
    if not index.is_unique or index.may_be_null:
        yield join(own, "IS", f" AND {own}.{rowid} = a.{rowid}"), f"{own}.{rowid} IS NOT a.{rowid}"
    if index.is_unique:
        # Rows with the same values find the same entries, which cannot be those of both.
        yield join(only, "=", ""), f"{only}.{rowid} {'<>' if index.may_be_null else 'IS NOT'} a.{rowid}"


def _quoted(name: str) -> str:
    return quote_identifier(name, "sqlite")
