"""Schema, sizes, contents and faults of a live SQLite file."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neoron.engines.sqlite import catalog, content
from neoron.engines.sqlite.session import Session, connect
from neoron.engines.url import Url
from neoron.model.schema import Column, ForeignKey, Index, TableSize

SCHEMA = (
    "CREATE TABLE thread(id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'it''s')",
    "CREATE TABLE message(thread INTEGER NOT NULL REFERENCES thread(id) ON DELETE CASCADE, seq INT, body TEXT, "
    "size INT AS (length(body)) VIRTUAL, PRIMARY KEY (seq, thread), UNIQUE (thread, body)) WITHOUT ROWID",
    "CREATE INDEX message_body ON message(body) WHERE body <> ''",
    "CREATE TABLE reply(a, b, FOREIGN KEY (b, a) REFERENCES message(seq, thread))",
    'CREATE TABLE "odd "" name"("a b" TEXT)',
    "CREATE TABLE neoron_history(x)",
    "CREATE TABLE alembic_version(x)",
    "CREATE TABLE _alembic_tmp_message(x)",
    "CREATE TABLE neoronic(x INTEGER PRIMARY KEY AUTOINCREMENT)",
)
GOLDEN = "20d24b87dc74ff9b"
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=("Cs",))),
    st.binary(),
)


@pytest.fixture
def filled(session: Session) -> Session:
    """A session on a file with the schema above."""
    for statement in SCHEMA:
        session.execute(statement)
    return session


def _checksum(rows: list[tuple[object, ...]], columns: int) -> tuple[int, str]:
    raw = sqlite3.connect(":memory:")
    names = [f"c{i}" for i in range(columns)]
    raw.execute(f"CREATE TABLE t({', '.join(names)})")
    raw.executemany(f"INSERT INTO t VALUES ({', '.join('?' * columns)})", rows)
    return content.measure(raw, "t", names)


def test_the_schema_is_what_was_created(filled: Session) -> None:
    """Columns, keys, indexes and foreign keys come back; Neoron's, Alembic's and SQLite's own tables do not."""
    found = catalog.schema(filled)
    assert [t.name for t in found.tables] == ["message", "neoronic", 'odd " name', "reply", "thread"]
    message, thread = found.table("message"), found.table("thread")
    assert message is not None
    assert thread is not None
    assert message.primary_key == ("seq", "thread")
    assert [c.name for c in message.columns] == ["thread", "seq", "body", "size"]
    assert thread.columns == (Column("id", "INTEGER", False, None), Column("title", "TEXT", False, "'it''s'"))
    assert found.indexes == (
        Index("message_body", "message", False, True, "CREATE INDEX message_body ON message(body) WHERE body <> ''"),
        Index("sqlite_autoindex_message_2", "message", True, True, "UNIQUE (thread, body)"),
    )
    assert found.foreign_keys == (
        ForeignKey("message(thread) -> thread(id) ON DELETE CASCADE", "message", "thread"),
        ForeignKey("reply(b, a) -> message(seq, thread)", "reply", "message"),
    )


def test_sizes_count_rows_and_bytes(filled: Session) -> None:
    """Rows are counted; a table's bytes and those of its indexes are apart."""
    filled.execute("INSERT INTO thread(title) VALUES ('a'), ('b')")
    found = {size.table: size for size in catalog.sizes(filled)}
    page = filled.query("PRAGMA page_size")[0][0]
    assert found["thread"] == TableSize("thread", 2, page, 0)
    assert found["message"].index_bytes == 2 * page
    assert catalog.database_bytes(filled) == page * filled.query("PRAGMA page_count")[0][0]
    assert (catalog.free_bytes(filled) or 0) > 0


def test_memory_has_no_free_space() -> None:
    """A database in memory has sizes and no folder."""
    memory = connect(Url("sqlite", ":memory:"))
    assert catalog.free_bytes(memory) is None
    assert catalog.sizes(memory) == ()
    assert catalog.writes_by_table(memory) is None
    memory.close()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=80), st.randoms(use_true_random=False))
def test_the_checksum_has_no_order(rows: list[tuple[object, ...]], order: random.Random) -> None:
    """The same rows give the same checksum in any order."""
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert _checksum(rows, 2) == _checksum(shuffled, 2)


@settings(max_examples=300, deadline=None)
@given(VALUES, VALUES)
def test_the_checksum_tells_values_apart(one: object, other: object) -> None:
    """Two values have one checksum exactly when SQLite holds them as the same type and value."""
    same = type(one) is type(other) and one == other and str(one) == str(other)
    assert (_checksum([(one,)], 1) == _checksum([(other,)], 1)) == same


def test_values_that_look_alike_differ() -> None:
    """NULL, '', 0, 0.0, '0', x'' and x'30' are seven values, and a NUL ends no text."""
    alike: list[object] = [None, "", 0, 0.0, "0", b"", b"0", "a", "a\0b", 1, 1.0, 2**53, 2.0**53, 2**53 + 1]
    assert len({_checksum([(value,)], 1) for value in alike}) == len(alike)


def test_equal_rows_count_each_time() -> None:
    """A pair of equal rows does not cancel out, and swapping values between two rows is seen."""
    assert len({_checksum([("a",)] * n, 1)[1] for n in range(10)}) == 10
    assert _checksum([("a", "b"), ("c", "d")], 2) != _checksum([("a", "d"), ("c", "b")], 2)
    assert _checksum([("ab", "c")], 2) != _checksum([("a", "bc")], 2)


