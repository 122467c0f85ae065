"""What the parts of an ALTER TABLE cost on MySQL and MariaDB: copied, rebuilt beside, or changed at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neoron.rules.scene import Scene
from neoron.sql.actions import Action
from neoron.sql.parts import ColumnDefinition, ConstraintKind, Name, ValueKind

NEVER = (9_999,)


@dataclass(frozen=True, slots=True)
class Habits:
    """What a server can do at once, or from which version on.

    Shape: short_varchar_bytes is the size below which a VARCHAR may grow over 255 bytes without a copy;
    writes_while_copying is the version whose copies let writers go on.
    Source: MySQL manual, 17.12.1 Online DDL operations; MariaDB 10.11, measured by the lowest ALGORITHM and LOCK
    that it takes; MariaDB documentation, ALTER TABLE, LOCK.
    """

    charset: str
    adds_columns_at_once: tuple[int, ...]
    adds_columns_anywhere: tuple[int, ...]
    moves_columns_at_once: tuple[int, ...]
    short_varchar_bytes: int
    widens_utf8_at_once: bool
    recollates_at_once: bool
    fills_expressions: tuple[ValueKind, ...]
    checks_new_columns: bool
    inline_references: tuple[int, ...]
    writes_while_copying: tuple[int, ...]
    json_is_text: bool


HABITS: Mapping[str, Habits] = {
    "mysql": Habits(
        "utf8mb4", (8, 0, 12), (8, 0, 29), NEVER, 0, False, False, (ValueKind.VOLATILE, ValueKind.UNKNOWN), True, (9,),
        NEVER, False,
    ),
    "mariadb": Habits(
        "utf8mb4", (10, 3), (10, 4), (10, 4), 128, True, True, (ValueKind.VOLATILE,), False, (10, 5), (11, 2), True,
    ),
}  # fmt: skip


def habits(scene: Scene) -> Habits:
    """Those of the server that is reviewed for."""
    return HABITS[scene.engine]


def is_online(action: Action) -> bool:
    """Whether the statement says that writers go on: the server refuses rather than keep them out."""
    return bool(action.options & {"LOCK=NONE", "ALGORITHM=INSTANT", "ALGORITHM=NOCOPY"})


def is_not_copied(action: Action) -> bool:
    """Whether the statement says that the table must not be copied."""
    return is_online(action) or "ALGORITHM=INPLACE" in action.options


def copy_blocks(action: Action, scene: Scene, table: Name) -> bool:
    """Whether a part that copies the table keeps writers out of one that is large and in use."""
    if not scene.is_heavy(table) or is_not_copied(action):
        return False
    return scene.version < habits(scene).writes_while_copying


def rebuild_is_felt(action: Action, scene: Scene, table: Name) -> bool:
    """Whether a part that rebuilds the table beside itself is on one that is large and in use, and not stated."""
    return scene.is_heavy(table) and not is_not_copied(action) and "ALGORITHM=COPY" not in action.options


def in_primary_key(scene: Scene, table: Name, column: str) -> bool:
    """Whether a column belongs to the primary key, and so is NOT NULL whatever is written."""
    constraints = scene.table(table).constraints.values()
    return any(c.kind is ConstraintKind.PRIMARY_KEY and column in c.columns for c in constraints)


def is_nullable(scene: Scene, table: Name, column: ColumnDefinition) -> bool:
    """Whether a column takes NULL."""
    return column.is_nullable is not False and not column.is_identity and not in_primary_key(scene, table, column.name)


def table_option(scene: Scene, table: Name, key: str) -> str:
    """The value of an option that the table was made with; empty when none was."""
    found = (o.partition("=")[2] for o in scene.table(table).options if o.startswith(f"{key}="))
    return next(found, "")
