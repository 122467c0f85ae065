"""Plans written by hand, as the planner lays them out, and a script's way into a database."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import psycopg

from neoron.engines.postgresql.effects import effect
from neoron.model.migration import Direction
from neoron.model.plan import BASE, Plan, PlannedMigration, RecordKind, Step, StepKind
from neoron.sql.split import split

Migrations = Sequence[tuple[str, Sequence[str]]]


def plan_of(
    migrations: Migrations, *, direction: Direction = Direction.UP, from_version: str = BASE, to_version: str = ""
) -> Plan:
    """A plan of (version, statements); a statement that no transaction can hold makes its migration half-way."""
    up = direction is Direction.UP
    steps: list[Step] = [_record("0", RecordKind.TABLES, 0)] if up and from_version == BASE else []
    planned, group = [], 0
    for version, statements in migrations:
        can_run_in_transaction = [effect(sql).can_run_in_transaction for sql in statements]
        group += 1
        is_half_way = not all(can_run_in_transaction)
        if is_half_way:
            steps.append(_record(version, RecordKind.STARTED, group))
        for number, (sql, inside) in enumerate(zip(statements, can_run_in_transaction, strict=True), 1):
            group += is_half_way
            place = group if inside else None
            steps.append(Step(f"{version}/{direction.value}/{number}", version, StepKind.STATEMENT, sql, place, number))
        steps.append(_record(version, RecordKind.APPLIED if up else RecordKind.REVERTED, group + is_half_way))
        group += is_half_way
        planned.append(PlannedMigration(version, f"m {version}", "c", "d", (), (), is_half_way=is_half_way))
    to = to_version or (migrations[-1][0] if up else BASE)
    return Plan("target", "postgresql", direction, from_version, to, tuple(steps), tuple(planned))


def _record(version: str, kind: RecordKind, group: int) -> Step:
    return Step(f"{version}/record/{kind.value}", version, StepKind.RECORD, "", group, record=kind)


def run_psql(url: str, script: str) -> str:
    """Run a script with psql's default flags, which do not stop at an error; its error stream."""
    command = ["psql", "--no-psqlrc", "--quiet", "--dbname", url]
    return subprocess.run(command, input=script, text=True, capture_output=True, timeout=120, check=False).stderr


def run_statements(url: str, script: str, *, first: int | None = None) -> int:
    """Send a script statement by statement in autocommit until it ends, fails, or `first` were sent; how many."""
    statements = split(script, "postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        for sent, statement in enumerate(statements[:first]):
            try:
                connection.execute(statement.text.encode(), prepare=False)
            except psycopg.Error:
                return sent
    return len(statements[:first])


def dump(url: str) -> str:
    """Schema and rows as pg_dump sees them, without what differs from run to run."""
    command = ["pg_dump", "--no-owner", "--inserts", "--exclude-table-data=neoron_*", f"--dbname={url}"]
    text = subprocess.run(command, text=True, capture_output=True, timeout=60, check=True).stdout
    kept = "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\")))
    return f"{kept}\n{history(url)}"


def history(url: str) -> list[tuple[str, str]]:
    """Version and progress of every row of the history, in order."""
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('neoron_history')").fetchone() == (None,):
            return []
        return connection.execute("SELECT version, progress FROM neoron_history ORDER BY position").fetchall()
