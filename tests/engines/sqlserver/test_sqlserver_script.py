"""What a T-SQL script must hold against: the ways in which other generators' scripts break, each as a migration."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.sqlserver.conftest import FIRST, SECOND, Scripts
from fix_project import ProjectFolder
from fix_tsql import TsqlCheck
from neoron.engines.sqlserver.script_text import execute
from neoron.errors import PlanRefused, SourceError

Make = Callable[..., Scripts]


def _without_exec(script: str) -> str:
    """The script as it would be without EXEC: each text where it stands, compiled with its batch."""
    return re.sub(r"EXEC\(N'((?:[^']|'')*)'\);", lambda m: m[1].replace("''", "'") + ";", script)


def test_a_column_is_added_and_used_in_one_migration(scripts: Make, tsql: TsqlCheck) -> None:
    """It compiles, and it would not if the batch were compiled whole, as other generators write it."""
    script = scripts("ALTER TABLE orders ADD net int NULL;\nGO\nUPDATE orders SET net = amount;").up()
    assert tsql.compile(script) == []
    assert any("[net]" in error for error in tsql.compile(_without_exec(script)))


def test_a_column_that_an_earlier_migration_used_is_dropped(scripts: Make, tsql: TsqlCheck) -> None:
    """A script over both migrations compiles on an empty database, and again on one where the column is gone."""
    made = scripts("UPDATE orders SET note = N'x';")
    made.folder.sql("20260103000000", "drop", "ALTER TABLE orders DROP COLUMN note;")
    whole = made.up()
    assert tsql.compile(whole) == []
    assert any("[note]" in error for error in tsql.compile(whole, _without_exec(made.up(FIRST))))
    # Run again, the batches are compiled where the column is gone; the texts inside EXEC are not.
    chain = tsql.chain("CREATE TABLE orders (id int NOT NULL, amount int NOT NULL)")
    outer = re.sub(r"EXEC\(N'(?:[^']|'')*'\);", "SELECT 1;", whole)
    chain.add(outer)
    assert [str(f) for f in chain.finish() if f.severity == "error"] == []


@pytest.mark.parametrize(
    "module",
    [
        "CREATE PROCEDURE p @a int AS SELECT amount FROM dbo.orders WHERE id = @a;",
        "CREATE VIEW v AS SELECT id, amount FROM dbo.orders;",
        "CREATE FUNCTION dbo.f (@a int) RETURNS int AS BEGIN RETURN @a END;",
        "CREATE TRIGGER t ON orders AFTER INSERT AS SET NOCOUNT ON;",
        "CREATE OR ALTER VIEW v AS SELECT id FROM dbo.orders;",
        "-- a comment first\nCREATE SCHEMA other;",
    ],
)
def test_what_must_be_alone_in_its_batch_stands_in_a_guard(module: str, scripts: Make, tsql: TsqlCheck) -> None:
    """A procedure, view, function, trigger or schema is made inside the guard, where its bare text is an error."""
    script = scripts(module).up()
    assert tsql.compile(script) == []
    assert tsql.parse(_without_exec(script)) != []


def test_quoted_identifier_is_on_before_what_needs_it(scripts: Make, tsql: TsqlCheck) -> None:
    """A filtered index and a computed column find the settings they need, though sqlcmd starts without them."""
    script = scripts(
        "ALTER TABLE orders ADD twice AS (amount * 2) PERSISTED;\nGO\n"
        "CREATE UNIQUE INDEX ix ON orders (twice) WHERE note = N'x';"
    ).up()
    assert tsql.compile(script) == []
    first = script.split("\nGO\n")[0]
    needed = (
        "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER",
    )  # fmt: skip
    assert all(f"SET {name} ON;" in first for name in needed)
    assert "SET NUMERIC_ROUNDABORT OFF;" in first


def test_seed_rows_of_a_new_column_are_written(scripts: Make, tsql: TsqlCheck) -> None:
    """Rows for a table of the same migration compile, with the numbers of an IDENTITY column given or not."""
    script = scripts(
        """
        op.add_column("orders", sa.Column("kind", sa.Integer(), server_default="0", nullable=False))
        op.create_table("kinds", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Unicode(20)))
        kinds = sa.table("kinds", sa.column("id", sa.Integer()), sa.column("name", sa.Unicode()))
        op.bulk_insert(kinds, [{"id": 1, "name": "it's"}, {"id": 2, "name": "größer"}])
        op.execute("UPDATE orders SET kind = 1")
        """,
        python=True,
    ).up()
    assert tsql.compile(script) == []
    assert "SET IDENTITY_INSERT kinds ON" in script
    assert "N''it''''s''" in script


def test_go_in_a_comment_or_a_string_cuts_nothing(scripts: Make, tsql: TsqlCheck) -> None:
    """Lines GO inside literals never stand alone in the script, and what sqlcmd would replace is taken apart."""
    script = scripts(
        "/* don't\nGO\n*/ UPDATE orders SET note = N'one\nGO\n:r other.sql\n!!del\n$(name)' WHERE id = 1; -- it's\nGO\n"
        "UPDATE orders SET note = N'two';"
    ).up()
    assert tsql.compile(script) == []
    assert "$(" not in script
    assert [line for line in script.splitlines() if re.match(r"\s*(:|!!)", line)] == []
    # Every line GO ends a batch of ours: the one before it closes a block or a statement.
    ends = [before for before, line in zip(script.splitlines(), script.splitlines()[1:], strict=False) if line == "GO"]
    assert all(line.endswith(";") for line in ends)
    assert len(tsql.batches(script)) == len(ends)


NASTY = (
    "'", "$(", "$", "(", "GO", "go 5", "\n", "\r\n", "\n", ":r x", "!!", " ", "--", "/*", "*/", "]", '"', "ä😀",
    "x" * 1500,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(NASTY), min_size=1, max_size=14).map("".join))
def test_the_text_that_arrives_is_the_text_of_the_file(tsql: TsqlCheck, text: str) -> None:
    """The server is handed exactly what stands in a statement, and no client finds a part for itself in it."""
    sent = execute(text)
    assert _executed(sent) == text
    assert "$(" not in sent
    assert [line for line in sent.splitlines()[1:] if re.match(r"\s*(:|!!|GO\b)", line, re.IGNORECASE)] == []


def _executed(batch: str) -> str:
    """What EXEC(…) runs, as Microsoft's parser reads its literals."""
    from tsql_check.syntax import _parse

    tree, errors = _parse(batch, "<text>", 150)
    assert errors == []
    strings = tree.Batches[0].Statements[0].ExecuteSpecification.ExecutableEntity.Strings
    return "".join(part.Value for part in strings)


