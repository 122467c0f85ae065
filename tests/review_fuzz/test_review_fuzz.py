"""Whatever is given to the review, it answers, soon, and a destructive statement is never passed in silence."""

from __future__ import annotations

import gc
import os
import time
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neoron.model.finding import Category
from neoron.rules.reviewer import DIALECTS, Circumstances, review_script
from review_fuzz.mutations import broken, rewritten

LIMIT_S = 1.0
IS_NIGHTLY = bool(os.environ.get("NEORON_NIGHTLY"))
ROUNDS = 20_000 if IS_NIGHTLY else 500
quick = settings(
    max_examples=ROUNDS, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not IS_NIGHTLY
)


@dataclass(frozen=True)
class Fuzzed:
    """How an engine writes names, and statements that destroy rows of `{t}`, and other statements."""

    quote: str
    schema: str
    destructive: tuple[str, ...]
    other: tuple[str, ...]
    more_quotes: tuple[str, ...] = ()


MYSQL_DESTRUCTIVE = (
    "DROP TABLE {t}", "DROP TABLE IF EXISTS {t} CASCADE", "TRUNCATE TABLE {t}", "TRUNCATE {t}", "DELETE FROM {t}",
    "DELETE LOW_PRIORITY IGNORE FROM {t}", "DELETE FROM {t} WHERE 1 = 1", "DELETE FROM {t} WHERE TRUE OR note = 'x'",
    "UPDATE {t} SET note = 'x'", "ALTER TABLE {t} DROP COLUMN note", "ALTER TABLE {t} ADD x int , DROP note",
    "ALTER TABLE {t} MODIFY note char ( 2 ) , ALGORITHM = COPY", "DROP DATABASE shop", "DROP SCHEMA IF EXISTS shop",
    "ALTER TABLE {t} DROP PARTITION p1 , p2", "ALTER TABLE {t} TRUNCATE PARTITION ALL",
    "REPLACE INTO {t} ( id ) VALUES ( 1 )", "ALTER TABLE {t} DISCARD TABLESPACE", "ALTER TABLE {t} ENGINE = MyISAM",
    "INSERT IGNORE INTO {t} ( id ) SELECT id FROM customers", "PREPARE s FROM 'DROP TABLE orders'",
    "/*!40101 DROP TABLE orders */", "SET FOREIGN_KEY_CHECKS = 0", "LOAD DATA INFILE 'x' REPLACE INTO TABLE {t}",
    "DELETE o FROM {t} o LEFT JOIN l ON l . id = o . id", "WITH w AS ( SELECT 1 ) DELETE FROM {t}",
    "ALTER TABLE {t} CONVERT TO CHARACTER SET latin1", "SET sql_mode = ''",
)  # fmt: skip
MYSQL_OTHER = (
    "CREATE TABLE {t} ( id bigint AUTO_INCREMENT PRIMARY KEY , note text DEFAULT 'x' , KEY k ( note ( 10 ) ) )",
    "CREATE INDEX i ON {t} ( note )", "ALTER TABLE {t} ADD CONSTRAINT c CHECK ( note <> '' ) NOT ENFORCED",
    "CREATE PROCEDURE p ( IN a int ) BEGIN IF a > 1 THEN DELETE FROM {t} WHERE id = a ; END IF ; END",
    "RENAME TABLE {t} TO x , y TO {t}",
    "SELECT CASE WHEN 1 THEN ( 2 ) END FROM {t} WHERE a BETWEEN 1 AND 2 OR b IN ( 1 )",
    "ALTER TABLE {t} CHANGE a b enum ( 'x' , 'y' ) NOT NULL DEFAULT 'x' AFTER c", "BEGIN", "COMMIT",
    "SET @x = CONCAT ( 'a' , @y )", "UPDATE {t} o JOIN l USING ( id ) SET o . note = 'x' WHERE l . n < 5 LIMIT 1",
    "EXECUTE s", "DELIMITER //", "CALL p ( 1 )",
)  # fmt: skip

