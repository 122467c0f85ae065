"""A sequence is set back"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import ResetSequence
from neoron.sql.parts import Kind


def sequence_reset(action: ResetSequence, scene: Scene) -> Iterator[Hit]:
    """A sequence that was there before gets another value."""
    if not scene.is_created(Kind.SEQUENCE, action.name):
        yield Hit(f"{action.name} may give out values that exist already")


RULE = Rule(
    id="reset-sequence",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A sequence is set back",
    why=(
        "Values that exist already are given out again: duplicate keys, or rows that are taken for others."
    ),
    instead="set it from the table: setval('s', (SELECT max(id) FROM t))",
    looks_at=(ResetSequence,),
    aliases=("squawk:ban-alter-sequence-values",),
    engines={
        "mariadb": OnEngine(
            sequence_reset,
            Effect(LockLevel.NONE, source="MariaDB documentation, ALTER SEQUENCE"),
            Example(
                bad="ALTER SEQUENCE numbers RESTART 1;",
                good="CREATE SEQUENCE fresh; ALTER SEQUENCE fresh RESTART 5;",
                schema="CREATE SEQUENCE numbers;",
            ),
            instead="set it from the table, above the largest value that is there",
        ),
        "postgresql": OnEngine(
            sequence_reset,
            Effect(LockLevel.NONE, source="PostgreSQL manual, 9.17 Sequence functions; ALTER SEQUENCE"),
            Example(
                bad="ALTER SEQUENCE orders_id_seq RESTART WITH 1;",
                good="SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE SEQUENCE "
                    "orders_id_seq;"
                ),
            ),
        ),
        "sqlite": OnEngine(
            sequence_reset,
            Effect(LockLevel.WRITES, source="SQLite Autoincrement, 3"),
            Example(
                bad="UPDATE sqlite_sequence SET seq = 0 WHERE name = 'orders';",
                good="UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM orders) WHERE name = 'orders';",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT);",
            ),
        ),
        "sqlserver": OnEngine(
            sequence_reset,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, DBCC CHECKIDENT (Transact-SQL); ALTER SEQUENCE (Transact-SQL)",
            ),
            Example(
                bad="DBCC CHECKIDENT ('archive', RESEED, 0);",
                good="DBCC CHECKIDENT ('archive', NORESEED);",
                schema="CREATE TABLE archive (id int IDENTITY(1, 1) NOT NULL);",
            ),
            instead="DBCC CHECKIDENT ('t', RESEED) without a value corrects it from the table",
        ),
    },
)
