"""ALTER TABLE does not say how it may be done"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn, AlterType, CreateIndex, DropColumn


def unstated(action: AddColumn | AlterType | CreateIndex | DropColumn, scene: Scene) -> Iterator[Hit]:
    """No ALGORITHM and no LOCK on a table with rows."""
    table = action.index.table if isinstance(action, CreateIndex) else action.table
    if scene.is_heavy(table) and not any("=" in option for option in action.options):
        yield Hit(f"it is not said that writers of {table} go on", table=scene.key(table))


RULE = Rule(
    id="algorithm-unstated",
    category=Category.LOCKING,
    severity=Severity.INFO,
    title="ALTER TABLE does not say how it may be done",
    why=(
        "Without ALGORITHM and LOCK the server takes the best way it knows, and copies the table when there "
        "is no better one."
    ),
    instead=(
        "state ALGORITHM=INSTANT, or ALGORITHM=INPLACE, LOCK=NONE: the server refuses rather than keep "
        "writers out"
    ),
    looks_at=(AddColumn, AlterType, CreateIndex, DropColumn),
    is_opt_in=True,
    aliases=("bytebase:STATEMENT_REQUIRE_ALGORITHM_OPTION",),
    engines={
        "mariadb": OnEngine(
            unstated,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN n int;",
                good="ALTER TABLE orders ADD COLUMN n int, ALGORITHM=INSTANT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            unstated,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.9 ALTER TABLE Statement, ALGORITHM and LOCK"),
            Example(
                bad="ALTER TABLE orders ADD COLUMN n int;",
                good="ALTER TABLE orders ADD COLUMN n int, ALGORITHM=INSTANT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
