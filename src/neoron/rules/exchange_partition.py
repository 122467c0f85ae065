"""A partition changes places with a table"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import switched
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import PartitionChange


def exchanged(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """EXCHANGE PARTITION, and CONVERT PARTITION … TO TABLE of MariaDB, on a table in use."""
    if action.change in ("exchange", "detach") and scene.is_busy(action.table):
        names = ", ".join(action.names) or "a partition"
        yield Hit(f"the rows of {names} leave {action.table} for {action.other or 'another table'}",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="exchange-partition",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="A partition changes places with a table",
    why=(
        "The rows of the partition leave the table at once, and those of the other table come in; WITHOUT "
        "VALIDATION nobody looks whether they belong there."
    ),
    instead="copy what must stay, compare the counts before and after, keep the table with the old rows",
    looks_at=(PartitionChange,),
    engines={
        "mariadb": OnEngine(
            exchanged,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE logs EXCHANGE PARTITION p1 WITH TABLE spare;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000)); CREATE TABLE spare (id int NOT NULL, n "
                    "int);"
                ),
            ),
        ),
        "mysql": OnEngine(
            exchanged,
            Effect(LockLevel.ALL, source="MySQL manual, 26.3.3 Exchanging Partitions and Subpartitions with Tables"),
            Example(
                bad="ALTER TABLE logs EXCHANGE PARTITION p1 WITH TABLE spare;",
                good="ALTER TABLE logs ADD PARTITION (PARTITION p3 VALUES LESS THAN (30000));",
                schema=(
                    "CREATE TABLE logs (id int NOT NULL, n int) PARTITION BY RANGE (id) (PARTITION p1 VALUES LESS "
                    "THAN (10001), PARTITION p2 VALUES LESS THAN (20000)); CREATE TABLE spare (id int NOT NULL, n "
                    "int);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            switched,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), SWITCH; WAIT_AT_LOW_PRIORITY",
            ),
            Example(
                bad="ALTER TABLE orders SWITCH TO old_orders;",
                good="CREATE TABLE fresh (id int); CREATE TABLE other (id int); ALTER TABLE fresh SWITCH TO other;",
                schema=ORDERS + (
                    "\nCREATE TABLE old_orders (id bigint NOT NULL PRIMARY KEY, customer_id int NOT NULL, amount "
                    "decimal(10, 2) NULL, code varchar(20) NOT NULL, note nvarchar(max) NULL);"
                ),
            ),
            instead="count both sides first, and keep the table that received the rows until nobody missed them",
        ),
    },
)
