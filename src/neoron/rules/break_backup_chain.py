"""The chain of log backups is broken"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.databases_sqlserver import broken_chain
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import BackupChain, Drop, Setting


def logs_lost(action: BackupChain | Setting, scene: Scene) -> Iterator[Hit]:
    """PURGE BINARY LOGS, RESET MASTER, sql_log_bin = 0."""
    if isinstance(action, BackupChain) and action.work in ("purge logs", "reset logs"):
        yield Hit("the binary logs that replicas and a restore to a point in time need are deleted")
    elif isinstance(action, Setting) and action.name == "sql_log_bin" and action.value.lower() in ("0", "off", "false"):
        yield Hit("what follows is in no binary log: replicas and a restore to a point in time do not get it")


RULE = Rule(
    id="break-backup-chain",
    category=Category.IRREVERSIBLE,
    severity=Severity.ERROR,
    title="The chain of log backups is broken",
    why="Until the next full backup nothing brings the database back to a moment of your choice.",
    instead="keep FULL recovery; back the log up to a real place",
    looks_at=(BackupChain, Setting),
    engines={
        "mariadb": OnEngine(
            logs_lost,
            Effect(LockLevel.NONE, source="MariaDB documentation, PURGE BINARY LOGS"),
            Example(
                bad="PURGE BINARY LOGS TO 'log.000009';",
                good="SHOW BINARY LOGS;",
            ),
        ),
        "mysql": OnEngine(
            logs_lost,
            Effect(LockLevel.NONE, source="MySQL manual, 15.4.1.1 PURGE BINARY LOGS Statement"),
            Example(
                bad="PURGE BINARY LOGS TO 'log.000009';",
                good="SHOW BINARY LOGS;",
            ),
        ),
        "sqlserver": OnEngine(
            broken_chain,
            Effect(
                LockLevel.NONE, source="Microsoft Learn, Recovery models (SQL Server); BACKUP (Transact-SQL)",
            ),
            Example(
                bad="ALTER DATABASE shop SET RECOVERY SIMPLE;",
                good="BACKUP LOG shop TO DISK = N'shop.trn';",
            ),
            instead="keep FULL recovery, and back the log up to a real place",
            looks_at=(BackupChain, Drop),
        ),
    },
)
