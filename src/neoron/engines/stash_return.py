"""Putting kept rows and values back, without touching what was written since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from neoron.engines.roles import Session
from neoron.engines.stash_words import Kept, Reference, StashWords


def look(words: StashWords, session: Session, kept: Sequence[Kept]) -> int:
    """Note which changed values are still those that the migration wrote. Raises: the driver's own error."""
    total, later = 0, list[Kept]()
    for one in reversed(kept):
        if one.detail.get("changed"):
            total += sum(_look_at(words, session, one, i, later) for i in one.detail["changed"])
        later.append(one)
    return total


def _look_at(words: StashWords, session: Session, kept: Kept, i: int, later: Sequence[Kept]) -> int:
    """Mark the values of one column that nobody has written since, and those that later steps took away."""
    if f"k{i}" not in {c.name for c in words.columns(session, "", kept.name)}:
        session.execute(f"ALTER TABLE {kept.name} {words.add_column} k{i} INTEGER")
    present = _present(words, session, kept)
    source, mark = words.table(kept.schema, kept.table), words.set_to("s", f"k{i}", "1")
    has_key = all(words.folded(c) in present for c in kept.key)
    has_column = has_key and words.folded(kept.columns[i]) in present
    count, match = 0, words.match(kept, present) if has_key else ""
    if has_column:
        is_ours = [words.same(words.now(kept, i, present), f"s.n{i}"), *_overwritten(words, kept, i, later)]
        where = f"s.gone = 0 AND ({' OR '.join(is_ours)})"
        count = session.execute(words.update_from(f"{kept.name} AS s", f"{source} t", match, [mark], where))
    taken = [*_taken(words, kept, i, later), *_overwritten(words, kept, i, later)]
    if taken:
        is_away = f" AND NOT EXISTS (SELECT 1 FROM {source} t WHERE {match})" if has_column else ""
        where = f"s.gone = 0{is_away} AND ({' OR '.join(taken)})"
        count += session.execute(words.update(kept.name, [mark], where))
    return count


def _same_table(kept: Kept, i: int, later: Sequence[Kept]) -> Iterator[tuple[Kept, int, str]]:
    """Later copies of the same column, its number there, and the condition that row l is row s."""
    for other in later:
        is_same = (other.schema, other.table, other.key) == (kept.schema, kept.table, kept.key)
        if is_same and kept.columns[i] in other.columns and all(c in other.columns for c in kept.key):
            match = " AND ".join(f"l.o{other.columns.index(c)} = s.o{kept.columns.index(c)}" for c in kept.key)
            yield other, other.columns.index(kept.columns[i]), match


def _taken(words: StashWords, kept: Kept, i: int, later: Sequence[Kept]) -> Iterator[str]:
    """Conditions: a later transaction of the same migration has taken the row or the column, with this value in it."""
    for other, j, match in _same_table(kept, i, later):
        detail = other.detail
        is_dropped = j in detail.get("dropped", ())
        if detail["mode"] == "table" or is_dropped or (detail["mode"] == "rows" and detail.get("gone")):
            gone = "" if detail["mode"] == "table" or is_dropped else " AND l.gone = 1"
            same = words.same(words.old("l", other, j), f"s.n{i}")
            yield f"EXISTS (SELECT 1 FROM {other.name} l WHERE {match}{gone} AND {same})"


def _overwritten(words: StashWords, kept: Kept, i: int, later: Sequence[Kept]) -> Iterator[str]:
    """Conditions: a later transaction of the same migration has overwritten this value, and nobody since."""
    for other, j, match in _same_table(kept, i, later):
        if j in other.detail.get("changed", ()):
            same = words.same(words.old("l", other, j), f"s.n{i}")
            yield f"EXISTS (SELECT 1 FROM {other.name} l WHERE {match} AND l.k{j} = 1 AND {same})"


def put(words: StashWords, session: Session, kept: Sequence[Kept]) -> int:
    """Put back, parents before children; what could not be is kept as a conflict. Raises: the driver's own error."""
    total, left = 0, list[Kept]()
    for one in _parents_first(words, session, kept):
        present = _present(words, session, one)
        why = _why_not(words, one, present)
        if why:
            words.note(session, one, "conflict", why=why)
            continue
        after = words.silence(session, one.schema, one.table)
        total += _put_rows(words, session, one, present)
        if one.detail["mode"] == "rows":
            total += _put_values(words, session, one, present, left)
        for statement in after:
            session.execute(statement)
        words.settle_sequences(session, one.schema, one.table)
        if words.note(session, one, "conflict", why=_why_left(words, session, one, present)):
            left.append(one)
    return total