def test_every_batch_that_writes_is_guarded(scripts: Make, tsql: TsqlCheck) -> None:
    """As Microsoft's parser reads it, each batch with a write asks for the lock first and gives it back on an error."""
    up = "ALTER TABLE orders ADD a int NULL;\nGO\nCREATE INDEX i ON orders (a) WITH (ONLINE = ON, RESUMABLE = ON);"
    made = scripts(up, "DROP INDEX i ON orders;\nALTER TABLE orders DROP COLUMN a;")
    checked = [made.up(), made.up(is_idempotent=False), made.down(), made.down(is_idempotent=False)]
    guarded = sum(_guarded_batches(tsql, script) for script in checked)
    assert guarded >= 12


def _guarded_batches(tsql: TsqlCheck, script: str) -> int:
    from tsql_check.syntax import _name, _parse

    tree, errors = _parse(script, "<text>", 150)
    assert errors == []
    count = 0
    for batch, (start, length) in zip(tree.Batches, tsql.batches(script), strict=True):
        text = script.encode("utf-16-le")[2 * start : 2 * (start + length)].decode("utf-16-le")
        kinds = [_name(statement) for statement in batch.Statements]
        if "TryCatch" not in kinds:
            assert not re.search(r"EXEC\(N'|INSERT INTO|UPDATE neoron|DELETE FROM|CREATE TABLE", text), text
            continue
        assert kinds == ["If", "TryCatch"], kinds
        assert "APPLOCK_MODE" in text.split("BEGIN TRY")[0]
        assert [_name(s) for s in batch.Statements[1].CatchStatements.Statements] == ["If", "If", "Throw"]
        caught = text.partition("BEGIN CATCH")[2]
        assert "ROLLBACK TRANSACTION" in caught
        assert "sp_releaseapplock" in caught
        count += 1
    return count


def test_a_deadlock_half_way_leaves_nothing_behind(scripts: Make, tsql: TsqlCheck) -> None:
    """The statements of a migration and its history row are one transaction; the next batches find the lock gone."""
    made = scripts("UPDATE orders SET amount = 1;\nGO\nUPDATE orders SET amount = 2;")
    made.folder.sql("20260103000000", "more", "UPDATE orders SET amount = 3;")
    script = made.up()
    assert tsql.compile(script) == []
    batch = next(text for text in script.split("\nGO\n") if f"-- {SECOND} " in text)
    order = [
        "APPLOCK_MODE", "BEGIN TRY", "BEGIN TRANSACTION", "amount = 1", "amount = 2", "@@TRANCOUNT <> 1",
        "INSERT INTO neoron_history", "COMMIT TRANSACTION", "BEGIN CATCH", "ROLLBACK TRANSACTION", "sp_releaseapplock",
        "THROW;",
    ]  # fmt: skip
    places = [batch.index(word, batch.index("BEGIN CATCH") if order.index(word) > 7 else 0) for word in order]
    assert places == sorted(places)
    later = script[script.index("-- 20260103000000") :]
    assert "APPLOCK_MODE" in later.split("BEGIN TRY")[0]
    assert f"{FIRST}" not in later.split("BEGIN TRANSACTION")[0]
    assert "follows 20260102000000, which is not applied" in later


