"""The engines' own tools for a backup, as a careful administrator would call them; every measure returns seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tools
from messages import scan
from targets import Target, client_environment

RESTORED = "bench_restored"
_DUMP = "dump"
Words = Sequence[str | Path]


@dataclass(frozen=True)
class Native:
    """One engine's own tools.

    Shape: dump writes a backup into an empty folder, load brings it back and leaves nothing; bare copies the key and
    one column into the table bench_copy.
    """

    dump: Callable[[Path], float]
    load: Callable[[Path], float]
    bare: str


def native_of(target: Target) -> Native:
    """The tools for one database."""
    environment = {**os.environ, **client_environment(target)}
    return {"sqlite": _sqlite, "postgresql": _postgres, "mariadb": _mariadb}[target.engine](target, environment)


def emptied(folder: Path) -> Path:
    """The folder, new and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def restored_and_scanned(native: Native, target: Target, folder: Path) -> float:
    """The backup brought back, and every column read once."""
    return native.load(folder) + scan(target)[0]


def _sqlite(target: Target, environment: Mapping[str, str]) -> Native:
    client, file = tools.sqlite_client() or "sqlite3", target.url.removeprefix("sqlite:///")

    def load(folder: Path) -> float:
        copy = folder / "restored.db"
        took_s = _run([client, copy, f".restore '{folder / _DUMP}'"], environment)
        copy.unlink()
        return took_s

    return Native(
        lambda folder: _run([client, file, f".backup '{folder / _DUMP}'"], environment), load,
        'CREATE TABLE bench_copy AS SELECT "MessageId", "Content" FROM "Messages"',
    )  # fmt: skip


def _postgres(_target: Target, environment: Mapping[str, str]) -> Native:
    def dump(folder: Path) -> float:
        words = ["pg_dump", "-Fd", "-j2", "-Z1", "-f", folder / _DUMP, environment["PGDATABASE"]]
        return _run(words, environment)

    def load(folder: Path) -> float:
        with _Made(["psql", "-X", "-q", "-c"], environment):
            return _run(["pg_restore", "-Fd", "-j2", "-d", RESTORED, folder / _DUMP], environment)

    return Native(dump, load, 'CREATE TABLE bench_copy AS SELECT "MessageId", "Content" FROM "Messages"')


def _mariadb(target: Target, environment: Mapping[str, str]) -> Native:
    connection, database = tools.mariadb_options(target.url)

    def dump(folder: Path) -> float:
        kept = ["--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"]
        with (folder / _DUMP).open("wb") as packed:
            words = ["mariadb-dump", *connection, *kept, database]
            return _piped(words, ["gzip", "-1"], environment, stdout=packed.fileno())

    def load(folder: Path) -> float:
        with _Made(["mariadb", *connection, "-e"], environment):
            unpack = ["gzip", "-d", "-c", folder / _DUMP]
            return _piped(unpack, ["mariadb", *connection, RESTORED], environment, stdout=subprocess.DEVNULL)

    return Native(dump, load, "CREATE TABLE bench_copy AS SELECT `MessageId`, `Content` FROM `Messages`")


class _Made:
    """An empty database, as long as the block runs; its making is not timed."""

    def __init__(self, client: Words, environment: Mapping[str, str]) -> None:
        self._client, self._environment = client, environment

    def __enter__(self) -> None:
        _run([*self._client, f"CREATE DATABASE {RESTORED}"], self._environment)

    def __exit__(self, *error: object) -> None:
        _run([*self._client, f"DROP DATABASE {RESTORED}"], self._environment)


def _run(words: Words, environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(words, env=dict(environment), check=True, capture_output=True)
    return time.perf_counter() - began


def _piped(first: Words, second: Words, environment: Mapping[str, str], *, stdout: int) -> float:
    began = time.perf_counter()
    with subprocess.Popen(first, env=dict(environment), stdout=subprocess.PIPE) as source:
        subprocess.run(second, env=dict(environment), stdin=source.stdout, stdout=stdout, check=True)
    if source.returncode:
        raise subprocess.CalledProcessError(source.returncode, list(first))
    return time.perf_counter() - began
