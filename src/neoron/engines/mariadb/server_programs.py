"""The programs that touch a server's files: mariadb-backup, mbstream, mariadbd."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from neoron.engines.mysql.programs import FOLDER_VARIABLE, Program
from neoron.errors import BackupError

_LOGICAL = 'set `kind = "logical"`'
_NAMES = {"backup": ("mariadb-backup", "mariabackup"), "stream": ("mbstream",), "server": ("mariadbd",)}
# Where packages put servers; an ordinary user's PATH does not have them.
_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
_VERSION = re.compile(r"(?:MariaDB server|Ver) (\d+\.\d+)(?:\.\d+)*")


def server_program(kind: str, server_version: str) -> Program:
    """The `backup`, `stream` or `server` program of the server's own release.

    Shape: looks into the folder that NEORON_MYSQL_BIN names, or else into PATH and where packages put servers.
    Raises: BackupError naming what it looked for, or both versions.
    Source: MariaDB manual, "mariadb-backup Overview": it is for a server of its own release.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    places = folder or os.pathsep.join((os.environ.get("PATH", os.defpath), *_FOLDERS))
    path = next((found for name in _NAMES[kind] if (found := shutil.which(name, path=places))), None)
    if path is None:
        raise BackupError(
            f"{_NAMES[kind][0]} was not found", next=f"install mariadb-backup and mariadb-server, or {_LOGICAL}"
        )
    version = _version(path)
    release = ".".join(server_version.split(".")[:2])
    if kind != "stream" and version != release:  # mbstream tells no version
        raise BackupError(
            f"{os.path.basename(path)} is of {version or 'an unknown version'}, and the server of {release}",
            where=path, next=f"install the server's own, or {_LOGICAL}",
        )  # fmt: skip
    return Program(path, version, is_mariadb=True)


def _version(path: str) -> str:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _VERSION.search(done.stdout + done.stderr)
    return found.group(1) if found else ""
