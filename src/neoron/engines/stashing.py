"""Keeping what a migration takes away, and putting it back: the SQL, written once, in each engine's words.

A migration's tables are copied before its statements (`keep`) and held against the tables after them (`settle`): what
is still there is forgotten, whatever way the statements went. A rollback first notes which values are still those that
the migration wrote (`look`), and after its own statements brings back the old ones in their place (`put`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from neoron.engines.roles import Row, Session
from neoron.engines.stash_return import look, put
from neoron.engines.stash_words import ENTRIES, Kept, StashWords
from neoron.model.plan import Step
from neoron.model.stash import Lost, StashEntry


@dataclass(frozen=True, slots=True)
class Stash:
    """The stash of one engine. Shape: lost_by reads a statement; compare as in `settle`."""

    words: StashWords
    lost_by: Callable[[str], tuple[Lost, ...]]
    compare: Compare

    def lost(self, statement: str) -> tuple[Lost, ...]:
        """What a statement would take away, as its text tells."""
        return self.lost_by(statement)

    def send(self, session: Session, step: Step, run_id: str) -> int:
        """Run a STASH or RESTORE step; how many rows it kept or put back.

        Changes: neoron_stash_…, and with `put` the tables themselves.
        Raises: the driver's own error.
        """
        work, _space, order = step.sql.removeprefix("STASH ").removeprefix("RESTORE ").partition(" ")
        direction = "down" if "/down/" in step.id else "up"
        if work == "keep":
            return self._keep(session, step.version, direction, run_id, json.loads(order))
        if work == "settle":
            open = self._kept(session, step.version, direction, "open")
            return sum(settle(self.words, session, kept, self.compare) for kept in open)
        kept = self._kept(session, step.version, "up", "kept")
        return look(self.words, session, kept) if work == "look" else put(self.words, session, kept)

    def entries(self, session: Session) -> tuple[StashEntry, ...]:
        """All that is kept, oldest first. Raises: the driver's own error."""
        return tuple(entry_of(kept) for kept in self._kept(session))

    def purge(self, session: Session, ids: Sequence[int]) -> None:
        """Throw kept things away, one transaction for all. Changes: the target. Raises: the driver's own error."""
        session.begin()
        for kept in self._kept(session):
            if kept.id in ids:
                self.words.forget(session, kept)
        session.commit()

    def _kept(self, session: Session, version: str = "", direction: str = "", state: str = "") -> list[Kept]:
        return kept_things(self.words, session, version, direction, state)

    def _keep(self, session: Session, version: str, direction: str, run_id: str, order: Sequence[Any]) -> int:
        words, total, seen = self.words, 0, set()
        waiting = [Lost(table, schema, tuple(columns)) for schema, table, columns in order]
        while waiting:
            lost = waiting.pop(0)
            if (lost.schema, lost.table) in seen or not words.columns(session, lost.schema, lost.table):
                continue
            seen.add((lost.schema, lost.table))
            if not lost.columns:
                # Rows that go may take others along: ON DELETE CASCADE, SET NULL.
                waiting += [Lost(table, schema) for schema, table in words.followers(session, lost.schema, lost.table)]
            total += _copy(words, session, lost, (version, direction, run_id))
        return total


def kept_things(
    words: StashWords, session: Session, version: str = "", direction: str = "", state: str = ""
) -> list[Kept]:
    """What the list holds, oldest first, of a version, direction and state where they are given.

    Raises: the driver's own error.
    """
    if not session.query(words.table_exists, (ENTRIES,)):
        return []
    rows = session.query(
        f"SELECT id, name, version, direction, run_id, kept_at, row_count, state, detail FROM {ENTRIES} ORDER BY id"
    )
    found = [
        Kept(i, name, v, d, run, at, count, now, json.loads(text)) for i, name, v, d, run, at, count, now, text in rows
    ]
    return [
        k for k in found
        if version in ("", k.version) and direction in ("", k.direction) and state in ("", k.state)
    ]  # fmt: skip


def _copy(words: StashWords, session: Session, lost: Lost, origin: tuple[str, str, str]) -> int:
    source = words.table(lost.schema, lost.table)
    for lock in words.locks(source):
        session.execute(lock)
    if not session.query(words.few("1", f"FROM {source}")):
        return 0
    columns = words.columns(session, lost.schema, lost.table)
    key = words.key(session, lost.schema, lost.table)
    wanted = {words.folded(name) for name in (*key, *lost.columns)}
    is_whole = not lost.columns or not key
    taken = [c for c in columns if not c.is_generated and (is_whole or words.folded(c.name) in wanted)]
    own = {words.folded(c) for c in lost.columns} & {words.folded(c.name) for c in taken}
    if not is_whole and not own:
        return 0
    session.execute(words.entries_table)
    id = int(session.query(f"SELECT coalesce(max(id), 0) + 1 FROM {ENTRIES}")[0][0])
    name = f"neoron_stash_{id}"
    count = words.copy(session, name, taken, source)
    count = count if count >= 0 else int(session.query(f"SELECT count(*) FROM {name}")[0][0])
    detail = {
        "schema": lost.schema, "table": lost.table, "columns": [c.name for c in taken],
        "types": [c.type for c in taken], "as_text": [c.kept != "{}" for c in taken], "key": list(key),
        "before": [c.name for c in columns], "whole": is_whole,
    }  # fmt: skip
    row: Row = (id, name, *origin, moment(), count, "open", json.dumps(detail))
    marks = ", ".join([words.mark] * len(row))
    session.execute(
        f"INSERT INTO {ENTRIES} (id, name, version, direction, run_id, kept_at, row_count, state, detail)"
        f" VALUES ({marks})", row,
    )  # fmt: skip
    return count


