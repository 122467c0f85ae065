"""Scripts that end early: on SQLite each migration is whole or not there, on PostgreSQL a mended one goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from conformance.all_engines import ask
from conformance.engine_postgresql import Postgresql
from conformance.engine_sqlite import Sqlite
from conformance.forked_runs import Driver
from conformance.script_runs import script
from fix_oracle import dump_rows, dump_schema
from fix_postgres_server import PostgresServer
from fix_project import ProjectFolder

MakeProject = Callable[..., ProjectFolder]


def test_a_sqlite_script_cut_off_leaves_nothing_half_done(driver: Driver, project: MakeProject, tmp_path: Path) -> None:
    """Wherever the session ends, the file is as before a migration or as after it."""
    engine = Sqlite(tmp_path / "targets")
    folder = project(engine.empty())
    folder.sql("1", "tables", "CREATE TABLE a (n INT); INSERT INTO a VALUES (1), (2); CREATE TABLE b (n INT);",
               "DROP TABLE b; DROP TABLE a;")  # fmt: skip
    folder.sql("2", "more", "UPDATE a SET n = n + 1; ALTER TABLE b ADD COLUMN m INT; INSERT INTO b VALUES (1, 2);",
               "DELETE FROM b; ALTER TABLE b DROP COLUMN m; UPDATE a SET n = n - 1;")  # fmt: skip
    wholes, halves = [], []
    for target in ("", "1", "2"):
        url = engine.empty()
        ask(url, "SELECT 1")
        if target:
            assert driver.run(folder, "--url", url, "database", "update", target).is_done
        wholes.append((dump_schema(url), dump_rows(url)))
    statements = engine.statements(script(folder, "0", "head"))
    for number in range(1, len(statements) + 1):
        url = engine.empty()
        ask(url, *statements[:number])
        found = (dump_schema(url), dump_rows(url))
        halves += [] if found in wholes else [f"after {number} ({statements[number - 1][:60]}): {found}"]
    assert halves == []
    assert found == wholes[-1]
    assert len(statements) > 6


def test_a_failure_in_a_script_outside_transactions_is_gone_on_from(
    postgres_server: PostgresServer, project: MakeProject
) -> None:
    """What stood before the failure stays, the migration is not noted as applied, and the mended script ends it."""
    with Postgresql(postgres_server.url("postgres")) as engine:
        folder = project(engine.empty())
        folder.sql("1", "items", "CREATE TABLE items (id INT, name TEXT); INSERT INTO items VALUES (1, 'a');")
        broken = folder.sql(
            "2", "index",
            "CREATE INDEX CONCURRENTLY items_id ON items (id);"
            "CREATE INDEX CONCURRENTLY items_name ON items (nowhere);",
            "DROP INDEX CONCURRENTLY items_name; DROP INDEX CONCURRENTLY items_id;", options="transaction:false",
        )  # fmt: skip
        folder.sql("3", "after", "INSERT INTO items VALUES (3, 'c');", "DELETE FROM items WHERE id = 3;")
        ran = engine.run_script(folder.url, script(folder, "0", "head"))
        assert "nowhere" in ran.output
        assert ask(folder.url, "SELECT id FROM items") == [(1,)]
        applied = "SELECT version FROM neoron_history WHERE progress = 'applied' ORDER BY version"
        assert ask(folder.url, applied) == [("1",)]
        broken.write_text(broken.read_text().replace("(nowhere)", "(name)"))
        for _ in range(2):
            again = engine.run_script(folder.url, script(folder, "0", "head"))
            assert again.exit_code == 0, again.output
            indexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid" \
                      " AND indrelid = 'items'::regclass ORDER BY 1"  # fmt: skip
            assert ask(folder.url, indexes) == [("items_id",), ("items_name",)]
            assert ask(folder.url, applied) == [("1",), ("2",), ("3",)]
            assert ask(folder.url, "SELECT id FROM items ORDER BY id") == [(1,), (3,)]
