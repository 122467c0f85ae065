"""The server refuses the ALGORITHM or LOCK that is asked for"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import habits, is_not_copied
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.rules.types_mysql import changed_type
from neoron.sql.actions import AddConstraint, AlterType
from neoron.sql.parts import ConstraintKind


def refused(action: AlterType | AddConstraint, scene: Scene) -> Iterator[Hit]:
    """LOCK=NONE, INPLACE, NOCOPY or INSTANT for a change that copies."""
    if not is_not_copied(action) or scene.version >= habits(scene).writes_while_copying:
        return
    if isinstance(action, AlterType):
        known = scene.column(action.table, action.column)
        is_copied = known is not None and changed_type(action, scene).copies
    else:
        checks = scene.settings.get("foreign_key_checks", "1").lower() not in ("0", "off")
        kind = action.constraint.kind
        is_copied = (kind is ConstraintKind.FOREIGN_KEY and checks) or (
            kind is ConstraintKind.CHECK and action.constraint.is_valid
        )
    if is_copied:
        asked = ", ".join(sorted(o for o in action.options if "=" in o))
        yield Hit(f"{action.table} has to be copied for this, which {asked} forbids", table=scene.key(action.table))


RULE = Rule(
    id="refused-algorithm",
    category=Category.COMPATIBILITY,
    severity=Severity.ERROR,
    title="The server refuses the ALGORITHM or LOCK that is asked for",
    why="The statement fails, and the migration stops there: this change needs a copy of the table.",
    instead="leave the clause out in a quiet hour, or change a copy of the table and swap the names",
    looks_at=(AlterType, AddConstraint),
    engines={
        "mariadb": OnEngine(
            refused,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders MODIFY id bigint NOT NULL AUTO_INCREMENT, ALGORITHM=INPLACE, LOCK=NONE;",
                good="ALTER TABLE orders ADD COLUMN n int, ALGORITHM=INSTANT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            refused,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations"),
            Example(
                bad="ALTER TABLE orders MODIFY id bigint NOT NULL AUTO_INCREMENT, ALGORITHM=INPLACE, LOCK=NONE;",
                good="ALTER TABLE orders ADD COLUMN n int, ALGORITHM=INSTANT;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
