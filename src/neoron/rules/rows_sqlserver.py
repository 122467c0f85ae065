"""Who sees and keeps rows on SQL Server: security policies, versions, captured changes, partitions, repair.

Source: Microsoft Learn, CREATE SECURITY POLICY (Transact-SQL); ALTER TABLE (Transact-SQL), SWITCH, SYSTEM_VERSIONING.
"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category
from neoron.rules.bounds import is_unbounded
from neoron.rules.rule import Hit, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import (
    Action,
    Alter,
    Create,
    CreateIndex,
    Delete,
    Drop,
    LockTables,
    PartitionChange,
    TableChange,
    Upkeep,
    Where,
)
from neoron.sql.parts import Kind, Name


def deleted_rows(action: Delete, scene: Scene) -> Iterator[Hit]:
    """A DELETE that nothing bounds; TOP alone does not say which rows go, and in a loop all do."""
    if not is_unbounded(action, scene) or not scene.is_busy(action.table) or (action.sources and action.is_joined):
        return
    why = "there is no WHERE" if action.where is Where.MISSING else "its WHERE is always true"
    which = "rows of {} are deleted, whichever they are" if action.has_limit else "every row of {} is deleted"
    yield from hits(f"{which.format(action.table)}: {why}", Category.DATA_LOSS, Category.IRREVERSIBLE,
                    Category.PERFORMANCE, table=scene.key(action.table))  # fmt: skip


def locked_by_hint(action: LockTables, scene: Scene) -> Iterator[Hit]:
    """TABLOCKX; TABLOCK of a writer, or held to the end of the transaction."""
    for table in action.tables:
        if scene.is_busy(table):
            who = "read or write" if action.mode == "TABLOCKX" else "write to"
            yield Hit(f"nobody can {who} {table} until the transaction ends", table=scene.key(table))


def killed_blockers(action: Action, scene: Scene) -> Iterator[Hit]:
    """ABORT_AFTER_WAIT = BLOCKERS."""
    index = action.index.options if isinstance(action, CreateIndex) else frozenset()
    if "BLOCKERS" in (action.options | index):
        yield from hits("after the wait it ends transactions of others that are in its way", Category.COMPATIBILITY,
                        Category.LOCKING)  # fmt: skip


def filtered_rows(action: TableChange | Create | Alter, scene: Scene) -> Iterator[Hit]:
    """CREATE and ALTER SECURITY POLICY."""
    if isinstance(action, TableChange) or action.kind is not Kind.POLICY:
        return
    table = action.table if isinstance(action, Create) else None
    if table is None or scene.is_busy(table):
        yield Hit(f"programs see and write fewer rows of {table or 'the tables under ' + str(action.name)}")


def switched(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """SWITCH of rows out of a table that was there before; out of one of this script they only come."""
    if action.change == "switch" and action.other is not None and scene.is_busy(action.table):
        yield from hits(f"rows leave {action.table} for {action.other} at once: who reads it misses them",
                        Category.DATA_LOSS, Category.LOCKING, table=scene.key(action.table))  # fmt: skip


def moved_boundary(action: PartitionChange, scene: Scene) -> Iterator[Hit]:
    """SPLIT and MERGE RANGE of a partition function move rows under Sch-M of every table that uses it."""
    if action.change in ("split", "merge"):
        yield Hit(f"every table on {action.table} is locked while rows move to their new partition")


def stopped_versioning(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """SYSTEM_VERSIONING = OFF, a period for which history is kept, DROP PERIOD."""
    if not scene.is_busy(action.table):
        return
    if action.change == "system versioning on" and action.value == "HISTORY_RETENTION_PERIOD":
        yield Hit(f"history of {action.table} that is older than the period is deleted", table=scene.key(action.table))
    elif action.change == "period" and action.value == "drop":
        yield Hit(f"from when to when a row of {action.table} held is not kept any more", table=scene.key(action.table))
    elif action.change == "system versioning off":
        yield Hit(f"what changes in {action.table} from now on is in no history, and the history can be changed",
                  table=scene.key(action.table))  # fmt: skip


def stopped_capture(action: TableChange, scene: Scene) -> Iterator[Hit]:
    """Change tracking or change data capture is switched off."""
    if action.change == "change tracking" and action.value in ("off", "cdc off"):
        what = action.table if action.table.name else "the database"
        yield from hits(f"the changes of {what} that were kept are gone, and who reads them fails", Category.DATA_LOSS,
                        Category.COMPATIBILITY)  # fmt: skip


def repaired(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """REPAIR_ALLOW_DATA_LOSS."""
    if action.work == "repair":
        yield from hits("what is damaged is thrown away", Category.DATA_LOSS, Category.IRREVERSIBLE)


def shrunk(action: Upkeep, scene: Scene) -> Iterator[Hit]:
    """DBCC SHRINKDATABASE, SHRINKFILE."""
    if action.work == "shrink" and "TRUNCATEONLY" not in action.options:
        yield from hits("pages are moved one by one under locks, and every index is left fragmented", Category.LOCKING,
                        Category.PERFORMANCE)  # fmt: skip


def cleared(action: Alter, scene: Scene) -> Iterator[Hit]:
    """DBCC FREEPROCCACHE, DROPCLEANBUFFERS and their like."""
    if action.change == "clear caches":
        yield Hit("every plan is compiled anew, or every page read from disk again, for everybody")


_USED = (Kind.OTHER, Kind.POLICY, Kind.SYNONYM, Kind.PARTITION_SCHEME)


def dropped_object(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of what has no rule of its own: synonyms, queues, assemblies, keys."""
    if action.kind not in _USED:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not _made_again(name, scene):
            yield Hit(f"programs that use {name} fail")
            if "KEY" in action.options:
                told = f"what only {name} can decrypt is gone for good"
                yield from hits(told, Category.DATA_LOSS, Category.IRREVERSIBLE)


def _made_again(name: Name, scene: Scene) -> bool:
    return any(isinstance(a, Create) and scene.key(a.name) == scene.key(name) for a in scene.later)


def dropped_statistics(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP STATISTICS."""
    if action.kind is Kind.STATISTICS:
        for name in action.names:
            if not scene.is_created(Kind.STATISTICS, name):
                yield Hit(f"plans of queries that used {name} get worse")
