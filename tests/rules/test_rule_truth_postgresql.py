"""What the PostgreSQL rules claim is what PostgreSQL does: every example is run and watched from other sessions."""

from __future__ import annotations

import os

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from neoron.model.finding import Category
from neoron.rules import RULES
from neoron.rules.rule import Example
from neoron.sql.reading import readings
from rules.truth_postgresql import fresh, measure, prepare

NOT_HERE = {
    "unparsed": "what it runs is a row of a table",
    "index-corruption-version": "it needs PostgreSQL 14.0 to 14.3",
}
REFUSED = {
    "add-column-not-null": "NotNullViolation", "concurrently-on-partitioned": "FeatureNotSupported",
    "type-of-view-column": "FeatureNotSupported",
}  # fmt: skip
"""Rules whose bad example fails on PostgreSQL, which is the finding."""
OF_A_SESSION = {"drop-database", "open-transaction", "nested-transaction", "commit-inside", "index-in-transaction"}
"""Rules about transactions and databases, with a test each below."""
LOST_LATER = {
    "fk-cascade": "rows go when a parent is deleted", "disable-checks": "rows that break foreign keys are let in",
    "set-unlogged": "rows go at the next crash",
}  # fmt: skip
QUICK = {
    "drop-column", "create-index", "set-not-null", "add-foreign-key", "rewrite-type", "add-column-default", "truncate",
    "add-column-check",
}  # fmt: skip
MEASURED = sorted(r.id for r in RULES if "postgresql" in r.engines and r.id not in NOT_HERE.keys() | OF_A_SESSION)
BY_ID = {rule.id: rule for rule in RULES}


def _cases() -> list[object]:
    return [pytest.param(i, marks=() if i in QUICK else (pytest.mark.nightly,)) for i in MEASURED]


@pytest.fixture
def version(postgres_url: str) -> int:
    """The server's major version."""
    with psycopg.connect(postgres_url) as connection:
        return connection.info.server_version // 10_000


@pytest.mark.postgresql
@pytest.mark.parametrize("rule_id", _cases())
def test_the_stated_effect_is_what_happens(rule_id: str, postgres_url: str, version: int) -> None:
    """Who waits, whether the table is written anew, and whether rows or values are lost, is as the rule says."""
    rule = BY_ID[rule_id]
    one = rule.engines["postgresql"]
    if int(one.example.version.partition(".")[0] or 0) > version:
        pytest.skip(f"its example is for PostgreSQL {one.example.version}")
    with fresh(postgres_url):
        prepare(postgres_url, one.example.schema, rule_id)
        bad = measure(postgres_url, one.example.bad)
    assert bad.error.partition(":")[0] == REFUSED.get(rule_id, "")
    if rule_id not in REFUSED:
        assert bad.lock in (None, one.effect.lock)
        assert bad.rewrites == one.effect.rewrites
        assert bad.rewrites or bad.scans == one.effect.scans
    if rule.category is Category.DATA_LOSS and rule_id not in LOST_LATER:
        assert bad.lost
    with fresh(postgres_url):
        prepare(postgres_url, one.example.schema, rule_id)
        good = measure(postgres_url, one.example.good)
    assert (good.error, good.rewrites) == ("", False)


def _example(rule_id: str) -> Example:
    return BY_ID[rule_id].engines["postgresql"].example


def _sent(connection: psycopg.Connection[tuple[object, ...]], script: str) -> list[str]:
    """Send a script's statements one by one; the names of the warnings and errors that came back."""
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(str(notice.sqlstate)))
    for reading in readings(script, "postgresql"):
        try:
            connection.execute(reading.text.encode())
        except psycopg.Error as error:
            told.append(str(error.sqlstate))
    return told


@pytest.mark.postgresql
def test_a_dropped_database_is_gone(postgres_url: str) -> None:
    """No session can use it, and its rows are not to be had again."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in ("shop", "trial"):
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute("CREATE DATABASE shop")
        shop = psycopg.conninfo.make_conninfo(postgres_url, dbname="shop")
        with psycopg.connect(shop) as inside:
            inside.execute("CREATE TABLE orders AS SELECT generate_series(1, 10000) AS id")
        assert _sent(connection, _example("drop-database").good) == []
        with psycopg.connect(shop) as inside:
            assert inside.execute("SELECT count(*) FROM orders").fetchone() == (10_000,)
        assert _sent(connection, _example("drop-database").bad) == []
        connection.execute("DROP DATABASE trial")
    with pytest.raises(psycopg.OperationalError, match='"shop" does not exist'):
        psycopg.connect(shop)


@pytest.mark.postgresql
def test_transactions_end_as_the_rules_say(postgres_url: str) -> None:
    """One stays open, one is ended by the first COMMIT in it, and a second BEGIN begins nothing."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        status = connection.info
        assert _sent(connection, _example("open-transaction").bad) == []
        assert status.transaction_status is TransactionStatus.INTRANS
        connection.execute("ROLLBACK")
        _sent(connection, _example("open-transaction").good)
        assert status.transaction_status is TransactionStatus.IDLE
        assert _sent(connection, _example("nested-transaction").bad) == ["25001"]
        assert _sent(connection, _example("nested-transaction").good) == []
        assert _sent(connection, "BEGIN;" + _example("commit-inside").bad) == []
        assert status.transaction_status is TransactionStatus.IDLE, "the file's own transaction is over"


@pytest.mark.postgresql
def test_what_cannot_run_in_a_transaction_fails_there(postgres_url: str) -> None:
    """The statement is refused, and all of the transaction with it."""
    example = _example("index-in-transaction")
    with fresh(postgres_url):
        prepare(postgres_url, example.schema)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            assert _sent(connection, example.bad) == ["25001"]
            assert _sent(connection, example.good) == []


@pytest.mark.postgresql
@pytest.mark.parametrize(("script", "left"), [("bad", 0), ("good", 1)])
def test_a_cascade_deletes_rows_later(script: str, left: int, postgres_url: str) -> None:
    """The rows go with the row that they refer to; without the cascade that row cannot go."""
    example = _example("fk-cascade")
    with fresh(postgres_url), psycopg.connect(postgres_url, autocommit=True) as connection:
        assert _sent(connection, example.schema + getattr(example, script)) == []
        connection.execute("INSERT INTO customers VALUES (1); INSERT INTO orders (id, customer_id) VALUES (10, 1)")
        assert _sent(connection, "DELETE FROM customers") == (["23503"] if left else [])
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (left,)


@pytest.mark.postgresql
@pytest.mark.parametrize(("script", "told"), [("bad", []), ("good", ["23503"])])
def test_checks_that_are_off_let_in_what_refers_to_nothing(script: str, told: list[str], postgres_url: str) -> None:
    """The row is there although its parent is not."""
    with fresh(postgres_url), psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)")
        assert _sent(connection, getattr(_example("disable-checks"), script) + "INSERT INTO b VALUES (7)") == told
        assert connection.execute("SELECT count(*) FROM b").fetchone() == (0 if told else 1,)


def test_what_is_not_measured_is_few_and_real() -> None:
    """Each rule that is left out is one, and has its reason."""
    assert set(NOT_HERE) | set(LOST_LATER) | QUICK | set(REFUSED) | OF_A_SESSION <= set(BY_ID)
    assert all(NOT_HERE.values())
    assert os.sep not in "".join(NOT_HERE)
