"""docs/configuration.md: every key that neoron.config reads, with the words kept here."""

from __future__ import annotations

from dataclasses import MISSING, fields

from neoron import config
from reference import markdown

# Key -> (what it does, an example in TOML).
PROJECT = {
    "models": ("Where the models are: `module:name` of a SQLAlchemy `MetaData` or declarative base. "
               "Needed by `migrations add` and `migrations check`.", '"models:metadata"'),
    "migrations": ("The folder of migration files. It must lie inside the project.", '"db/migrations"'),
    "validations": ("A folder of `*.sql`. Each file is one query that returns the rows that are wrong; none means "
                    "passed. A first line `-- neoron: from VERSION` keeps one back until that version is applied.",
                    '"validations"'),
    "smoke": ("Application checks, run after a deploy and by `verify`. Words, not a shell line. `NEORON_URL` is set. "
              "Exit code 0 passes.", '["python -m shop.smoke"]'),
    "allow": ("Statements that a migration may hold although they are refused by default.", '["COPY FROM FILE"]'),
    "alembic": ("This project came from Alembic: keep `alembic_version` true, and let an `upgrade()` be empty.",
                "true"),
    "out_of_order": ("What to do with a pending file that is older than the newest applied one.", '"allow"'),
    "max_file_bytes": ("A migration or validation file over this size is refused.", "200_000_000"),
    "variables": ("Values for `${name}` in `.sql` files: a text, a number, true or false, or an identifier.",
                  '{ region = "eu", schema = { identifier = "shop" } }'),
}  # fmt: skip
ENVIRONMENT = {
    "url": ("The target. A relative SQLite path starts at the project's folder.", '"sqlite:///shop.db"'),
    "url_env": ("The environment variable that holds the URL.", '"SHOP_DATABASE_URL"'),
    "url_command": ("A program that prints the URL; it is run without a shell, for 30 seconds at most.",
                    '["pass", "show", "shop-db"]'),
    "password_env": ("The environment variable that holds the password, when the URL has none.", '"SHOP_PASSWORD"'),
    "protected": ("`deploy` and `rollback` ask for the database's name, or want `--yes`; `database update` and "
                  "`database drop` refuse; a backup cannot be left out.", "true"),
    "require": ("Gates that a deploy must pass. `rehearsal` is not built, and makes a deploy refuse.",
                '["backup"]'),
    "rpo_s": ("Recovery point objective: how old the newest good backup may be. `preflight` fails when it is "
              "older, and so does `deploy --no-backup`.", "3600"),
    "rto_s": ("Recovery time objective: how long a restore may take. `preflight` and `deploy` hold the measured "
              "time against it.", "900"),
    "lock_timeout_ms": ("How long one statement may wait for a lock before it is given up and tried again.", "5_000"),
    "lock_attempts": ("How often a transaction is tried when it failed on a lock, a deadlock or a lost connection.",
                      "3"),
    "statement_timeout_ms": ("How long one statement may run; 0 is no limit.", "600_000"),
    "deploy_lock_wait_ms": ("How long to wait for the deploy lock while another run holds it.", "5_000"),
    "variables": ("As under `[project]`; these win.", '{ region = "us" }'),
}  # fmt: skip
BACKUP = {
    "storage": ("Keep backups there instead of in `.neoron/backups`, such as an S3 bucket. Credentials come from the "
                "environment. Wants `pip install \"neoron[storage]\"`.", '"s3://shop-backups/production"'),
    "kind": ("What `backup create` and `deploy` take: a dump of the database, or the files of the whole server with "
             "its log, which can be restored to any time since. Physical ones are built for PostgreSQL and MariaDB.",
             '"physical"'),
    "wal_archive": ("The folder that the PostgreSQL server archives its WAL into, one plain file a segment.",
                    '"/var/backups/wal"'),
    "scratch": ("Where a physical backup is brought up aside, as large as the server's data. The path must be short; "
                "without it, the system's folder for temporary files.", '"/var/tmp"'),
    "provider": ("Take physical backups with pgBackRest, into its own repository.", '"pgbackrest"'),
    "stanza": ("The stanza of that repository.", '"main"'),
    "pgbackrest_config": ("pgBackRest's file of settings; without it, the one that it finds itself.",
                          '"/etc/pgbackrest/shop.conf"'),
    "age_recipients": ("Encrypt backups with age for the recipients in this file, one a line.",
                       '"backup-recipients.txt"'),
    "age_identity": ("The file with the key that opens them, for `verify` and `restore`. A machine that only takes "
                     "backups does not need it.", '"/etc/neoron/backup-key.txt"'),
}  # fmt: skip
_TYPES = {str: "text", int: "whole number", bool: "true or false", list: "list of texts", dict: "table"}


