"""What the stash says to a SQL Server is compiled, text by text, against the schema of the moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings

from engines.sqlserver.compiled_database import CompiledDatabase
from fix_tsql import TsqlCheck
from lifecycle import random_schemas
from lifecycle.case import Case
from lifecycle.cases_tsql import CASES
from neoron.engines.lookup import engine_named
from neoron.engines.sqlserver.stash_words import WORDS
from neoron.model.migration import Version
from neoron.model.plan import Step, StepKind
from neoron.model.stash import Lost
from neoron.stages.stash_steps import with_restore, with_stash

ENGINE = engine_named("sqlserver")
RANDOM = 150 if os.environ.get("NEORON_NIGHTLY") == "1" else 4
QUICK = ("column_with_default", "update", "table", "key_type")
"""What each run compiles; the others are compiled in the nightly one."""
ITEMS = """
CREATE TYPE phone FROM nvarchar(20);
GO
CREATE TABLE shelves (id int NOT NULL CONSTRAINT pk_shelves PRIMARY KEY);
CREATE TABLE items (
    id bigint IDENTITY(1,1) NOT NULL CONSTRAINT pk_items PRIMARY KEY,
    name nvarchar(40) COLLATE Latin1_General_CS_AS NOT NULL,
    price decimal(9, 2) NOT NULL CONSTRAINT df_items_price DEFAULT 5,
    twice AS (price * 2),
    seen datetimeoffset(3) NULL,
    any_kind sql_variant NULL,
    weight float NULL,
    stamp rowversion NOT NULL,
    paper varbinary(max) NULL,
    shelf int NULL CONSTRAINT fk_items_shelf REFERENCES shelves (id),
    deleted bit NOT NULL CONSTRAINT df_items_deleted DEFAULT 0
);
CREATE TABLE parts (
    id int NOT NULL CONSTRAINT pk_parts PRIMARY KEY,
    item bigint NULL CONSTRAINT fk_parts_item REFERENCES items (id) ON DELETE CASCADE
);
CREATE TABLE notes (text nvarchar(20) NULL, at datetime NULL);
GO
CREATE UNIQUE INDEX ux_items_name ON items (name) WHERE deleted = 0;
GO
CREATE TRIGGER tr_items ON items AFTER UPDATE AS SET NOCOUNT ON;
"""
_ITEMS = ITEMS.split("GO\n")[1].strip()
_COLUMN = "ALTER TABLE items ADD price decimal(9, 2) NOT NULL CONSTRAINT df_items_price DEFAULT 5"


def case(name: str, up: str, down: str = "") -> Case:
    """A destructive migration on the items."""
    return Case(name, up, down, ITEMS, engines=("sqlserver",))


OWN = (
    case("column", "ALTER TABLE items DROP COLUMN weight", "ALTER TABLE items ADD weight float NULL"),
    case(
        "column_with_default",
        "ALTER TABLE items DROP COLUMN twice;\nGO\nALTER TABLE items DROP CONSTRAINT df_items_price, COLUMN price",
        f"{_COLUMN};\nGO\nALTER TABLE items ADD twice AS (price * 2)",
    ),
    case("delete", "DELETE FROM dbo.items WHERE price > 15"),
    case("update", "UPDATE i SET price = 0, seen = NULL, any_kind = 1, paper = 0x FROM items AS i WHERE i.price > 30"),
    case("merge", "MERGE items AS i USING shelves AS s ON i.shelf = s.id WHEN MATCHED THEN DELETE;"),
    case("truncate", "TRUNCATE TABLE notes"),
    case("truncate_with_key", "TRUNCATE TABLE parts"),
    case("narrow", "ALTER TABLE items ALTER COLUMN weight real", "ALTER TABLE items ALTER COLUMN weight float"),
    case("table", "DROP TABLE parts;\nDROP TABLE items;\nDROP TABLE notes",
         f"{_ITEMS[_ITEMS.index('CREATE TABLE items') :]}\nGO\n"
         "CREATE UNIQUE INDEX ux_items_name ON items (name) WHERE deleted = 0"),
    case("key", "ALTER TABLE parts DROP CONSTRAINT pk_parts;\nGO\nALTER TABLE parts DROP COLUMN id",
         "ALTER TABLE parts ADD id int NOT NULL CONSTRAINT df_parts DEFAULT 0"),
    case("key_type", "ALTER TABLE parts DROP CONSTRAINT pk_parts;\nGO\n"
         "ALTER TABLE parts ALTER COLUMN id bigint NOT NULL;\nGO\n"
         "ALTER TABLE parts ADD CONSTRAINT pk_parts PRIMARY KEY (id);\nGO\nUPDATE parts SET item = NULL"),
    case("twice", "UPDATE items SET weight = 1;\nGO\nDELETE FROM items WHERE weight > 1"),
    case("in_a_batch", "IF EXISTS (SELECT 1 FROM items) BEGIN UPDATE items SET price = 1; DELETE FROM notes END"),
)  # fmt: skip
DESTROYING = tuple(
    c for c in (*OWN, *CASES)
    if any(ENGINE.stash.lost(s.text) for way in (c.up, c.down) for s in ENGINE.split(way, "mssql"))
)  # fmt: skip


def _steps(sql: str, direction: str) -> list[Step]:
    found = ENGINE.split(sql, "mssql")
    return [
        Step(f"v/{direction}/{n}", Version("v"), StepKind.STATEMENT, s.text, transaction=0, number=n)
        for n, s in enumerate(found, 1)
    ]  # fmt: skip


def _send(database: CompiledDatabase, steps: Sequence[Step]) -> None:
    for step in steps:
        if step.kind is StepKind.STATEMENT:
            database.execute(step.sql)
        else:
            ENGINE.stash.send(database, step, "run")  # type: ignore[arg-type]


def _there_and_back(case: Case, tsql: TsqlCheck) -> CompiledDatabase:
    database = CompiledDatabase(tsql, case.before)
    up = with_stash(ENGINE, _steps(case.up, "up"), "v/up")
    _send(database, up)
    _send(database, with_stash(ENGINE, with_restore(up, _steps(case.down, "down"), "v/down"), "v/down"))
    ENGINE.stash.purge(database, [entry.id for entry in ENGINE.stash.entries(database)])  # type: ignore[arg-type]
    return database


def _shown(case: Case) -> object:
    return pytest.param(case, id=case.name, marks=() if case.name in QUICK else pytest.mark.nightly)


@pytest.mark.parametrize("case", [_shown(case) for case in DESTROYING])
def test_there_and_back_compiles(case: Case, tsql: TsqlCheck) -> None:
    """Copy, comparison, look, putting back, what the rollback drops itself, and the purge: no text is refused."""
    database = _there_and_back(case, tsql)
    assert database.errors == []
    # A computed column alone is no loss: it is computed again.
    assert any("CREATE TABLE neoron_stash_" in text for text in database.sent) is (case.name != "computed_column")
    assert database.entries == {}
    assert not [key for key in database.chain.docs if "neoron_stash_" in key and "entries" not in key]


def test_random_ways_back_compile(tsql: TsqlCheck, record_property: Callable[[str, object], None]) -> None:
    """The random schemas and migrations that the other engines run are compiled on the whole way there and back."""

    @settings(max_examples=RANDOM, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(random_schemas.cases("sqlserver"))
    def check(drawn: random_schemas.Case) -> None:
        words, left = random_schemas.Words("sqlserver"), drawn.tables
        made = [s for t in drawn.tables for s in words.create(t, drawn.tables)]
        made += [words.insert(t, row) for at, t in enumerate(drawn.tables) for row in drawn.rows[at]]
        up, down = list[str](), list[str]()
        for op in drawn.ops:
            there, back, left = words.apply(op, left)
            up, down = [*up, *there], [*back, *down]
        one = Case("random", words.script(up or ["SELECT 1"]), words.script(down or ["SELECT 1"]), words.script(made))
        assert _there_and_back(one, tsql).errors == []

    check()
    record_property("figure", f"stash on SQL Server: {RANDOM} random schemas and ways back compiled")


def test_enough_of_them_destroy() -> None:
    """The cases cover each way to lose something, and every own case loses something."""
    assert set(OWN) <= set(DESTROYING)
    assert len(DESTROYING) >= 30


def _sent(tsql: TsqlCheck, name: str) -> list[str]:
    one = next(c for c in OWN if c.name == name)
    database = CompiledDatabase(tsql, one.before)
    up = with_stash(ENGINE, _steps(one.up, "up"), "v/up")
    _send(database, up)
    _send(database, with_restore(up, _steps(one.down, "down"), "v/down"))
    assert database.errors == []
    return database.sent


def test_rows_come_back_with_their_numbers_and_silent_triggers(tsql: TsqlCheck) -> None:
    """Identity values are kept, computed columns and row versions are the server's, triggers rest meanwhile."""
    sent = _sent(tsql, "delete")
    copy = next(text for text in sent if text.startswith("CREATE TABLE neoron_stash_1 "))
    assert "o0 bigint NULL, o1 nvarchar(40) COLLATE Latin1_General_CS_AS NULL, o2 decimal(9,2) NULL" in copy
    assert "IDENTITY" not in copy
    back = [text for text in sent if text.startswith(("SET IDENTITY_INSERT", "INSERT INTO [items]"))]
    assert back[0] == "SET IDENTITY_INSERT [items] ON"
    names = "[id], [name], [price], [seen], [any_kind], [weight], [paper], [shelf], [deleted]"
    assert back[1].startswith(f"INSERT INTO [items] ({names}) SELECT")
    assert back[2] == "SET IDENTITY_INSERT [items] OFF"
    assert "EXISTS (SELECT 1 FROM [shelves] p WHERE p.[id] = CAST(s.o7 AS int))" in back[1]
    assert "NOT EXISTS (SELECT 1 FROM [items] u WHERE (u.[id] = n.[id] OR" in back[1]
    assert "u.[name] IS NULL AND n.[name] IS NULL) AND deleted = 0" in back[1]
    assert sent.index("DISABLE TRIGGER [tr_items] ON [items]") < sent.index(back[1])
    assert sent.index("ENABLE TRIGGER [tr_items] ON [items]") > sent.index(back[1])


