"""The checksum of a table read in pieces, as a backup reads it beside pg_dump."""

from __future__ import annotations

import pytest

from neoron.engines.postgresql.catalog import content, schema
from neoron.engines.roles import Session

ROWS = 12_000
COLUMNS = ("id", "kept")


@pytest.fixture
def filled(session: Session) -> Session:
    """A table of about 1,500 blocks, with room in between, and what it shares its name with."""
    session.execute("CREATE TABLE big (id BIGINT PRIMARY KEY, kept TEXT NOT NULL)")
    session.execute(f"INSERT INTO big SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, {ROWS}) n")
    session.execute("DELETE FROM big WHERE id % 7 = 0 OR id BETWEEN 5000 AND 8000")
    session.execute("UPDATE big SET kept = 'changed' WHERE id % 11 = 0")
    return session


def both(session: Session, name: str) -> tuple[object, object, list[float]]:
    """The content of a table in one piece and in several, and the rests in between."""
    table = next(table for table in schema(session).tables if table.name == name)
    rests: list[float] = []
    return content(session, table, COLUMNS), content(session, table, COLUMNS, rests.append), rests


def test_pieces_add_up_to_the_whole(filled: Session) -> None:
    whole, pieced, rests = both(filled, "big")
    assert pieced == whole
    assert len(rests) > 1
    assert all(rest > 0 for rest in rests)


def test_a_small_table_is_one_piece(filled: Session) -> None:
    filled.execute("CREATE TABLE small AS SELECT * FROM big LIMIT 10")
    whole, pieced, rests = both(filled, "small")
    assert (pieced, rests) == (whole, [])


@pytest.mark.parametrize("parent", ["PARTITION BY RANGE (id)", ""])
def test_rows_of_tables_below_are_counted_once(filled: Session, parent: str) -> None:
    filled.execute(f"CREATE TABLE top (id BIGINT NOT NULL, kept TEXT NOT NULL) {parent}")
    if parent:
        filled.execute("CREATE TABLE below PARTITION OF top FOR VALUES FROM (0) TO (1000000)")
    else:
        filled.execute("CREATE TABLE below () INHERITS (top)")
        filled.execute("INSERT INTO top SELECT id + 100000, kept FROM big")
    filled.execute("INSERT INTO below SELECT * FROM big; INSERT INTO below SELECT id + 50000, kept FROM big")
    whole, pieced, _rests = both(filled, "top")
    assert pieced == whole


def test_rows_that_came_after_the_size_was_asked_for_are_read(session: Session) -> None:
    """In a backup's snapshot nobody sees such rows."""
    rows = "SELECT n AS id, repeat(md5(n::text), 30) AS kept FROM generate_series({}, {}) n"
    session.execute("CREATE TABLE big AS " + rows.format(1, ROWS))
    table = next(table for table in schema(session).tables if table.name == "big")
    rests: list[float] = []

    def write(rest: float) -> None:
        rests.append(rest)
        if len(rests) == 1:
            session.execute("INSERT INTO big " + rows.format(ROWS + 1, 2 * ROWS))

    pieced = content(session, table, COLUMNS, write)
    assert pieced.row_count == 2 * ROWS
    assert pieced == content(session, table, COLUMNS)