def keys() -> dict[str, tuple[str, ...]]:
    """Table -> the keys that the code knows there."""
    return {"project": config._PROJECT_KEYS, "environment": config._ENVIRONMENT_KEYS,
            "backup": config._BACKUP_KEYS}  # fmt: skip


def page() -> str:
    """The page."""
    return markdown.page(
        "Configuration",
        "A project is a folder with `neoron.toml`, or with `[tool.neoron]` in `pyproject.toml`. The same tables and "
        "keys are used in both; in `pyproject.toml` each name starts with `tool.neoron.`.",
        "A flag wins over the environment, which wins over the file. An unknown key is an error that names the line "
        "and the nearest known key. A password is never printed.",
        "## `[project]`",
        _table(PROJECT, config.Settings, keys()["project"]),
        "## `[environments.NAME]`",
        "`--env NAME` chooses one, then `NEORON_ENV`, then `dev`, then the first one. At most one of `url`, `url_env` "
        "and `url_command` names the target. `--url` wins over all of them; `DATABASE_URL` is used when none is set.",
        _table(ENVIRONMENT, config.Environment, keys()["environment"]),
        "## `[backup]`",
        _table(BACKUP, config.BackupSettings, keys()["backup"]),
        "## Words that a key may have",
        markdown.table(
            ("Key", "Words"),
            [(f"`{key}`", ", ".join(f"`{word}`" for word in words)) for key, words in config._CHOICES.items()],
        ),
        "## Environment variables",
        markdown.table(("Variable", "Does"), [
            ("`NEORON_ENV`", "The environment to use, unless `--env` is given."),
            ("`DATABASE_URL`", "The target, when neither `--url` nor the environment's table names one."),
            ("`NO_COLOR`", "No colour."),
            ("`NEORON_URL`", "Set by Neoron for the commands of `smoke`."),
        ]),
        "## An example",
        f"```toml\n{EXAMPLE}```",
    )


EXAMPLE = """\
[project]
models = "models:metadata"
migrations = "migrations"
validations = "validations"
smoke = ["python -m shop.smoke"]

[project.variables]
region = "eu"
schema = { identifier = "shop" }

[environments.dev]
url = "sqlite:///shop.db"

[environments.production]
url_env = "SHOP_DATABASE_URL"
protected = true
require = ["backup"]
lock_timeout_ms = 2_000
"""


def _table(words: dict[str, tuple[str, str]], owner: type, known: tuple[str, ...]) -> str:
    defaults = {f.name: f.default if f.default is not MISSING else "" for f in fields(owner)}  # type: ignore[arg-type]
    rows = [
        (f"`{key}`", _TYPES[_type_of(key)], _shown(defaults.get(key, "")), words[key][0], f"`{key} = {words[key][1]}`")
        for key in known
    ]
    return markdown.table(("Key", "Type", "Default", "Does", "Example"), rows)


def _type_of(key: str) -> type:
    found = config._TYPES[key]
    return found if isinstance(found, type) else found[0]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return f"`{value:_}`"
    return f'`"{value}"`' if isinstance(value, str) and value else "none"
