"""Every command: its words, where it lives, and one line of help. Adding one is a file and a line here."""

from __future__ import annotations

MIGRATIONS = {
    "add": ("neoron.cli.migrations_add", "New migration from the difference between models and migrations."),
    "list": ("neoron.cli.migrations_list", "Every migration: pending, applied, altered, missing or ahead."),
    "remove": ("neoron.cli.migrations_remove", "Delete the newest migration that is not applied."),
    "script": ("neoron.cli.migrations_script", "SQL for a range of versions, up or down."),
    "check": ("neoron.cli.migrations_check", "Exit 1 when models and migrations differ."),
    "merge": ("neoron.cli.migrations_merge", "Join two heads."),
    "accept": ("neoron.cli.migrations_accept", "Keep an edited applied migration as it is now."),
}

DATABASE = {
    "update": ("neoron.cli.database_update", "Apply or take back migrations (development)."),
    "status": ("neoron.cli.database_status", "Versions, drift, the last run, who holds the lock."),
    "drop": ("neoron.cli.database_drop", "Drop the whole database; asks for its name."),
    "resolve": ("neoron.cli.database_resolve", "Settle a statement in doubt after a crash."),
}

BACKUP = {
    "create": ("neoron.cli.backup_create", "Take a backup and prove it by restoring it aside."),
    "list": ("neoron.cli.backup_list", "The backups of this project."),
    "verify": ("neoron.cli.backup_verify", "Restore a backup aside and compare every table."),
    "prune": ("neoron.cli.backup_prune", "Remove old backups; the last good one stays."),
}

STASH = {
    "list": ("neoron.cli.stash_list", "What destructive steps would have lost, and where it is."),
    "purge": ("neoron.cli.stash_purge", "Throw away what was kept long enough."),
}

DATA = {
    "export": ("neoron.cli.data_export", "Tables to JSON files, all of one moment."),
}

COMMANDS = {
    "init": ("neoron.cli.init", "A new project, or an Alembic project taken up as it is."),
    "demo": ("neoron.cli.demo", "The message store through the whole pipeline, ending in a report."),
    "migrations": (MIGRATIONS, "Write, list, check and script migrations."),
    "database": (DATABASE, "Update, look at or drop a development database."),
    "review": ("neoron.cli.review", "What migrations, or any SQL, would destroy, block or break."),
    "preflight": ("neoron.cli.preflight", "Size of the target, and room for what is planned."),
    "backup": (BACKUP, "Backups that are proven."),
    "deploy": ("neoron.cli.deploy", "Preflight, backup, steps, validations, verify, report."),
    "verify": ("neoron.cli.verify", "Foreign keys, indexes, validations, application checks."),
    "rollback": ("neoron.cli.rollback", "Take back what was applied, and verify."),
    "restore": ("neoron.cli.restore", "Put a backup in the target's place, in an emergency."),
    "stash": (STASH, "What migrations and rollbacks would have lost."),
    "data": (DATA, "Rows out of the target."),
    "completion": ("neoron.cli.completion", "The completion script of a shell."),
}
