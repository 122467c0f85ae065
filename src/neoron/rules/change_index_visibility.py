"""An index is hidden from queries"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AlterIndex


def hidden_index(action: AlterIndex, scene: Scene) -> Iterator[Hit]:
    """ALTER INDEX … INVISIBLE or IGNORED."""
    if action.change == "invisible" and action.table is not None and scene.is_busy(action.table):
        yield Hit(f"queries of {action.table} that use {action.name} become slow", table=scene.key(action.table))


RULE = Rule(
    id="change-index-visibility",
    category=Category.PERFORMANCE,
    severity=Severity.INFO,
    title="An index is hidden from queries",
    why=(
        "Queries that use it become slow at once. It is kept up to date, and comes back as quickly: it is the "
        "way to try out a DROP INDEX."
    ),
    instead="watch slow queries for a while, then drop it",
    looks_at=(AlterIndex,),
    is_opt_in=True,
    engines={
        "mariadb": OnEngine(
            hidden_index,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ALTER INDEX note_i IGNORED;",
                good="ALTER TABLE orders ALTER INDEX note_i NOT IGNORED;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE INDEX note_i ON orders (note);"
                ),
            ),
        ),
        "mysql": OnEngine(
            hidden_index,
            Effect(LockLevel.NONE, source="MySQL manual, 10.3.12 Invisible Indexes"),
            Example(
                bad="ALTER TABLE orders ALTER INDEX note_i INVISIBLE;",
                good="ALTER TABLE orders ALTER INDEX note_i VISIBLE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE INDEX note_i ON orders (note);"
                ),
            ),
        ),
    },
)
