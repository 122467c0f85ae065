"""A plan as one SQL script that guards itself, for the sqlite3 shell or a driver.

SQLite has no IF and no procedures, and its shell goes on after an error. So a script is one transaction, and
three things keep it whole:

- `.bail on` stops the shell at the first error; `executescript` of a driver stops by itself.
- A guard at the start fails, with RAISE(ABORT), unless the database is exactly where the script begins.
- A seal at the end fails, with RAISE(ROLLBACK), unless the guard was passed and every object that the script
  makes or drops is there or gone. It undoes everything since BEGIN, so that the COMMIT after it finds nothing.

The guard must not use ROLLBACK: a shell that goes on after an error would run all that follows outside a
transaction, each statement on its own. With ABORT the transaction stays open until the seal. For the same
reason BEGIN IMMEDIATE is followed by a SAVEPOINT: when BEGIN fails, because another process writes, the SAVEPOINT
opens a transaction instead. Whether the write lock was had, the marker table tells: it is made inside the
transaction, counts for the guard, and is dropped before COMMIT.

What remains, in a shell that ignores errors *and* `.bail on`: a failed INSERT, UPDATE, DELETE or change of a
column in the middle is not seen by the seal, because SQL cannot ask for an earlier statement's error; and after
a full disk, which rolls back by itself, the statements that follow would run on their own. Both need a client
that ignores two signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from neoron.engines.sqlite.effects import surround
from neoron.engines.sqlite.history import LEDGER
from neoron.engines.sqlite.reader import change
from neoron.errors import PlanRefused
from neoron.model.migration import Direction
from neoron.model.plan import BASE, Plan, RecordKind, Step, StepKind
from neoron.sql.quote import quote_literal

GUARD = "neoron_guard"
MARKER = "neoron_script"
_STARTS = ("PRAGMA foreign_keys=ON",)
_PASSED, _DONE_BEFORE, _ELSEWHERE, _CHECK, _SEAL = range(5)
_RECORDED = (RecordKind.APPLIED, RecordKind.REVERTED)


def render(plan: Plan, *, is_idempotent: bool) -> str:
    """The whole script; one form serves both values of is_idempotent.

    Raises: PlanRefused for a step in Python.
    """
    _refuse_python(plan)
    inside = [step for step in plan.steps if step.transaction is not None]
    outside = [step for step in plan.steps if step.transaction is None and step.kind is not StepKind.SETTING]
    before, checks, after = surround([step.sql for step in inside if step.kind is StepKind.STATEMENT])
    work = [step for step in inside if step.sql not in checks]
    sections = (
        _header(plan, is_idempotent=is_idempotent),
        ".bail on",
        _ended(["PRAGMA busy_timeout=10000", *(before or _STARTS)]),
        _ended(["BEGIN IMMEDIATE", f"SAVEPOINT {MARKER}"]),
        _ended(_guard(plan)),
        *_work(plan, work),
        _ended([*(text for query in checks for text in _check(query)), *_seal(work)]),
        _ended(["COMMIT", *after, *_guard_removed(), *(step.sql for step in outside)]),
    )
    return "\n\n".join(sections) + "\n"


def _refuse_python(plan: Plan) -> None:
    step = next((s for s in plan.steps if s.kind is StepKind.PYTHON), None)
    if step:
        raise PlanRefused(
            f"{step.version} cannot be written as SQL: it {step.note or 'runs as Python'}",
            where=str(step.at or ""), next="neoron deploy",
        )  # fmt: skip


def _header(plan: Plan, *, is_idempotent: bool) -> str:
    form = "--idempotent was asked for; for SQLite the script is the same without it.\n" if is_idempotent else ""
    lines = f"""\
{plan.direction.name} from {plan.from_version} to {plan.to_version}
Engine: SQLite 3.35 or later. Plan: {plan.digest[:16]}. Migrations: {len(plan.migrations)}.
Run: sqlite3 app.db < file.sql
Through a driver, leave out the line `.bail on`: executescript stops at the first error by itself.
One transaction: a script that fails or is killed has changed nothing, and may be run again.
A second run stops at the guard and changes nothing.
{form}"""
    return "\n".join(f"-- {_one_line(line)}" for line in lines.splitlines())


def _one_line(text: str) -> str:
    return " ".join(text.split())


# The guard.


def _guard(plan: Plan) -> list[str]:
    """The history tables, the messages, and the row that only a database at the right version gets."""
    start, end = plan.from_version, plan.to_version
    expected = f"version {start}" if start != BASE else "a database without these migrations"
    elsewhere = f"neoron: nothing changed; this script needs {expected}; see: neoron database status"
    way = f"{plan.direction.name} from {start} to {end}"
    messages = (
        (_DONE_BEFORE, "ABORT", f"neoron: already applied; nothing changed ({way})"),
        (_ELSEWHERE, "ABORT", elsewhere),
        (_CHECK, "ABORT", "neoron: a check failed (its rows are above); nothing changed"),
        (_SEAL, "ROLLBACK", "neoron: rolled back; a guard or a statement of this script failed"),
    )
    return [
        f"CREATE TABLE {MARKER} (is_locked)",
        *LEDGER.table_statements(),
        *_guard_removed(),
        f"CREATE TEMP TABLE {GUARD} (fact)",
        *(_trigger(fact, action, message) for fact, action, message in messages),
        f"INSERT INTO temp.{GUARD} SELECT {_DONE_BEFORE} WHERE {_at_end(plan)}",
        f"INSERT INTO temp.{GUARD} SELECT {_ELSEWHERE} WHERE NOT ({_at_start(plan)})",
        f"INSERT INTO temp.{GUARD} SELECT {_PASSED} WHERE {_at_start(plan)} AND {_exists('table', MARKER)}",
    ]


def _guard_removed() -> list[str]:
    return [f"DROP TABLE IF EXISTS temp.{GUARD}"]


def _trigger(fact: int, action: str, message: str) -> str:
    raised = f"RAISE({action}, {quote_literal(message, 'sqlite')})"
    return (
        f"CREATE TEMP TRIGGER {GUARD}_{fact} BEFORE INSERT ON {GUARD} WHEN NEW.fact = {fact} BEGIN SELECT {raised}; END"
    )


def _at_start(plan: Plan) -> str:
    versions = [m.version for m in plan.migrations]
    if plan.direction is Direction.DOWN:
        return _all(LEDGER.applied_condition(v) for v in versions)
    there = [LEDGER.applied_condition(plan.from_version)] if plan.from_version != BASE else []
    return _all([*there, *(f"NOT {LEDGER.known_condition(v)}" for v in versions)])


def _at_end(plan: Plan) -> str:
    versions = [m.version for m in plan.migrations]
    if plan.direction is Direction.UP:
        return _all(LEDGER.applied_condition(v) for v in versions)
    there = [LEDGER.applied_condition(plan.to_version)] if plan.to_version != BASE else []
    return _all([*there, *(f"NOT {LEDGER.known_condition(v)}" for v in versions)])


def _all(conditions: Iterator[str] | Sequence[str]) -> str:
    return " AND ".join(conditions) or "1"


# The work.


def _work(plan: Plan, steps: Sequence[Step]) -> Iterator[str]:
    """The statements as written, under a comment for each migration, with its history row at its end."""
    version = ""
    for step in steps:
        texts = _texts(plan, step)
        if texts and step.version != version:
            version = step.version
            yield f"-- {version} {_one_line(plan.migration(version).name)}"
        if texts:
            yield _ended(texts)


def _texts(plan: Plan, step: Step) -> list[str]:
    if step.kind is StepKind.CHECK:
        return _check(step.sql)
    if step.kind is not StepKind.RECORD:
        return [step.sql]
    if step.record not in _RECORDED:
        return []  # one transaction has nothing to note half-way
    planned = replace(plan.migration(step.version), is_half_way=False)
    return [LEDGER.script_record(step.record, planned)]


def _check(query: str) -> list[str]:
    """Shows the rows that are wrong, and stops when there are any."""
    # On lines of its own, lest a comment at its end swallow the parenthesis.
    return [query, f"INSERT INTO temp.{GUARD} SELECT {_CHECK} WHERE EXISTS (\n{query}\n)"]


# The seal.


def _seal(steps: Sequence[Step]) -> list[str]:
    facts = [f"EXISTS (SELECT 1 FROM temp.{GUARD} WHERE fact = {_PASSED})", *_objects(steps)]
    return [
        f"INSERT INTO temp.{GUARD} SELECT {_SEAL} WHERE NOT (\n  {_lines(facts)}\n)",
        f"DROP TABLE {MARKER}",
    ]


def _lines(facts: Sequence[str]) -> str:
    return "\n  AND ".join(facts)


def _objects(steps: Sequence[Step]) -> list[str]:
    """Conditions for what must be there, or gone, when every statement has done its work."""
    present: dict[tuple[str, str], bool] = {}
    names: dict[tuple[str, str], str] = {}

    def put(kind: str, name: str, *, is_there: bool) -> None:
        key = (kind, name.lower())
        present.pop(key, None)
        present[key], names[key] = is_there, name

    for step in steps:
        found = change(step.sql) if step.kind is StepKind.STATEMENT else None
        if found is None:
            continue
        if found.verb == "DROP" and found.kind == "table":
            # Its indexes and triggers went with it; whether any were named before is not known here.
            present = {key: there for key, there in present.items() if not there or key[0] in ("table", "view")}
        put(found.kind, found.name, is_there=found.verb == "CREATE")
        if found.new_name:
            put("table", found.new_name, is_there=True)
    return [("" if there else "NOT ") + _exists(key[0], names[key]) for key, there in present.items()]


def _exists(kind: str, name: str) -> str:
    literal = quote_literal(name, "sqlite")
    return f"EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = '{kind}' AND name = {literal} COLLATE NOCASE)"


# Text.


def _ended(statements: Sequence[str]) -> str:
    return "\n".join(_closed(statement) for statement in statements)


def _closed(statement: str) -> str:
    # A comment on the last line would swallow the semicolon.
    has_comment = "--" in statement.rpartition("\n")[2]
    return f"{statement}\n;" if has_comment else f"{statement};"