def test_text_that_is_not_utf8_has_a_checksum(session: Session) -> None:
    """SQLite stores any bytes as TEXT; each has its own checksum, and good rows keep theirs."""
    session.execute("CREATE TABLE t(x)")
    found = set()
    for value in ("CAST(x'FF' AS TEXT)", "CAST(x'FE' AS TEXT)", "CAST(x'EDB3BF' AS TEXT)", "x'FF'"):
        session.execute("DELETE FROM t")
        session.execute(f"INSERT INTO t VALUES ({value})")
        found.add(content.measure(session.raw, "t", ["x"])[1])
    assert len(found) == 4
    assert content._measure_undecodable(session.raw, "SELECT 'ä', 1.5, x'00', NULL") == content._summed(
        session.raw.execute("SELECT 'ä', 1.5, x'00', NULL")
    )


def test_the_checksum_is_the_same_in_every_process(session: Session) -> None:
    """A stored checksum stays true: it hangs on no hash seed, and this one was computed once and for all."""
    rows = [(None, 1, -1.5, "é\u0000x", b"\xff", 2**62)]
    golden = (1, GOLDEN)
    assert _checksum(rows, 6) == golden
    code = (
        "import sqlite3; from neoron.engines.sqlite.content import measure; c = sqlite3.connect(':memory:');"
        "c.execute('CREATE TABLE t(a,b,c,d,e,f)');"
        "c.execute('INSERT INTO t VALUES (?,?,?,?,?,?)', (None, 1, -1.5, 'é\\0x', b'\\xff', 2**62));"
        "print(measure(c, 't', list('abcdef')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(golden)


def test_content_reads_only_the_named_columns(filled: Session) -> None:
    """Without columns only the rows are counted."""
    filled.execute("INSERT INTO thread(title) VALUES ('a'), ('b')")
    table = catalog.schema(filled).table("thread")
    assert table is not None
    assert catalog.content(filled, table, []).row_count == 2
    before = catalog.content(filled, table, ["id"])
    filled.execute("UPDATE thread SET title = 'c'")
    assert catalog.content(filled, table, ["id"]) == before
    assert catalog.filled(filled, "thread", "") == catalog.filled(filled, "thread", "title") == 2


def test_broken_references_are_named(filled: Session) -> None:
    """A row that breaks a foreign key is named with its table and parent; a thousand of them stay readable."""
    filled.execute("PRAGMA foreign_keys = OFF")
    filled.execute("INSERT INTO reply VALUES (7, 8)")
    assert catalog.broken_foreign_keys(filled) == ["row 1 of reply breaks its reference to message"]
    filled.execute("INSERT INTO message(thread, seq) VALUES (5, 6)")
    assert "a row of message breaks its reference to thread" in catalog.broken_foreign_keys(filled)
    filled.raw.executemany("INSERT INTO reply VALUES (?, 1)", [(i,) for i in range(1000)])
    found = catalog.broken_foreign_keys(filled)
    assert (len(found), found[-1]) == (101, "and 902 more")


def test_a_damaged_index_is_found(filled: Session) -> None:
    """An index that misses a row is reported, a sound database is not."""
    filled.execute("INSERT INTO thread(title) VALUES ('a'), ('b')")
    filled.execute("CREATE INDEX thread_title ON thread(title)")
    assert catalog.invalid_indexes(filled) == []
    filled.execute("PRAGMA writable_schema = ON")
    filled.execute("UPDATE sqlite_master SET sql = sql || ' WHERE title = ''a''' WHERE name = 'thread_title'")
    filled.execute("PRAGMA writable_schema = RESET")
    assert any("thread_title" in line for line in catalog.invalid_indexes(filled))


def test_the_schema_after_statements_is_told_without_running_them(filled: Session) -> None:
    """A rebuild and a new column show in the schema to come, and the database stays as it was."""
    before = catalog.schema(filled)
    statements = (
        "ALTER TABLE thread ADD COLUMN pinned INT",
        "CREATE TABLE new_message(id INTEGER PRIMARY KEY, body TEXT)",
        "INSERT INTO new_message(body) SELECT body FROM message",
        "DROP TABLE message",
        "ALTER TABLE new_message RENAME TO message",
        "VACUUM INTO 'should-not-be-written.db'",
    )
    found = catalog.after(filled, before, statements)
    assert found is not None
    message, thread = found.table("message"), found.table("thread")
    assert message is not None
    assert thread is not None
    assert [c.name for c in message.columns] == ["id", "body"]
    assert [c.name for c in thread.columns] == ["id", "title", "pinned"]
    assert catalog.schema(filled) == before
    assert catalog.after(filled, before, ("ALTER TABLE nosuch ADD COLUMN x",)) is None


def test_a_search_table_is_left_to_its_own_tables(session: Session) -> None:
    """A virtual table is not listed, the tables that hold its rows are, and the schema to come can be told."""
    session.execute("CREATE VIRTUAL TABLE search USING fts5(body)")
    names = [t.name for t in catalog.schema(session).tables]
    assert "search" not in names
    assert "search_content" in names
    after = catalog.after(session, catalog.schema(session), ("CREATE TABLE a(x)",))
    assert after is not None
    assert after.table("a") is not None
