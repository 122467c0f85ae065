"""The history and journal tables, written once; an engine's history.py gives its types and words.

Not here: when a row is written. The planner decides that, and the runner sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from neoron import __version__
from neoron.engines.roles import Row, Session, Writes
from neoron.model.encode import steps_to_json
from neoron.model.history import TIMED_BY_SERVER, AppliedMigration, History, Progress
from neoron.model.migration import Version
from neoron.model.plan import PlannedMigration, RecordKind

HISTORY = "neoron_history"
JOURNAL = "neoron_journal"

_COLUMNS = (
    "version", "name", "checksum", "file_digest", "parents", "position", "progress", "steps_done",
    "step_attempted", "applied_at", "applied_by", "host", "elapsed_ms", "run_id", "tool_version", "done_digest",
)  # fmt: skip
_DOWN_COLUMNS = ("down_steps", "down_missing")
_CHANGED_BY_STEPS = ("progress", "steps_done", "step_attempted", "applied_at", "elapsed_ms", "done_digest")
_JOURNAL_COLUMNS = (
    "seq", "at", "run_id", "event", "version", "step", "outcome", "detail", "by_user", "host", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """The SQL of both tables in one engine's words.

    Shape: mark is the driver's placeholder; short and long are text types (the first fit for a key);
    table_exists is a query with one placeholder for a table's name; now and user are SQL expressions;
    literal quotes a text; table_options ends each CREATE TABLE; create_table makes a missing table and newest reads the
    last rows of the journal, both as patterns; elapsed is an SQL expression for the milliseconds of
    the open transaction so far, empty where the engine is never asked for it.
    """

    mark: str
    short: str
    long: str
    table_exists: str
    now: str
    user: str
    literal: Callable[[str], str]
    table_options: str = ""
    elapsed: str = ""
    create_table: str = "CREATE TABLE IF NOT EXISTS {table} ({columns})"
    newest: str = "SELECT {columns} FROM {table} ORDER BY seq DESC LIMIT {count}"

    def read(self, session: Session) -> History:
        """What is applied, oldest first. Raises: the driver's own error."""
        exists = self._has_table(session, HISTORY)
        rows = session.query(f"SELECT {', '.join(_COLUMNS)} FROM {HISTORY} ORDER BY position") if exists else []
        return History(exists, tuple(_applied(row) for row in rows), self._alembic(session))

    def _has_table(self, session: Session, name: str) -> bool:
        return bool(session.query(self.table_exists, (name,)))

    def _alembic(self, session: Session) -> tuple[Version, ...] | None:
        if not self._has_table(session, "alembic_version"):
            return None
        return tuple(sorted(row[0] for row in session.query("SELECT version_num FROM alembic_version")))

    def read_down(self, session: Session, version: Version) -> tuple[str, str]:
        """The stored way down: steps as JSON, and why there are none. Raises: the driver's own error."""
        sql = f"SELECT {', '.join(_DOWN_COLUMNS)} FROM {HISTORY} WHERE version = {self.mark}"
        rows = session.query(sql, (version,))
        return (rows[0][0], rows[0][1]) if rows else ("[]", "it is not in the history")

    def table_statements(self) -> tuple[str, ...]:
        """The statements that create both tables where they are missing."""
        short, long = self.short, self.long
        history = (
            f"version {short} NOT NULL PRIMARY KEY, name {long} NOT NULL, "
            f"checksum {short} NOT NULL, file_digest {short} NOT NULL, parents {long} NOT NULL, "
            f"position BIGINT NOT NULL, progress {short} NOT NULL, steps_done BIGINT NOT NULL, "
            f"step_attempted BIGINT NOT NULL, applied_at {short} NOT NULL, applied_by {long} NOT NULL, "
            f"host {long} NOT NULL, elapsed_ms BIGINT NOT NULL, run_id {short} NOT NULL, "
            f"tool_version {short} NOT NULL, done_digest {short} NOT NULL, down_steps {long} NOT NULL, "
            f"down_missing {long} NOT NULL"
        )
        journal = (
            f"seq BIGINT NOT NULL PRIMARY KEY, at {short} NOT NULL, "
            f"run_id {short} NOT NULL, event {short} NOT NULL, version {short} NOT NULL, step {short} NOT NULL, "
            f"outcome {short} NOT NULL, detail {long} NOT NULL, by_user {long} NOT NULL, host {long} NOT NULL, "
            f"hash {short} NOT NULL"
        )
        return tuple(
            self.create_table.format(table=table, columns=columns) + self.table_options
            for table, columns in ((HISTORY, history), (JOURNAL, journal))
        )

    def record_sql(self, kind: RecordKind) -> str:
        """The text of a RECORD step, as a plan shows it."""
        if kind is RecordKind.TABLES:
            return "; ".join(self.table_statements())
        return {
            RecordKind.STARTED: f"UPDATE {HISTORY}: half-way",
            RecordKind.ATTEMPTED: f"UPDATE {HISTORY}: step begun",
            RecordKind.ADVANCED: f"UPDATE {HISTORY}: step done",
            RecordKind.APPLIED: f"INSERT INTO {HISTORY}",
            RecordKind.REVERTED: f"DELETE FROM {HISTORY}",
            RecordKind.ACCEPTED: f"UPDATE {HISTORY}: checksum and way down",
        }[kind]

    def write(
        self, session: Writes, kind: RecordKind, applied: AppliedMigration, down_json: str, why: str,
        moot_if: str = "",
    ) -> None:  # fmt: skip
        """Send a RECORD step. Raises: the driver's own error."""
        if kind is RecordKind.TABLES:
            for statement in self.table_statements():
                session.execute(statement)
        elif kind is RecordKind.REVERTED:
            session.execute(f"DELETE FROM {HISTORY} WHERE version = {self.mark}", (applied.version,))
        elif kind is RecordKind.ACCEPTED:
            self._accept(session, applied, down_json, why)
        elif kind in (RecordKind.ATTEMPTED, RecordKind.ADVANCED) or applied.progress is Progress.REVERTING:
            self._advance(session, applied, moot_if)
        elif applied.progress is Progress.APPLIED and applied.steps_done:
            self._complete(session, applied, down_json, why)
        else:
            self._insert(session, applied, down_json, why, moot_if)

    def _insert(self, session: Writes, applied: AppliedMigration, down_json: str, why: str, moot_if: str) -> None:
        columns, values = (*_COLUMNS, *_DOWN_COLUMNS), (*_values(applied), down_json, why)
        if applied.elapsed_ms == TIMED_BY_SERVER:
            at = columns.index("elapsed_ms")
            sql = _insert_row_sql(columns, self.mark, at, self.elapsed)
            session.execute_later(sql, (*values[:at], *values[at + 1 :]))
        elif moot_if:
            at = columns.index("step_attempted")
            session.execute_later(_insert_row_sql(columns, self.mark, at, self._attempted(moot_if)), values)
        else:
            session.execute_later(_insert_sql(HISTORY, columns, self.mark, 1), values)

    def _complete(self, session: Writes, applied: AppliedMigration, down_json: str, why: str) -> None:
        """The row of a half-way migration says all of the whole one: its file may have been mended since.

        Where this run made the row, no way down is given, and only what has changed is sent.
        """
        names = (*_COLUMNS[1:], *_DOWN_COLUMNS) if down_json else _CHANGED_BY_STEPS
        values = dict(zip((*_COLUMNS, *_DOWN_COLUMNS), (*_values(applied), down_json, why), strict=True))
        self._change(session, _complete_sql(names, self.mark), (*(values[name] for name in names), applied.version))

    def _attempted(self, moot_if: str) -> str:
        asked = moot_if.replace("%", "%%")  # the driver's mark is a %s
        return f"CASE WHEN ({asked}) = 'done' THEN 0 ELSE {self.mark} END" if asked else self.mark

    def _advance(self, session: Writes, applied: AppliedMigration, moot_if: str) -> None:
        changes = ", ".join(f"{name} = {self.mark}" for name in ("progress", "steps_done", "done_digest"))
        changes += f", step_attempted = {self._attempted(moot_if)}"
        values = (applied.progress.value, applied.steps_done, applied.done_digest, applied.step_attempted)
        self._change(session, f"UPDATE {HISTORY} SET {changes} WHERE version = {self.mark}", (*values, applied.version))

    def _change(self, session: Writes, sql: str, values: Sequence[Any]) -> None:
        """Send a change that nothing reads before the commit."""
        session.execute(sql, values)

    def _accept(self, session: Writes, applied: AppliedMigration, down_json: str, why: str) -> None:
        names = ("name", "checksum", "file_digest", *_DOWN_COLUMNS)
        changes = ", ".join(f"{name} = {self.mark}" for name in names)
        values = (applied.name, applied.checksum, applied.file_digest, down_json, why, applied.version)
        session.execute(f"UPDATE {HISTORY} SET {changes} WHERE version = {self.mark}", values)

    def append_journal(self, session: Writes, rows: Sequence[Row]) -> None:
        """Append rows in one statement. Raises: the driver's own error."""
        for start in range(0, len(rows), 50):
            part = rows[start : start + 50]
            sql = _insert_sql(JOURNAL, _JOURNAL_COLUMNS, self.mark, len(part))
            session.execute_later(sql, tuple(value for row in part for value in row))

    def last_journal(self, session: Session) -> tuple[int, str]:
        """The last row's seq and hash; (0, "") for an empty journal. Raises: the driver's own error."""
        if not self._has_table(session, JOURNAL):
            return 0, ""
        rows = session.query(self.newest.format(columns="seq, hash", table=JOURNAL, count=1))
        return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")

    def read_journal(self, session: Session, limit: int) -> list[Row]:
        """The newest rows, newest first. Raises: the driver's own error."""
        if not self._has_table(session, JOURNAL):
            return []
        columns = ", ".join(_JOURNAL_COLUMNS)
        return session.query(self.newest.format(columns=columns, table=JOURNAL, count=int(limit)))

    # The same rows as literals, for scripts that run without Neoron.

    def script_record(self, kind: RecordKind, planned: PlannedMigration) -> str:
        """One SQL statement with literals that does what `write` does, stamped with the server's clock and user."""
        text = self.literal
        if kind is RecordKind.REVERTED:
            return f"DELETE FROM {HISTORY} WHERE version = {text(planned.version)}"
        if kind is RecordKind.APPLIED and planned.is_half_way:
            return f"UPDATE {HISTORY} SET progress = 'applied' WHERE version = {text(planned.version)}"
        progress = Progress.APPLIED if kind is RecordKind.APPLIED else Progress.APPLYING
        values = (
            text(planned.version), text(planned.name), text(planned.checksum), text(planned.file_digest),
            text(",".join(planned.parents)), self.next_position(), text(progress.value),
            "0", "0", self.now, self.user, text("script"), "0", text("script"),
            text(__version__), text(""), text(steps_to_json(planned.down)), text(planned.down_missing),
        )  # fmt: skip
        return f"INSERT INTO {HISTORY} ({', '.join((*_COLUMNS, *_DOWN_COLUMNS))}) VALUES ({', '.join(values)})"

    def next_position(self) -> str:
        """An expression for the position of the next history row."""
        return f"(SELECT coalesce(max(position), 0) + 1 FROM {HISTORY})"

    def script_reverting(self, version: Version) -> str:
        """One SQL statement that marks a version as half-way back."""
        return (
            f"UPDATE {HISTORY} SET progress = 'reverting', steps_done = 0, step_attempted = 0 "
            f"WHERE version = {self.literal(version)} AND progress = 'applied'"
        )

    def script_advance(self, version: Version, number: int, done_digest: str) -> str:
        """One SQL statement that notes the steps of a half-way migration up to `number` as done."""
        changes = f"steps_done = {number:d}, step_attempted = 0, done_digest = {self.literal(done_digest)}"
        return f"UPDATE {HISTORY} SET {changes} WHERE version = {self.literal(version)}"

    def applied_condition(self, version: Version) -> str:
        """A boolean expression: the version is wholly applied."""
        where = f"version = {self.literal(version)} AND progress = 'applied'"
        return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE {where})"

    def known_condition(self, version: Version) -> str:
        """A boolean expression: the version is applied, wholly or half-way."""
        return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE version = {self.literal(version)})"

    def progress_condition(self, version: Version, number: int) -> str:
        """A boolean expression: at least `number` steps of a half-way version are done."""
        where = f"version = {self.literal(version)} AND steps_done >= {number:d}"
        return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE {where})"


