"""What the review says about a change of type is what PostgreSQL does to the table's file."""

from __future__ import annotations

import psycopg
import pytest

from neoron.rules.types_postgresql import type_change
from neoron.sql.actions import AlterType, CreateTable
from neoron.sql.parts import DataType
from neoron.sql.reading.postgresql import read

TYPES = (
    "smallint", "integer", "bigint", "numeric", "numeric(10,2)", "numeric(12,2)", "numeric(12,4)", "numeric(8,1)",
    "real", "double precision", "text", "varchar", "varchar(20)", "varchar(40)", "char(20)", "char(40)", "date",
    "timestamp", "timestamp(0)", "timestamp(3)", "timestamptz", "timestamptz(3)", "time", "time(3)", "interval",
    "interval(3)", "json", "jsonb", "boolean", "text[]", "varchar(20)[]", "varchar(40)[]", "inet", "cidr", "oid",
    "varbit(8)", "varbit(16)", "bit(8)", "uuid", "bytea", "xml",
)  # fmt: skip


def parsed(text: str) -> DataType:
    """A type as the reader reads it."""
    (action,) = read(f"CREATE TABLE t (c {text})")
    assert isinstance(action, CreateTable)
    return action.columns[0].type


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_every_pair_of_types_is_judged_as_the_server_does_it(postgres_url: str, zone: str) -> None:
    """For each change that PostgreSQL takes without USING: rewritten or not, as measured by its file."""
    wrong, tried = [], 0
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"SET timezone = '{zone}'".encode())
        version = (connection.info.server_version // 10_000,)
        for old in TYPES:
            for new in TYPES:
                connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (c {old})".encode())
                before = _file(connection)
                statement = f"ALTER TABLE t ALTER c TYPE {new}"
                try:
                    connection.execute(statement.encode())
                except psycopg.Error:
                    continue
                tried += 1
                (action,) = read(statement)
                assert isinstance(action, AlterType)
                told = type_change(parsed(old), action.type, version, has_using=False, is_utc=zone == "UTC")
                if told.rewrites != (_file(connection) != before):
                    wrong.append(f"{old} -> {new}: said {told.rewrites}")
    assert not wrong, "\n".join(wrong)
    assert tried > 300


def _file(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    return connection.execute("SELECT pg_relation_filenode('t')").fetchone()


@pytest.mark.parametrize(
    ("old", "new", "loses"),
    [
        ("varchar(40)", "varchar(20)", True), ("varchar(20)", "varchar(40)", False), ("text", "varchar(9)", True),
        ("varchar(20)", "text", False), ("numeric(10,2)", "numeric(12,4)", False),
        ("numeric(10,2)", "numeric(10,4)", True),
        ("numeric(10,2)", "numeric(10,1)", True), ("bigint", "integer", True), ("integer", "bigint", False),
        ("numeric", "integer", True), ("double precision", "real", True), ("timestamp", "date", True),
        ("timestamp", "timestamp(3)", True), ("timestamp(3)", "timestamp", False), ("json", "jsonb", True),
        ("integer", "text", False), ("char(20)", "char(40)", False), ("char(40)", "char(20)", True),
    ],
)  # fmt: skip
def test_a_narrower_type_is_named(old: str, new: str, loses: bool) -> None:
    """A change that may round, cut or refuse values says so, and one that keeps them all does not."""
    told = type_change(parsed(old), parsed(new), (16,), has_using=False, is_utc=False)
    assert bool(told.loss) is loses