def test_a_table_is_locked_before_it_is_copied_and_its_children_are_kept(tsql: TsqlCheck) -> None:
    """Writers wait from before the copy to the end of the transaction; rows that go by CASCADE are copied first."""
    sent = _sent(tsql, "delete")
    for table, copy in (("items", "neoron_stash_1"), ("parts", "neoron_stash_2")):
        lock = sent.index(f"SELECT TOP (1) 1 FROM [{table}] WITH (TABLOCK, HOLDLOCK)")
        filled = next(i for i, text in enumerate(sent) if text.startswith(f"INSERT INTO {copy} WITH (TABLOCK)"))
        assert lock < filled < next(i for i, text in enumerate(sent) if text.startswith("DELETE FROM dbo.items"))


def test_a_number_that_the_server_gives_is_named_and_not_written(tsql: TsqlCheck) -> None:
    """An identity column that the way down makes anew cannot be set: its old values stay in the stash, and say why."""
    before = "CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY, n int IDENTITY(1,1) NOT NULL, b int NULL)"
    database = CompiledDatabase(tsql, before)
    up = with_stash(ENGINE, _steps("ALTER TABLE a DROP COLUMN n", "up"), "v/up")
    back = _steps("ALTER TABLE a ADD n int IDENTITY(1,1) NOT NULL", "down")
    _send(database, [*up, *with_restore(up, back, "v/down")])
    assert database.errors == []
    entries = ENGINE.stash.entries(database)  # type: ignore[arg-type]
    assert [entry.detail for entry in entries] == ["the database fills n by itself"]
    assert not [text for text in database.sent if text.startswith("UPDATE t SET")]


