"""The pieces of a script: guarded blocks that stop by themselves in a client that does not.

`psql` goes on after an error unless told otherwise, so every block first asks the target whether its turn has
come. Each block is a transaction of its own: killed at any point, it is wholly there or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neoron.engines.ledger import HISTORY
from neoron.engines.postgresql.history import LEDGER
from neoron.engines.postgresql.lock import HELD_SQL, NAMESPACE, OBJECT_SQL, OTHER_SQL, RELEASE_SQL
from neoron.model.migration import Direction, Version
from neoron.model.plan import PlannedMigration, RecordKind, Step, StepKind, statements_digest
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import dollar_quote, quote_literal

RUN_SETTING = "neoron.running"
"""A setting of the session: the version that this very run has begun."""

PATH_SETTING = "neoron.search_path"
"""A setting of the session: its search path, while a statement outside a transaction has another."""

_LOCK_TRIES = 240
_LOCK_PAUSE_S = 0.25


def literal(text: str) -> str:
    """A text as a literal."""
    return quote_literal(text, "postgresql")


def terminated(sql: str) -> str:
    """A statement with its `;`, on a line of its own where a comment would swallow it."""
    found = list(tokens(sql, "postgresql"))
    ends_in_comment = bool(found) and found[-1].kind is Kind.COMMENT
    return f"{sql}\n;" if ends_in_comment else f"{sql};"


def block(*lines: str, declare: str = "") -> str:
    """A `DO` block of these lines, in quotes that do not occur in them."""
    head = f"DECLARE {declare}\n" if declare else ""
    body = "\n".join(f"  {line}" for line in lines)
    return f"DO {dollar_quote(f'{chr(10)}{head}BEGIN{chr(10)}{body}{chr(10)}END{chr(10)}')};"


def stop(message: str) -> str:
    """An error that ends the b"""
    return f"RAISE EXCEPTION USING MESSAGE = {literal(f'neoron: stopped: {message}')};"


def stop_unless(condition: str, message: str) -> str:
    """An error when the condition does not hold."""
    return f"IF ({condition}) IS NOT TRUE THEN {stop(message)} END IF;"


HELD = stop_unless(HELD_SQL, "this session does not hold the deploy lock")


def execute(step: Step) -> str:
    """One step inside a block; a check fails when its query returns a row."""
    if step.kind is StepKind.CHECK:
        return f"IF EXISTS ({step.sql}\n) THEN {stop(f'the check {step.id} found rows that are wrong')} END IF;"
    return f"EXECUTE {dollar_quote(step.sql)};"


def written(step: Step) -> str:
    """One step as it was written, for the plain form."""
    return block(execute(step)) if step.kind is StepKind.CHECK else terminated(step.sql)


def take_lock() -> str:
    """Take the runner's own lock, within a minute, or stop naming its holder."""
    holder = "SELECT application_name || ' (database user ' || usename || ', session ' || pid || ')' INTO holder"
    return block(
        # A session that an earlier script stopped in may still have its search path hidden.
        f"IF coalesce(current_setting('{PATH_SETTING}', true), '') <> '' THEN {show_path()} END IF;",
        f"PERFORM set_config('{RUN_SETTING}', '', false);",
        f"IF {HELD_SQL} THEN RETURN; END IF;",
        f"WHILE NOT pg_try_advisory_lock({NAMESPACE}, {OBJECT_SQL}) LOOP",
        "  tries := tries + 1;",
        f"  IF tries >= {_LOCK_TRIES} THEN",
        f"    {holder} {OTHER_SQL};",
        "    RAISE EXCEPTION 'neoron: stopped: the deploy lock is held by %. Nothing changed.', coalesce(holder, '?');",
        "  END IF;",
        f"  PERFORM pg_sleep({_LOCK_PAUSE_S});",
        "  -- Waiting inside one transaction would hold up the holder's CREATE INDEX CONCURRENTLY.",
        "  COMMIT;",
        "END LOOP;",
        declare="tries int := 0; holder text;",
    )


def release_lock() -> str:
    """Give the lock back."""
    return block(RELEASE_SQL.replace("SELECT", "PERFORM", 1) + ";")


def show_path() -> str:
    """A statement that brings the hidden search path back."""
    return f"PERFORM set_config('search_path', current_setting('{PATH_SETTING}', true), false);"


def tables() -> str:
    """Create the history where it is missing."""
    return block(HELD, *(f"EXECUTE {dollar_quote(sql)};" for sql in LEDGER.table_statements()))


@dataclass(frozen=True, slots=True)
class Way:
    """One migration in one direction: what the history says of it, as conditions, and what to write into it.

    Shape: done is "nothing left to do", fresh "not begun", begun "half-way"; ready, unless empty, must hold before.
    """

    version: Version
    name: str
    done: str
    done_words: str
    fresh: str
    begun: str
    ready: str
    not_ready: str
    start_sql: str
    finish_sql: str
    apply_sql: str
    statements: tuple[str, ...]

    def step_done(self, number: int) -> str:
        """A condition: the half-way migration has come past the step."""
        return f"({self.begun} AND {LEDGER.progress_condition(self.version, number)})"

    def advance_sql(self, number: int) -> str:
        """Note the step as done."""
        return LEDGER.script_advance(self.version, number, statements_digest(self.statements[:number]))

    def may_begin(self) -> tuple[str, ...]:
        """Guards before the first statement."""
        fresh = stop_unless(self.fresh, f"{self.version} was left half-way; nothing of it was run now")
        return (stop_unless(self.ready, self.not_ready), fresh) if self.ready else (fresh,)


def way(planned: PlannedMigration, direction: Direction, previous: Version | None) -> Way:
    """The conditions of one migration; previous is the version that the plan takes before it."""
    version = planned.version
    applied, known = LEDGER.applied_condition(version), LEDGER.known_condition(version)
    half_way = replace(planned, is_half_way=True)
    whole = replace(planned, is_half_way=False)
    if direction is Direction.UP:
        return Way(
            version, planned.name,
            done=applied, done_words="already applied", fresh=f"NOT {known}", begun=_progress(version, "applying"),
            ready=LEDGER.applied_condition(previous) if previous else "",
            not_ready=f"{version} follows {previous}, which is not applied",
            start_sql=LEDGER.script_record(RecordKind.STARTED, half_way),
            finish_sql=LEDGER.script_record(RecordKind.APPLIED, half_way),
            apply_sql=LEDGER.script_record(RecordKind.APPLIED, whole), statements=planned.running,
        )  # fmt: skip
    revert = LEDGER.script_record(RecordKind.REVERTED, planned)
    return Way(
        version, planned.name,
        done=f"NOT {known}", done_words="not applied", fresh=applied, begun=_progress(version, "reverting"),
        ready=f"NOT {LEDGER.known_condition(previous)}" if previous else _is_newest(version),
        not_ready=f"{previous or 'a newer migration'} is still applied, and {version} goes after it",
        start_sql=LEDGER.script_reverting(version), finish_sql=revert, apply_sql=revert,
        statements=planned.running,
    )  # fmt: skip


def _progress(version: Version, progress: str) -> str:
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE version = {literal(version)} AND progress = {literal(progress)})"


def _is_newest(version: Version) -> str:
    own = f"(SELECT position FROM {HISTORY} WHERE version = {literal(version)})"
    return f"NOT EXISTS (SELECT 1 FROM {HISTORY} WHERE position > {own})"
