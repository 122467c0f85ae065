"""URL or name -> engine; an engine's modules are imported only when it is asked for."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from pathlib import Path

from neoron.engines.roles import Engine
from neoron.engines.url import Url, parse_url, scheme_of
from neoron.errors import MigrationError, TargetBusy, TargetUnavailable, UsageError

ENGINES = {
    "sqlite": "neoron.engines.sqlite", "postgresql": "neoron.engines.postgresql",
    "mariadb": "neoron.engines.mariadb", "mysql": "neoron.engines.mysql",
    "sqlserver": "neoron.engines.sqlserver",
}  # fmt: skip
SCHEMES = {
    "sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql", "mariadb": "mariadb", "mysql": "mysql",
    "mssql": "sqlserver", "sqlserver": "sqlserver",
}  # fmt: skip
GROUP = "neoron.engines"


def engine_named(name: str) -> Engine:
    """The engine of a name or URL scheme.

    Raises: UsageError naming the nearest known one.
    """
    key = SCHEMES.get(name.lower(), name.lower())
    if key in ENGINES:
        engine: Engine = import_module(ENGINES[key]).ENGINE
        return engine
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        if entry.name == key:
            loaded: Engine = entry.load()
            return loaded
    near = difflib.get_close_matches(name.lower(), SCHEMES, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"no engine `{name}`{hint}", next=f"supported are {', '.join(SCHEMES)}")


def open_url(text: str, folder: Path) -> tuple[Engine, Url]:
    """The engine and the parsed address of a target; a relative file lies in the project's folder.

    Raises: UsageError for an unknown scheme or an unreadable URL.
    """
    engine = engine_named(scheme_of(text))
    url = parse_url(text)
    if engine.is_embedded and url.database not in ("", ":memory:"):
        url = Url(url.scheme, str((folder / url.database).absolute()), options=url.options)
    return engine, url


def translated(error: BaseException) -> MigrationError | None:
    """A driver's error that no stage expected, in our words; None for any other error."""
    for name in ENGINES.values():
        module = sys.modules.get(name)
        engine: Engine | None = getattr(module, "ENGINE", None)
        if engine and isinstance(error, engine.faults.errors()):
            fault = engine.faults.translate(error)
            kind = TargetBusy if fault.is_lock_wait else TargetUnavailable
            return kind(fault.message, state="Nothing more was sent.", next="neoron database status")
    return None
