"""The table's file is deleted"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import TableChange


def discarded(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """DISCARD TABLESPACE of a table in use."""
    if action.change == "discard tablespace" and scene.is_busy(action.table):
        yield from hits(f"the file with all rows of {action.table} is deleted", Category.DATA_LOSS,
                        Category.IRREVERSIBLE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="discard-tablespace",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The table's file is deleted",
    why="DISCARD TABLESPACE deletes the file with all rows; the table cannot be read until another file is imported.",
    instead="import into a new table, then swap the names with RENAME TABLE",
    looks_at=(TableChange,),
    engines={
        "mariadb": OnEngine(
            discarded,
            Effect(LockLevel.ALL, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders DISCARD TABLESPACE;",
                good="FLUSH STATUS;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            discarded,
            Effect(LockLevel.ALL, source="MySQL manual, 17.6.1.3 Importing InnoDB Tables"),
            Example(
                bad="ALTER TABLE orders DISCARD TABLESPACE;",
                good="FLUSH STATUS;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
