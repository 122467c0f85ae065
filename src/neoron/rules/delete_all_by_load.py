"""LOAD DATA overwrites rows, or leaves some out"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Load


def overwrites(action: Load, scene: Scene) -> Iterator[Hit]:
    """LOAD DATA … REPLACE or IGNORE into a table in use."""
    if action.conflict and scene.is_busy(action.table):
        if action.conflict == "replace":
            yield Hit(f"rows of {action.table} with the same key are deleted", table=scene.key(action.table))
        else:
            yield Hit(f"lines that do not fit into {action.table} are left out or cut without an error",
                      Severity.WARNING, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="delete-all-by-load",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="LOAD DATA overwrites rows, or leaves some out",
    why=(
        "With REPLACE the rows that have the same key are deleted first; with IGNORE what does not fit is "
        "left out or cut without an error."
    ),
    instead="load into a new table, look at it, then INSERT … ON DUPLICATE KEY UPDATE",
    looks_at=(Load,),
    engines={
        "mariadb": OnEngine(
            overwrites,
            Effect(LockLevel.NONE, source="MariaDB documentation, LOAD DATA INFILE"),
            Example(
                bad="LOAD DATA INFILE 'x.csv' REPLACE INTO TABLE orders (id, note);",
                good="LOAD DATA INFILE 'x.csv' INTO TABLE orders (id, note);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            overwrites,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.9 LOAD DATA Statement"),
            Example(
                bad="LOAD DATA INFILE 'x.csv' REPLACE INTO TABLE orders (id, note);",
                good="LOAD DATA INFILE 'x.csv' INTO TABLE orders (id, note);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
