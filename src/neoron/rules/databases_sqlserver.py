"""What changes of a whole database, its options, files and backups cost on SQL Server.

Source: Microsoft Learn, ALTER DATABASE SET options (Transact-SQL); Transactions (Transact-SQL).
"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.rules.rule import Hit, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Action, Alter, BackupChain, Create, Drop, ReadsOnly
from neoron.sql.parts import Kind

_SHUTS_OUT = {
    "SINGLE_USER": "everybody else is thrown out", "RESTRICTED_USER": "ordinary users are thrown out",
    "OFFLINE": "nobody can use it", "READ_ONLY": "nobody can write", "EMERGENCY": "only administrators can use it",
}  # fmt: skip
_NEEDS_ALONE = ("READ_COMMITTED_SNAPSHOT ON", "READ_COMMITTED_SNAPSHOT OFF", "READ_ONLY", "READ_WRITE")
_SLOW = ("AUTO_SHRINK ON", "AUTO_CLOSE ON", "AUTO_UPDATE_STATISTICS OFF", "AUTO_CREATE_STATISTICS OFF")
_BREAKS = ("COMPATIBILITY_LEVEL", "QUOTED_IDENTIFIER", "ANSI_NULLS", "CONTAINMENT", "RECURSIVE_TRIGGERS",
           "ALLOW_SNAPSHOT_ISOLATION OFF")  # fmt: skip
_CORRUPTS = ("PAGE_VERIFY NONE", "TORN_PAGE_DETECTION OFF", "DELAYED_DURABILITY FORCED", "TRUSTWORTHY ON")


def changed_option(action: Alter, scene: Scene) -> Iterator[Hit]:
    """ALTER DATABASE … SET of an option that others feel; also its collation and its files."""
    if action.kind is not Kind.DATABASE:
        return
    if action.change == "set":
        yield from _set(action)
    elif action.change == "collate":
        yield from hits(f"comparisons in {action.name} come out otherwise; it waits until nobody uses the database",
                        Category.COMPATIBILITY, Category.LOCKING)  # fmt: skip
    elif action.change == "remove file":
        yield Hit(f"a file of {action.name} goes; it fails while that holds anything", category=Category.COMPATIBILITY)


def _set(action: Alter) -> Iterator[Hit]:
    option = action.value.split()[0] if action.value else ""
    kills = "; WITH ROLLBACK ends what others are doing" if "ROLLBACK" in action.options else ""
    if option in _SHUTS_OUT:
        yield from hits(f"{_SHUTS_OUT[option]} of {action.name}{kills}", Category.LOCKING, Category.COMPATIBILITY)
    elif action.value in _NEEDS_ALONE:
        told = f"{action.value} waits until it is alone in {action.name}, and new sessions wait behind it{kills}"
        yield from hits(told, Category.LOCKING, Category.COMPATIBILITY)
    elif action.value in _SLOW:
        yield Hit(f"{action.value} makes queries of {action.name} slow at times nobody chooses",
                  category=Category.PERFORMANCE)  # fmt: skip
    elif action.value == "CHANGE_TRACKING OFF":
        yield from hits(f"the changes that {action.name} kept are gone, and who reads them fails", Category.DATA_LOSS,
                        Category.COMPATIBILITY)  # fmt: skip
    elif action.value in _CORRUPTS:
        yield Hit(f"{action.value} lets {action.name} lose or damage data unseen", category=Category.DATA_LOSS)
    elif option in _BREAKS or action.value in _BREAKS:
        yield from hits(f"{action.value} changes how queries of {action.name} run", Category.COMPATIBILITY,
                        Category.PERFORMANCE)  # fmt: skip
    elif kills:
        yield Hit(f"WITH ROLLBACK ends what others are doing in {action.name}", category=Category.LOCKING)


def broken_chain(action: BackupChain | Drop, scene: Scene) -> Iterator[Hit]:
    """The log is thrown away, so that no backup leads to a later moment."""
    if not isinstance(action, BackupChain):
        return
    if action.work == "recovery simple":
        yield Hit(f"log backups of {action.name} end: it cannot be brought to a moment after its last full backup")
    elif action.work == "recovery bulk":
        yield Hit(f"{action.name} cannot be brought to a moment inside a log backup that holds bulk changes",
                  Severity.WARNING)  # fmt: skip
    elif action.work == "purge logs":
        yield Hit(f"the log of {action.name} is thrown away: later log backups cannot be restored")


def overwritten(action: BackupChain, scene: Scene) -> Iterator[Hit]:
    """RESTORE over a database that is there; one that moves its files without REPLACE makes a new one."""
    if action.work != "restore" or ("MOVE" in action.options and "REPLACE" not in action.options):
        return
    is_sure = bool({"REPLACE", "DATABASE_SNAPSHOT"} & action.options)
    told = f"everything that {action.name} holds is overwritten by what the backup holds"
    for hit in hits(told, Category.DATA_LOSS, Category.IRREVERSIBLE):
        yield Hit(hit.message, None if is_sure else Severity.WARNING, hit.category)


def _refused(action: Action) -> str:
    match action:
        case Alter(kind=Kind.DATABASE) | BackupChain(work="recovery simple" | "recovery bulk"):
            return "ALTER DATABASE"
        case Drop(kind=Kind.DATABASE):
            return "DROP DATABASE"
        case Create(kind=Kind.DATABASE):
            return "CREATE DATABASE"
        case BackupChain(work="backup" | "purge logs"):
            return "BACKUP"
        case BackupChain(work="restore" | "recover"):
            return "RESTORE"
        case ReadsOnly(verb="RECONFIGURE" | "CREATE FULLTEXT" | "ALTER FULLTEXT" as verb):
            return verb
    return ""


def not_in_transaction(action: Action, scene: Scene) -> Iterator[Hit]:
    """What SQL Server refuses in an open transaction."""
    what = _refused(action)
    if what and scene.in_transaction:
        yield Hit(f"{what} fails inside a transaction")