def _present(words: StashWords, session: Session, kept: Kept) -> dict[str, str]:
    return {words.folded(c.name): c.type for c in words.columns(session, kept.schema, kept.table)}


def _why_not(words: StashWords, kept: Kept, present: Mapping[str, str]) -> str:
    if not present:
        return "the way down did not bring the table back"
    if kept.detail["mode"] in ("no key", "key gone"):
        return "no primary key tells its rows apart"
    if any(words.folded(c) not in present for c in kept.key):
        return "the way down did not bring its key back"
    return ""


def _why_left(words: StashWords, session: Session, kept: Kept, present: Mapping[str, str]) -> str:
    """Why rows of it are left; the words stay with the copy while there are any."""
    away = [kept.columns[i] for i in kept.detail.get("dropped", ()) if words.folded(kept.columns[i]) not in present]
    if away:
        return f"the way down did not bring {', '.join(away)} back"
    filled = _filled(words, session, kept)
    if filled:
        return f"the database fills {', '.join(filled)} by itself"
    keys = _first_keys(words, session, kept)
    return f"changed since: {keys}" if keys else "rows of the same key are there"


def _parents_first(words: StashWords, session: Session, kept: Sequence[Kept]) -> list[Kept]:
    waiting, done = list(reversed(kept)), []
    while waiting:
        tables = {words.folded(k.table) for k in waiting}
        free = next((k for k in waiting if not _waits(words, session, k, tables - {words.folded(k.table)})), waiting[0])
        waiting.remove(free)
        done.append(free)
    return done


def _waits(words: StashWords, session: Session, kept: Kept, tables: set[str]) -> bool:
    return any(words.folded(r.table) in tables for r in words.parents(session, kept.schema, kept.table))


def _put_rows(words: StashWords, session: Session, kept: Kept, present: Mapping[str, str]) -> int:
    is_table = kept.detail["mode"] == "table"
    if not is_table and not kept.detail.get("gone"):
        return 0
    target = words.table(kept.schema, kept.table)
    here = {words.folded(c.name): c for c in words.columns(session, kept.schema, kept.table) if not c.is_generated}
    chosen = [i for i, c in enumerate(kept.columns) if words.folded(c) in here]
    values = {i: words.cast.format(f"s.o{i}", here[words.folded(kept.columns[i])].type) for i in chosen}
    where = ["1 = 1" if is_table else "s.gone = 1"]
    where += [_has_parent(words, kept, r, values) for r in words.parents(session, kept.schema, kept.table)]
    named = {words.quoted(kept.columns[i]): value for i, value in values.items()}
    count = words.fill(session, target, named, kept.name, [w for w in where if w])
    gone = "1 = 1" if is_table else "s.gone = 1"
    if kept.key:
        same = " AND ".join(_is_so(words, kept, i, value, present) for i, value in values.items())
        there = f"EXISTS (SELECT 1 FROM {target} t WHERE {words.match(kept, present)} AND {same})"
        session.execute(words.delete_from(kept.name, f"{gone} AND {there}"))
    elif count == kept.row_count:
        session.execute(f"DELETE FROM {kept.name}")
    return count


def _is_so(words: StashWords, kept: Kept, i: int, value: str, present: Mapping[str, str]) -> str:
    """A condition: the column holds this value, which is of its type."""
    return words.same(words.now(kept, i, present), words.text(value, present[words.folded(kept.columns[i])]))


def _has_parent(words: StashWords, kept: Kept, reference: Reference, values: Mapping[int, str]) -> str:
    """A condition: the row's parent is there; rows that refer to their own table are the engine's matter."""
    at = [kept.columns.index(c) for c in reference.columns if c in kept.columns]
    is_own = words.folded(reference.table) == words.folded(kept.table)
    if len(at) < len(reference.columns) or not reference.parent_columns or any(i not in values for i in at):
        return ""
    if is_own:
        return words.has_own_parent(words.table(kept.schema, kept.table), kept, reference, values)
    empty = " OR ".join(f"s.o{i} IS NULL" for i in at)
    pairs = zip(reference.parent_columns, at, strict=True)
    match = " AND ".join(f"p.{words.quoted(column)} = {values[i]}" for column, i in pairs)
    parent = words.table(reference.schema, reference.table)
    return f"({empty} OR EXISTS (SELECT 1 FROM {parent} p WHERE {match}))"


