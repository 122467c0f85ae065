"""Random rows, random destructive migrations, random writes after them, then the way back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fix_oracle import dump_schema
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder, make_project
from lifecycle.ride import update
from neoron import Project
from neoron.api import consent

# In the nightly run at least 2,000 cases in all.
CASES = 1_000 if os.environ.get("NEORON_NIGHTLY") else int(os.environ.get("NEORON_TEST_STASH_CASES", "50"))
FIRST, SECOND = "20260101000000", "20260102000000"
# Only a last column comes back to its place: both engines add columns at the end.
TABLE = "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, b VARCHAR(20), c INTEGER, a INTEGER DEFAULT 7)"
Rows = dict[int, dict[str, Any]]

VALUES = {
    "a": st.none() | st.integers(-5, 5), "b": st.none() | st.sampled_from(["", "x", "X", "1", "01", "é", "long text"]),
    "c": st.none() | st.integers(0, 3),
}  # fmt: skip
ROWS = st.dictionaries(st.integers(1, 12), st.fixed_dictionaries(VALUES), max_size=8)
DESTROYS: dict[str, tuple[str, str]] = {
    "drop a": ("ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a INTEGER DEFAULT 7"),
    "drop t": ("DROP TABLE t", TABLE),
    "delete": ("DELETE FROM t WHERE c > 1", ""),
    "delete all": ("DELETE FROM t", ""),
    "update": ("UPDATE t SET c = 0 WHERE c IS NULL OR c > 1", ""),
    "update key part": ("UPDATE t SET b = 'new', c = c + 1 WHERE id > 4", ""),
    "two": ("UPDATE t SET c = c + 1; UPDATE t SET c = c * 2 WHERE c > 1; DELETE FROM t WHERE c > 5", ""),
    "both": (
        "UPDATE t SET c = 9 WHERE c = 1; ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a INTEGER DEFAULT 7"
    ),
}
WRITES = st.lists(
    st.tuples(st.sampled_from(["insert", "delete", "a", "b", "c"]), st.integers(1, 14), st.integers(20, 25)), max_size=6
)


class Target:
    """One database, asked by its own driver."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, *statements: str) -> list[tuple[Any, ...]]:
        """Send statements; the rows of the last."""
        found: list[tuple[Any, ...]] = []
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
                for statement in statements:
                    found = connection.execute(statement).fetchall()
            return found
        with psycopg.connect(self.url, autocommit=True) as server:
            for statement in statements:
                cursor = server.execute(statement.encode())
                found = cursor.fetchall() if cursor.description else []
        return found

    def rows(self) -> Rows:
        """The table as it is, whatever columns it has; empty where it is not there."""
        for names in ("id, a, b, c", "id, b, c"):
            try:
                found = self.send(f"SELECT {names} FROM t")
            except (sqlite3.Error, psycopg.Error):
                continue
            return {row[0]: dict(zip(names.split(", ")[1:], row[1:], strict=True)) for row in found}
        return {}


def literal(value: object) -> str:
    """A value as SQL."""
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def inserts(rows: Rows) -> str:
    """The statements that make these rows."""
    return "".join(
        f"INSERT INTO t (id, a, b, c) VALUES ({i}, {', '.join(literal(row[n]) for n in 'abc')});\n"
        for i, row in rows.items()
    )


def write(target: Target, after: Rows, writes: list[tuple[str, int, int]], has_table: bool, columns: set[str]) -> Rows:
    """Do random writes on what the migration left; the rows as they are then."""
    now = {i: dict(row) for i, row in after.items()}
    for what, i, value in writes:
        if not has_table:
            break
        if what == "insert" and i not in now:
            target.send(f"INSERT INTO t (id, c) VALUES ({i}, {value})")
            now[i] = {**{n: 7 if n == "a" else None for n in columns}, "c": value}
        elif what == "delete" and i in now:
            target.send(f"DELETE FROM t WHERE id = {i}")
            del now[i]
        elif what in columns and i in now:
            target.send(f"UPDATE t SET {what} = '{value}' WHERE id = {i}")
            now[i][what] = str(value) if what == "b" else value
    return now


def expected(before: Rows, after: Rows, now: Rows, has_table: bool, columns: set[str]) -> Rows:
    """What has to be there after the way back, by the words of the promise."""
    wanted: Rows = {}
    for i, row in now.items():
        old, new = before.get(i), after.get(i)
        wanted[i] = {}
        for n in "abc":
            if n not in columns:  # dropped: the old value, or the default for a row that is new
                wanted[i][n] = old[n] if old and new else 7 if n == "a" else None
                continue
            is_ours = old is not None and new is not None and row[n] == new[n]
            wanted[i][n] = old[n] if is_ours and old else row[n]
    for i, row in before.items():
        if i not in after and i not in now:  # the migration took it, and nobody has used its key since
            wanted[i] = dict(row)
    return wanted


def ride(folder: ProjectFolder, rows: Rows, name: str, writes: list[tuple[str, int, int]]) -> None:
    """Deploy, write, roll back, compare."""
    up, down = DESTROYS[name]
    target = Target(folder.url)
    folder.sql(FIRST, "before", f"{TABLE};\n{inserts(rows)}", None)
    update(folder)
    schema, before = dump_schema(folder.url), target.rows()
    folder.sql(SECOND, "destroys", up + ";", down + ";" if down else "")
    update(folder)
    after, has_table = target.rows(), "DROP TABLE" not in up
    columns = {n for n in "abc" if f"DROP COLUMN {n}" not in up}
    now = write(target, after, writes, has_table, columns)
    # Rows deleted and made again under the same key are new ones, but no database can tell.
    reused = {i for i in now if i in after} & {i for what, i, _ in writes if what == "delete"}
    report = Project.open(folder.path).rollback(consent=consent)
    assert report.is_ok, f"{report.where}: {report.message}"
    assert dump_schema(folder.url) == schema
    found, wanted = target.rows(), expected(before, after, now, has_table, columns)
    assert {i: r for i, r in found.items() if i not in reused} == {i: r for i, r in wanted.items() if i not in reused}
    assert set(found) == set(wanted)
    refused = {i for i in before if i not in after and i in now and now[i] != before[i]}
    assert sum(int(c.value or 0) for c in report.checks if c.name == "stash t") >= len(refused)


def promise(make_url: Callable[[], str]) -> Callable[[], None]:
    """The property on one engine."""

    @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(ROWS, st.sampled_from(sorted(DESTROYS)), WRITES)
    def check(rows: Rows, name: str, writes: list[tuple[str, int, int]]) -> None:
        with tempfile.TemporaryDirectory() as made:
            url = make_url() or f"sqlite:///{made}/target.db"
            ride(make_project(Path(made) / "project", url), rows, name, writes)

    return check


def test_nothing_is_lost_on_sqlite(record_property: Callable[[str, object], None]) -> None:
    """Whatever a migration destroys in a SQLite file comes back, and every write since is kept."""
    promise(lambda: "")()
    record_property("figure", f"stash on SQLite: {CASES} random ways back")


@pytest.mark.postgresql
def test_nothing_is_lost_on_postgresql(
    postgres_server: PostgresServer, postgres_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Whatever a migration destroys in a PostgreSQL database comes back, and every write since is kept."""

    def cleared() -> str:
        Target(postgres_url).send("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return postgres_url

    promise(cleared)()
    record_property("figure", f"stash on PostgreSQL: {CASES} random ways back")
