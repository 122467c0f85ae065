"""Random schemas and rows, random destructive migrations, random writes after them, then the way back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from fix_mariadb_server import MariadbServer
from fix_oracle import dump_schema
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder, make_project
from lifecycle.random_schemas import FK, Case, Op, Table, Words, Write, cases
from lifecycle.ride import update
from lifecycle.stash_targets import ask, clear, driver_errors
from neoron import Project
from neoron.api import consent

# In the nightly run 2,010 cases in all, otherwise 100.
QUICK = {"sqlite": 65, "postgresql": 15, "mariadb": 20, "sqlserver": 10}
IS_NIGHTLY, GIVEN = os.environ.get("NEORON_NIGHTLY") == "1", os.environ.get("NEORON_TEST_STASH_CASES")
CASES = {engine: int(GIVEN or (670 if IS_NIGHTLY else count)) for engine, count in QUICK.items()}
FIRST, SECOND = "20260101000000", "20260102000000"
Key = tuple[Any, ...]
Rows = dict[Key, dict[str, Any]]


class Ride:
    """One case on one database."""

    def __init__(self, case: Case, folder: ProjectFolder, words: Words) -> None:
        self.case, self.folder, self.words = case, folder, words
        self.left = case.tables
        self.remade: set[tuple[int, Key]] = set()

    def go(self) -> None:
        """Deploy, write, roll back, compare."""
        case, folder, words = self.case, self.folder, self.words
        made = [s for t in case.tables for s in words.create(t, case.tables)]
        made += [words.insert(t, row) for at, t in enumerate(case.tables) for row in case.rows[at]]
        folder.sql(FIRST, "before", words.script(made), None)
        update(folder)
        schema, before = dump_schema(folder.url), self.read(case.tables)
        up, down = self.statements(case.ops)
        folder.sql(SECOND, "destroys", words.script(up), words.script(down) if down else "")
        deployed = Project.open(folder.path).database_update("head", consent=consent)
        if "breaks its reference" in deployed.message and words.engine == "sqlite":
            # Beside a table that is dropped, SQLite lets no ON DELETE act, and the check refuses the migration.
            assert (dump_schema(folder.url), self.read(case.tables)) == (schema, before)
            return
        assert deployed.is_ok, f"{deployed.where}: {deployed.message}"
        after = self.read(self.left)
        for write in case.writes:
            self.write(write)
        now = self.read(self.left)
        report = Project.open(folder.path).rollback(consent=consent)
        assert report.is_ok, f"{report.where}: {report.message}"
        assert dump_schema(folder.url) == schema
        found = self.read(case.tables)
        listed = {c.name.removeprefix("stash ") for c in report.checks if c.name.startswith("stash ")}
        for at, table in enumerate(case.tables):
            self.compare(at, table, (before[at], after[at], now[at], found[at]), listed)

    def statements(self, ops: tuple[Op, ...]) -> tuple[list[str], list[str]]:
        """Both ways of the migration."""
        up, down = list[str](), list[str]()
        for op in ops:
            there, back, self.left = self.words.apply(op, self.left)
            up, down = [*up, *there], [*back, *down]
        return up or ["SELECT 1"], down

    def read(self, tables: tuple[Table, ...]) -> list[Rows]:
        """Every table's rows by their keys; none for a table that is gone."""
        found = list[Rows]()
        for table in tables:
            names = [c.name for c in table.columns]
            columns = ", ".join(map(self.words.quoted, names))
            rows = ask(self.folder.url, f"SELECT {columns} FROM {self.words.quoted(table.name)}") if names else []
            dicts = [dict(zip(names, row, strict=True)) for row in rows]
            found.append({tuple(d[k] for k in table.key): d for d in dicts})
        return found

    def write(self, write: Write) -> None:
        """Write as an application would; what the database refuses is not written."""
        table, words = self.left[write.table], self.words
        name, where = words.quoted(table.name), f"{words.quoted('id')} = {write.number}"
        hit = {k for k in self.read(self.left)[write.table] if k[0] == write.number}
        with suppress(*driver_errors(self.folder.url)):
            if write.what == "insert" and not hit:
                key = (write.number, "new")[: len(table.key)]
                required = [c for c in table.columns if c.is_required and c.default is None and c.name not in table.key]
                assert not required
                ask(self.folder.url, words.insert(table, key, table.key))
            elif write.what == "delete":
                ask(self.folder.url, f"DELETE FROM {name} WHERE {where}")
                # Rows deleted and made again under the same key are new ones, but no database can tell.
                self.remade |= {(write.table, k) for k in hit}
            elif write.what == "update":
                kind = next(c.kind for c in table.columns if c.name == write.column)
                value = words.literal(kind, write.value)
                ask(self.folder.url, f"UPDATE {name} SET {words.quoted(write.column)} = {value} WHERE {where}")

    def compare(self, at: int, table: Table, states: tuple[Rows, Rows, Rows, Rows], listed: set[str]) -> None:
        """Hold what is there against the promise, row by row and value by value."""
        before, after, now, found = states
        is_listed = any(name.rpartition(".")[2].casefold() == table.name.casefold() for name in listed)
        for key, row in now.items():
            assert key in found, f"{table.name} {key}: written since, and gone"
            if (at, key) not in self.remade or key not in after:
                self.compare_row(table, key, (before.get(key), after.get(key), row, found[key]), is_listed)
        for key, row in before.items():
            if key not in after and key not in now:
                # The migration took it, and nobody has used its key since: only a parent's absence may keep it away.
                assert found.get(key) == row or (table.parent is not None and row[FK] is not None and is_listed), key
        assert set(found) <= set(before) | set(now)

    def compare_row(
        self, table: Table, key: Key, states: tuple[Any, Any, dict[str, Any], dict[str, Any]], is_listed: bool
    ) -> None:
        """One row that is there both before and after the way back."""
        old, new, row, found = states
        for column in table.columns:
            name = column.name
            if name not in row:  # dropped: the old value, or the default for a row that is new
                if old and new:
                    assert found[name] == old[name], (table.name, key, name)
                else:
                    assert found[name] == column.default, (table.name, key, name)
                continue
            is_ours = bool(old and new) and row[name] == new[name]
            wanted = old[name] if is_ours else row[name]
            is_kept_off = name == FK and is_listed and found[name] == row[name]
            assert found[name] == wanted or is_kept_off, (table.name, key, name, found[name], wanted)


