"""A FULLTEXT or SPATIAL index is built"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import is_online
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex


def built_without_writers(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE FULLTEXT INDEX, SPATIAL INDEX on a table with rows."""
    table = action.index.table
    if action.index.method in ("fulltext", "spatial", "vector") and scene.is_heavy(table) and not is_online(action):
        yield Hit(f"nobody can write to {table} while the {action.index.method.upper()} index is built",
                  table=scene.key(table))  # fmt: skip


RULE = Rule(
    id="fulltext-index",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A FULLTEXT or SPATIAL index is built",
    why="Nobody can write to the table while it is built; the first FULLTEXT index rebuilds the table as well.",
    instead="in a quiet hour, or on a copy of the table that then takes its name",
    looks_at=(CreateIndex,),
    engines={
        "mariadb": OnEngine(
            built_without_writers,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="CREATE FULLTEXT INDEX note_f ON orders (note);",
                good="CREATE INDEX note_i ON orders (note);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            built_without_writers,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Index Operations",
            ),
            Example(
                bad="CREATE FULLTEXT INDEX note_f ON orders (note);",
                good="CREATE INDEX note_i ON orders (note);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
