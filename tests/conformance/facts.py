"""What must hold of a target after any fault, read with the engine's own driver and the independent oracle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conformance.all_engines import ask, engine_of
from fix_oracle import dump_rows, dump_schema, journal_faults

HISTORY = "SELECT version, progress FROM neoron_history ORDER BY position"
JOURNAL = (
    "SELECT seq, at, run_id, event, version, step, outcome, detail, by_user, host, hash FROM neoron_journal"
    " ORDER BY seq"
)
STASH = "SELECT name, version, direction, row_count, state, detail FROM neoron_stash_entries WHERE state <> 'empty'"


@dataclass(frozen=True)
class Facts:
    """A target as it is. Shape: history is (version, progress) in order; faults must be empty; kept is the stash."""

    schema: str
    rows: dict[str, tuple[int, str]]
    history: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    kept: tuple[Any, ...] = ()


def facts(url: str) -> Facts:
    """Read a target whole."""
    remains = engine_of(url).remains(url)
    history, journal = ask(url, HISTORY), ask(url, JOURNAL)
    return Facts(
        dump_schema(url), dump_rows(url), tuple(history), (*journal_faults(journal), *remains), kept(url)
    )


def kept(url: str) -> tuple[Any, ...]:
    """What is stashed, whatever its tables are called: of which table, how it stands, and the old values."""
    if not engine_of(url).has_table(url, "neoron_stash_entries"):
        return ()
    found = []
    for name, version, direction, count, state, text in ask(url, STASH):
        detail = json.loads(text)
        old = ", ".join(f"o{i}" for i in range(len(detail["columns"])))
        values = sorted(map(repr, ask(url, f"SELECT {old} FROM {name}"))) if old else []
        found.append((version, direction, detail["table"], count, state, tuple(values)))
    return tuple(sorted(found))


def difference(found: Facts, wanted: Facts, *, ignores_stash: bool = False) -> str:
    """What is wrong in one line; empty when nothing is. The stash of two ways to one place may differ."""
    names = ("schema", "rows", "history", *(() if ignores_stash else ("kept",)))
    pairs = [(name, getattr(found, name), getattr(wanted, name)) for name in names]
    wrong = [f"{name}: {is_now} != {should_be}" for name, is_now, should_be in pairs if is_now != should_be]
    return "; ".join([*wrong, *found.faults])
