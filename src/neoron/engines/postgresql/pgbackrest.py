"""A pgBackRest repository: backups and archived log that the program itself keeps, compresses and expires."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neoron.engines.postgresql.private_server import server_account
from neoron.engines.tied_child import finished
from neoron.errors import BackupError

_PROGRAM = "pgbackrest"
# What is still being written ends otherwise.
_ENDING = r"-[0-9a-f]{40}(\.(gz|lz4|zst|bz2))?$"
_SEGMENT = re.compile(rf"(?:^|/)([0-9A-F]{{24}}){_ENDING}")
_ERROR = re.compile(r"ERROR: \[\d+\]: (.*)")


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup in the repository. Shape: stop is the last log segment that it needs. Units: size_bytes bytes."""

    label: str
    stop: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Repository:
    """One stanza of a repository. Shape: config is pgBackRest's own file of settings; None is its usual one.

    Source: pgBackRest, "Command Reference" and "Configuration Reference".
    """

    stanza: str
    config: Path | None = None

    def __str__(self) -> str:
        return f"pgBackRest stanza {self.stanza}"

    def back_up(self) -> Taken:
        """Take a backup of the type that its settings say. Changes: the repository. Raises: BackupError."""
        self._run("backup")
        return self._listed()[-1]

    def version(self) -> str:
        """The program's version. Raises: BackupError."""
        return self._run("version", has_stanza=False).split()[-1]

    def require(self, label: str) -> None:
        """Refuse when the repository does not hold that backup any more. Raises: BackupError."""
        labels = [backup.label for backup in self._listed()]
        if label not in labels:
            newest = f"; its newest is {labels[-1]}" if labels else ""
            raise BackupError(f"the repository no longer holds {label}{newest}", where=str(self),
                              next="choose another backup: neoron backup list")  # fmt: skip

    def restore(self, label: str, data: Path) -> None:
        """Bring a backup's files into an empty folder; their checksums are compared on the way. Raises: BackupError."""
        self._run("restore", f"--set={label}", f"--pg1-path={data}", "--type=immediate")

    def restore_command(self, data: Path) -> str:
        """What a server in that folder runs to get a segment; asynchronous getting would use the live one's spool."""
        words = self._words("archive-get", f"--pg1-path={data}", "--no-archive-async", has_stanza=True)
        return f'{" ".join(shlex.quote(word).replace("%", "%%") for word in words)} %f "%p"'

    def names(self) -> list[str]:
        """The segments that the repository holds. Raises: BackupError."""
        listed = json.loads(self._run("repo-ls", "--recurse", "--output=json", f"archive/{self.stanza}"))
        return [found.group(1) for name in listed if (found := _SEGMENT.search(name))]

    def has(self, name: str) -> bool:
        """Whether it holds a segment. Raises: BackupError."""
        return name in self._run("repo-ls", "--recurse", f"--filter={name}{_ENDING}", f"archive/{self.stanza}")

    def fetch(self, name: str, folder: Path) -> Path:
        """A segment as a plain file in a folder. Raises: BackupError."""
        server_account().give(folder)
        self._run("archive-get", "--no-archive-async", name, str(folder / name))
        return folder / name

    def _listed(self) -> list[Taken]:
        found: list[dict[str, Any]] = json.loads(self._run("info", "--output=json"))
        backups = found[0]["backup"] if found else []
        return [Taken(b["label"], b["archive"]["stop"], int(b["info"]["repository"]["delta"])) for b in backups]

    def _words(self, command: str, *flags: str, has_stanza: bool) -> list[str]:
        program = shutil.which(_PROGRAM)
        if program is None:
            raise BackupError("pgbackrest was not found", next="install pgBackRest (https://pgbackrest.org)")
        named = [f"--config={self.config}"] if self.config else []
        return [program, *named, *([f"--stanza={self.stanza}"] if has_stanza else []), command, *flags]

    def _run(self, command: str, *flags: str, has_stanza: bool = True) -> str:
        """Run it as the user that runs PostgreSQL, whose files the repository's are. Raises: BackupError."""
        words, account = self._words(command, *flags, has_stanza=has_stanza), server_account()
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        done = finished(words, environment, uid=account.uid, gid=account.gid)
        if done.returncode:
            told = _ERROR.findall(done.stdout + done.stderr) or [f"it ended with {done.returncode}"]
            raise BackupError(f"pgbackrest {command}: {told[0].strip()}", where=str(self))
        return done.stdout
