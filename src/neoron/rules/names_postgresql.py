"""The names that PostgreSQL gives to constraints and indexes without one, and names as SQL."""

from __future__ import annotations

import re
from collections.abc import Collection

from neoron.rules.scene import Scene
from neoron.sql.parts import Constraint, ConstraintKind, Name
from neoron.sql.quote import quote_identifier

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = """
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
cast char character check coalesce collate collation column concurrently constraint create cross
current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
interval into is isnull join lateral leading least left like limit localtime localtimestamp natural national
nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
placing position precision primary real references returning right row select session_user setof similar
smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim
true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_KEYWORDS = frozenset(_RESERVED.split())
LONGEST = 63
_LABELS = {
    ConstraintKind.FOREIGN_KEY: "fkey", ConstraintKind.CHECK: "check", ConstraintKind.UNIQUE: "key",
    ConstraintKind.PRIMARY_KEY: "pkey", ConstraintKind.NOT_NULL: "not_null", ConstraintKind.EXCLUSION: "excl",
}  # fmt: skip


def written(name: Name | str) -> str:
    """A name as SQL, quoted where it must be."""
    if isinstance(name, Name):
        return f"{written(name.schema)}.{written(name.name)}" if name.schema else written(name.name)
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    return quote_identifier(name, "postgresql")


def listed(columns: tuple[str, ...]) -> str:
    """Names with commas."""
    return ", ".join(map(written, columns))


def made_name(table: str, column: str, label: str) -> str:
    """`table_column_label`, the longer of the first two cut until it fits.

    Source: PostgreSQL, src/backend/commands/indexcmds.c, makeObjectName.
    """
    room = LONGEST - len(label.encode()) - 1 - bool(column)
    one, two = table.encode(), column.encode()
    while len(one) + len(two) > room:
        one, two = (one[:-1], two) if len(one) > len(two) else (one, two[:-1])
    parts = (one.decode(errors="ignore"), two.decode(errors="ignore"), label)
    return "_".join(part for part in parts if part)


def usual_name(table: Name, constraint: Constraint) -> str:
    """The name that a constraint without one gets while no other has it."""
    kind, columns = constraint.kind, constraint.columns
    middle = "_".join(columns)
    if kind is ConstraintKind.PRIMARY_KEY or (kind is ConstraintKind.CHECK and len(columns) != 1):
        middle = ""
    return made_name(table.name, middle[:LONGEST], _LABELS.get(kind, ""))


def free_name(table: Name, constraint: Constraint, scene: Scene, also: Collection[str] = ()) -> str:
    """The name that it gets beside those that are there, as far as they are known, and others that are given."""
    return _beside(_taken(scene) | set(also), table, constraint)


def _beside(taken: set[str], table: Name, constraint: Constraint) -> str:
    usual = usual_name(table, constraint)
    number, name = 0, usual
    label = _LABELS.get(constraint.kind, "")
    while name in taken:
        number += 1
        name = usual[: -len(label)] + f"{label}{number}"
    return name


def _taken(scene: Scene) -> set[str]:
    """The names of tables, indexes and constraints, of those without one in the order in which they were made."""
    names: set[str] = set()
    for table in scene.tables.values():
        names |= {i.name for i in table.indexes.values()} | {table.name.name}
        names |= {c.name for c in table.constraints.values()}
    for table in scene.tables.values():
        for constraint in table.constraints.values():
            if not constraint.name:
                names.add(_beside(names, table.name, constraint))
    return names
