"""The safe sequence of a risky PostgreSQL statement, as statements, where all of it is known."""

from __future__ import annotations

import re

from neoron.sql.parts import Constraint, ConstraintKind, IndexDefinition, Name
from neoron.sql.quote import quote_identifier

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS = frozenset({"user", "order", "group", "table", "column", "check", "default", "select", "end", "limit", "to"})


def written(name: Name | str) -> str:
    """A name as SQL, quoted where it must be."""
    if isinstance(name, Name):
        return f"{written(name.schema)}.{written(name.name)}" if name.schema else written(name.name)
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    return quote_identifier(name, "postgresql")


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(written, columns))


def safe_foreign_key(table: Name, constraint: Constraint) -> tuple[str, ...]:
    """NOT VALID first, then VALIDATE."""
    if constraint.references is None or not constraint.columns:
        return ()
    name = written(constraint.name or f"{table.name}_{'_'.join(constraint.columns)}_fkey")
    target = f" ({_listed(constraint.referenced_columns)})" if constraint.referenced_columns else ""
    actions = "".join(
        f" ON {verb} {action.upper()}"
        for verb, action in (("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update)) if action
    )  # fmt: skip
    return (
        f"ALTER TABLE {written(table)} ADD CONSTRAINT {name} FOREIGN KEY ({_listed(constraint.columns)}) "
        f"REFERENCES {written(constraint.references)}{target}{actions} NOT VALID",
        f"ALTER TABLE {written(table)} VALIDATE CONSTRAINT {name}",
    )


def safe_unique(table: Name, constraint: Constraint) -> tuple[str, ...]:
    """The index first, concurrently, then the constraint that takes it over."""
    if constraint.is_deferrable or not constraint.columns:
        return ()
    is_primary = constraint.kind is ConstraintKind.PRIMARY_KEY
    usual = f"{table.name}_pkey" if is_primary else f"{table.name}_{'_'.join(constraint.columns)}_key"
    name = written(constraint.name or usual)
    return (
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {written(table)} ({_listed(constraint.columns)})",
        f"ALTER TABLE {written(table)} ADD CONSTRAINT {name} {constraint.kind.value.upper()} USING INDEX {name}",
    )


def safe_not_null(table: Name, column: str) -> tuple[str, ...]:
    """A CHECK that is validated apart proves it."""
    name = written(f"{table.name}_{column}_not_null")
    alter = f"ALTER TABLE {written(table)}"
    return (
        f"{alter} ADD CONSTRAINT {name} CHECK ({written(column)} IS NOT NULL) NOT VALID",
        f"{alter} VALIDATE CONSTRAINT {name}",
        f"{alter} ALTER COLUMN {written(column)} SET NOT NULL",
        f"{alter} DROP CONSTRAINT {name}",
    )


def safe_index(index: IndexDefinition) -> tuple[str, ...]:
    """The same index, concurrently; only where it has nothing but plain columns."""
    if index.is_filtered or not index.columns or "" in index.columns:
        return ()
    unique = "UNIQUE " if index.is_unique else ""
    name = f" {written(index.name)}" if index.name else ""
    method = f" USING {index.method}" if index.method not in ("", "btree") else ""
    return (f"CREATE {unique}INDEX CONCURRENTLY{name} ON {written(index.table)}{method} ({_listed(index.columns)})",)
