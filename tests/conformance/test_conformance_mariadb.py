"""What only MariaDB and MySQL have: two schemes, Galera, DDL in doubt, delimiters."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conformance import killed_runs, project_mariadb
from fix_mariadb_server import MariadbServer
from fix_project import ProjectFolder
from neoron.engines.lookup import open_url
from neoron.engines.mysql import effects
from neoron.sql.split import SplitError, split

MakeProject = Callable[..., ProjectFolder]


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_either_scheme_reaches_the_server(scheme: str, mariadb_server: MariadbServer, mariadb_url: str) -> None:
    """A MariaDB server behind mysql:// is recognised, and gets MariaDB's settings."""
    engine, url = open_url(mariadb_url.replace("mariadb", scheme, 1), Path())
    with closing(engine.session.connect(url)) as session:
        session.set_timeouts(lock_timeout_ms=1500, statement_timeout_ms=2500)
        row = session.query("SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout, @@max_statement_time")[0]
    assert (engine.name, tuple(map(float, row))) == (scheme, (2.0, 2.0, 2.5))


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_preflight_names_the_oldest_version_of_the_server_that_is_there(
    scheme: str, mariadb_url: str, project: MakeProject
) -> None:
    """What is supported goes by the product, not by the scheme."""
    folder = project(mariadb_url.replace("mariadb", scheme, 1))
    limits = {c["name"]: c["limit"] for c in folder.json("preflight")["result"]["checks"]}
    assert limits["server version"] == "10.6"


def test_a_galera_cluster_is_refused(galera_url: str, project: MakeProject) -> None:
    """Where each node has its own locks, no deploy lock is pretended: exit 69, and nothing changed."""
    folder = project(galera_url)
    project_mariadb.write(folder)
    ran = folder.run("--yes", "database", "update")
    assert (ran.exit_code, "no deploy lock on a Galera cluster" in ran.output) == (69, True), ran.output
    engine, url = open_url(galera_url, Path())
    with closing(engine.session.connect(url)) as session:
        assert session.query("SELECT count(*) FROM information_schema.tables WHERE table_schema = 't_galera'") == [(0,)]


@pytest.mark.parametrize(("word", "count"), [("--done", 1), ("--again", 2)])
def test_a_statement_in_doubt_is_settled_by_a_person(
    word: str, count: int, mariadb_url: str, project: MakeProject
) -> None:
    """A killed CALL cannot be told from the catalog: a run stops, `database resolve` settles it, and runs go on."""
    folder = project(mariadb_url)
    folder.sql(
        "1", "call",
        "CREATE TABLE called (n INT); CREATE PROCEDURE p() BEGIN INSERT INTO called VALUES (1); DO SLEEP(1); END;"
        "CALL p(); CREATE TABLE later (n INT);",
    )  # fmt: skip
    process = folder.start("--yes", "database", "update")
    with closing(killed_runs.connect(mariadb_url)) as connection, connection.cursor() as cursor:
        ends_at = time.monotonic() + 60
        while not _rows(cursor, "called") and time.monotonic() < ends_at:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        stopped = folder.run("--yes", "database", "update")
        assert (stopped.exit_code, "neoron database resolve" in stopped.output) == (20, True), stopped.output
        settled = folder.run("database", "resolve", word)
        assert settled.exit_code == 0, settled.output
        again = folder.run("--yes", "database", "update")
        assert again.exit_code == 0, again.output
        assert _rows(cursor, "called") == [(1,)] * count
        assert _rows(cursor, "later") == []


def _rows(cursor: Any, table: str) -> list[tuple[object, ...]]:
    """The rows of a table; none where it is not there yet."""
    cursor.execute("SHOW TABLES LIKE %s", (table,))
    if not cursor.fetchall():
        return []
    cursor.execute(f"SELECT * FROM {table}")
    return list(cursor.fetchall())


