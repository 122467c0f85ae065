"""How many rows a DELETE or UPDATE reaches, as far as its condition and the schema tell."""

from __future__ import annotations

from neoron.rules.scene import Scene
from neoron.sql.actions import Delete, Update, Where
from neoron.sql.parts import ConstraintKind

ROW_ADDRESSES = frozenset({"ctid", "rowid", "_rowid_", "oid"})
"""Columns that every table of PostgreSQL or SQLite has, and that find a row at once."""


def is_unbounded(action: Delete | Update, scene: Scene) -> bool:
    """Every row: no condition, one that is always true, `c IS NOT NULL` of one that never is, `id > 0` of a number."""
    if action.where is not Where.BOUNDED:
        return True
    tested = scene.column(action.table, action.not_null_test) if action.not_null_test else None
    if tested is not None and (tested.is_nullable is False or _is_primary(action, scene)):
        return True
    positive = scene.column(action.table, action.positive_test) if action.positive_test else None
    return positive is not None and positive.is_identity


def _is_primary(action: Delete | Update, scene: Scene) -> bool:
    keys = [c for c in scene.table(action.table).constraints.values() if c.kind is ConstraintKind.PRIMARY_KEY]
    return any(action.not_null_test in key.columns for key in keys)


def is_by_key(action: Delete | Update, scene: Scene) -> bool:
    """A few rows: a LIMIT, or a key that holds them; of an unknown table any column that is held is taken for one."""
    if action.has_limit or not action.has_key_condition:
        return action.has_limit
    keys = scene.table(action.table).key_columns()
    bounded = set(action.bounded_columns)
    return not keys or not bounded or bool((keys | ROW_ADDRESSES) & bounded)
