"""A schema in memory for engines that alter by rebuilding a table: rebuilds are recorded against it.

The target is never touched. What a rebuild by Alembic would lose (triggers, expression indexes) is put
back; what cannot be put back (an unnamed CHECK) is refused.
"""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.pool import StaticPool

from neoron.errors import SourceError
from neoron.model.migration import Direction, Migration
from neoron.source.write_down import write_down

_OBJECTS = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL"
_DROP = re.compile(r"DROP\s+(?:TRIGGER|INDEX)\s+(?:IF\s+EXISTS\s+)?[\"`\[]?([^\"`\]\s;]+)", re.IGNORECASE)
_SORTING = re.compile(r"\b(?:ASC|DESC|COLLATE\s+\w+)\b", re.IGNORECASE)
_UNSEEN = {
    "AUTOINCREMENT": "give it to batch_alter_table: table_kwargs={\"sqlite_autoincrement\": True}",
    "COLLATE": "write this rebuild in SQL: CREATE the new table, INSERT … SELECT, DROP the old one, RENAME",
}
Before = Callable[[Migration], Sequence[str]]
MakeOperations = Callable[[MigrationContext], Operations]


class Scratch:
    """The schema that the migrations before one make, kept up to date as later ones are compiled."""

    def __init__(self, migrations: Sequence[Migration]) -> None:
        self._migrations = migrations
        self._index = {m.version: i for i, m in enumerate(migrations)}
        self._done = 0
        self._database = _memory()

    def record(
        self, migration: Migration, direction: Direction, function: Callable[[], None], before: Before,
        operations: MakeOperations,
    ) -> list[str]:  # fmt: skip
        """The statements that one direction sends when it runs on the schema before it.

        Raises: SourceError when the rebuild would lose what cannot be put back; whatever the file raises.
        """
        self._advance(self._index[migration.version], before)
        with closing(_memory()) as copy:
            self._database.backup(copy)
            if direction is Direction.DOWN:
                _run(copy, before(migration), migration.path)
            return _record(copy, function, operations, migration)

    def _advance(self, index: int, before: Before) -> None:
        if index < self._done:
            self._database.close()
            self._database, self._done = _memory(), 0
        while self._done < index:
            migration = self._migrations[self._done]
            _run(self._database, before(migration), migration.path)
            self._done += 1


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    # A rebuild drops and renames tables that views and foreign keys still name, as the plan's settings allow.
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA legacy_alter_table=ON")
    return connection


def _run(connection: sqlite3.Connection, statements: Sequence[str], path: str) -> None:
    for statement in statements:
        try:
            connection.execute(statement)
        except sqlite3.Error as error:
            # Data statements may fail on empty tables; only the schema matters here, and its own faults
            # are reported by the target when the statement really runs.
            if statement.lstrip()[:6].upper() in ("CREATE", "ALTER "):
                raise SourceError(f"fails on a scratch schema: {error}", where=path) from None


def _record(
    copy: sqlite3.Connection, function: Callable[[], None], operations: MakeOperations, migration: Migration
) -> list[str]:
    engine = sa.create_engine("sqlite://", creator=lambda: copy, poolclass=StaticPool)
    recorded: list[str] = []
    with engine.connect() as connection:
        restored = rebuilding(connection, lambda: _run_recorded(connection, function, operations, recorded), migration)
    return recorded + restored


def rebuilding(connection: sa.Connection, function: Callable[[], None], migration: Migration) -> list[str]:
    """Run what may rebuild tables, and put back what Alembic's way of it loses; the statements that did so.

    Changes: the database of the connection.
    Raises: SourceError when something cannot be put back; whatever the function raises.
    """
    raw: Any = connection.connection.driver_connection
    _show_actions(connection.dialect)
    checks = _unnamed_checks(connection)
    before = {kind: list(raw.execute(_OBJECTS, (kind,))) for kind in ("trigger", "index", "table")}
    columns = _columns(connection)
    reflected = _reflected_indexes(connection)
    connection.commit()
    sent: list[str] = []
    raw.set_trace_callback(sent.append)
    try:
        with warnings.catch_warnings():
            # What Alembic and SQLAlchemy warn of here is put back or refused below.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            function()
    finally:
        raw.set_trace_callback(None)
    connection.commit()
    sa.inspect(connection).clear_cache()
    _refuse_lost_checks(checks, _unnamed_checks(connection), migration)
    now = {name: sql for name, _table, sql in raw.execute(_OBJECTS, ("table",))}
    whole = {table for table, names in _columns(connection).items() if names >= columns.get(table, set())}
    for name, _table, sql in before["table"]:
        if name in whole:
            _refuse_lost_words(name, sql, now[name], migration)
    hidden = [row for row in before["index"] if row[0] not in reflected]
    restored = _put_back(raw, before["trigger"], "trigger", sent) + _put_back(raw, hidden, "index", sent)
    return restored + _put_order_back(raw, before["index"])