class TokenLedger(Ledger):
    """A ledger whose last journal row of a transaction is its token: whether that row is there tells the outcome.

    Shape: for servers that cannot be asked about a transaction; a row and what stands beside it commit together.
    """

    def append_journal(self, session: Writes, rows: Sequence[Row]) -> None:
        """Append rows, and let the session remember the last of them. Raises: the driver's own error."""
        Ledger.append_journal(self, session, rows)
        if rows:
            cast(Any, session).token = f"{rows[-1][0]}:{rows[-1][-1]}"

    def is_stored(self, session: Session, token: str) -> bool | None:
        """Whether the journal holds the row that a token names; None for no token. Raises: the driver's own error."""
        seq, _, digest = token.partition(":")
        if not digest:
            return None
        sql = f"SELECT 1 FROM {JOURNAL} WHERE seq = {self.mark} AND hash = {self.mark}"
        return bool(session.query(sql, (int(seq), digest)))


@lru_cache(maxsize=8)
def _complete_sql(names: tuple[str, ...], mark: str) -> str:
    changes = ", ".join(f"{name} = {mark}" for name in names)
    return f"UPDATE {HISTORY} SET {changes} WHERE version = {mark} AND progress <> 'applied'"


@lru_cache(maxsize=8)
def _insert_row_sql(columns: tuple[str, ...], mark: str, at: int, expression: str) -> str:
    marks = [expression if i == at else mark for i in range(len(columns))]
    return f"INSERT INTO {HISTORY} ({', '.join(columns)}) VALUES ({', '.join(marks)})"


@lru_cache(maxsize=128)
def _insert_sql(table: str, columns: tuple[str, ...], mark: str, row_count: int) -> str:
    row = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * row_count)}"


def _applied(row: Row) -> AppliedMigration:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["parents"] = tuple(p for p in values["parents"].split(",") if p)
    values["progress"] = Progress(values["progress"])
    return AppliedMigration(**values)


def _values(applied: AppliedMigration) -> Row:
    own = {"parents": ",".join(applied.parents), "progress": applied.progress.value}
    return tuple(own[name] if name in own else getattr(applied, name) for name in _COLUMNS)