def _anew(kept: Kept, left: Sequence[Kept]) -> Iterator[str]:
    """Conditions: a later transaction of the same migration took the row, and another has its key since."""
    for other in left:
        is_same = (other.schema, other.table, other.key) == (kept.schema, kept.table, kept.key)
        is_table = other.detail["mode"] == "table"
        if is_same and kept.key and (is_table or (other.detail["mode"] == "rows" and other.detail.get("gone"))):
            match = " AND ".join(f"l.o{other.columns.index(c)} = s.o{kept.columns.index(c)}" for c in kept.key)
            yield f"EXISTS (SELECT 1 FROM {other.name} l WHERE {match}{'' if is_table else ' AND l.gone = 1'})"


def _put_values(
    words: StashWords, session: Session, kept: Kept, present: Mapping[str, str], left: Sequence[Kept]
) -> int:
    """Old values where nobody has written since; rows deleted since stay deleted.

    Shape: left are later copies that have put back what they could: a row that they still hold is there anew.
    """
    target, match = words.table(kept.schema, kept.table), words.match(kept, present)
    filled = _filled(words, session, kept)
    here = {name for name in present if name not in filled}
    changed = [i for i in kept.detail["changed"] if words.folded(kept.columns[i]) in here]
    dropped = [i for i in kept.detail["dropped"] if words.folded(kept.columns[i]) in here]
    gone = "s.gone = 0" if kept.detail["gone"] else "1 = 1"
    anew = list(_anew(kept, left))
    sets, differs = [], []
    for i in (*changed, *dropped):
        column = words.quoted(kept.columns[i])
        old = words.cast.format(f"s.o{i}", present[words.folded(kept.columns[i])])
        free = f"s.k{i} = 1" if i in changed else "1 = 1"
        sets.append(words.set_to("t", column, f"CASE WHEN {free} THEN {old} ELSE t.{column} END"))
        differs.append(f"({free} AND NOT {_is_so(words, kept, i, old, present)})")
    count = 0
    if sets:
        known = {words.folded(kept.columns[i]) for i in (*changed, *dropped)}
        quiet = [words.quoted(c) for c in words.steady(session, kept) if words.folded(c) not in known]
        sets += [words.set_to("t", c, f"t.{c}") for c in quiet]
        where = " AND ".join([gone, f"({' OR '.join(differs)})", *(f"NOT {one}" for one in anew)])
        count = session.execute(words.update_from(f"{target} AS t", f"{kept.name} s", match, sets, where))
    unseen = [(i, words.same(words.old("s", kept, i), f"s.n{i}")) for i in kept.detail["changed"]]
    lacks = [f"(s.k{i} IS NULL AND NOT {same})" for i, same in unseen] + anew
    lacks += ["1 = 1"] if filled or len(dropped) < len(kept.detail["dropped"]) else []
    open = f"EXISTS (SELECT 1 FROM {target} t WHERE {match}) AND ({' OR '.join(lacks)})" if lacks else "1 = 0"
    session.execute(words.delete_from(kept.name, f"{gone} AND NOT ({open})"))
    return count


def _filled(words: StashWords, session: Session, kept: Kept) -> list[str]:
    """The columns, as names are compared, whose old values no UPDATE may write."""
    columns = words.columns(session, kept.schema, kept.table)
    ours = {words.folded(kept.columns[i]) for i in (*kept.detail.get("changed", ()), *kept.detail.get("dropped", ()))}
    return [words.folded(c.name) for c in columns if (c.is_generated or c.is_numbered) and words.folded(c.name) in ours]


def _first_keys(words: StashWords, session: Session, kept: Kept) -> str:
    if not kept.key:
        return ""
    names = ", ".join(f"o{kept.columns.index(c)}" for c in kept.key)
    rows = session.query(words.few(names, f"FROM {kept.name} ORDER BY 1", 5))
    return ", ".join("/".join(str(value) for value in row) for row in rows)