ENGINES = {
    "mariadb": Fuzzed(
        "``", "shop",
        (
            *MYSQL_DESTRUCTIVE, "CREATE OR REPLACE TABLE {t} ( id int )", "ALTER TABLE {t} DROP SYSTEM VERSIONING",
            "ALTER IGNORE TABLE {t} ADD UNIQUE KEY u ( note )", "EXECUTE IMMEDIATE 'DROP TABLE orders'",
            "BEGIN NOT ATOMIC DELETE FROM {t} ; END", "/*M!100100 DROP TABLE orders */", "ANALYZE DELETE FROM {t}",
            "SET STATEMENT lock_wait_timeout = 5 FOR DELETE FROM {t}",
        ),
        (*MYSQL_OTHER, "CREATE SEQUENCE s START WITH 5", "SELECT NEXT VALUE FOR s"),
    ),
    "mysql": Fuzzed("``", "shop", MYSQL_DESTRUCTIVE, MYSQL_OTHER),
    "postgresql": Fuzzed(
        '""', "public",
        (
            "DROP TABLE {t}", "DROP TABLE IF EXISTS {t} CASCADE", "TRUNCATE TABLE {t}", "DELETE FROM {t}",
            "DELETE FROM {t} WHERE 1 = 1", "UPDATE {t} SET note = 'x'", "ALTER TABLE {t} DROP COLUMN note",
            "ALTER TABLE IF EXISTS ONLY {t} ADD x int , DROP IF EXISTS note", "DROP SCHEMA shop CASCADE",
            "WITH gone AS ( DELETE FROM {t} RETURNING * ) SELECT * FROM gone",
            "EXPLAIN ANALYZE DELETE FROM {t}", "DO $$ BEGIN DELETE FROM {t} ; END $$",
            "DO $$ BEGIN EXECUTE 'DROP TABLE orders' ; END $$", "ALTER TABLE {t} SET UNLOGGED",
            "MERGE INTO {t} o USING l ON o . id = l . id WHEN MATCHED THEN DELETE",
        ),
        (
            "CREATE TABLE {t} ( id bigint PRIMARY KEY , note text DEFAULT 'x' )", "CREATE INDEX i ON {t} ( note )",
            "ALTER TABLE {t} ADD CONSTRAINT c CHECK ( note IS NOT NULL ) NOT VALID", "SELECT setval ( 's' , 1 )",
            "CREATE FUNCTION f ( ) RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN NEW ; END $f$",
            "COPY {t} FROM stdin", "ALTER TYPE mood ADD VALUE 'x' BEFORE 'y'", "BEGIN", "COMMIT", "SET x = 'y'",
        ),
    ),
    "sqlite": Fuzzed(
        "[]", "main",
        (
            "DROP TABLE {t}", "DROP TABLE IF EXISTS {t}", "DELETE FROM {t}", "DELETE FROM {t} WHERE 1 = 1",
            "DELETE FROM {t} AS o WHERE o . id IS o . id RETURNING id", "UPDATE {t} SET note = 'x'",
            "WITH c AS ( SELECT 1 ) DELETE FROM {t} WHERE NOT 0", "UPDATE OR IGNORE {t} SET ( note , x ) = ( 1 , 2 )",
            "ALTER TABLE {t} DROP COLUMN note", "ALTER TABLE {t} DROP note", "REPLACE INTO {t} ( id ) VALUES ( 5 )",
            "INSERT OR REPLACE INTO {t} SELECT id , note FROM l", "PRAGMA journal_mode = OFF",
            "PRAGMA writable_schema = ON", "DELETE FROM sqlite_schema WHERE name = 'orders'",
            "BEGIN ; PRAGMA foreign_keys ( 0 ) ; COMMIT", "UPDATE {t} SET note = n FROM l WHERE l . id = 5",
        ),
        (
            "CREATE TABLE {t} ( id INTEGER PRIMARY KEY , note TEXT DEFAULT 'x' CHECK ( note <> '' ) ) STRICT",
            "CREATE INDEX i ON orders ( note COLLATE nocase DESC ) WHERE id > 5",
            "ALTER TABLE {t} ADD x INT DEFAULT ( 1 )",
            "CREATE TRIGGER t AFTER UPDATE OF note ON orders BEGIN DELETE FROM l WHERE id = OLD . id ; END",
            "CREATE VIEW v ( a ) AS SELECT id FROM {t} WHERE id IN ( SELECT id FROM l LIMIT 5 )",
            "VACUUM INTO 'x'", "SAVEPOINT a", ".mode csv",
            "INSERT INTO {t} ( id ) VALUES ( 1 ) ON CONFLICT ( id ) DO UPDATE SET note = excluded . note",
            "ALTER TABLE {t} RENAME TO other", "ATTACH 'x' AS y", "CREATE VIRTUAL TABLE f USING fts5 ( a )",
        ),
        more_quotes=('""', "``", "''"),
    ),
    "sqlserver": Fuzzed(
        "[]", "dbo",
        (
            "DROP TABLE {t}", "DROP TABLE IF EXISTS {t} , l", "TRUNCATE TABLE {t}", "DELETE FROM {t}",
            "DELETE {t}", "DELETE TOP ( 5 ) FROM {t} WHERE 1 = 1", "UPDATE {t} SET note = 'x'",
            "UPDATE o SET note = 'x' FROM {t} AS o", "ALTER TABLE {t} DROP COLUMN note",
            "ALTER TABLE {t} DROP CONSTRAINT c , COLUMN IF EXISTS note",
            "WITH gone AS ( SELECT * FROM {t} ) DELETE FROM gone", "IF 1 = 1 DELETE FROM {t} ELSE PRINT 'x'",
            "BEGIN TRY DROP TABLE {t} END TRY BEGIN CATCH THROW END CATCH", "SET NOCOUNT ON DELETE FROM {t}",
            "EXEC ( N'DROP TABLE orders' )", "EXECUTE sp_executesql @stmt = N'DELETE FROM orders'",
            "DECLARE @s nvarchar ( max ) = N'DROP ' + N'TABLE orders' EXEC ( @s )", "PRINT 'x' TRUNCATE TABLE {t}",
            "MERGE {t} AS o USING l ON o . id = l . id WHEN NOT MATCHED BY SOURCE THEN DELETE ;",
            "SELECT 1 FROM l WHERE id = 5 DROP TABLE {t}", "ALTER TABLE {t} SET ( SYSTEM_VERSIONING = OFF )",
            "RESTORE DATABASE shop FROM DISK = 'x' WITH REPLACE", "ALTER TABLE {t} ALTER COLUMN note date NULL",
        ),
        (
            "CREATE TABLE {t} ( id int IDENTITY ( 1 , 1 ) PRIMARY KEY , note nvarchar ( max ) DEFAULT N'x' )",
            "CREATE INDEX i ON {t} ( note ) INCLUDE ( id ) WHERE id > 5 WITH ( ONLINE = ON )", "GO 5", "DBCC CHECKDB",
            "CREATE OR ALTER PROCEDURE p @a int AS BEGIN DELETE FROM {t} WHERE id = @a END", "BEGIN TRAN", "COMMIT",
            "ALTER TABLE {t} WITH NOCHECK ADD CONSTRAINT c CHECK ( note IS NOT NULL )", "WHILE 1 = 1 BREAK",
            "EXEC sp_rename 'orders.note' , 'x' , 'COLUMN'", "SELECT @a = CASE WHEN 1 = 1 THEN 2 ELSE 3 END",
            "ALTER DATABASE shop SET RECOVERY SIMPLE", "GRANT SELECT ON {t} TO app", "INSERT {t} DEFAULT VALUES",
        ),
    ),
}  # fmt: skip


