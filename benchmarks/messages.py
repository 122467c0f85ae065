"""The demo's Messages table: how fast its rows are made, and its checksum beside a scan by the engine's client."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tools
from figures import Goal, Table
from targets import Place, Target, client_environment
from timing import Row

from neoron.api import Project
from neoron.demo.generator import MESSAGE_COLUMNS, generate_batches
from neoron.demo.layout import lay_out
from neoron.engines.lookup import open_url
from neoron.engines.roles import Engine, Session

VERSION = "1.2"
COLUMNS = MESSAGE_COLUMNS[VERSION]
ROWS = {"postgresql": 1_000_000, "sqlite": 300_000}
GENERATED = 200_000
Measure = Callable[[], tuple[float, int]]
RATE_LIMIT = 50_000
CHECKSUM, SCAN, SHELL_SUM = "content checksum", "scan all columns", "sqlite3 .sha3sum"
# A count, or the length of a text, may be had without reading the value; the greatest value may not.
_SCAN = 'SELECT count(*), {columns} FROM "Messages";'


def generator_rate(rounds: int) -> Table:
    """Make rows in memory, and throw them away."""
    row = Row("generate_batches")
    for number in range(rounds + 1):
        began = time.perf_counter()
        made = sum(len(batch.messages) for batch in generate_batches(GENERATED, schema=VERSION))
        elapsed_s = time.perf_counter() - began
        row.failure = "" if made == GENERATED else f"{made} rows, not {GENERATED}"
        if number:
            row.seconds.append(made / elapsed_s)
    goal = Goal(f"generator, at least {RATE_LIMIT:,} rows/s", row.label, RATE_LIMIT, at_least=True)
    return Table("Rows of the demo's generator", [row], [goal], unit="rows/s")


def checksums(place: Place, folder: Path, rounds: int) -> Table:
    """Checksum the table in an open session, and scan it in the engine's client, by the client's own clock."""
    count = ROWS[place.engine]
    with filled(place, folder, count) as (target, engine, session):
        table = next(t for t in engine.catalog.schema(session).tables if t.name == "Messages")
        seen: set[str] = set()

        def checksum() -> tuple[float, int]:
            began = time.perf_counter()
            content = engine.catalog.content(session, table, COLUMNS)
            seen.add(content.checksum)
            return time.perf_counter() - began, content.row_count

        measured: dict[str, Measure] = {SCAN: lambda: scan(target), CHECKSUM: checksum}
        if place.engine == "sqlite":
            measured[SHELL_SUM] = lambda: (_shell_sum(target), count)
        rows = _alternate(measured, rounds, count)
        if len(seen) > 1:
            rows[1].failure = f"{len(seen)} different checksums of the same rows"
    goal = Goal(f"{place.title}, checksum, at most 2.5 × a scan", CHECKSUM, 2.5, SCAN)
    return Table(f"Content of {count:,} messages, {len(COLUMNS)} columns, {place.title}", rows, [goal], SCAN)


def _alternate(measured: Mapping[str, Measure], rounds: int, count: int) -> list[Row]:
    """Take turns, as processes do; each says how long it took and how many rows it saw."""
    rows = [Row(label) for label in measured]
    for number in range(rounds + 1):
        for row in rows:
            try:
                elapsed_s, found = measured[row.label]()
            except (OSError, subprocess.CalledProcessError, RuntimeError) as error:
                row.failure = str(error)
                continue
            if found != count:
                row.failure = f"{found} rows, not {count}"
            if number:
                row.seconds.append(elapsed_s)
    return rows


@contextmanager
def filled(place: Place, folder: Path, count: int) -> Iterator[tuple[Target, Engine, Session]]:
    """The demo's database with its messages, and a session on it."""
    target = place.fresh()
    project_folder = folder / f"messages-{place.engine}"
    lay_out(project_folder)
    Project.open(project_folder, url=target.url).database_update()
    engine, address = open_url(target.url, folder)
    session = engine.session.connect(address)
    try:
        for batch in generate_batches(count, schema=VERSION):
            session.begin()
            engine.rows.insert(session, "Messages", COLUMNS, batch.messages)
            session.commit()
        if place.engine == "postgresql":
            session.execute("VACUUM ANALYZE")
        yield target, engine, session
    finally:
        session.close()
        target.drop()


def scan(target: Target) -> tuple[float, int]:
    """Read every column of every row in the engine's client; the seconds it says itself, and the rows it counted."""
    query = _SCAN.format(columns=", ".join(f'max("{column}")' for column in COLUMNS))
    if target.engine == "postgresql":
        command: list[str | Path] = [tools.psql() or "psql", "-X", "-A", "-t"]
        said = _said(command, f"\\timing on\n{query}\n", {**os.environ, **client_environment(target)})
        elapsed_s = float(_found(r"^Time: ([\d.]+) ms", said)) / 1000
    elif target.engine == "mariadb":
        connection, database = tools.mariadb_options(target.url)
        began = time.perf_counter()
        command = ["mariadb", *connection, "--batch", "--skip-column-names", database]
        said = _said(command, query.replace('"', "`"), {**os.environ, **client_environment(target)}).replace("\t", "|")
        elapsed_s = time.perf_counter() - began
    else:
        said = _said(_sqlite_command(target), f".timer on\n{query}\n", os.environ)
        elapsed_s = float(_found(r"real ([\d.]+)", said))
    return elapsed_s, int(_found(r"^(\d+)\|", said))


def _shell_sum(target: Target) -> float:
    """The seconds that SQLite's shell takes for its own hash of the table; it has no clock of its own for that."""
    began = time.perf_counter()
    _said(_sqlite_command(target), ".sha3sum Messages\n", os.environ)
    return time.perf_counter() - began


def _sqlite_command(target: Target) -> list[str | Path]:
    return [tools.sqlite_client() or "sqlite3", "-batch", target.url.removeprefix("sqlite:///")]


def _said(command: Sequence[str | Path], text: str, environment: Mapping[str, str]) -> str:
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, env=dict(environment)
    ).stdout


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        raise RuntimeError(f"the client said {text[:200]!r}")
    return match.group(1)
