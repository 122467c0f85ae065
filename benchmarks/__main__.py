"""`python benchmarks`: Neoron beside Alembic, dbmate and the engines' own clients, in one run on this machine.

Figures, never a test: the exit code is 0 whatever they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

# The tests know how to start servers of their own.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import backups
import messages
import reviews
import tools
import updates
from figures import Table, as_json, as_text, goal_text
from targets import Place, mariadb_place, postgres_place, sqlite_place

ENGINES = ("sqlite", "postgresql", "mariadb")
PARTS = ("start", "empty", "nothing", "checksum", "generator", "review", "backup")


def main() -> None:
    """Measure, and print each table as soon as it is there."""
    options = _options()
    tables: list[Table] = []
    with (
        tempfile.TemporaryDirectory(prefix="neoron-bench-") as made, postgres_place() as postgres,
        mariadb_place() as mariadb,
    ):  # fmt: skip
        folder = Path(made)
        servers = [found for found in (postgres, mariadb) if isinstance(found, Place)]
        places = [place for place in (sqlite_place(folder), *servers) if place.engine in options.on]
        machine = tools.machine(", ".join(server.title for server in servers) or "no server")
        print(f"{machine}; medians of {options.rounds} rounds\n", flush=True)
        for missing in (found for found in (postgres, mariadb) if isinstance(found, str)):
            print(f"without a server: {missing}\n", flush=True)
        for table in _tables(options.only, places, folder, options.rounds, options.messages):
            tables.append(table)
            print(as_text(table), end="\n\n", flush=True)
    print(_goals(tables))
    if options.json:
        options.json.write_text(json.dumps(as_json(tables, machine, options.rounds), indent=2, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each program runs (5)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="leave out the other parts")
    parser.add_argument("--on", nargs="+", choices=ENGINES, default=ENGINES, help="leave out the other engines")
    parser.add_argument("--messages", type=int, default=2_000_000, metavar="N", help="rows of the backups (2,000,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single time into a file as well")
    return parser.parse_args()


def _tables(
    only: Sequence[str], places: Sequence[Place], folder: Path, rounds: int, count: int
) -> Iterator[Table]:
    if {"start", "empty", "nothing"} & set(only):
        projects = updates.Projects(folder)
        if "start" in only:
            yield updates.starts(projects, folder, rounds)
        for place in places:
            if "empty" in only:
                yield from updates.from_empty(projects, place, rounds)
            if "nothing" in only:
                yield updates.nothing_to_do(projects, place, rounds)
    if "checksum" in only:
        for place in places:
            yield messages.checksums(place, folder, rounds)
    if "generator" in only:
        yield messages.generator_rate(rounds)
    if "review" in only:
        yield reviews.speed(folder, rounds)
        yield reviews.tsql_speed(folder, rounds)
    if "backup" in only:
        for place in places:
            yield from backups.measured(place, folder, rounds, count)


def _goals(tables: Sequence[Table]) -> str:
    lines = [f"- {goal_text(table, goal)}" for table in tables for goal in table.goals]
    return "\n".join(["### Goals", "", *lines])


if __name__ == "__main__":
    os.umask(0o077)
    main()