def _review(text: str, engine: str) -> tuple[set[str], set[str]]:
    gc.disable()  # after 20,000 rounds Hypothesis's own garbage takes seconds to collect, which is no fault of the text
    start = time.process_time()
    try:
        found = review_script(text, Circumstances(engine))
    finally:
        gc.enable()
    spent_s = time.process_time() - start
    assert spent_s < LIMIT_S * max(1, text.count(";")), f"{spent_s:.2f} s for {text!r}"
    return {f.category.value for f in found}, {f.rule for f in found}


@pytest.mark.parametrize("engine", sorted(ENGINES))
@quick
@given(data=st.data())
def test_writing_it_otherwise_silences_nothing(engine: str, data: st.DataObject) -> None:
    """Case, white space, comments, quotes and a schema prefix change nothing about what is destroyed."""
    how = ENGINES[engine]
    dialect = DIALECTS[engine]
    quote = data.draw(st.sampled_from((how.quote, *how.more_quotes)))
    text = data.draw(rewritten(how.destructive, dialect, quote=quote, schema=how.schema))
    categories, rules = _review(text, engine)
    assert Category.DATA_LOSS.value in categories, (text, rules)


@pytest.mark.parametrize("engine", sorted(ENGINES))
@quick
@given(data=st.data())
def test_anything_is_answered_soon(engine: str, data: st.DataObject) -> None:
    """Broken statements, noise and several at once never crash the review and take less than a second each."""
    how = ENGINES[engine]
    text = data.draw(st.one_of(broken((*how.destructive, *how.other), DIALECTS[engine]), st.text(max_size=80)))
    _review(text, engine)


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize(
    "text",
    ["(" * 5_000, "SELECT " + "(" * 3_000 + "1" + ")" * 3_000, "SELECT " + "1+" * 20_000 + "1", "/*" * 5_000,
     "'" * 9_999, "$" * 9_999, "\0DROP TABLE x", "DROP TABLE \ud800", ";" * 50_000, "SELECT '" + "x" * 500_000 + "'"],
    ids=range(10),
)  # fmt: skip
def test_deep_and_long_texts_are_answered(engine: str, text: str) -> None:
    """Deep nesting, half of a character and very long strings end in an answer."""
    start = time.process_time()
    review_script(text, Circumstances(engine))
    assert time.process_time() - start < 5 * LIMIT_S
