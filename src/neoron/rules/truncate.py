"""A table is emptied"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Truncate


def truncated(action: Truncate, scene: Scene) -> Iterator[Hit]:
    """TRUNCATE of tables that were there before."""
    for table in action.tables:
        if scene.is_busy(table):
            also = ", and of every table that references it" if action.is_cascade else ""
            yield from hits(f"all rows of {table} are gone for good{also}", Category.DATA_LOSS, Category.IRREVERSIBLE,
                            table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="truncate",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="A table is emptied",
    why=(
        "All rows are gone at once, triggers for each row do not run, and with CASCADE every table that "
        "references it is emptied too."
    ),
    instead="delete what is not needed in batches, or rename the table and make an empty one",
    looks_at=(Truncate,),
    aliases=("squawk:ban-truncate-cascade",),
    engines={
        "mariadb": OnEngine(
            truncated,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="TRUNCATE TABLE orders;",
                good="CREATE TABLE scratch (id int); TRUNCATE TABLE scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            truncated,
            Effect(LockLevel.ALL, source="MySQL manual, 15.1.37 TRUNCATE TABLE Statement"),
            Example(
                bad="TRUNCATE TABLE orders;",
                good="CREATE TABLE scratch (id int); TRUNCATE TABLE scratch;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            truncated,
            Effect(LockLevel.ALL, source="PostgreSQL manual, TRUNCATE; measured on 10 to 18"),
            Example(
                bad="TRUNCATE orders;",
                good="CREATE TEMP TABLE picked (id int); TRUNCATE picked;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            truncated,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, TRUNCATE TABLE (Transact-SQL)",
            ),
            Example(
                bad="TRUNCATE TABLE orders;",
                good="CREATE TABLE #work (id int); TRUNCATE TABLE #work;",
                schema=ORDERS,
            ),
        ),
    },
)
