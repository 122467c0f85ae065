"""Settings: flags over environment over file over default, read once into types."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from neoron.errors import UsageError

FILE_NAME = "neoron.toml"
Variable = str | int | float | bool | dict[str, str]


@dataclass(frozen=True, slots=True)
class Environment:
    """One target's settings.

    Shape: exactly one of url, url_env, url_command names the target; password_env holds the password apart.
    Units: times are milliseconds (`_ms`) or seconds (`_s`).
    """

    name: str = "dev"
    url: str = ""
    url_env: str = ""
    url_command: tuple[str, ...] = ()
    password_env: str = ""
    protected: bool = False
    require: tuple[str, ...] = ()
    rpo_s: int = 0
    rto_s: int = 0
    lock_timeout_ms: int = 2_000
    lock_attempts: int = 10
    statement_timeout_ms: int = 0
    deploy_lock_wait_ms: int = 60_000
    variables: Mapping[str, Variable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """How backups are taken. Shape: paths are relative to the project's folder; an empty scratch is the system's."""

    storage: str = ""
    kind: str = "logical"
    wal_archive: str = ""
    scratch: str = ""
    provider: str = ""
    stanza: str = ""
    pgbackrest_config: str = ""
    age_recipients: str = ""
    age_identity: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings.

    Shape: folder is absolute; file is the settings file that was read; paths below are relative to folder.
    """

    folder: Path
    file: str
    environment: Environment
    models: str = ""
    migrations: str = "migrations"
    validations: str = "validations"
    smoke: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    alembic: bool = False
    out_of_order: str = "refuse"
    max_file_bytes: int = 64_000_000
    backup: BackupSettings = BackupSettings()
    url_origin: str = ""

    @property
    def store(self) -> Path:
        """Where reports are kept, and backups unless `storage` names another place."""
        return self.folder / ".neoron"

    def backup_path(self, name: str) -> Path | None:
        """The file or folder that a key of `[backup]` names, such as `age_identity`; None where it names none."""
        text = str(getattr(self.backup, name))
        return self.folder / Path(text).expanduser() if text else None


_PROJECT_KEYS = (
    "models", "migrations", "validations", "smoke", "allow", "alembic", "out_of_order", "max_file_bytes", "variables",
)  # fmt: skip
_BACKUP_KEYS = tuple(f.name for f in fields(BackupSettings))
_ENVIRONMENT_KEYS = tuple(f.name for f in fields(Environment) if f.name != "name")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "models": str, "migrations": str, "validations": str, "smoke": list, "allow": list, "alembic": bool,
    "out_of_order": str, "max_file_bytes": int, "variables": dict, "url": str, "url_env": str, "url_command": list,
    "password_env": str, "protected": bool, "require": list, "rpo_s": int, "rto_s": int,
    "storage": str, "kind": str, "wal_archive": str, "scratch": str, "provider": str, "stanza": str,
    "pgbackrest_config": str, "age_recipients": str, "age_identity": str,
    "lock_timeout_ms": int, "lock_attempts": int, "statement_timeout_ms": int, "deploy_lock_wait_ms": int,
}  # fmt: skip
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("logical", "physical"),
    "provider": ("pgbackrest",),
    "out_of_order": ("refuse", "allow"),
    "require": ("review", "backup", "rehearsal"),
    "allow": (
        "COPY FROM PROGRAM", "COPY TO PROGRAM", "COPY FROM FILE", "COPY TO FILE", "COPY FROM STDIN", "COPY TO STDOUT",
        "SET SESSION AUTHORIZATION", "LOAD DATA LOCAL", "load_extension",
    ),
}  # fmt: skip


def find_project(start: Path) -> Path:
    """The settings file of the project that a folder lies in.

    Raises: UsageError naming every path that was searched.
    """
    searched = []
    for folder in (start, *start.parents):
        file = folder / FILE_NAME
        searched.append(str(file))
        if file.is_file():
            return file
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and "[tool.neoron" in pyproject.read_text(encoding="utf-8", errors="replace"):
            return pyproject
    shown = ", ".join(searched[:3]) + (f" and {len(searched) - 3} folders above" if len(searched) > 3 else "")
    raise UsageError(f"no project here: searched {shown}", next="neoron init, or --project DIR")


