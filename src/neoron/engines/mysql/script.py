"""A plan as SQL text that guards itself: for the client programs with their default flags, or any driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from neoron.engines.mysql.history import LEDGER
from neoron.engines.mysql.script_lines import HELD, Writer, assign, literal
from neoron.engines.mysql.script_steps import Way, migration_lines, way_of
from neoron.engines.mysql.session import SQL_MODE
from neoron.errors import PlanRefused
from neoron.model.migration import Direction, Version
from neoron.model.plan import BASE, Plan, RecordKind, Step, StepKind
from neoron.sql.reader import Reader

_TITLES = {True: "MariaDB 10.6 or later", False: "MySQL 8.0 or later"}
# Source: MariaDB manual, "PREPARE Statement"; MySQL manual, "PREPARE Statement", SQL Syntax Permitted in Prepared
# Statements.
_NOT_PREPARED = {
    True: frozenset({"PREPARE", "EXECUTE", "DEALLOCATE"}),
    False: frozenset({
        "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "LOAD", "HANDLER", "USE", "SAVEPOINT", "RELEASE", "ROLLBACK",
        "SIGNAL", "PREPARE", "EXECUTE", "DEALLOCATE", "HELP",
    }),
}  # fmt: skip
_KINDS = _NOT_PREPARED[False] | {"TABLE", "INDEX", "VIEW", "DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "SEQUENCE"}
_KEPT, _WAITS = ("sql_mode", "time_zone"), ("lock_wait_timeout", "innodb_lock_wait_timeout")


def render(plan: Plan, *, is_idempotent: bool) -> str:
    """The whole script: takes the deploy lock, stops by itself at the first error, writes the history and journal.

    Shape: idempotent, it can be run again at any time, also after it was killed, and does what is left to do;
    plain, it stops before the first statement where anything of it was run before.
    Raises: PlanRefused for a Python step, and for what the server cannot prepare.
    """
    _refuse(plan)
    writer = Writer(is_mariadb=plan.engine != "mysql")
    parts = [_header(plan, is_idempotent=is_idempotent), _settings(plan), writer.take_lock()]
    if any(step.record is RecordKind.TABLES for step in plan.steps):
        parts.append("\n".join(writer.run(sql, HELD) for sql in LEDGER.table_statements()))
    previous = plan.from_version if plan.direction is Direction.UP and plan.from_version != BASE else None
    ways: list[Way] = []
    for version, steps in _by_version(plan):
        ways.append(way_of(plan.migration(version), plan.direction, previous, is_idempotent=is_idempotent))
        parts += migration_lines(writer, ways[-1], steps)
        previous = version
    return "\n\n".join([*parts, _ending(plan, writer, ways)]) + "\n"


def _refuse(plan: Plan) -> None:
    for step in plan.steps:
        reason = ""
        if step.kind is StepKind.PYTHON:
            reason = f"migration {step.version} runs as Python, which no SQL script can hold: {step.note}"
        elif step.kind is not StepKind.RECORD and _kind(step.sql) in _NOT_PREPARED[plan.engine != "mysql"]:
            reason = f"this statement cannot be guarded in a script: {' '.join(step.sql.split())[:120]}"
        if reason:
            raise PlanRefused(reason, where=str(step.at or step.id), next="deploy it with neoron deploy")


def _kind(sql: str) -> str:
    """The word that says what a statement is, as far as preparing it goes."""
    words = Reader.of(sql[:2_000], "mysql").words
    is_ddl = words[:1] in (["CREATE"], ["ALTER"], ["DROP"])
    return next((word for word in words[1:] if word in _KINDS), "") if is_ddl else "".join(words[:1])


def _header(plan: Plan, *, is_idempotent: bool) -> str:
    form = "can be run again at any time" if is_idempotent else "runs once; for one to run again, add --idempotent"
    client = "mysql" if plan.engine == "mysql" else "mariadb"
    return (
        f"-- {plan.direction.value.upper()} from {plan.from_version} to {plan.to_version}, "
        f"{_TITLES[plan.engine != 'mysql']}. It {form}.\n"
        f"-- Plan {plan.digest[:16]}. Run it with: {client} DATABASE < THIS_FILE, or statement by statement through a\n"
        "-- driver in autocommit, not inside a transaction of your own. It stops by itself at the first error."
    )


def _settings(plan: Plan) -> str:
    seconds = -(-max((step.timeout_ms for step in plan.steps), default=0) // 1000)
    limit = "".join(f", {name} = {seconds}" for name in _WAITS) if seconds else ""
    kept = ", ".join(f"@neoron_{name} = @@{name}" for name in (*_KEPT, *_WAITS))
    return (
        f"SET NAMES utf8mb4;\nSET {kept};\n"
        f"SET SESSION sql_mode = '{SQL_MODE}', time_zone = '+00:00', autocommit = 1{limit};"
    )


def _by_version(plan: Plan) -> Iterator[tuple[Version, list[Step]]]:
    steps = (step for step in plan.steps if step.record is not RecordKind.TABLES)
    return ((version, list(found)) for version, found in groupby(steps, key=lambda step: step.version))


def _ending(plan: Plan, writer: Writer, ways: Sequence[Way]) -> str:
    done = " AND ".join(way.done for way in ways) or "1"
    words = f"the script {plan.direction.value} to {plan.to_version} did not finish; the first error says why"
    restored = ", ".join(f"{name} = @neoron_{name}" for name in (*_KEPT, *_WAITS))
    return "\n".join([
        assign("@neoron_done", f"{done}"),
        "DO RELEASE_LOCK(@neoron_lock);",
        f"SET SESSION {restored};",
        writer.stop_unless_saying("@neoron_go AND @neoron_done", literal(f"neoron: stopped: {words}")),
    ])  # fmt: skip
