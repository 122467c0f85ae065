"""The programs that are compared, where they are, and the environment that all of them get."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from fix_postgres_binaries import client_program, server_binaries

DBMATE = "2.36.0"
CACHE = Path(__file__).parent / ".cache"
# These would change what is measured: compiled modules are kept, as everywhere, but for all tools in one place.
_UNSET = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONHOME", "DATABASE_URL")


def environment(folder: Path) -> dict[str, str]:
    """The environment of every measured process: ours, without what would change its pace or its target."""
    kept = {
        name: value for name, value in os.environ.items()
        if name not in _UNSET and not name.startswith(("PG", "NEORON_", "DBMATE_"))
    }  # fmt: skip
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "pycache"), "NO_COLOR": "1"}


def beside_python(name: str) -> Path:
    """A program of the environment that runs this one, such as `alembic`."""
    return Path(sys.executable).parent / name


def psql() -> Path | None:
    """PostgreSQL's client, of the server's own version where it has one."""
    return client_program("psql", server_binaries())


def sqlite_client() -> Path | None:
    """SQLite's client."""
    found = shutil.which("sqlite3")
    return Path(found) if found else None


def mariadb_options(url: str) -> tuple[list[str], str]:
    """What tells MariaDB's clients where a database is, without its password; and the database."""
    parts = urlsplit(url)
    where = ["--no-defaults", "--protocol=tcp", f"--host={parts.hostname}", f"--port={parts.port}"]
    return [*where, f"--user={parts.username}"], parts.path.lstrip("/")


def dbmate() -> tuple[Path, Path] | str:
    """dbmate's binary and the launcher that npm puts before it, installed here on first use; or why there is none."""
    found = _installed_dbmate()
    if found:
        return found
    npm = shutil.which("npm")
    if not npm:
        return "npm was not found"
    CACHE.mkdir(exist_ok=True)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error")
    done = subprocess.run(
        [npm, "install", "--prefix", CACHE, *options, f"dbmate@{DBMATE}"], capture_output=True, text=True, check=False
    )
    words = " ".join(done.stderr.split())
    return _installed_dbmate() or f"npm could not install it: {words[-200:]}"


def _installed_dbmate() -> tuple[Path, Path] | None:
    modules = CACHE / "node_modules"
    binary = next(modules.glob("@dbmate/*/bin/dbmate"), None)
    return (binary, modules / ".bin" / "dbmate") if binary else None


def machine(server: str) -> str:
    """What it ran on, in one line, without names of hosts and folders."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    clients = f"sqlite3 {_sqlite_client_version()}, dbmate {DBMATE}"
    return (
        f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{server}, Alembic {version('alembic')}, SQLAlchemy {version('SQLAlchemy')}, psycopg {version('psycopg')}, "
        f"{clients}"
    )


def _sqlite_client_version() -> str:
    client = sqlite_client()
    if not client:
        return "not here"
    return subprocess.run([client, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
