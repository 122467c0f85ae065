"""A table outside InnoDB is altered"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import table_option
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn, AddConstraint, AlterType, CreateIndex, DropColumn

_EXAMPLE_SCHEMA = "CREATE TABLE notes (id int NOT NULL PRIMARY KEY, t varchar(60)) ENGINE=MyISAM;"


def copied_outside_innodb(
    action: CreateIndex | AddColumn | AlterType | DropColumn | AddConstraint, scene: Scene
) -> Iterator[Hit]:
    """An index or a column of a table whose engine has no online changes."""
    table = action.index.table if isinstance(action, CreateIndex) else action.table
    engine = table_option(scene, table, "ENGINE")
    if engine not in ("", "innodb") and scene.is_heavy(table):
        yield Hit(f"{engine} copies all of {table} for this, and nobody can write to it meanwhile",
                  table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="alter-without-row-locks",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A table outside InnoDB is altered",
    why="MyISAM, Aria and others have no online DDL: an index or a column copies the table, and writers wait.",
    instead="make a new InnoDB table, copy in batches, then swap the names with RENAME TABLE",
    looks_at=(CreateIndex, AddColumn, AlterType, DropColumn, AddConstraint),
    engines={
        "mariadb": OnEngine(
            copied_outside_innodb,
            Effect(LockLevel.WRITES, source="measured on MariaDB 10.11"),
            Example(
                bad="CREATE INDEX t_i ON notes (t);",
                good="ALTER TABLE notes COMMENT = 'all notes';",
                schema=_EXAMPLE_SCHEMA,
            ),
        ),
        "mysql": OnEngine(
            copied_outside_innodb,
            Effect(LockLevel.WRITES, source="MySQL manual, 15.1.9 ALTER TABLE Statement, Performance and Space"),
            Example(
                bad="CREATE INDEX t_i ON notes (t);",
                good="ALTER TABLE notes COMMENT = 'all notes';",
                schema=_EXAMPLE_SCHEMA,
            ),
        ),
    },
)
