"""The journal that undoes a failed transaction is switched off"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting

_WEAK = {
    ("journal_mode", "off"): "nothing can be rolled back, and a crash leaves the file damaged",
    ("journal_mode", "memory"): "a crash in the middle of a transaction leaves the file damaged",
    ("synchronous", "off"): "a power failure may leave the file damaged",
    ("synchronous", "0"): "a power failure may leave the file damaged",
}


def journal_is_weak(action: Setting, scene: Scene) -> Iterator[Hit]:
    """PRAGMA journal_mode = OFF or MEMORY, synchronous = OFF."""
    why = _WEAK.get((action.name, action.value))
    if why:
        yield from hits(f"with {action.name} = {action.value} {why}", Category.IRREVERSIBLE, Category.DATA_LOSS)


_WEAK_LOGS = {
    "innodb_flush_log_at_trx_commit": (("0", "2"), "commits of the last second are lost at a crash"),
    "sync_binlog": (("0",), "binary logs may lack what was committed before a crash"),
    "innodb_doublewrite": (("0", "off"), "a crash may leave pages half written"),
    "innodb_redo_log": (("off",), "a crash leaves the whole server unreadable"),
}


def log_is_weak(action: Setting, scene: Scene) -> Iterator[Hit]:
    """A setting of the server that lets a crash lose what was committed."""
    values, why = _WEAK_LOGS.get(action.name, ((), ""))
    if action.value.lower() in values:
        yield from hits(f"with {action.name} = {action.value} {why}", Category.IRREVERSIBLE, Category.DATA_LOSS)


RULE = Rule(
    id="journal-off",
    category=Category.IRREVERSIBLE,
    severity=Severity.ERROR,
    title="The journal that undoes a failed transaction is switched off",
    why="ROLLBACK has nothing to go back to, and after a crash or a power failure the file may be damaged.",
    instead="PRAGMA journal_mode = WAL and synchronous = NORMAL are fast and safe",
    looks_at=(Setting,),
    engines={
        "mariadb": OnEngine(
            log_is_weak,
            Effect(LockLevel.NONE, source="MariaDB documentation, InnoDB System Variables"),
            Example(
                bad="SET GLOBAL innodb_flush_log_at_trx_commit = 0;",
                good="SET GLOBAL innodb_flush_log_at_trx_commit = 1;",
            ),
            instead="keep innodb_flush_log_at_trx_commit = 1 and sync_binlog = 1",
        ),
        "mysql": OnEngine(
            log_is_weak,
            Effect(LockLevel.NONE, source="MySQL manual, 17.14 InnoDB Startup Options and System Variables"),
            Example(
                bad="SET GLOBAL innodb_flush_log_at_trx_commit = 0;",
                good="SET GLOBAL innodb_flush_log_at_trx_commit = 1;",
            ),
            instead="keep innodb_flush_log_at_trx_commit = 1 and sync_binlog = 1",
        ),
        "sqlite": OnEngine(
            journal_is_weak,
            Effect(LockLevel.NONE, source="SQLite, PRAGMA journal_mode; PRAGMA synchronous; measured on 3.40"),
            Example(bad="PRAGMA journal_mode = OFF;", good="PRAGMA synchronous = NORMAL;"),
        ),
    },
)