def test_the_header_says_what_it_is(scripts: Make) -> None:
    """Direction, range, engine and digest stand in the first lines, and how to run it; -f when it needs UTF-8."""
    made = scripts("UPDATE orders SET amount = 1;", "UPDATE orders SET amount = 2;")
    up, down = made.up(), made.down(is_idempotent=False)
    assert up.startswith(f"-- UP from 0 to {SECOND}, SQL Server. It can be run again at any time.\n-- Plan ")
    assert re.match(r"-- Plan [0-9a-f]{16}\. Run it with: sqlcmd", up.split("\n")[1])
    assert down.startswith(f"-- DOWN from {SECOND} to {FIRST}, SQL Server. It runs once")
    assert "sqlcmd -b -x -i THIS_FILE" in up
    assert "UNICODE" not in up


def test_a_file_read_in_another_code_page_is_noticed(scripts: Make, tsql: TsqlCheck) -> None:
    """A script with letters beyond ASCII asks first whether the client read it as UTF-8."""
    script = scripts("UPDATE orders SET note = N'größer';").up()
    assert tsql.compile(script) == []
    assert "-f 65001" in script.split("\n")[1]
    assert script.index("UNICODE(N'Ω') <> 937") < script.index("sp_getapplock")


def test_a_statement_outside_a_transaction_is_noted_before_and_after(scripts: Make, tsql: TsqlCheck) -> None:
    """A resumable index is asked about when a run died inside it; what nothing tells about is left to the user."""
    index = scripts("CREATE INDEX i ON orders (amount) WITH (ONLINE = ON, RESUMABLE = ON);").up()
    assert tsql.compile(index) == []
    outside = next(text for text in index.split("\nGO\n") if "RESUMABLE" in text)
    assert "BEGIN TRANSACTION" not in outside
    begun, done = outside.index("SET step_attempted = 1"), outside.index("SET steps_done = 1")
    assert begun < outside.index("EXEC(N'CREATE INDEX") < done
    assert "sys.index_resumable_operations" in outside


def test_an_unknown_step_is_left_to_the_user(scripts: Make, tsql: TsqlCheck) -> None:
    """After a run that died inside ALTER DATABASE the script stops instead of guessing."""
    script = scripts("ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON;", options="transaction:false").up()
    assert tsql.parse(script) == []
    assert "a run ended inside step 1" in script


def test_a_setting_that_cannot_be_carried_is_refused(scripts: Make) -> None:
    """SET QUOTED_IDENTIFIER OFF in a batch of its own has no form in a script, and the file and line are named."""
    with pytest.raises(PlanRefused, match="no script can carry") as refused:
        scripts("SET QUOTED_IDENTIFIER OFF;\nGO\nUPDATE orders SET amount = 1;").up()
    assert "change.sql:2" in str(refused.value.where)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("BEGIN TRANSACTION;\nUPDATE orders SET amount = 1;\nCOMMIT;", "BEGIN TRANSACTION"),
        ("UPDATE orders SET amount = 1; COMMIT", "COMMIT"),
        ("IF 1 = 1 ROLLBACK TRAN", "ROLLBACK"),
        ("USE master", "USE"),
        ("UPDATE orders SET amount = 1;\nGO\nUSE [other];\nGO", "USE"),
        (":r other.sql", "sqlcmd command"),
        ("SET XACT_ABORT OFF; UPDATE orders SET amount = 1;", "XACT_ABORT"),
    ],
)
def test_what_the_runner_owns_is_refused(text: str, word: str, scripts: Make) -> None:
    """A migration that opens or ends a transaction, or leaves the database, is refused with its file and line."""
    with pytest.raises(SourceError, match=word) as refused:
        scripts(text).up()
    assert "change.sql:" in str(refused.value.where)


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN TRY\n    UPDATE orders SET amount = 1;\nEND TRY\nBEGIN CATCH\n    THROW;\nEND CATCH",
        "BEGIN\n    UPDATE orders SET amount = 1;\nEND",
        "SELECT id FROM orders OPTION (USE HINT (N'DISABLE_OPTIMIZED_NESTED_LOOP'));",
        "CREATE PROCEDURE p AS BEGIN TRANSACTION; COMMIT TRANSACTION;",
        "UPDATE orders SET note = N'COMMIT'; -- ROLLBACK",
    ],
)
def test_what_only_looks_like_it_is_let_through(text: str, scripts: Make, tsql: TsqlCheck) -> None:
    """BEGIN…END, TRY, hints, bodies of procedures, strings and comments are no transaction control."""
    assert tsql.compile(scripts(text).up()) == []


def test_the_engine_may_be_named(project: Callable[..., ProjectFolder]) -> None:
    """`migrations script --engine sqlserver` and `--engine mssql` need neither a server nor a driver."""
    folder = project("sqlite:///app.db")
    folder.sql("20260101000000", "one", "CREATE TABLE a (b int);", "DROP TABLE a;")
    named: list[Any] = [folder.run("migrations", "script", "--engine", name) for name in ("sqlserver", "mssql")]
    assert [ran.exit_code for ran in named] == [0, 0], named[0].output
    assert named[0].stdout == named[1].stdout
    assert "sp_getapplock" in named[0].stdout
