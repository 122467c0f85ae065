"""README.md's table of engines says what the bindings and the conformance suite say."""

from __future__ import annotations

from pathlib import Path

from conformance.all_engines import ENGINES as UNDER_TEST
from neoron.engines.lookup import ENGINES, engine_named
from neoron.engines.roles import NothingStashed, Unsupported

README = Path(__file__).parents[2] / "README.md"
HEAD = "| | SQLite |"
ROLES = {"backups, restored aside": "backup", "stash": "stash"}


def table(text: str) -> dict[str, dict[str, str]]:
    """Row -> engine's title -> cell."""
    lines = text[text.index(HEAD) :].split("\n\n")[0].splitlines()
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows[1:]}


def wrong(rows: dict[str, dict[str, str]]) -> list[str]:
    """Cells that are not so."""
    found = []
    for engine in map(engine_named, ENGINES):
        if rows["oldest"][engine.title] != engine.oldest:
            found.append(f"{engine.title} oldest: {rows['oldest'][engine.title]}")
        is_run = any((kind.private or kind.is_started()) and kind.id == engine.name for kind in UNDER_TEST)
        for row, cells in rows.items():
            if cells[engine.title] == "run" and not is_run:
                found.append(f"{engine.title} {row}: {cells[engine.title]}")
        for row, role in ROLES.items():
            is_missing = isinstance(getattr(engine, role), (Unsupported, NothingStashed))
            if (rows[row][engine.title] == "not built") is not is_missing:
                found.append(f"{engine.title} {row}: {rows[row][engine.title]}")
    return found


def test_the_table_of_engines_is_true() -> None:
    """What is called run has a server that the tests start, what is not built has no role, and versions agree."""
    assert wrong(table(README.read_text(encoding="utf-8"))) == []


def test_a_table_that_says_too_much_is_found() -> None:
    """A role that nobody ran is not called run, and one that is there is not called missing."""
    text = README.read_text(encoding="utf-8")
    for cell in ("run", "not built"):
        row = "| stash | run | run | run | run | {} |"
        changed = text.replace(row.format("T-SQL compiled"), row.format(cell))
        assert wrong(table(changed)) == [f"SQL Server stash: {cell}"]