def test_ddl_that_fails_is_repeated_after_it_was_mended(mariadb_url: str, project: MakeProject) -> None:
    """A table that was there before is never taken for the work of a run that failed on it."""
    folder = project(mariadb_url)
    folder.sql("1", "first", "CREATE TABLE a (id INT); CREATE TABLE taken (id INT, mine INT); CREATE TABLE c (id INT);")
    with closing(killed_runs.connect(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE taken (other INT)")
        for _ in range(2):
            ran = folder.run("--yes", "database", "update")
            assert ran.exit_code != 0
            assert "already exists" in ran.output
        cursor.execute("DROP TABLE taken")
        ran = folder.run("--yes", "database", "update")
        assert ran.exit_code == 0, ran.output
        cursor.execute("SHOW COLUMNS FROM taken")
        assert [row[0] for row in cursor.fetchall()] == ["id", "mine"]


def test_what_was_made_by_hand_after_a_clean_failure_is_not_taken_for_done(
    mariadb_url: str, project: MakeProject
) -> None:
    """The server refused a statement: a table of its name, made by hand since, stops the next run as any other."""
    folder = project(mariadb_url)
    text = "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE made (id INT REFERENCES {} (id), mine INT);"
    folder.sql("1", "first", text.format("nowhere"))
    refused = folder.run("--yes", "database", "update")
    assert (refused.exit_code, "Foreign key constraint" in refused.output) == (21, True), refused.output
    with closing(killed_runs.connect(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT steps_done, step_attempted FROM neoron_history")
        assert cursor.fetchall() == ((1, 0),)
        cursor.execute("CREATE TABLE made (other INT)")
        folder.sql("1", "first", text.format("a"))
        stopped = folder.run("--yes", "database", "update")
        assert (stopped.exit_code, "already exists" in stopped.output) == (20, True), stopped.output
        cursor.execute("DROP TABLE made")
        assert folder.run("--yes", "database", "update").exit_code == 0
        cursor.execute("SHOW COLUMNS FROM made")
        assert [row[0] for row in cursor.fetchall()] == ["id", "mine"]


def test_a_refused_statement_without_a_trait_is_sent_again(mariadb_url: str, project: MakeProject) -> None:
    """An unnamed check that a row broke is added by the same command once the row is mended; nobody is asked."""
    folder = project(mariadb_url)
    folder.sql("1", "check", "CREATE TABLE t (a INT); INSERT INTO t VALUES (1); ALTER TABLE t ADD CHECK (a > 1);")
    refused = folder.run("--yes", "database", "update")
    assert (refused.exit_code, "CONSTRAINT" in refused.output) == (21, True), refused.output
    with closing(killed_runs.connect(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE t SET a = 2")
        again = folder.run("--yes", "database", "update")
        assert again.exit_code == 0, again.output
        assert _rows(cursor, "t") == [(2,)]
        cursor.execute("SELECT COUNT(*) FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()")
        assert cursor.fetchall() == ((1,),)


def test_a_temporary_table_is_gone_in_the_run_that_goes_on(mariadb_url: str, project: MakeProject) -> None:
    """What `review` warns of: the rest fails and names the table, and goes on once it needs the table no more."""
    folder = project(mariadb_url)
    text = "CREATE TEMPORARY TABLE kept SELECT 7 AS n; CREATE TABLE taken (n INT); INSERT INTO taken {};"
    folder.sql("1", "first", text.format("SELECT n FROM kept"))
    reviewed = folder.run("review")
    assert "temporary-table-lost" in reviewed.output, reviewed.output
    with closing(killed_runs.connect(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE taken (other INT)")
        assert folder.run("--yes", "database", "update").exit_code == 21
        cursor.execute("DROP TABLE taken")
        again = folder.run("--yes", "database", "update")
        assert (again.exit_code, "kept' doesn't exist" in again.output) == (21, True), again.output
        folder.sql("1", "first", text.format("VALUES (7)"))
        ended = folder.run("--yes", "database", "update")
        assert ended.exit_code == 0, ended.output
        assert _rows(cursor, "taken") == [(7,)]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a", "ALTER TABLE t ADD CHECK (a > 1)", "TRUNCATE t",
        "RENAME TABLE a TO b, c TO a", "CALL p()", "ALTER TABLE t DROP COLUMN a, ADD COLUMN a INT",
    ],
)  # fmt: skip
def test_what_the_catalog_cannot_tell_has_no_probe(statement: str) -> None:
    """Where no trait tells whether it was done, a person is asked and nothing is guessed."""
    found = effects.effect(statement)
    assert (found.probe, found.can_run_in_transaction) == ("", False)


def test_scripts_are_split_as_the_client_does() -> None:
    """Delimiters, escapes, comments of all kinds and routine bodies keep their semicolons."""
    text = (
        "-- a; b\nINSERT INTO t VALUES ('a;\\'b', \"c;\\\"\"), (5--3); # x; y\n/*!50000 SET @a = ';' */;\n"
        "/* ; */ CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; SELECT CASE 1 WHEN 1 THEN 2 END; END;\n"
        "DELIMITER //\nSELECT ';'; SELECT 2//\nDELIMITER ;\nSELECT `;`"
    )
    assert [statement.text for statement in split(text, "mariadb")] == [
        "INSERT INTO t VALUES ('a;\\'b', \"c;\\\"\"), (5--3)", "/*!50000 SET @a = ';' */",
        "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; SELECT CASE 1 WHEN 1 THEN 2 END; END",
        "SELECT ';'; SELECT 2", "SELECT `;`",
    ]  # fmt: skip
    with pytest.raises(SplitError, match="string"):
        split("SELECT 'open", "mysql")
