"""ALGORITHM=COPY or a lock is asked for"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import habits
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterType,
    CreateIndex,
    Drop,
    DropColumn,
    DropConstraint,
    Rename,
    TableChange,
)
from neoron.sql.parts import Name

_ASKS = frozenset({"ALGORITHM=COPY", "LOCK=SHARED", "LOCK=EXCLUSIVE"})


def asked_to_block(action: Action, scene: Scene) -> Iterator[Hit]:
    """A clause that keeps writers out of a table with rows."""
    table = _table(action)
    asked = sorted(action.options & _ASKS)
    if not asked or table is None or not scene.is_heavy(table):
        return
    if asked == ["ALGORITHM=COPY"] and scene.version >= habits(scene).writes_while_copying:
        return
    yield Hit(f"{', '.join(asked)}: nobody can write to {table} meanwhile", table=scene.key(table))


def _table(action: Action) -> Name | None:
    found = action.index.table if isinstance(action, CreateIndex) else getattr(action, "table", None)
    return found if isinstance(found, Name) else None


RULE = Rule(
    id="algorithm-copy",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="ALGORITHM=COPY or a lock is asked for",
    why="The table is copied, or writers are kept out, though the server could do without.",
    instead="leave it out, or state ALGORITHM=INPLACE, LOCK=NONE",
    looks_at=(
        AddColumn, AddConstraint, AlterColumn, AlterType, CreateIndex, Drop, DropColumn, DropConstraint, Rename,
        TableChange,
    ),
    engines={
        "mariadb": OnEngine(
            asked_to_block,
            Effect(LockLevel.WRITES, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE orders ADD INDEX note_i (note), ALGORITHM=COPY;",
                good="ALTER TABLE orders ADD INDEX note_i (note), ALGORITHM=INPLACE, LOCK=NONE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            asked_to_block,
            Effect(
                LockLevel.WRITES, rewrites=True,
                source="MySQL manual, 15.1.9 ALTER TABLE Statement, ALGORITHM and LOCK",
            ),
            Example(
                bad="ALTER TABLE orders ADD INDEX note_i (note), ALGORITHM=COPY;",
                good="ALTER TABLE orders ADD INDEX note_i (note), ALGORITHM=INPLACE, LOCK=NONE;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
