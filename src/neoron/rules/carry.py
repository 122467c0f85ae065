"""Carries the scene forward: what an action does to the schema, the session and the transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from neoron.rules.scene import Scene, TableState, VersionTuple
from neoron.rules.table_changes import changed_table
from neoron.sql.actions import (
    Action,
    AddConstraint,
    Create,
    CreateIndex,
    CreateTable,
    Drop,
    Insert,
    MoveToSchema,
    PartitionChange,
    Rename,
    Setting,
    TableChange,
    Transaction,
)
from neoron.sql.parts import ConstraintKind, Kind, Name

DEFAULT_SCHEMAS = {"postgresql": "public", "sqlserver": "dbo", "sqlite": "main"}
IMPLICIT_COMMIT = frozenset({"mysql", "mariadb"})
"""Engines where a schema change ends the open transaction (MySQL manual, 13.3.3)."""
TEMPORARY_SCHEMAS = {"sqlite": "temp"}
"""Engines whose temporary tables have a schema of their own that is looked at first."""
IGNORED_IN_TRANSACTION = {"sqlite": frozenset({"foreign_keys"})}
"""Settings that do nothing while a transaction is open (SQLite, PRAGMA foreign_keys)."""
SAVEPOINT_BEGINS = frozenset({"sqlite"})
"""Engines where a SAVEPOINT outside a transaction begins one, which its RELEASE commits (SQLite, SAVEPOINT)."""


@dataclass(slots=True)
class Course:
    """The state of a review between two actions, in place: one per script.

    Shape: script are all its actions, filled by whoever walks them; gone are the names that tables in use had before
    this script dropped them or renamed them away; savepoints counts those that stand for a transaction.
    """

    engine: str
    version: VersionTuple
    edition: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    sizes_bytes: Mapping[str, int] = field(default_factory=dict)
    in_transaction: bool = False
    script: list[Action] = field(default_factory=list)
    tables: dict[str, TableState] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    created: set[tuple[Kind, str]] = field(default_factory=set)
    known: set[tuple[Kind, str]] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    routines: dict[str, tuple[Action, ...]] = field(default_factory=dict)
    objects: dict[tuple[Kind, str], Create] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    savepoints: int = 0
    earlier: list[Action] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    before: tuple[dict[str, TableState], set[tuple[Kind, str]]] | None = None
    local_settings: dict[str, str] = field(default_factory=dict)
    is_opened_by_script: bool = False

    def scene(self, at: int) -> Scene:
        """What a rule sees of the action at that place."""
        return Scene(
            self.engine, self.version, self.edition, self.tables, self.settings, self.in_transaction, self.earlier,
            self.script, at, self.held, self.rows, self.sizes_bytes, self.created, self.known, self.domains,
            self._default_schema(), TEMPORARY_SCHEMAS.get(self.engine, ""), self.objects,
        )  # fmt: skip

    def _default_schema(self) -> str:
        path = self.settings.get("search_path", "")
        first = path.split(",")[0].strip().strip("'\"")
        return first if first and not first.startswith("$") else DEFAULT_SCHEMAS.get(self.engine, "")

    def settle(self) -> None:
        """Forget that this plan made anything: what is there now exists, is large and busy."""
        for key, table in self.tables.items():
            self.tables[key] = replace(table, is_new=False, added_columns=frozenset())
        self.known |= self.created
        self.created.clear()
        self.gone.clear()
        self.held.clear()
        self.earlier.clear()
        self.settings.clear()

    def pass_(self, action: Action, at: int) -> None:
        """Let the action happen."""
        step = _STEPS.get(type(action))
        if step:
            step(self, action, self.scene(at))
        else:
            changed_table(self.tables, action, self.scene(at))
        if not isinstance(action, Transaction):
            self.earlier.append(action)

    def next_statement(self) -> None:
        """Outside a transaction each statement is one of its own: its locks go with it."""
        if not self.in_transaction:
            self.earlier.clear()
            self.held.clear()

    def hold(self, tables: Sequence[Name], why: str, scene: Scene) -> None:
        """Remember that the transaction, or the statement by itself, keeps everybody out of these tables."""
        for table in tables:
            if scene.is_busy(table):
                self.held.setdefault(scene.key(table), why)


def _transaction(course: Course, action: Transaction, scene: Scene) -> None:
    if course.engine in SAVEPOINT_BEGINS and action.verb in ("savepoint", "release"):
        _savepoint(course, action.verb)
    elif action.verb == "begin":
        course.in_transaction, course.is_opened_by_script = True, True
        course.before = dict(course.tables), set(course.created)
        course.earlier.clear()
    elif action.verb in ("commit", "rollback", "prepare"):
        if action.verb == "rollback" and course.before:
            course.tables, course.created = course.before
        is_off = _is_off(course.settings.get("autocommit", ""))
        course.in_transaction, course.before, course.savepoints = is_off, None, 0
        course.earlier.clear()
        course.held.clear()
        for name in course.local_settings:
            course.settings.pop(name, None)
        course.local_settings.clear()


def _savepoint(course: Course, verb: str) -> None:
    """The first of them begins a transaction where none is open; its release ends that one."""
    if verb == "savepoint" and (course.savepoints or not course.in_transaction):
        course.savepoints += 1
        course.in_transaction = True
    elif verb == "release" and course.savepoints:
        course.savepoints -= 1
        course.in_transaction = course.savepoints > 0


def _is_off(value: str) -> bool:
    return value.lower() in ("0", "off", "false")


def _setting(course: Course, action: Setting, scene: Scene) -> None:
    if course.in_transaction and action.name in IGNORED_IN_TRANSACTION.get(course.engine, ()):
        return
    course.settings[action.name] = action.value
    if action.name == "autocommit":
        course.in_transaction = _is_off(action.value)
    if action.scope == "local":
        course.local_settings[action.name] = action.value


def _create_table(course: Course, action: CreateTable, scene: Scene) -> None:
    key = scene.key(action.table)
    if action.if_not_exists and key in course.tables:
        return
    like = scene.tables.get(scene.key(action.like)) if action.like else None
    columns = {**(like.columns if like else {}), **{c.name: c for c in action.columns}}
    constraints = {c.name or f"{c.kind.value} {','.join(c.columns)}": c for c in action.constraints}
    for column in action.columns:
        for c in column.constraints:
            columns_of = c.columns or (column.name,)
            constraints[c.name or f"{c.kind.value} {column.name}"] = replace(c, columns=columns_of)
    holds_rows = any(_has_rows(name, scene) for name in action.sources)
    course.tables[key] = TableState(
        action.table, is_new=True, is_temporary=action.is_temporary, is_partitioned=action.is_partitioned,
        written=action.written, holds_rows=holds_rows,
        is_rebuilt=holds_rows and key in course.gone and not action.is_temporary,
        partition_of=action.partition_of, columns=columns, constraints=constraints,
        indexes={i.name or f"index {n}": i for n, i in enumerate(action.indexes)}, options=action.options,
        is_known=bool(columns),
    )  # fmt: skip


def _has_rows(name: Name, scene: Scene) -> bool:
    """Whether rows of a table in use are in that one."""
    return scene.is_busy(name) or scene.table(name).holds_rows


def _insert(course: Course, action: Insert, scene: Scene) -> None:
    key = scene.key(action.table)
    table = scene.tables.get(key)
    if table and table.is_new and any(_has_rows(name, scene) for name in action.sources):
        is_passing = any(isinstance(a, Rename) and scene.key(a.old) == key for a in scene.later)
        is_rebuilt = key in course.gone and not table.is_temporary and not is_passing
        course.tables[key] = replace(table, holds_rows=True, is_rebuilt=is_rebuilt)


def _drop(course: Course, action: Drop, scene: Scene) -> None:
    for name in action.names:
        key = scene.key(name)
        if action.kind is Kind.TABLE:
            if scene.is_busy(name):
                course.gone.add(key)
            course.tables.pop(key, None)
            for known, made in list(course.objects.items()):
                if made.table and scene.key(made.table) == key:
                    del course.objects[known]
        elif action.kind is Kind.INDEX:
            of = scene.key(action.table) if action.table else ""
            for table_key, table in list(course.tables.items()):
                if name.name in table.indexes and of in ("", table_key):
                    kept = {n: i for n, i in table.indexes.items() if n != name.name}
                    course.tables[table_key] = replace(table, indexes=kept)
        elif action.kind is Kind.TRIGGER and action.table:
            table = scene.table(action.table)
            course.tables[scene.key(action.table)] = replace(table, triggers=table.triggers - {name.name})
        course.created.discard((action.kind, key))
        course.known.discard((action.kind, key))
        course.objects.pop((action.kind, key), None)


def _create(course: Course, action: Create, scene: Scene) -> None:
    key = scene.key(action.name)
    if (action.kind, key) not in course.known:
        course.created.add((action.kind, key))
    if action.kind in (Kind.VIEW, Kind.TRIGGER):
        course.objects[action.kind, key] = action
    if action.kind is Kind.DOMAIN and any(isinstance(part, AddConstraint) for part in action.body):
        course.domains.add(key)
    if action.kind in (Kind.FUNCTION, Kind.PROCEDURE):
        course.routines[key] = action.body
    if action.kind is Kind.TRIGGER and action.table:
        table = scene.table(action.table)
        course.tables[scene.key(action.table)] = replace(table, triggers=table.triggers | {action.name.name})


def _create_index(course: Course, action: CreateIndex, scene: Scene) -> None:
    index = action.index
    key = scene.key(index.table)
    table = course.tables.get(key) or TableState(index.table, is_known=False)
    name = index.name or f"index {len(table.indexes)}"
    course.tables[key] = replace(table, indexes={**table.indexes, name: index})
    course.created.add((Kind.INDEX, name))


def _rename(course: Course, action: Rename, scene: Scene) -> None:
    if action.kind is Kind.TABLE:
        old = scene.table(action.old)
        course.tables.pop(scene.key(action.old), None)
        if old.is_busy:
            course.gone.add(scene.key(action.old))
        new = Name(action.new, action.old.schema)
        is_rebuilt = old.is_rebuilt or (old.holds_rows and scene.key(new) in course.gone)
        written = old.written and action.new
        course.tables[scene.key(new)] = replace(old, name=new, is_rebuilt=is_rebuilt, written=written)
    elif action.kind is Kind.COLUMN and action.table:
        key = scene.key(action.table)
        table = scene.table(action.table)
        columns = {
            (action.new if n == action.old.name else n): (replace(c, name=action.new) if n == action.old.name else c)
            for n, c in table.columns.items()
        }
        added = frozenset(action.new if n == action.old.name else n for n in table.added_columns)
        course.tables[key] = replace(table, columns=columns, added_columns=added, written="")
    else:
        key, new_key = scene.key(action.old), scene.key(Name(action.new, action.old.schema))
        for names in (course.created, course.known):
            if (action.kind, key) in names:
                names.discard((action.kind, key))
                names.add((action.kind, new_key))


def _move(course: Course, action: MoveToSchema, scene: Scene) -> None:
    if action.kind is Kind.TABLE:
        state = scene.table(action.name)
        course.tables.pop(scene.key(action.name), None)
        new = Name(action.name.name, action.schema)
        course.tables[scene.key(new)] = replace(state, name=new)


def _table_change(course: Course, action: TableChange, scene: Scene) -> None:
    if action.change == "partition by":
        key = scene.key(action.table)
        course.tables[key] = replace(scene.table(action.table), is_partitioned=True)


def _partition_change(course: Course, action: PartitionChange, scene: Scene) -> None:
    if action.other is None or action.change not in ("attach", "detach"):
        return
    parent = action.table if action.change == "attach" else None
    course.tables[scene.key(action.other)] = replace(scene.table(action.other), partition_of=parent)


def _add_constraint(course: Course, action: AddConstraint, scene: Scene) -> None:
    if action.domain:
        course.domains.add(scene.key(action.domain))
        return
    key = scene.key(action.table)
    table = scene.table(action.table)
    c = action.constraint
    name = c.name or f"{c.kind.value} {','.join(c.columns)}"
    while not c.name and name in table.constraints:
        name += "+"
    state = replace(table, constraints={**table.constraints, name: c})
    if c.kind in (ConstraintKind.NOT_NULL, ConstraintKind.PRIMARY_KEY) and c.is_valid:
        columns = {n: (replace(d, is_nullable=False) if n in c.columns else d) for n, d in state.columns.items()}
        state = replace(state, columns=columns)
    course.tables[key] = state


_STEPS: Mapping[type[Action], Callable[[Course, Any, Scene], None]] = {
    Transaction: _transaction,
    Setting: _setting,
    CreateTable: _create_table,
    Drop: _drop,
    Insert: _insert,
    Create: _create,
    CreateIndex: _create_index,
    Rename: _rename,
    MoveToSchema: _move,
    TableChange: _table_change,
    PartitionChange: _partition_change,
    AddConstraint: _add_constraint,
}
