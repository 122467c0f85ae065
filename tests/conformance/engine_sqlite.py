"""SQLite under test: files in a folder."""

from __future__ import annotations

import fcntl
import secrets
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from conformance import project_counters
from conformance.engine_under_test import EngineUnderTest, Rows, Traits
from fix_project import ProjectFolder, Ran

SESSION_CALLS = ("execute", "query", "begin", "commit", "transact", "set_timeouts")
LOCK_CALLS = ("try_acquire", "release")
_COUNT_PER_S = 4_000_000


def path_of(url: str, ending: str = "") -> Path:
    """The file of a SQLite URL, or what lies beside it."""
    return Path(url.removeprefix("sqlite:///") + ending)


def is_lock_held(url: str) -> bool:
    """Whether anybody holds the deploy lock of a SQLite file."""
    path = path_of(url, ".neoron-lock")
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Sqlite(EngineUnderTest):
    """A copy takes the journal along, as a crash image would."""

    id = "sqlite"
    traits = Traits(
        dialect="sqlite",
        kills={"neoron.engines.sqlite.session:Session": SESSION_CALLS, "neoron.engines.sqlite.lock:": LOCK_CALLS},
        places=60,
        lasting=("commit", "transact", "try_acquire", "release", "execute VACUUM", "execute PRAGMA"),
        half_way=("CREATE UNIQUE INDEX parents_size", "execute VACUUM"),
        scripted=2,
        can=frozenset({"copy", "notices", "links"}),
    )

    @classmethod
    def is_started(cls) -> bool:
        """Always."""
        return True

    def __init__(self, folder: Path) -> None:
        super().__init__(f"sqlite:///{folder}")
        self.folder = folder
        folder.mkdir()

    def empty(self) -> str:
        """The URL of a file that is not there yet."""
        return f"sqlite:///{self.folder / secrets.token_hex(4)}.db"

    def copy(self, url: str) -> str:
        """Copy the file and its journal."""
        made = self.empty()
        for ending in ("", "-journal", "-wal"):
            if (path_of(url, ending)).exists():
                shutil.copyfile(path_of(url, ending), path_of(made, ending))
        return made

    def drop(self, url: str) -> None:
        """Delete the file and what lies beside it."""
        for path in self.folder.glob(path_of(url).name + "*"):
            path.unlink()

    @staticmethod
    def ask(url: str, *statements: str) -> Rows:
        """By sqlite3, with foreign keys on."""
        found: Rows = []
        with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            for statement in statements:
                found = connection.execute(statement).fetchall()
        return found

    @staticmethod
    def remains(url: str) -> list[str]:
        """Damage, broken references, a lock that somebody holds."""
        integrity, keys = (Sqlite.ask(url, f"PRAGMA {name}") for name in ("integrity_check", "foreign_key_check"))
        wrong = [str(row) for row in integrity if row != ("ok",)] + [f"broken reference {row}" for row in keys]
        return wrong + (["the lock file is held"] if is_lock_held(url) else [])

    @staticmethod
    def has_table(url: str, name: str) -> bool:
        """As sqlite_master says."""
        return bool(Sqlite.ask(url, f"SELECT 1 FROM sqlite_master WHERE name = '{name}'"))

    @staticmethod
    def slow_statement() -> str:
        """A count."""
        limit = f"(SELECT seconds * {_COUNT_PER_S} FROM pace)"
        count = f"WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {limit})"
        return f"UPDATE pace SET seconds = seconds WHERE ({count} SELECT count(*) FROM c) < 0"

    @staticmethod
    def is_slow(url: str) -> bool:
        """A journal is being written, and then 0.2 s have passed."""
        journal = path_of(url, "-journal")
        if not (is_lock_held(url) and journal.exists() and journal.stat().st_size > 0):
            return False
        time.sleep(0.2)
        return True

    @staticmethod
    def is_free(url: str) -> bool:
        """Its file is not locked."""
        return not is_lock_held(url)

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """Counters, notes, a rebuilt table, VACUUM outside a transaction, a step in Python."""
        return project_counters.write(folder, "sqlite")

    @classmethod
    def statements(cls, script: str) -> list[str]:
        """Without the client's own command."""
        return super().statements(script.replace(".bail on", ""))

    @staticmethod
    def run_script(url: str, text: str) -> Ran:
        """By sqlite3, the program; by the library where there is none."""
        client = shutil.which("sqlite3")
        if not client:
            with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
                try:
                    connection.executescript(text.replace(".bail on", ""))
                except sqlite3.Error as error:
                    return Ran(1, "", str(error))
            return Ran(0, "", "")
        command = [client, str(path_of(url))]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def version(self) -> str:
        """The library's."""
        return f"SQLite {sqlite3.sqlite_version}"