def _run_recorded(
    connection: sa.Connection, function: Callable[[], None], operations: MakeOperations, recorded: list[str]
) -> None:
    context = MigrationContext.configure(connection=connection)
    impl: Any = context.impl
    send = impl._exec
    write_down(impl, recorded.append)
    impl._exec = _twice(impl, impl._exec, send)
    impl.bulk_insert = _written_only(impl, impl.bulk_insert)
    proxy = operations(context)
    proxy._install_proxy()
    try:
        function()
    finally:
        proxy._remove_proxy()


def _twice(impl: Any, write: Callable[..., Any], send: Callable[..., Any]) -> Callable[..., Any]:
    """Write the statement down, and run it here as well."""

    def both(*args: Any, **options: Any) -> Any:
        write(*args, **options)
        return None if impl.as_sql else send(*args, **options)

    return both


def _written_only(impl: Any, insert: Callable[..., Any]) -> Callable[..., Any]:
    """Write rows down one by one, as without a connection; in a scratch schema they do not matter."""

    def written(*args: Any, **options: Any) -> None:
        impl.as_sql = True
        try:
            insert(*args, **options)
        finally:
            impl.as_sql = False

    return written


def _put_back(copy: sqlite3.Connection, objects: Sequence[Any], kind: str, sent: Sequence[str]) -> list[str]:
    dropped = {name.casefold() for text in sent for name in _DROP.findall(text)}
    present = {row[0] for row in copy.execute(_OBJECTS, (kind,))}
    tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
    lost = [row for row in objects if row[0] not in present and row[0].casefold() not in dropped and row[1] in tables]
    restored = []
    for _name, _table, sql in lost:
        try:
            copy.execute(sql)
        except sqlite3.Error:
            continue  # it used a column that the migration removed, so it goes with that column
        restored.append(sql)
    return restored


def _put_order_back(copy: sqlite3.Connection, indexes: Sequence[Any]) -> list[str]:
    """Make those indexes again that have only lost how they sort."""
    present = {name: sql for name, _table, sql in copy.execute(_OBJECTS, ("index",))}
    restored = []
    for name, _table, sql in indexes:
        now = present.get(name, "")
        if _SORTING.search(sql) and _plain(now) != _plain(sql) and _plain(now) == _plain(_SORTING.sub("", sql)):
            restored += ['DROP INDEX "' + name.replace('"', '""') + '"', sql]
    for text in restored:
        copy.execute(text)
    return restored


def _plain(sql: str) -> str:
    return re.sub(r'[\s"`\[\]]+', "", sql).casefold()


def _reflected_indexes(connection: sa.Connection) -> set[str]:
    inspector = sa.inspect(connection)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {str(i["name"]) for table in inspector.get_table_names() for i in inspector.get_indexes(table)}


def _columns(connection: sa.Connection) -> dict[str, set[str]]:
    inspector = sa.inspect(connection)
    return {t: {c["name"] for c in inspector.get_columns(t)} for t in inspector.get_table_names()}


def _show_actions(dialect: Any) -> None:
    """Make reflection see ON DELETE and ON UPDATE also where a column brings its own REFERENCES."""
    reflect = dialect.get_foreign_keys

    def with_actions(connection: sa.Connection, table_name: str, *args: Any, **options: Any) -> Any:
        actions: dict[frozenset[str], tuple[str, str]] = {}
        rows = connection.exec_driver_sql("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq", (table_name,))
        for _id, group in groupby(rows, key=lambda row: row[0]):
            parts = list(group)
            actions[frozenset(part[3] for part in parts)] = (parts[0][5], parts[0][6])
        keys = reflect(connection, table_name, *args, **options)
        for key in keys:
            found = actions.get(frozenset(key["constrained_columns"]), ("NO ACTION", "NO ACTION"))
            for option, action in zip(("onupdate", "ondelete"), found, strict=True):
                if action != "NO ACTION":
                    key["options"].setdefault(option, action)
        return keys

    dialect.get_foreign_keys = with_actions


def _refuse_lost_words(table: str, before: str, after: str, migration: Migration) -> None:
    """Refuse a rebuild after which a table of the same columns lacks what reflection does not see."""
    for word, way in _UNSEEN.items():
        if len(re.findall(word, before, re.IGNORECASE)) > len(re.findall(word, after, re.IGNORECASE)):
            raise SourceError(f"rebuilding {table} would lose its {word}", where=migration.path, next=way)


def _unnamed_checks(connection: sa.Connection) -> dict[str, int]:
    inspector = sa.inspect(connection)
    tables = inspector.get_table_names()
    return {t: sum(not c["name"] for c in inspector.get_check_constraints(t)) for t in tables}


def _refuse_lost_checks(before: dict[str, int], after: dict[str, int], migration: Migration) -> None:
    for table, count in before.items():
        if after.get(table, count) < count:
            raise SourceError(
                f"rebuilding {table} would lose its unnamed CHECK",
                where=migration.path, next="name the CHECK, or give it to batch_alter_table(table_args=…)",
            )  # fmt: skip
