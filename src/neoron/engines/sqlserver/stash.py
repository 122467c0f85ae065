"""The stash of a SQL Server database."""

from __future__ import annotations

import re
from dataclasses import replace

from neoron.engines.roles import Session
from neoron.engines.sqlserver.stash_words import WORDS
from neoron.engines.stash_losses import losses_in
from neoron.engines.stash_words import StashWords
from neoron.engines.stashing import After, Stash
from neoron.model.stash import Lost

_MAY_LOSE = re.compile(r"\b(?:DROP|DELETE|UPDATE|TRUNCATE|ALTER|MERGE)\b", re.IGNORECASE)


def _lost_by(statement: str) -> tuple[Lost, ...]:
    """What a batch would take away. Tables of dbo go by their name alone, as they do in the catalog."""
    if not _MAY_LOSE.search(statement):
        return ()
    found = losses_in(statement, "mssql")
    return tuple(replace(lost, schema="" if lost.schema.casefold() == "dbo" else lost.schema) for lost in found)


def _compare(words: StashWords, session: Session, after: After) -> int:
    """Keep of the copy only the rows that are not the same any more, with the values that the migration gave them."""
    kept = after.kept
    match = words.match(kept, after.present)
    both = f"{kept.name} s LEFT JOIN {words.table(kept.schema, kept.table)} t ON {match}"
    is_gone = f"t.{words.quoted(kept.key[0])} IS NULL"
    values = {i: words.now(kept, i, after.present) for i in after.candidates}
    lost = [f"NOT {words.same(words.old('s', kept, i), value)}" for i, value in values.items()]
    lost += [*([is_gone] if kept.is_whole else []), *(["1 = 1"] if after.dropped else [])]
    session.execute(f"DELETE s FROM {both} WHERE NOT ({' OR '.join(lost)})")
    for added in ("gone int NULL", *(f"n{i} {words.long} NULL" for i in values)):
        # One by one: a server that only speaks the protocol takes no more.
        session.execute(f"ALTER TABLE {kept.name} ADD {added}")
    sets = [f"gone = CASE WHEN {is_gone} THEN 1 ELSE 0 END", *(f"n{i} = {value}" for i, value in values.items())]
    session.execute(f"UPDATE s SET {', '.join(sets)} FROM {both}")
    return words.note(session, kept, "kept", mode="rows", dropped=after.dropped, changed=after.candidates, gone=True)


STASH = Stash(WORDS, _lost_by, _compare)
lost, send, entries, purge = STASH.lost, STASH.send, STASH.entries, STASH.purge
