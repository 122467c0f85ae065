"""The safe sequence that a PostgreSQL finding offers is one."""

from __future__ import annotations

import psycopg
import pytest

from neoron import review_sql

SCHEMA = (
    'CREATE TABLE parents (id bigint PRIMARY KEY); CREATE TABLE "Order" (id bigint NOT NULL, "user" bigint, note text);'
)
RISKY = {
    "create-index": 'CREATE INDEX "I" ON "Order" USING hash (note)',
    "create-index unique": 'CREATE UNIQUE INDEX ON public."Order" (id, note)',
    "add-foreign-key": 'ALTER TABLE "Order" ADD FOREIGN KEY ("user") REFERENCES parents (id) ON DELETE SET NULL',
    "add-unique": 'ALTER TABLE "Order" ADD CONSTRAINT "U" UNIQUE (id, "user")',
    "add-primary-key": 'ALTER TABLE "Order" ADD PRIMARY KEY (id)',
    "set-not-null": 'ALTER TABLE "Order" ALTER note SET NOT NULL',
}
SHAPE = """
SELECT 'column', attname, attnotnull::text FROM pg_attribute WHERE attrelid = '"Order"'::regclass AND attnum > 0
UNION ALL SELECT 'constraint', '', pg_get_constraintdef(oid) || convalidated FROM pg_constraint
  WHERE conrelid = '"Order"'::regclass
UNION ALL SELECT 'index', '', regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ', '') || indisvalid FROM pg_index
  WHERE indrelid = '"Order"'::regclass
ORDER BY 1, 2, 3
"""


def fix_of(case: str) -> str:
    """The safe sequence of a risky statement."""
    found = [f for f in review_sql(RISKY[case], engine="postgresql", schema=SCHEMA) if f.rule == case.split()[0]]
    assert found[0].fix
    return found[0].fix


@pytest.mark.parametrize("case", RISKY)
def test_a_safe_sequence_reviews_clean(case: str) -> None:
    """What is offered has no finding of its own."""
    assert review_sql(fix_of(case), engine="postgresql", schema=SCHEMA) == []


@pytest.mark.postgresql
@pytest.mark.parametrize("case", RISKY)
def test_a_safe_sequence_ends_in_the_same_schema(case: str, postgres_url: str) -> None:
    """Both ways lead to the same columns, constraints and indexes on a server."""
    shapes = []
    for script in (RISKY[case], fix_of(case)):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(b'DROP TABLE IF EXISTS "Order", parents')
            connection.execute(SCHEMA.encode())
            for statement in script.split(";\n"):
                connection.execute(statement.encode())
            shapes.append(connection.execute(SHAPE.encode()).fetchall())
    assert shapes[0] == shapes[1]