def read_settings(file: Path, *, environment: str = "", url: str = "") -> Settings:
    """Read one settings file for one environment; url, when given, comes from a flag and wins.

    Raises: UsageError with file:line of what is wrong.
    """
    text = _read(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, column = _position(str(error), text)
        reason = re.sub(r" \(at .*\)$", "", str(error))
        where = f"{file.name}:{line}:{column}"
        raise UsageError(f"not valid TOML: {reason}", where=where, next=f"edit {file.name}") from None
    if file.name == "pyproject.toml":
        document = document.get("tool", {}).get("neoron", {})
    return _settings(document, _Place(file, text), environment, url)


@dataclass(frozen=True, slots=True)
class _Place:
    file: Path
    text: str

    def of(self, key: str, table: str = "") -> str:
        """`file:line` of a key: the first line after its table's header that sets it."""
        lines = self.text.splitlines()
        header = next((i for i, line in enumerate(lines) if re.match(rf"\s*\[.*{re.escape(table)}\]", line)), -1)
        start = max(header, 0) if table else 0
        pattern = rf"\s*(\[.*)?[\"']?{re.escape(key)}[\"']?\s*[=\]]"
        line = next((i for i in range(start, len(lines)) if re.match(pattern, lines[i])), start)
        return f"{self.file.name}:{line + 1}"


def _settings(document: dict[str, Any], place: _Place, environment: str, url: str) -> Settings:
    _check_keys(document, ("project", "environments", "backup"), "", place)
    backup = _table(document, "backup", place)
    _check_keys(backup, _BACKUP_KEYS, "backup", place)
    project = _table(document, "project", place)
    _check_keys(project, _PROJECT_KEYS, "project", place)
    environments = _table(document, "environments", place)
    chosen, origin = _choose(environments, environment)
    if environments and chosen not in environments:
        nearest = _nearest(chosen, tuple(environments))
        raise UsageError(
            f"no environment `{chosen}` ({origin}){nearest}",
            where=place.file.name, next=f"add [environments.{chosen}] or use --env",
        )  # fmt: skip
    for name, table in environments.items():
        _check_table(table, name, place)
        _check_keys(table, _ENVIRONMENT_KEYS, f"environments.{name}", place)
    values: dict[str, Any] = dict(environments.get(chosen, {}))
    values["variables"] = {**project.pop("variables", {}), **values.get("variables", {})}
    target, url_origin = _with_url(Environment(name=chosen, **_as_tuples(values)), url, place)
    folder = place.file.parent.resolve()
    return Settings(
        folder, place.file.name, target, backup=BackupSettings(**backup), url_origin=url_origin, **_as_tuples(project)
    )


def _as_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _choose(environments: Mapping[str, Any], flag: str) -> tuple[str, str]:
    if flag:
        return flag, "from --env"
    if os.environ.get("NEORON_ENV"):
        return os.environ["NEORON_ENV"], "from NEORON_ENV"
    return ("dev" if "dev" in environments or not environments else next(iter(environments))), "the default"


def _with_url(environment: Environment, flag: str, place: _Place) -> tuple[Environment, str]:
    from dataclasses import replace

    if flag:
        return replace(environment, url=flag), "--url"
    named = [key for key in ("url", "url_env", "url_command") if getattr(environment, key)]
    if len(named) > 1:
        table = f"environments.{environment.name}"
        raise UsageError(f"{' and '.join(named)} both name the target; keep one", where=place.of(named[0], table))
    if not named and os.environ.get("DATABASE_URL"):
        return replace(environment, url=os.environ["DATABASE_URL"]), "DATABASE_URL"
    return environment, f"{place.file.name} [environments.{environment.name}]"


def target_url(settings: Settings) -> str:
    """The target's URL with its password, from where the settings say it is.

    Raises: UsageError when no layer names one, an environment variable is unset, or the command fails.
    """
    return _with_password(_url(settings), settings)


def _url(settings: Settings) -> str:
    environment = settings.environment
    if environment.url:
        return environment.url
    if environment.url_env:
        value = os.environ.get(environment.url_env, "")
        if not value:
            raise UsageError(
                f"environment `{environment.name}` takes its URL from {environment.url_env}, which is not set",
                where=settings.file, next=f"export {environment.url_env}=…, or pass --url",
            )  # fmt: skip
        return value
    if environment.url_command:
        return _from_command(environment)
    raise UsageError(
        f"environment `{environment.name}` names no target",
        where=settings.file, next=f"set `url` under [environments.{environment.name}], or pass --url, or DATABASE_URL",
    )  # fmt: skip


def _with_password(url: str, settings: Settings) -> str:
    """The URL with the password of password_env put in, percent-encoded."""
    name = settings.environment.password_env
    if not name:
        return url
    password = os.environ.get(name, "")
    if not password:
        raise UsageError(
            f"environment `{settings.environment.name}` takes its password from {name}, which is not set",
            where=settings.file, next=f"export {name}=…",
        )  # fmt: skip
    scheme, mark, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    if not mark or ":" in user:
        problem = "the URL holds a password, and password_env names another" if mark else "the target is not a URL"
        raise UsageError(problem, where=settings.url_origin or settings.file, next="keep one of the two")
    return f"{scheme}://{user}:{quote(password, safe='')}@{host if at else rest}"


def _from_command(environment: Environment) -> str:
    program = environment.url_command[0]
    try:
        done = subprocess.run(environment.url_command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"url_command `{program}` did not run: {type(error).__name__}") from None
    if done.returncode or not done.stdout.strip():
        raise UsageError(f"url_command `{program}` gave no URL (exit code {done.returncode})")
    return done.stdout.strip()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8 (byte {error.start})", where=file.name) from None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _position(message: str, text: str) -> tuple[int, int]:
    match = re.search(r"line (\d+), column (\d+)", message)
    if match:
        return int(match.group(1)), int(match.group(2))
    return text.count("\n") + 1, 1


def _table(document: Mapping[str, Any], key: str, place: _Place) -> dict[str, Any]:
    value = document.get(key, {})
    _check_table(value, key, place)
    return dict(value)


def _check_table(value: object, key: str, place: _Place) -> None:
    if not isinstance(value, dict):
        raise UsageError(f"`{key}` must be a table", where=place.of(key))


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], name: str, place: _Place) -> None:
    for key, value in table.items():
        where, edit = place.of(key, name), f"edit {place.file.name}"
        if key not in known:
            inside = f" in [{name}]" if name else ""
            raise UsageError(f"unknown key `{key}`{inside}{_nearest(key, known)}", where=where, next=edit)
        expected = _TYPES.get(key)
        if expected and (not isinstance(value, expected) or (expected is int and isinstance(value, bool))):
            wanted = {"str": "a text", "int": "a whole number", "bool": "true or false", "list": "a list of texts"}
            name_of_type = expected.__name__ if isinstance(expected, type) else "value"
            raise UsageError(f"`{key}` must be {wanted.get(name_of_type, 'a table')}", where=where, next=edit)
        if expected is list and not all(isinstance(item, str) for item in value):
            raise UsageError(f"`{key}` must be a list of texts", where=where, next=edit)
        if key in _CHOICES:
            _check_choice(key, value, where, edit)
        if expected is int and value < 0:
            raise UsageError(f"`{key}` must not be negative", where=where, next=edit)


def _check_choice(key: str, value: Any, where: str, edit: str) -> None:
    known = _CHOICES[key]
    for word in value if isinstance(value, list) else [value]:
        if word not in known:
            raise UsageError(f"`{key}` cannot be `{word}`{_nearest(word, known)}", where=where, next=edit)


def _nearest(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else f"; there are: {', '.join(known)}"
