"""A temporary table is used behind a commit"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.implicit import commits_implicitly
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, CreateTable, Delete, Insert, Update
from neoron.sql.parts import Name

_SCHEMA = (
    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
    "decimal(10,2) NOT NULL DEFAULT 0);"
)
_USE = (
    " SELECT id, amount FROM orders WHERE id < 9; ALTER TABLE orders ADD COLUMN net decimal(10,2), LOCK=NONE;"
    " UPDATE orders JOIN kept USING (id) SET net = kept.amount WHERE orders.id < 9;"
)
_EXAMPLE = Example(
    bad=f"CREATE TEMPORARY TABLE kept{_USE}", good=f"CREATE TABLE kept{_USE} DROP TABLE kept;", schema=_SCHEMA
)


def used_behind_a_commit(action: CreateTable, scene: Scene) -> Iterator[Hit]:
    """CREATE TEMPORARY TABLE, then a statement that commits by itself, then one that needs the table."""
    behind = list(dropwhile(lambda later: not commits_implicitly(later), scene.later))
    if action.is_temporary and any(scene.is_same(action.table, name) for later in behind for name in _named(later)):
        yield Hit("a run that dies behind the next commit cannot go on: the table goes with its session")


def _named(action: Action) -> tuple[Name, ...]:
    """The tables whose rows an action reads or writes."""
    if isinstance(action, CreateTable):
        return action.sources
    return (action.table, *action.sources) if isinstance(action, Insert | Update | Delete) else ()


RULE = Rule(
    id="temporary-table-lost",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A temporary table is used behind a commit",
    why=(
        "A run that was interrupted goes on behind the last statement that was committed, in a new session. The "
        "temporary table is gone then, what filled it is not sent again, and what needs it fails."
    ),
    instead="an ordinary table, dropped by the last statement; or the statements that need it before the commit",
    looks_at=(CreateTable,),
    engines={
        "mariadb": OnEngine(
            used_behind_a_commit, Effect(LockLevel.NONE, source="measured on MariaDB 10.11"), _EXAMPLE
        ),
        "mysql": OnEngine(
            used_behind_a_commit,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.20.2 CREATE TEMPORARY TABLE Statement"), _EXAMPLE,
        ),
    },
)