def promise(engine: str, make_url: Callable[[], str]) -> None:
    """The property on one engine."""

    @settings(max_examples=CASES[engine], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases(engine))
    def check(case: Case) -> None:
        with tempfile.TemporaryDirectory() as made:
            url = make_url() or f"sqlite:///{made}/target.db"
            Ride(case, make_project(Path(made) / "project", url), Words(engine)).go()

    check()


def _cleared(url: str) -> Callable[[], str]:
    def make() -> str:
        clear(url)
        return url

    return make


def test_nothing_is_lost_on_sqlite(record_property: Callable[[str, object], None]) -> None:
    """Whatever a migration destroys in a SQLite file comes back, and every write since is kept."""
    promise("sqlite", lambda: "")
    record_property("figure", f"stash on SQLite: {CASES['sqlite']} random schemas and ways back")


@pytest.mark.postgresql
def test_nothing_is_lost_on_postgresql(
    postgres_server: PostgresServer, postgres_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Whatever a migration destroys in a PostgreSQL database comes back, and every write since is kept."""
    promise("postgresql", _cleared(postgres_url))
    record_property("figure", f"stash on PostgreSQL: {CASES['postgresql']} random schemas and ways back")


def test_nothing_is_lost_on_mariadb(
    mariadb_server: MariadbServer, mariadb_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Whatever a migration destroys in a MariaDB database comes back, and every write since is kept."""
    promise("mariadb", _cleared(mariadb_url))
    record_property("figure", f"stash on MariaDB: {CASES['mariadb']} random schemas and ways back")


@pytest.mark.nightly
def test_nothing_is_lost_on_mysql(mysql_url: str, record_property: Callable[[str, object], None]) -> None:
    """The same on MySQL, where there is one: in MariaDB's words."""
    promise("mariadb", _cleared(mysql_url))
    record_property("figure", f"stash on MySQL: {CASES['mariadb']} random schemas and ways back")


def test_nothing_is_lost_on_sqlserver(sqlserver_url: str, record_property: Callable[[str, object], None]) -> None:
    """Whatever a migration destroys in a SQL Server database comes back, and every write since is kept."""
    promise("sqlserver", _cleared(sqlserver_url))
    record_property("figure", f"stash on SQL Server: {CASES['sqlserver']} random schemas and ways back")
