"""Recognises the rebuild of a SQLite table: rows copied into another one, the old one dropped, the name taken over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neoron.rules.pragmas import is_off, is_on
from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import Action, CreateIndex, CreateTable, Delete, Drop, Insert, Rename, Setting, Update
from neoron.sql.parts import ConstraintKind, Kind, Name

Copy = Insert | CreateTable


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What takes the place of a table that is dropped.

    Shape: old is the table that is dropped, name the one it goes by for programs, copy the statement that saved its
    rows, new the table they end in.
    """

    old: TableState
    name: str
    copy: Copy
    new: TableState


def rebuild_of(name: Name, scene: Scene) -> Rebuild | None:
    """The rebuild that the DROP TABLE of that name belongs to; None when the rows are dropped for good.

    Shape: three ways count: the copy is renamed to the old name, the old table was renamed away and the copy has its
    name, or the rows come back from a copy elsewhere.
    Source: SQLite, "ALTER TABLE", 7 Making Other Kinds Of Table Schema Changes.
    """
    key = scene.key(name)
    before = scene.script[: scene.at]
    known = _first_name(key, before, scene)
    for copy in reversed(before):
        if not isinstance(copy, Insert | CreateTable) or key not in {scene.key(source) for source in copy.sources}:
            continue
        target = scene.key(copy.table)
        new = _taken_over(target, known, scene) or _returned(target, known, scene)
        if target == known:
            new = scene.tables.get(target)
        if new:
            return Rebuild(scene.table(name), known, copy, new)
    return None


def _first_name(key: str, before: Sequence[Action], scene: Scene) -> str:
    """The name that the table had before this script renamed it."""
    for action in reversed(before):
        if isinstance(action, Rename) and action.kind is Kind.TABLE and _new_key(action, scene) == key:
            key = scene.key(action.old)
    return key


def _new_key(action: Rename, scene: Scene) -> str:
    return scene.key(Name(action.new, action.old.schema))


def _taken_over(target: str, known: str, scene: Scene) -> TableState | None:
    for action in scene.later:
        if isinstance(action, Rename) and scene.key(action.old) == target and _new_key(action, scene) == known:
            return scene.tables.get(target)
    return None


def _returned(target: str, known: str, scene: Scene) -> TableState | None:
    made: TableState | None = None
    for action in scene.later:
        if isinstance(action, CreateTable) and scene.key(action.table) == known:
            constraints = {str(n): c for n, c in enumerate(action.constraints)}
            made = TableState(action.table, columns={c.name: c for c in action.columns}, constraints=constraints)
        if isinstance(action, Insert) and made and target in {scene.key(source) for source in action.sources}:
            return made
    return None


def is_scratch(name: Name, scene: Scene) -> bool:
    """Whether the table is what an earlier try of a rebuild left: this script makes it again, and renames it."""
    key = scene.key(name)
    made = [at for at, a in enumerate(scene.later) if isinstance(a, CreateTable) and scene.key(a.table) == key]
    return bool(made) and any(
        isinstance(a, Rename) and a.kind is Kind.TABLE and scene.key(a.old) == key for a in scene.later[made[0] :]
    )


def resolves(conflict: str, table: TableState) -> bool:
    """Whether a constraint of the table says ON CONFLICT IGNORE or REPLACE for every INSERT."""
    word = f"ON CONFLICT={conflict}"
    options = [c.options for c in table.constraints.values()] + [c.options for c in table.columns.values()]
    return any(word in found for found in options)


def is_rebuilt_later(key: str, scene: Scene) -> bool:
    """Whether a later statement makes a table of that name, or renames one to it."""
    return any(
        (isinstance(action, CreateTable) and scene.key(action.table) == key)
        or (isinstance(action, Rename) and action.kind is Kind.TABLE and _new_key(action, scene) == key)
        for action in scene.later
    )


def foreign_keys(scene: Scene) -> bool | None:
    """Whether foreign keys are looked at; None when the script has not said."""
    value = scene.settings.get("foreign_keys")
    return None if value is None else is_on(value)


def is_legacy(scene: Scene) -> bool:
    """Whether a rename leaves references in views, triggers and other tables as they are."""
    return is_on(scene.settings.get("legacy_alter_table", "off"))


def children(names: frozenset[str], scene: Scene) -> Iterator[tuple[str, str]]:
    """The other tables with a foreign key to a table of these names, and what it does when rows are deleted."""
    for key, table in scene.tables.items():
        if key in names or (table.is_new and not table.is_rebuilt):
            continue
        for constraint in table.constraints.values():
            target = constraint.references
            if constraint.kind is ConstraintKind.FOREIGN_KEY and target and scene.key(target) in names:
                yield key, constraint.on_delete


def readers_of(key: str, scene: Scene) -> Iterator[str]:
    """Views, and triggers of other tables, that read or write a table."""
    for (kind, name), made in scene.objects.items():
        is_own = kind is Kind.TRIGGER and made.table is not None and scene.key(made.table) == key
        if not is_own and key in {scene.key(one) for one in made.reads}:
            yield f"{kind.value} {name}"


def lost_indexes(found: Rebuild, scene: Scene) -> Iterator[str]:
    """The indexes of the old table that the new one neither has nor gets."""
    made = list(found.new.indexes.values())
    for action in scene.later:
        if isinstance(action, CreateIndex) and scene.key(action.index.table) in (found.name, scene.key(found.new.name)):
            made.append(action.index)
    for name, index in found.old.indexes.items():
        if not any(i.name == name or (i.columns == index.columns and i.is_unique == index.is_unique) for i in made):
            yield name


def changes_rows_unchecked(scene: Scene) -> bool:
    """Whether rows of tables in use change while foreign keys are off, or the script does nothing else."""
    made = {scene.key(a.table) for a in scene.script if isinstance(a, CreateTable)}
    is_alone = not any(isinstance(a, CreateTable | Drop | Rename) for a in scene.script)
    for action in scene.later:
        if isinstance(action, Setting) and action.name == "foreign_keys" and not is_off(action.value):
            return False
        is_own = isinstance(action, Delete | Update | Insert) and action.table.name.startswith("sqlite_")
        if isinstance(action, Delete | Update | Insert) and not is_own and scene.key(action.table) not in made:
            return True
    return is_alone
