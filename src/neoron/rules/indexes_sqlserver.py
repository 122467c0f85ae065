"""What building, dropping and rebuilding indexes costs on SQL Server.

Source: Microsoft Learn, CREATE INDEX (Transact-SQL), ONLINE; ALTER INDEX (Transact-SQL), REBUILD, DISABLE;
DROP INDEX (Transact-SQL); How online index operations work.
"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.rules.editions_sqlserver import refusal, runs_online
from neoron.rules.rule import Hit
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, AddConstraint, AlterIndex, AlterType, CreateIndex, Drop, DropConstraint, Upkeep
from neoron.sql.parts import ConstraintKind, IndexDefinition, Kind, Name


def offline_build(action: CreateIndex, scene: Scene) -> Iterator[Hit]:
    """CREATE INDEX that is not built online on a table that was there before."""
    index = action.index
    if runs_online(index.options, scene) or not scene.is_heavy(index.table):
        return
    if "ONLINE" in index.options and refusal(index.options, "create", scene):
        return  # it fails, and says so elsewhere
    who = "read or write" if "clustered" in index.method.split() else "write to"
    yield Hit(f"nobody can {who} {index.table} while the index is built", table=scene.key(index.table))
    if index.is_unique and scene.may_be_alike(index.table, index.columns):
        yield Hit(f"it fails when two rows of {index.table} are alike in it", category=Category.COMPATIBILITY,
                  table=scene.key(index.table))  # fmt: skip


def _owner(action: Drop, name: Name, scene: Scene) -> Name | None:
    if action.table:
        return action.table
    return next((t.name for t in scene.tables.values() if name.name in t.indexes), None)


def _dropped(action: Drop, scene: Scene) -> Iterator[tuple[Name, Name | None, IndexDefinition | None]]:
    """The indexes that were there before, with their tables."""
    for name in action.names:
        table = _owner(action, name, scene)
        is_old = table is None or scene.is_busy(table)
        if action.kind is Kind.INDEX and is_old and not scene.is_created(Kind.INDEX, Name(name.name)):
            yield name, table, scene.table(table).indexes.get(name.name) if table else None


def _is_covered(index: IndexDefinition | None, table: Name | None, scene: Scene) -> bool:
    """Another index of the script begins with the same column, or has the same name."""
    if table is None:
        return False
    made = [a.index for a in (*scene.later, *scene.script[: scene.at]) if isinstance(a, CreateIndex)]
    return any(
        scene.key(new.table) == scene.key(table)
        and (index is None or new.name == index.name or new.columns[:1] == index.columns[:1]) for new in made
    )  # fmt: skip


def slower_queries(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP INDEX of one that queries may use; of a clustered one the whole table is written anew."""
    for name, table, index in _dropped(action, scene):
        is_clustered = index is not None and "clustered" in index.method.split()
        if is_clustered and table and scene.is_heavy(table) and not runs_online(action.options, scene):
            yield Hit(f"{table} becomes a heap, and its other indexes are built anew, while nobody can use it",
                      Severity.ERROR, Category.LOCKING, table=scene.key(table))  # fmt: skip
        elif not _is_covered(index, table, scene):
            yield Hit(f"queries that use {name} become slow", Severity.WARNING, Category.PERFORMANCE,
                      table=scene.key(table) if table else "")  # fmt: skip


def blocking_rebuild(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """ALTER INDEX … REBUILD, ALTER TABLE … REBUILD, DBCC DBREINDEX, offline."""
    if action.work != "rebuild" or runs_online(action.options, scene) or action.is_concurrent:
        return
    for table in action.tables:
        if scene.is_heavy(table):
            yield Hit(f"nobody can use {table} while it is rebuilt", table=scene.key(table))


def disabled(action: AlterIndex, scene: Scene) -> Iterator[Hit]:
    """ALTER INDEX … DISABLE; of a clustered one nobody can read the table any more."""
    if action.change != "disable" or action.table is None or not scene.is_busy(action.table):
        return
    state, key = scene.table(action.table), scene.key(action.table)
    constraint, index = state.constraints.get(action.name), state.indexes.get(action.name)
    is_primary = constraint is not None and constraint.kind is ConstraintKind.PRIMARY_KEY
    is_key = is_primary and constraint is not None and "NONCLUSTERED" not in constraint.options
    is_clustered = is_key or (index is not None and "clustered" in index.method.split()) or not action.name
    guess = constraint is None and index is None and action.name.startswith("pk_")
    if is_clustered or guess:
        yield Hit(f"nobody can read or write {action.table} until its clustered index is rebuilt", Severity.ERROR,
                  Category.COMPATIBILITY, table=key)  # fmt: skip
    rebuilt = [a for a in scene.later if isinstance(a, Upkeep) and a.work == "rebuild"]
    if not any(scene.key(t) == key for a in rebuilt for t in a.tables):
        what = action.name or "indexes"
        yield Hit(f"queries that use {what} of {action.table} become slow, and it keeps nothing unique", table=key)


def refused_options(action: Action, scene: Scene) -> Iterator[Hit]:
    """ONLINE, RESUMABLE and WAIT_AT_LOW_PRIORITY where the edition or version does not know them."""
    match action:
        case CreateIndex(index=index):
            options, what = index.options, "create"
        case Upkeep(work="rebuild"):
            options, what = action.options, "rebuild"
        case AddConstraint(constraint=constraint):
            options, what = constraint.options, "constraint"
        case AlterType() | Drop(kind=Kind.INDEX) | DropConstraint():
            options, what = action.options, "column"
        case _:
            return
    why = refusal(options, what, scene)
    if why:
        yield Hit(f"it fails: {why}")
