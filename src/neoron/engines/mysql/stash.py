"""The stash of MariaDB and MySQL, where DDL ends a transaction.

The tables that keep are made before a transaction of changes and filled inside it. Before a statement that commits by
itself the tables that it destroys are locked, copied, and stay locked until it has run, so that the copy is complete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from neoron.engines.mysql.faults import MIXED_ENGINES, code_of, errors
from neoron.engines.mysql.losses import lost_by
from neoron.engines.mysql.stash_words import EMPTY, WORDS, kept_types
from neoron.engines.roles import Session
from neoron.engines.stash_return import look, put
from neoron.engines.stash_words import ENTRIES, Kept, StashColumn
from neoron.engines.stashing import After, entry_of, kept_things, moment, settle
from neoron.model.plan import Step
from neoron.model.stash import Lost, StashEntry


def lost(statement: str) -> tuple[Lost, ...]:
    """What a statement would take away, as its text tells."""
    return lost_by(statement)


def send(session: Session, step: Step, run_id: str) -> int:
    """Run a STASH or RESTORE step; how many rows it kept or put back.

    Changes: neoron_stash_…, and with `put` the tables themselves.
    Raises: the driver's own error.
    """
    work, _space, text = step.sql.removeprefix("STASH ").removeprefix("RESTORE ").partition(" ")
    direction = "down" if "/down/" in step.id else "up"
    if work in ("prepare", "keep"):
        order = [Lost(table, schema, tuple(columns)) for schema, table, columns in json.loads(text)]
        origin = (step.version, direction, run_id)
        if step.transaction is None:
            return _hold(session, step, origin, order) if work == "keep" else _prepare(session, step, origin, order)
        return sum(_fill(session, kept) for kept in _of_step(session, step, direction))
    if work == "tidy":
        return tidy(session)
    if work == "settle":
        if step.transaction is None:
            _unlock(session)
        compare = partial(_compare_typed, is_late=step.is_in_doubt) if step.transaction is None else _compare
        count = sum(settle(WORDS, session, kept, compare) for kept in _of_step(session, step, direction))
        return count + (tidy(session) if step.transaction is None else 0)
    kept = kept_things(WORDS, session, step.version, "up", "kept")
    return look(WORDS, session, kept) if work == "look" else put(WORDS, session, kept)


def entries(session: Session) -> tuple[StashEntry, ...]:
    """All that is kept, oldest first. Raises: the driver's own error."""
    return tuple(entry_of(kept) for kept in kept_things(WORDS, session) if kept.state != EMPTY)


def purge(session: Session, ids: Sequence[int]) -> None:
    """Throw kept things away. Changes: the target. Raises: the driver's own error."""
    for kept in kept_things(WORDS, session):
        if kept.id in ids:
            WORDS.forget(session, kept)
    tidy(session)


def tidy(session: Session) -> int:
    """Drop the tables of what holds nothing any more; a killed run leaves it to the next.

    Changes: the stash.
    Raises: the driver's own error.
    """
    empty = kept_things(WORDS, session, state=EMPTY)
    for kept in empty:
        session.execute(f"DROP TABLE IF EXISTS {kept.name}")
        session.execute(f"DELETE FROM {ENTRIES} WHERE id = %s", (kept.id,))
    return 0


def _step_key(step: Step) -> str:
    """What tells the steps of one migration apart: a transaction by its group, a statement by its number."""
    found = re.search(r"/(?:prepare|keep|kept)(\d+)$", step.id)
    return f"group {found.group(1)}" if found else f"statement {step.number}"


def _of_step(session: Session, step: Step, direction: str) -> list[Kept]:
    found = kept_things(WORDS, session, step.version, direction, "open")
    return [kept for kept in found if kept.detail["step"] == _step_key(step)]


