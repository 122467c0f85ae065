"""`review --fix` on a project: migrations are divided, apply, and go back, on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from fix_oracle import dump_rows, dump_schema
from fix_project import ProjectFolder

pytestmark = pytest.mark.postgresql
TABLES = """
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint NOT NULL, customer_id bigint, code text, note text)
"""
RISKY = """
SET LOCAL lock_timeout = '5s';
-- who ordered it
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers; -- never null
ALTER TABLE orders ADD PRIMARY KEY (id);
CREATE INDEX orders_note ON orders (note);
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
CREATE TABLE lines (order_id bigint REFERENCES orders (id));
ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE
"""
BACK = """
ALTER TABLE orders DROP COLUMN token;
DROP TABLE lines;
ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;
-- the index
DROP INDEX orders_note;
ALTER TABLE orders DROP CONSTRAINT orders_pkey, DROP CONSTRAINT orders_customer_id_fkey
"""
ROWS = """INSERT INTO customers SELECT i FROM generate_series(1, 50) i;
INSERT INTO orders SELECT i, 1 + i % 50, 'c' || i, 'n' || i FROM generate_series(1, 2000) i"""
FIRST, SECOND, THIRD = "20240101000000", "20240201000000", "20240301000000"


@pytest.fixture
def shop(project: Any, postgres_url: str) -> ProjectFolder:
    """A project whose first migration is applied, with rows, and whose second risks much."""
    folder: ProjectFolder = project(postgres_url, settings="[project.variables]\nn = 3")
    folder.sql(FIRST, "tables", TABLES, "DROP TABLE orders; DROP TABLE customers")
    assert folder.run("database", "update").exit_code == 0
    with psycopg.connect(postgres_url) as connection:
        connection.execute(ROWS.encode())
    folder.sql(SECOND, "keys", RISKY, BACK)
    return folder


def _files(folder: ProjectFolder) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.migrations.iterdir())}


def _result(folder: ProjectFolder, *words: str) -> dict[str, Any]:
    return dict(folder.json(*words)["result"])


def _rules(found: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in found["findings"]}


def test_a_fixed_migration_ends_where_the_risky_one_does(shop: ProjectFolder, postgres_url: str) -> None:
    """It is divided where transactions demand it, reviews clean, applies to the same schema, and goes back."""
    before, rows = dump_schema(postgres_url), dump_rows(postgres_url)
    assert shop.run("database", "update").exit_code == 0
    risky = dump_schema(postgres_url)
    assert shop.run("rollback", FIRST, "--yes").exit_code == 0
    assert dump_schema(postgres_url) == before

    told = _result(shop, "review", "--fix")
    assert {f["path"] for f in told["files"] if not f["is_new"]} == {f"migrations/{SECOND}_keys.sql"}
    assert (_rules(told), len(told["files"]) > 2) == (set(), True)
    assert _rules(_result(shop, "review", FIRST, "--engine", "postgresql")) == set()
    assert "-- who ordered it\nALTER TABLE orders ADD CONSTRAINT" in _files(shop)[f"{SECOND}_keys.sql"]
    ran = shop.run("database", "update")
    assert ran.exit_code == 0, ran.output
    assert dump_schema(postgres_url) == risky
    ran = shop.run("rollback", FIRST, "--yes")
    assert ran.exit_code == 0, ran.output
    assert (dump_schema(postgres_url), dump_rows(postgres_url)) == (before, rows)


@pytest.mark.nightly
def test_every_step_of_a_divided_migration_goes_back(shop: ProjectFolder, postgres_url: str) -> None:
    """Stopped after any of its migrations, what is applied is taken back to the schema before."""
    before = dump_schema(postgres_url)
    _result(shop, "review", "--fix")
    versions = [name.partition("_")[0] for name in _files(shop)][1:]
    for version in versions:
        ran = shop.run("database", "update", version)
        assert ran.exit_code == 0, ran.output
        ran = shop.run("rollback", FIRST, "--yes")
        assert (ran.exit_code, dump_schema(postgres_url)) == (0, before), f"{version}: {ran.output}"


def test_what_must_not_change_stays(shop: ProjectFolder) -> None:
    """Applied and .py migrations are left alone, each with one line; --dry-run shows a diff and writes nothing."""
    shop.py(THIRD, "check", SECOND, "op.create_check_constraint('c', 'orders', 'id > 0')")
    old = _files(shop)
    ran = shop.run("review", FIRST, "--fix", "--dry-run")
    assert _files(shop) == old
    assert f"{THIRD}_check.py is Python" in ran.stdout
    assert "follows it, and cannot follow another migration instead" in ran.stdout
    (shop.migrations / f"{THIRD}_check.py").unlink()
    ran = shop.run("review", FIRST, "--fix", "--dry-run")
    assert f"+++ b/migrations/{SECOND}_keys.sql" in ran.stdout
    assert _files(shop) == {name: text for name, text in old.items() if not name.endswith(".py")}
    assert shop.run("database", "update").exit_code == 0
    ran = shop.run("review", FIRST, "--fix")
    assert f"{SECOND}_keys.sql is applied to postgresql://" in ran.stdout
    assert ran.exit_code == 1
    assert _files(shop) == {name: text for name, text in old.items() if not name.endswith(".py")}


def test_migrations_that_follow_keep_their_place(shop: ProjectFolder, postgres_url: str) -> None:
    """What followed the divided migration follows its last part, by its id or by its parent line."""
    last = shop.sql(THIRD, "more", "ALTER TABLE orders ADD COLUMN more int", "ALTER TABLE orders DROP COLUMN more")
    last.write_text(f"-- migrate:parent {SECOND}\n{last.read_text()}")
    told = _result(shop, "review", FIRST, "--fix")
    added = max(f["path"] for f in told["files"] if f["is_new"])
    assert last.read_text().startswith(f"-- migrate:parent {Path(added).name.partition('_')[0]}\n")
    assert shop.run("database", "update").exit_code == 0
    assert "more" in dump_schema(postgres_url)


def test_without_a_transaction_nothing_is_divided(shop: ProjectFolder, postgres_url: str) -> None:
    """In a `transaction:false` migration the safe sequence stands in place."""
    (shop.migrations / f"{SECOND}_keys.sql").unlink()
    shop.sql(SECOND, "index", "CREATE INDEX i ON orders (note); ALTER TABLE orders ADD CHECK (id < ${n} * 1000)",
             "DROP INDEX i", options="transaction:false")  # fmt: skip
    told = _result(shop, "review", "--fix")
    assert [f["path"] for f in told["files"]] == [f"migrations/{SECOND}_index.sql"] or told["findings"]
    file = shop.migrations / f"{SECOND}_index.sql"
    if "${n}" in file.read_text():
        assert {f["reason"] for f in told["findings"]} == {"its text holds ${…}, whose value would be written down"}
        file.write_text(file.read_text().replace("${n}", "3"))
        told = _result(shop, "review", "--fix")
    assert "CREATE INDEX CONCURRENTLY i" in file.read_text()
    assert len(_files(shop)) == 2
    assert shop.run("database", "update").exit_code == 0
    assert "orders_id_check" in dump_schema(postgres_url)


def test_pending_migrations_of_a_live_target_are_fixed(shop: ProjectFolder) -> None:
    """With --env the figures of the target decide: what is small there stays as it is."""
    told = _result(shop, "review", "--env", "dev", "--fix")
    assert (told["files"], told["findings"]) == ([], [])
