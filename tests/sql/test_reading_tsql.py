"""Statements of T-SQL batches are found and read without semicolons."""

from __future__ import annotations

import time

import pytest

from neoron.sql.actions import Action, AlterType, Create, CreateTable, Delete, Unread, Where
from neoron.sql.reading import readings


def _kinds(text: str) -> list[tuple[int, list[str]]]:
    return [(r.line, [type(a).__name__ for a in r.actions]) for r in readings(text, "mssql")]


def _only(text: str, kind: type[Action]) -> Action:
    (found,) = [a for r in readings(text, "mssql") for a in r.actions if isinstance(a, kind)]
    return found


STATEMENTS = [
    ("SET NOCOUNT ON DELETE FROM t", [(1, ["Setting"]), (1, ["Delete"])]),
    ("INSERT t (a) SELECT 1 SELECT 2", [(1, ["Insert"]), (1, ["ReadsOnly"])]),
    ("INSERT t (a) VALUES (1) SELECT 2", [(1, ["Insert"]), (1, ["ReadsOnly"])]),
    ("SELECT 1 UNION ALL SELECT 2 DROP TABLE t", [(1, ["ReadsOnly"]), (1, ["Drop"])]),
    ("ALTER TABLE t ADD a int ALTER TABLE t DROP COLUMN b DROP TABLE c",
     [(1, ["AddColumn"]), (1, ["DropColumn"]), (1, ["Drop"])]),
    ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a) ON DELETE SET NULL ON UPDATE CASCADE\nDELETE t",
     [(1, ["AddConstraint"]), (2, ["Delete"])]),
    ("IF EXISTS (SELECT 1)\n  DROP TABLE IF EXISTS t\nELSE\n  PRINT 'x'", [(1, ["Drop"]), (3, ["ReadsOnly"])]),
    ("IF @a = 1\nBEGIN\n  UPDATE t SET a = CASE WHEN 1 = 1 THEN 2 ELSE 3 END\n  DROP TABLE t\nEND\nTRUNCATE TABLE t",
     [(1, ["ReadsOnly"]), (3, ["Update"]), (4, ["Drop"]), (6, ["Truncate"])]),
    ("BEGIN TRY\n BEGIN TRAN\n DROP TABLE t\n COMMIT\nEND TRY\nBEGIN CATCH\n ROLLBACK; THROW\nEND CATCH",
     [(2, ["Transaction"]), (3, ["Drop"]), (4, ["Transaction"]), (7, ["ReadsOnly"]), (7, ["ReadsOnly"])]),
    ("GRANT SELECT, INSERT, UPDATE ON t TO a DENY DELETE ON t TO b", [(1, ["Permission"]), (1, ["Permission"])]),
    ("MERGE t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1);"
     "DROP TABLE t", [(1, ["Merge"]), (1, ["Drop"])]),
    ("DECLARE c CURSOR FOR SELECT a FROM t FOR UPDATE OF a OPEN c FETCH NEXT FROM c", [
        (1, ["ReadsOnly"]), (1, ["ReadsOnly"]), (1, ["ReadsOnly"])]),
    ("SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY DROP TABLE t",
     [(1, ["ReadsOnly"]), (1, ["Drop"])]),
    ("ALTER DATABASE d SET RECOVERY SIMPLE SET NOCOUNT ON", [(1, ["BackupChain"]), (1, ["Setting"])]),
    ("ALTER DATABASE d SET MULTI_USER WITH ROLLBACK AFTER 5 SECONDS DROP TABLE t", [(1, ["Alter"]), (1, ["Drop"])]),
    ("sp_rename 'a', 'b'\nGO\nDROP TABLE t", [(1, ["Rename"]), (3, ["Drop"])]),
    ("again:\nDELETE TOP (5) FROM t\nIF @@ROWCOUNT > 0 GOTO again", [(2, ["Delete"]), (3, ["ReadsOnly"])]),
    ("DISABLE TRIGGER x ON t ENABLE TRIGGER x ON t", [(1, ["TableChange"]), (1, ["TableChange"])]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATEMENTS)
def test_statements_are_found_where_they_begin(text: str, expected: list[tuple[int, list[str]]]) -> None:
    """Each statement of a batch is one of its own, with its line, whatever stands around it."""
    assert _kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "DECLARE @s nvarchar(max) = N'DROP ' + N'TABLE ' + QUOTENAME(@t); EXEC sp_executesql @s",
        "DECLARE @s varchar(99) SET @s = 'TRUNCATE' SET @s += ' TABLE t' EXEC (@s)",
        "DECLARE @s nvarchar(max) SELECT @s = STRING_AGG(N'DROP TABLE ' + name, N';') FROM sys.tables EXEC (@s)",
        "DECLARE @s nvarchar(max) SELECT @s = COALESCE(@s, N'') + N'DROP TABLE ' + name FROM sys.tables EXEC (@s)",
        "DECLARE @s nvarchar(99) = N'SELECT 1' IF @a = 1 SET @s = N'DROP TABLE t' EXEC (@s)",
        "EXEC ('EXEC (''DROP TABLE t'')')",
        "DECLARE @s varchar(99) = REPLACE('DROP TABLE {t}', '{t}', 'orders') EXEC (@s)",
        "DECLARE @s nvarchar(99) = FORMATMESSAGE(N'DROP TABLE %s.%s', N'dbo', @t) EXEC (@s)",
        "EXEC sp_MSforeachtable @command1 = N'DROP TABLE ?'",
        "INSERT INTO #t EXEC (N'TRUNCATE TABLE t')",
        "EXEC (CONCAT(N'DROP TABLE ', @a, N'.', @b)) AT elsewhere",
    ],
)
def test_texts_are_followed_into_exec(text: str) -> None:
    """What a variable or an expression says is read where it runs."""
    found = [type(a).__name__ for r in readings(text, "mssql") for a in r.actions]
    assert {"Drop", "Truncate"} & set(found)
    assert "Unread" not in found