def _prepare(session: Session, step: Step, origin: tuple[str, str, str], order: Sequence[Lost]) -> int:
    """Make the tables that a transaction will fill. What a killed run made is empty: nothing of it was committed."""
    session.execute(WORDS.entries_table)
    for kept in _of_step(session, step, origin[1]):
        WORDS.forget(session, kept)
    tidy(session)
    seen, waiting = set[tuple[str, str]](), list(order)
    while waiting:
        lost = waiting.pop(0)
        if (lost.schema, lost.table) not in seen and _make(session, step, origin, lost):
            seen.add((lost.schema, lost.table))
            if not lost.columns:
                # Rows that go may take others along: ON DELETE CASCADE, SET NULL.
                waiting += [Lost(table, schema) for schema, table in WORDS.followers(session, lost.schema, lost.table)]
    return 0


def _hold(session: Session, step: Step, origin: tuple[str, str, str], order: Sequence[Lost]) -> int:
    """Copy tables and keep everybody from them until the next statement has run."""
    session.execute(WORDS.entries_table)
    tidy(session)
    made, total = list[Kept](), 0
    before = {(k.schema, k.table): k for k in _of_step(session, step, origin[1])}
    for lost in order:
        old = before.get((lost.schema, lost.table))
        if old and old.detail["filled"] and _is_destroyed(session, old, lost):
            total += old.row_count
            continue
        # A statement that the catalog cannot tell the outcome of may have run: what was kept before it stays.
        if old and (step.probe or not old.detail["filled"]):
            WORDS.forget(session, old)
        if kept := _make(session, step, origin, lost):
            made.append(kept)
    tidy(session)
    if made:
        _lock(session, [WORDS.table(k.schema, k.table) for k in made], [*(k.name for k in made), ENTRIES])
    return total + sum(_fill(session, kept) for kept in made)


def _is_destroyed(session: Session, old: Kept, lost: Lost) -> bool:
    """Whether the copied columns are not what they were: then the statement has run, and the copy is right."""
    now = {WORDS.folded(c.name): c.type for c in WORDS.columns(session, old.schema, old.table)}
    types = dict(zip(map(WORDS.folded, old.columns), old.detail["types"], strict=True))
    wanted = [WORDS.folded(c) for c in lost.columns]
    return not now or any(now.get(c) != types.get(c) for c in wanted)


def _lock(session: Session, sources: Sequence[str], own: Sequence[str]) -> None:
    """Lock what is copied, and what it is copied into.

    Where MySQL refuses the lock on tables with and without transactions together, nobody else writes either until
    the statement is sent; it gives the lock up, with a gap of one round trip.
    """
    kept = ", ".join(f"{name} WRITE" for name in own)
    try:
        session.execute(f"LOCK TABLES {', '.join(f'{name} WRITE' for name in dict.fromkeys(sources))}, {kept}")
    except errors() as error:
        if code_of(error) != MIXED_ENGINES:
            raise
        session.execute(f"LOCK TABLES {', '.join(f'{name} READ' for name in dict.fromkeys(sources))}, {kept}")
    cast(Any, session).holds_tables = True


def _unlock(session: Session) -> None:
    session.execute("UNLOCK TABLES")
    cast(Any, session).holds_tables = False


