"""Migrations of a project on MariaDB are reviewed, offline, before they run, and with the rows of the target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fix_project import ProjectFolder
from rules.truth_mariadb import connected, run

TABLES = "CREATE TABLE orders (id int NOT NULL PRIMARY KEY, note varchar(50))"


def _rules(answer: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in answer["result"]["findings"] if not finding["allowed"]}


@pytest.fixture
def store(project: Any, mariadb_url: str) -> ProjectFolder:
    """A project with a table that is there."""
    folder: ProjectFolder = project(mariadb_url)
    folder.sql("20240101000000", "orders", TABLES, "DROP TABLE orders")
    assert folder.run("database", "update").exit_code == 0
    return folder


def test_a_text_prepared_in_a_migration_is_reviewed(store: ProjectFolder) -> None:
    """What PREPARE makes of a variable that an earlier statement of the migration set is seen."""
    body = "SET @s = CONCAT('ALTER TABLE orders ', 'DROP COLUMN note');\nPREPARE p FROM @s;\nEXECUTE p"
    store.sql("20240201000000", "less", body, "ALTER TABLE orders ADD note varchar(50)")
    answer = store.json("review")
    assert _rules(answer) == {"drop-column"}


def test_a_deployment_to_mariadb_is_refused_until_a_reason_allows_it(store: ProjectFolder, mariadb_url: str) -> None:
    """Exit 10 before anything is sent; with a reason the same deployment goes through."""
    store.sql("20240201000000", "less", "ALTER TABLE orders DROP COLUMN note", "SELECT 1")
    config = store.path / "neoron.toml"
    config.write_text(config.read_text() + f'[environments.production]\nurl = "{mariadb_url}"\nprotected = true\n')
    words = ("deploy", "--env", "production", "--yes")
    refused = store.run(*words)
    assert (refused.exit_code, "drop-column" in refused.stderr) == (10, True)
    migration = Path(store.migrations / "20240201000000_less.sql")
    allowed = "-- neoron: allow drop-column because nobody reads it\nALTER"
    migration.write_text(migration.read_text().replace("ALTER", allowed, 1))
    answer = store.json(*words)
    assert answer["exit_code"] == 0, answer
    assert {f["allowed"] for f in answer["result"]["findings"]} == {"nobody reads it"}


def test_a_live_mariadb_gives_rows_and_its_version(store: ProjectFolder, mariadb_url: str) -> None:
    """With --url the finding says how many rows it is about; a table with few rows blocks nobody."""
    store.sql("20240201000000", "wide", "ALTER TABLE orders MODIFY id bigint NOT NULL")
    assert _rules(store.json("review", "--url", mariadb_url)) == set()
    with connected(mariadb_url) as connection:
        run(connection, "INSERT INTO orders (id) SELECT seq FROM seq_1_to_60000")
        run(connection, "ANALYZE TABLE orders")
    found = store.json("review", "--url", mariadb_url)["result"]["findings"]
    told = next(f["message"] for f in found if f["rule"] == "rewrite-type")
    assert "here it rewrites" in told
    assert "during which writes of orders wait" in told


def test_settings_of_a_migration_are_reviewed(store: ProjectFolder) -> None:
    """SET foreign_key_checks = 0 is kept for its session, and is still the migration's own."""
    store.sql("20240201000000", "loose", "SET foreign_key_checks = 0;\nALTER TABLE orders ADD n int", "SELECT 1")
    assert _rules(store.json("review")) == {"disable-checks"}
