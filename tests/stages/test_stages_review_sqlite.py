"""Migrations of a SQLite project are reviewed, and a deployment that destroys is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fix_project import ProjectFolder

CONFIG = '[environments.production]\nurl = "{url}"\n{rest}\n'
TABLES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);\n"
    "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE);\n"
    "CREATE INDEX orders_note ON orders (note)"
)
REBUILD = """
with op.batch_alter_table("orders") as batch:
        batch.alter_column("note", existing_type=sa.Text(), nullable=False, server_default="")"""


@pytest.fixture
def lite(project: Any, sqlite_url: str) -> ProjectFolder:
    """A project whose newest migration drops a table."""
    folder: ProjectFolder = project(sqlite_url)
    folder.sql("20240101000000", "orders", TABLES, "DROP TABLE items; DROP TABLE orders")
    folder.sql("20240201000000", "gone", "DROP TABLE items", "CREATE TABLE items (id INTEGER)")
    file = folder.path / "neoron.toml"
    file.write_text(file.read_text() + CONFIG.format(url=sqlite_url, rest="protected = true"))
    return folder


def _found(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(f["rule"], f["severity"]) for f in answer["result"]["findings"] if not f["allowed"]}


def test_the_newest_sqlite_migration_is_reviewed(lite: ProjectFolder) -> None:
    """Offline, and with the live target's version and rows."""
    assert _found(lite.json("review")) == {("drop-table", "error")}
    assert lite.run("database", "update", "20240101000000").exit_code == 0
    with sqlite3.connect(lite.url.removeprefix("sqlite:///")) as connection:
        connection.executemany("INSERT INTO items (id) VALUES (?)", [(i,) for i in range(20_000)])
    findings = lite.json("review", "--env", "production")["result"]["findings"]
    assert {f["rule"] for f in findings} == {"drop-table"}
    assert "items has 20,000 rows" in findings[0]["message"]


def test_a_sqlite_deployment_is_refused_until_a_reason_allows_it(lite: ProjectFolder) -> None:
    """Exit 10 before anything is sent; with a reason it goes through."""
    assert lite.run("database", "update", "20240101000000").exit_code == 0
    refused = lite.run("deploy", "--env", "production", "--yes")
    assert refused.exit_code == 10
    assert "drop-table" in refused.stderr
    migration = Path(lite.migrations / "20240201000000_gone.sql")
    allowed = "-- neoron: allow drop-table because it was copied elsewhere\nDROP"
    migration.write_text(migration.read_text().replace("DROP", allowed, 1))
    answer = lite.json("deploy", "--env", "production", "--yes")
    assert answer["exit_code"] == 0, answer
    assert {f["allowed"] for f in answer["result"]["findings"]} == {"it was copied elsewhere"}


def test_a_batch_rebuild_is_reviewed_with_the_settings_around_it(lite: ProjectFolder) -> None:
    """Alembic's batch operation copies, drops and renames; Neoron switches foreign keys off, so no risk is found."""
    Path(lite.migrations / "20240201000000_gone.sql").unlink()
    lite.py("20240301000000", "stricter", "20240101000000", REBUILD.strip())
    answer = lite.json("review")
    assert _found(answer) == {("no-way-down", "info")}, answer
    assert lite.run("database", "update").exit_code == 0


def test_a_fixed_migration_runs(lite: ProjectFolder) -> None:
    """`review --fix` rebuilds the table inside the migration's transaction; the update then keeps rows and children."""
    Path(lite.migrations / "20240201000000_gone.sql").unlink()
    assert lite.run("database", "update").exit_code == 0
    with sqlite3.connect(lite.url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO orders VALUES (1, 'a'), (2, 'b')")
        connection.execute("INSERT INTO items VALUES (1, 1), (2, 2)")
    connection.close()
    file = lite.sql("20240301000000", "stricter", "ALTER TABLE orders ALTER COLUMN note SET NOT NULL")
    assert _found(lite.json("review")) == {("unsupported-alter", "error")}
    assert lite.run("review", "--fix").exit_code == 0
    assert "foreign_keys" not in Path(file).read_text()
    assert _found(lite.json("review")) == set()
    assert lite.run("database", "update").exit_code == 0
    with sqlite3.connect(lite.url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (2,)
        assert [row[3] for row in connection.execute("PRAGMA table_info(orders)")] == [0, 1]
        assert connection.execute("SELECT tbl_name FROM sqlite_schema WHERE name = 'orders_note'").fetchall() == [
            ("orders",)
        ]
    connection.close()


def test_an_update_of_a_protected_target_is_reviewed_and_wants_a_backup(lite: ProjectFolder) -> None:
    """The same gate as for a deployment; and since it takes no backup, a good one must be there."""
    assert lite.run("database", "update", "20240101000000").exit_code == 0
    update = ("database", "update", "--env", "production", "--yes")
    refused = lite.run(*update)
    assert (refused.exit_code, "drop-table" in refused.stderr) == (10, True)
    migration = Path(lite.migrations / "20240201000000_gone.sql")
    allowed = "-- neoron: allow drop-table because it was copied elsewhere\nDROP"
    migration.write_text(migration.read_text().replace("DROP", allowed, 1))
    refused = lite.run(*update)
    assert (refused.exit_code, "needs a good backup" in refused.stderr) == (10, True)
    assert lite.run("backup", "create", "--env", "production").exit_code == 0
    assert lite.run(*update).exit_code == 0
