"""Rows into a table in bulk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from neoron.engines.sqlite import rows
from neoron.engines.sqlite.session import Session


def test_rows_arrive_in_chunks_and_are_counted(session: Session) -> None:
    """12,001 rows from a generator arrive, whatever the table is called."""
    session.execute('CREATE TABLE "a "" b"("x y" INT, z)')
    made = ((i, None if i % 2 else b"\0") for i in range(12_001))
    session.begin()
    assert rows.insert(session, 'a " b', ("x y", "z"), made) == 12_001
    session.commit()
    assert session.query('SELECT count(*), sum("x y"), count(z) FROM "a "" b"') == [(12_001, 72_006_000, 6_001)]


def test_a_bad_row_leaves_the_transaction_to_its_owner(session: Session) -> None:
    """The driver's error comes through, and a rollback takes everything back."""
    session.execute("CREATE TABLE a(x NOT NULL)")

    def made() -> Iterator[tuple[object]]:
        yield from ((i,) for i in range(6_000))
        yield (None,)

    session.begin()
    with pytest.raises(sqlite3.IntegrityError, match=r"NOT NULL constraint failed: a\.x"):
        rows.insert(session, "a", ("x",), made())
    session.rollback()
    assert session.query("SELECT count(*) FROM a") == [(0,)]