@pytest.mark.parametrize(
    "text", ["EXEC (@s)", "EXEC @p 1", "EXEC xp_cmdshell 'dir'", ":r other.sql", "SELECT 'a", "DBCC ODD"]
)
def test_what_cannot_be_known_is_said_to_be_unread(text: str) -> None:
    """A text that is not there, and a command of the client's, are never passed in silence."""
    assert any(isinstance(a, Unread) for r in readings(text, "mssql") for a in r.actions)


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("", Where.MISSING), (" WHERE 1 = 1", Where.ALWAYS_TRUE), (" WHERE (NOT (1 = 0))", Where.ALWAYS_TRUE),
        (" WHERE a = a", Where.ALWAYS_TRUE), (" WHERE a LIKE '%'", Where.ALWAYS_TRUE),
        (" WHERE 'x' <> N'y'", Where.ALWAYS_TRUE),
        (" WHERE a = 1 OR 2 > 1", Where.ALWAYS_TRUE), (" WHERE id IN (SELECT id FROM t)", Where.ALWAYS_TRUE),
        (" WHERE 1 IN (2, 1)", Where.ALWAYS_TRUE), (" WHERE 3 IN (2, 1)", Where.BOUNDED),
        (" WHERE 5 BETWEEN 1 AND 9", Where.ALWAYS_TRUE), (" WHERE NULL IS NULL", Where.ALWAYS_TRUE),
        (" WHERE LEFT(a, 1) = LEFT(a, 1)", Where.ALWAYS_TRUE), (" WHERE LEFT(a, 1) = LEFT(b, 1)", Where.BOUNDED),
        (" WHERE EXISTS (SELECT 1)", Where.ALWAYS_TRUE), (" WHERE 1 = 1 AND a = 2", Where.BOUNDED),
        (" WHERE a = b", Where.BOUNDED), (" WHERE id IN (SELECT TOP (5) id FROM t)", Where.BOUNDED),
    ],
)  # fmt: skip
def test_conditions_that_hold_for_all_rows_are_known(condition: str, where: Where) -> None:
    """A WHERE that is true whatever the row says bounds nothing."""
    found = _only(f"DELETE FROM t{condition}", Delete)
    assert isinstance(found, Delete)
    assert found.where is where


def test_names_are_compared_as_the_database_does() -> None:
    """Case, brackets and quotes make no difference; another database does."""
    names = [a.table for text in ("DELETE DBO.[T]", 'delete "dbo" . t', "DELETE tempdb.dbo.T", "DELETE other.dbo.T")
             for r in readings(text, "mssql") for a in r.actions if isinstance(a, Delete)]  # fmt: skip
    assert [str(name) for name in names] == ["dbo.t", "dbo.t", "dbo.t", "other.dbo.t"]


def test_a_procedure_keeps_what_it_would_do_to_itself() -> None:
    """What stands in a body runs when it is called: it is no action of the script."""
    (reading,) = readings("CREATE PROC p @a int AS BEGIN DELETE FROM t DROP TABLE t END", "mssql")
    (action,) = reading.actions
    assert isinstance(action, Create)
    assert [type(a).__name__ for a in action.body] == ["Delete", "Drop"]


def test_a_table_is_read_with_all_its_parts() -> None:
    """Columns, defaults, keys and inline indexes of CREATE TABLE, and the whole column of ALTER COLUMN."""
    table = _only(
        "CREATE TABLE t (a int IDENTITY(1, 1) NOT NULL PRIMARY KEY, b AS (a + 1) PERSISTED, c national char varying(5) "
        "NULL DEFAULT N'x' INDEX ic, d decimal(9, 2), CONSTRAINT q UNIQUE (c, d), INDEX i (d DESC))", CreateTable,
    )  # fmt: skip
    assert isinstance(table, CreateTable)
    assert [(c.name, c.type.name, c.type.arguments) for c in table.columns] == [
        ("a", "int", ()), ("b", "", ()), ("c", "nvarchar", (5,)), ("d", "decimal", (9, 2))]  # fmt: skip
    assert [i.columns for i in table.indexes] == [("c",), ("d",)]
    change = _only(
        "ALTER TABLE t ALTER COLUMN c varchar(max) COLLATE Latin1_General_BIN2 NOT NULL WITH (ONLINE = ON)", AlterType
    )
    assert isinstance(change, AlterType)
    assert (change.type.arguments, change.type.collation, change.options) == ((-1,), "latin1_general_bin2", {"ONLINE"})
    assert change.restated is not None
    assert change.restated.is_nullable is False


def test_time_of_reading_grows_with_the_text() -> None:
    """A script that is eight times as long takes about eight times as long."""
    unit = "IF @a = 1 BEGIN UPDATE t SET a = 1 WHERE id = 5 END ALTER TABLE t ADD c int NULL\n"

    def seconds(count: int) -> float:
        start = time.perf_counter()
        readings(unit * count, "mssql")
        return time.perf_counter() - start

    short, long = min(seconds(200) for _ in range(3)), min(seconds(1600) for _ in range(2))
    assert long < 40 * max(short, 0.001)