def moment() -> str:
    """Now, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass
class After:
    """A kept table beside what the migration has made of it."""

    kept: Kept
    present: dict[str, str]
    dropped: list[int] = field(default_factory=list)
    candidates: list[int] = field(default_factory=list)


Compare = Callable[[StashWords, Session, After], int]


def settle(words: StashWords, session: Session, kept: Kept, compare: Compare) -> int:
    """Hold a copy against what a migration has made of its table, and forget what is still there; the rows left.

    Shape: compare does that for single rows and values.
    Changes: the stash.
    Raises: the driver's own error.
    """
    present = {words.folded(c.name): c.type for c in words.columns(session, kept.schema, kept.table)}
    if not present:
        return words.note(session, kept, "kept", mode="table")
    source = words.table(kept.schema, kept.table)
    if not kept.key:
        return _settle_without_key(words, session, kept, present, source)
    if any(words.folded(c) not in present for c in kept.key):
        return words.note(session, kept, "kept", mode="key gone")
    after = After(kept, present)
    for i, column in enumerate(kept.columns):
        if words.folded(column) not in present:
            after.dropped.append(i)
        elif words.folded(column) not in map(words.folded, kept.key):
            after.candidates.append(i)
    new = [c.name for c in words.columns(session, kept.schema, kept.table) if c.name not in kept.detail["before"]]
    after.dropped = [i for i in after.dropped if not _is_renamed(words, session, after, i, new)]
    if not after.dropped and not after.candidates and not kept.is_whole:
        words.forget(session, kept)
        return 0
    if after.dropped and not after.candidates and not kept.is_whole:
        return words.note(session, kept, "kept", mode="rows", dropped=after.dropped, changed=[], gone=False)
    return compare(words, session, after)


def _settle_without_key(
    words: StashWords, session: Session, kept: Kept, present: dict[str, str], source: str
) -> int:
    """Only rows that have all gone can come back by themselves; others cannot be told apart."""
    if not session.query(words.few("1", f"FROM {source}")):
        return words.note(session, kept, "kept", mode="table")
    if all(words.folded(c) in present for c in kept.columns):
        numbers = range(len(kept.columns))
        old = ", ".join(f"{words.as_text.format(words.old('s', kept, i))} AS c{i}" for i in numbers)
        now = ", ".join(f"{words.as_text.format(words.now(kept, i, present))} AS c{i}" for i in numbers)
        count = int(session.query(f"SELECT count(*) FROM {source}")[0][0])
        query = f"SELECT count(*) FROM (SELECT {old} FROM {kept.name} s EXCEPT SELECT {now} FROM {source} t) x"
        if count == kept.row_count and not int(session.query(query)[0][0]):
            words.forget(session, kept)
            return 0
    return words.note(session, kept, "kept", mode="no key")


def _is_renamed(words: StashWords, session: Session, after: After, i: int, new: Sequence[str]) -> bool:
    """Whether a new column holds in every row what the old one held: then nothing was lost."""
    kept = after.kept
    source, match = words.table(kept.schema, kept.table), words.match(kept, after.present)
    for column in new:
        value = words.text(f"t.{words.quoted(column)}", after.present[words.folded(column)])
        differs = f"NOT {words.same(words.old('s', kept, i), value)}"
        if not session.query(words.few("1", f"FROM {kept.name} s JOIN {source} t ON {match} WHERE {differs}")):
            return True
    return False


def compare(words: StashWords, session: Session, after: After) -> int:
    """Keep of the copy only the rows that are not the same any more, with the values that the migration gave them.

    Changes: the stash.
    Raises: the driver's own error.
    """
    kept, name = after.kept, f"{after.kept.name}_rest"
    values = {i: words.now(kept, i, after.present) for i in after.candidates}
    new = [f"{words.as_text.format(value)} AS n{i}" for i, value in values.items()]
    is_gone = f"t.{words.quoted(kept.key[0])} IS NULL"
    differs = [f"NOT {words.same(words.old('s', kept, i), value)}" for i, value in values.items()]
    conditions = [*differs, *([is_gone] if kept.is_whole else []), *(["1 = 1"] if after.dropped else [])]
    session.execute(
        f"CREATE TABLE {name} AS SELECT s.*, CASE WHEN {is_gone} THEN 1 ELSE 0 END AS gone"
        f"{''.join(', ' + n for n in new)} FROM {kept.name} s LEFT JOIN {words.table(kept.schema, kept.table)} t"
        f" ON {words.match(kept, after.present)} WHERE {' OR '.join(conditions)}"
    )
    session.execute(f"DROP TABLE {kept.name}")
    # Not renamed back: SQLite would look at every view, and one may speak of a table that is just being built anew.
    rest = replace(kept, name=name)
    return words.note(session, rest, "kept", mode="rows", dropped=after.dropped, changed=after.candidates, gone=True)


def entry_of(kept: Kept) -> StashEntry:
    """A kept thing as users see it."""
    shown = f"{kept.schema}.{kept.table}" if kept.schema else kept.table
    taken = () if kept.is_whole else tuple(c for c in kept.columns if c not in kept.key)
    return StashEntry(
        kept.id, kept.name, kept.version, kept.direction, shown, taken, kept.row_count, kept.state, kept.kept_at,
        kept.run_id, str(kept.detail.get("why", "")),
    )  # fmt: skip