@pytest.mark.parametrize(
    ("batch", "lost"),
    [
        ("DELETE FROM DBO.items", [Lost("items")]),
        ("UPDATE x SET a = 1 FROM sales.items AS x", [Lost("items", "sales", ("a",))]),
        ("EXEC(N'TRUNCATE TABLE a')", [Lost("a")]),
        ("CREATE PROCEDURE p AS DELETE FROM items", []),
        ("DROP TABLE #mine; SELECT 1", []),
        ("DROP VIEW v", []),
        ("ALTER TABLE a DROP CONSTRAINT c", []),
        ("ALTER TABLE a DROP CONSTRAINT c, COLUMN d, e", [Lost("a", "", ("d",)), Lost("a", "", ("e",))]),
    ],
)  # fmt: skip
def test_what_a_batch_takes_away(batch: str, lost: list[Lost]) -> None:
    """Its own reader tells; what a module would do, and temporary tables, are no loss."""
    assert list(ENGINE.stash.lost(batch)) == lost


def test_a_broken_text_of_the_stash_would_be_found(tsql: TsqlCheck) -> None:
    """The compiled database refuses the other engines' words and a column that is not there."""
    database = CompiledDatabase(tsql, ITEMS)
    database.query("SELECT 1 FROM items LIMIT 1")
    database.query("SELECT 1 FROM items WHERE nope = 1")
    assert len(database.errors) == 2
    assert WORDS.columns(database, "", "items")[0].is_numbered  # type: ignore[arg-type]
