"""Reading a file that was copied or restored: what does it hold, and is that what the record says?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from neoron.engines.proving import require_same_table
from neoron.engines.roles import Progress, Session
from neoron.engines.sqlite import catalog
from neoron.engines.sqlite.address import file_uri
from neoron.engines.sqlite.faults import translate
from neoron.engines.sqlite.history import LEDGER
from neoron.engines.sqlite.session import Session as OwnSession
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.model.backup import BackupRecord
from neoron.model.plan import BASE
from neoron.model.schema import Table, TableContent


def opened(path: Path, *, is_shared: bool = False) -> sqlite3.Connection:
    """A copy that nobody changes, to be read; another thread may use a shared one. Raises: the driver's own error."""
    # Immutable: a copy of a WAL database would otherwise want its own -wal and -shm files beside it.
    uri = file_uri(path, "ro", is_immutable=True)
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=not is_shared)


@contextmanager
def reading(path: Path) -> Iterator[Session]:
    """A session on a copy. Raises: BackupError instead of the driver's own errors."""
    connection = opened(path)
    try:
        yield OwnSession(Url("sqlite", str(path)), connection)
    except sqlite3.Error as error:
        raise BackupError(f"the copy cannot be read: {translate(error).message}", where=path.name) from None
    finally:
        connection.close()


def version_in(path: Path) -> str:
    """The version that a copy's history tells. Raises: BackupError."""
    with reading(path) as copy:
        applied = LEDGER.read(copy).complete
    return applied[-1].version if applied else BASE


def counted(path: Path) -> tuple[TableContent, ...]:
    """Every table of a copy with its columns and rows, without a checksum. Raises: BackupError."""
    with reading(path) as copy:
        return tuple(
            TableContent(table.name, _names(table), catalog.filled(copy, table.name, ""), "")
            for table in catalog.schema(copy).tables
        )


def measured(path: Path, progress: Progress) -> tuple[TableContent, ...]:
    """Every table of a copy with its rows and checksum. Raises: BackupError."""
    with reading(path) as copy:
        tables, found = catalog.schema(copy).tables, []
        for number, table in enumerate(tables, 1):
            found.append(catalog.content(copy, table, _names(table)))
            progress("checksums", number, len(tables))
    return tuple(found)


def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def require_recorded(path: Path, record: BackupRecord, *, progress: Progress) -> None:
    """Compare every table of a copy with the record: rows, and the checksum where the record has one.

    Raises: BackupError naming the table that differs.
    """
    with reading(path) as copy:
        restored = catalog.schema(copy)
        for number, expected in enumerate(record.contents, 1):
            table = restored.table(expected.table)
            if table is None:
                raise BackupError(f"table {expected.table} is not in the backup", where=record.id)
            require_same_table(expected, _content_like(copy, table, expected), record.id)
            progress("comparing tables", number, len(record.contents))
        _require_no_more(restored.tables, record)


def _content_like(copy: Session, table: Table, expected: TableContent) -> TableContent:
    if expected.checksum:
        return catalog.content(copy, table, expected.columns)
    return TableContent(table.name, expected.columns, catalog.filled(copy, table.name, ""), "")


def _require_no_more(tables: Sequence[Table], record: BackupRecord) -> None:
    if len(tables) != len(record.contents):
        message = f"the copy holds {len(tables)} tables, the record {len(record.contents)}"
        raise BackupError(message, where=record.id)