def _make(session: Session, step: Step, origin: tuple[str, str, str], lost: Lost) -> Kept | None:
    """An empty table for what a table will lose; None where there is nothing to lose."""
    columns = WORDS.columns(session, lost.schema, lost.table)
    key = WORDS.key(session, lost.schema, lost.table)
    wanted = {WORDS.folded(name) for name in (*key, *lost.columns)}
    is_whole = not lost.columns or not key
    taken = [c for c in columns if not c.is_generated and (is_whole or WORDS.folded(c.name) in wanted)]
    own = {WORDS.folded(c) for c in lost.columns} & {WORDS.folded(c.name) for c in taken}
    if not taken or (not is_whole and not own):
        return None
    id = int(session.query(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {ENTRIES}")[0][0])
    detail = {
        "schema": lost.schema, "table": lost.table, "columns": [c.name for c in taken],
        "types": [c.type for c in taken], "as_text": [False for _ in taken], "key": list(key),
        "before": [c.name for c in columns], "whole": is_whole, "step": _step_key(step), "filled": False,
    }  # fmt: skip
    kept = Kept(id, f"neoron_stash_{id}", *origin, moment(), 0, "open", detail)
    session.execute(
        f"INSERT INTO {ENTRIES} (id, name, version, direction, run_id, kept_at, row_count, state, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, 0, 'open', %s)",
        (id, kept.name, *origin, kept.kept_at, json.dumps(detail)),
    )
    session.execute(f"DROP TABLE IF EXISTS {kept.name}")
    session.execute(_table_sql(session, kept, taken, key))
    return kept


def _table_sql(session: Session, kept: Kept, taken: Sequence[StashColumn], key: Sequence[str]) -> str:
    """The values as they were (o), as the migration left them (n), and whether they are still so (k)."""
    types = kept_types(session, kept.schema, kept.table)
    folded = {WORDS.folded(name) for name in key}
    of_key = [i for i, c in enumerate(taken) if WORDS.folded(c.name) in folded]
    is_indexed = bool(of_key) and all(types[taken[i].name][0] for i in of_key)
    parts = ["gone TINYINT NOT NULL DEFAULT 0"]
    for i, column in enumerate(taken):
        is_key = i in of_key
        parts.append(f"o{i} {types[column.name][0 if is_key and is_indexed else 1]} NULL")
        if not is_key:
            parts += [f"n{i} {types[column.name][1]} NULL", f"k{i} TINYINT NULL"]
    if is_indexed:
        parts.append(f"KEY ({', '.join(f'o{i}' for i in of_key)})")
    return f"CREATE TABLE {kept.name} ({', '.join(parts)}){WORDS.table_options}"


def _fill(session: Session, kept: Kept) -> int:
    """Copy what a table holds now; its rows are locked as far as a transaction is open."""
    session.execute(f"DELETE FROM {kept.name}")
    names = ", ".join(f"o{i}" for i in range(len(kept.columns)))
    values = ", ".join(map(WORDS.quoted, kept.columns))
    source = WORDS.table(kept.schema, kept.table)
    count = session.execute(
        f"INSERT INTO {kept.name} ({names}) SELECT {values} FROM {source} LOCK IN SHARE MODE"
    )
    detail = json.dumps({**kept.detail, "filled": True})
    session.execute(f"UPDATE {ENTRIES} SET row_count = %s, detail = %s WHERE id = %s", (count, detail, kept.id))
    return count


def _compare_typed(words: Any, session: Session, after: After, *, is_late: bool) -> int:
    """As `_compare`, where the statement may have changed the types: the new values are kept in theirs."""
    kept = after.kept
    types = kept_types(session, kept.schema, kept.table)
    now = {WORDS.folded(name): pair[1] for name, pair in types.items()}
    changes = [f"MODIFY n{i} {now[WORDS.folded(kept.columns[i])]} NULL" for i in after.candidates]
    if changes:
        session.execute(f"ALTER TABLE {kept.name} {', '.join(changes)}")
    return _compare(words, session, after, is_late=is_late)


def _compare(words: Any, session: Session, after: After, *, is_late: bool = False) -> int:
    """Keep of the copy only the rows that are not the same any more, with the values that the migration gave them.

    Shape: is_late says that others may have written since: of whole rows no other value is taken for the migration's;
    such a row counts as gone, and a way back never writes over its successor.
    """
    kept = after.kept
    source, match = WORDS.table(kept.schema, kept.table), WORDS.match(kept, after.present)
    is_gone = f"t.{WORDS.quoted(kept.key[0])} IS NULL"
    sets = [f"s.gone = ({is_gone})"] + [f"s.n{i} = t.{WORDS.quoted(kept.columns[i])}" for i in after.candidates]
    session.execute(f"UPDATE {kept.name} s LEFT JOIN {source} t ON {match} SET {', '.join(sets)}")
    differs = [f"(s.gone = 0 AND NOT {WORDS.same(f's.o{i}', f's.n{i}')})" for i in after.candidates]
    lost = [*differs, *(["s.gone = 1"] if kept.is_whole else []), *(["1 = 1"] if after.dropped else [])]
    session.execute(WORDS.delete_from(kept.name, f"NOT ({' OR '.join(lost)})"))
    changed = after.candidates
    if is_late and kept.is_whole:
        session.execute(f"UPDATE {kept.name} SET gone = 1")
        changed = []
    return WORDS.note(session, kept, "kept", mode="rows", dropped=after.dropped, changed=changed, gone=True)
