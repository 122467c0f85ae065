"""What each tool is asked to run, in a project folder of its own, and what it must have done afterwards."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import mixture
import tools
from targets import Ledger, Place, Target, libpq_environment
from timing import Competitor, Trial, Words

from fix_oracle_mariadb import client_arguments

NEORON = Ledger(
    frozenset({"neoron_history", "neoron_journal"}),
    "SELECT count(*) FROM neoron_history WHERE progress = 'applied'", mixture.COUNT,
)  # fmt: skip
ALEMBIC = Ledger(
    frozenset({"alembic_version"}),
    f"SELECT count(*) FROM alembic_version WHERE version_num = '{mixture.last_version()}'", 1,
)  # fmt: skip
DBMATE = Ledger(frozenset({"schema_migrations"}), "SELECT count(*) FROM schema_migrations", mixture.COUNT)
CLIENT = Ledger()

_SETTINGS = '[project]\nmigrations = "{migrations}"\n\n[environments.dev]\nurl_env = "DATABASE_URL"\n'
_CONFIG_LINE = "config = context.config\n"
_URL_LINE = """
import os

config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))
"""


@dataclass(frozen=True)
class Program:
    """One tool with a project.

    Shape: command and variables are made for a target; project is copied for every trial, because a tool may
    keep what it compiled beside its files.
    """

    label: str
    project: Path
    ledger: Ledger
    command: Callable[[Target], Words]
    variables: Callable[[Target], Mapping[str, str]]

    def trial(self, target: Target, folder: Path, environment: Mapping[str, str]) -> Trial:
        """Its run against one target, in a folder."""
        return Trial(
            self.command(target), folder, {**environment, **self.variables(target)},
            wrong=lambda: target.wrong(self.ledger),
        )  # fmt: skip


def from_empty(program: Program, place: Place, environment: Mapping[str, str]) -> Competitor:
    """The program with a fresh copy of its project and an empty database, each time."""

    def start() -> Trial:
        target = place.fresh()
        folder = program.project.with_name(f"{program.project.name}-now")
        shutil.copytree(program.project, folder)

        def clear() -> None:
            target.drop()
            # What Python compiled of the project lies in a mirror of its path.
            mirror = Path(environment["PYTHONPYCACHEPREFIX"]) / str(folder.resolve()).lstrip("/")
            for made in (folder, mirror):
                shutil.rmtree(made, ignore_errors=True)

        trial = program.trial(target, folder, environment)
        return Trial(trial.command, trial.folder, trial.environment, trial.wrong, clear)

    return Competitor(program.label, start)


def neoron(label: str, project: Path) -> Program:
    """`neoron database update` in a project."""
    command: Words = [tools.beside_python("neoron"), "database", "update"]
    return Program(label, project, NEORON, lambda target: command, lambda target: {"DATABASE_URL": target.url})


def alembic(project: Path) -> Program:
    """`alembic upgrade head` in a project, over the same driver as Neoron."""
    command: Words = [tools.beside_python("alembic"), "upgrade", "head"]

    def url(target: Target) -> dict[str, str]:
        found = target.url.replace("postgresql://", "postgresql+psycopg://")
        return {"DATABASE_URL": found.replace("mysql://", "mysql+pymysql://")}

    return Program("alembic upgrade head", project, ALEMBIC, lambda target: command, url)


def dbmate(binary: Path, project: Path) -> Program:
    """`dbmate up` in a project, without the dump of the schema that it would write afterwards."""
    command: Words = [binary, "--no-dump-schema", "--migrations-dir", "migrations", "up"]

    def url(target: Target) -> dict[str, str]:
        return {"DATABASE_URL": target.url.replace("sqlite:///", "sqlite:")}

    return Program("dbmate up", project, DBMATE, lambda target: command, url)


def clients(engine: str, project: Path) -> list[Program]:
    """The engine's own client with the same statements and no history: in one transaction, and one by one."""
    if engine == "postgresql":
        return [_psql("psql -1 -f", project, "-1"), _psql("psql -f", project)]
    if engine == "mariadb":
        return [_mariadb(project)]
    return [
        _sqlite3("sqlite3, one transaction", project, "one_transaction.sql"),
        _sqlite3("sqlite3, autocommit", project, "all.sql"),
    ]


def _psql(label: str, project: Path, *flags: str) -> Program:
    command: Words = [tools.psql() or "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *flags, "-f", "all.sql"]
    return Program(label, project, CLIENT, lambda target: command, lambda target: libpq_environment(target.url))


def python_floor(engine: str, project: Path, environment: Mapping[str, str]) -> list[Program]:
    """PostgreSQL's client with what Alembic's files send, without a history: what the server alone needs."""
    if engine != "postgresql":
        return []
    command: Words = [tools.beside_python("alembic"), "upgrade", "head", "--sql"]
    url = {"DATABASE_URL": "postgresql+psycopg://"}
    script = subprocess.run(
        command, cwd=project, env={**environment, **url}, check=True, capture_output=True, text=True
    ).stdout
    sent = [part for part in script.split(";\n") if "alembic_version" not in part]
    (project / "all.sql").write_text(";\n".join(part for part in sent if part.strip() not in ("BEGIN", "COMMIT")))
    return [_psql("psql -f, the same statements", project)]


def _mariadb(project: Path) -> Program:
    def command(target: Target) -> Words:
        words, _environment = client_arguments(target.url)
        return ["mariadb", *words, "-e", "source all.sql", urlsplit(target.url).path.lstrip("/")]

    def password(target: Target) -> dict[str, str]:
        return {"MYSQL_PWD": urlsplit(target.url).password or ""}

    return Program("mariadb < all.sql", project, CLIENT, command, password)


def _sqlite3(label: str, project: Path, file: str) -> Program:
    def command(target: Target) -> Words:
        program = tools.sqlite_client() or "sqlite3"
        return [program, "-batch", "-bail", target.url.removeprefix("sqlite:///"), f".read {file}"]

    return Program(label, project, CLIENT, command, lambda target: {})


def write_sql_project(folder: Path) -> Path:
    """A folder that Neoron, dbmate and the clients can run in, all with the same statements."""
    mixture.write_sql(folder / "migrations")
    (folder / "neoron.toml").write_text(_SETTINGS.format(migrations="migrations"))
    text = "".join(f"{statement};\n" for statement in mixture.statements())
    (folder / "all.sql").write_text(text)
    (folder / "one_transaction.sql").write_text(f"BEGIN;\n{text}COMMIT;\n")
    return folder


def write_python_project(folder: Path, environment: Mapping[str, str]) -> Path:
    """A folder made by `alembic init` for Alembic, with a neoron.toml that points at the same files."""
    folder.mkdir()
    subprocess.run(
        [tools.beside_python("alembic"), "init", "alembic"], cwd=folder, env=dict(environment), check=True,
        capture_output=True,
    )  # fmt: skip
    env = folder / "alembic" / "env.py"
    text = env.read_text()
    if _CONFIG_LINE not in text:
        raise RuntimeError(f"the env.py of `alembic init` has no line `{_CONFIG_LINE.strip()}`")
    env.write_text(text.replace(_CONFIG_LINE, _CONFIG_LINE + _URL_LINE, 1))
    mixture.write_python(folder / "alembic" / "versions")
    (folder / "neoron.toml").write_text(_SETTINGS.format(migrations="alembic/versions"))
    return folder
