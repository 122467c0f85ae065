"""What destructive steps would lose, and what was kept of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lost:
    """What one statement takes from a table.

    Shape: columns are those that are dropped or overwritten; none means that whole rows go.
    """

    table: str
    schema: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StashEntry:
    """One kept thing in the target.

    Shape: name is the table that holds it; direction says whether deploying (`up`) or rolling back (`down`) took it;
    state is `open` inside a migration, `kept`, or `conflict` after a rollback that could not put all of it back;
    detail is for people; kept_at is ISO 8601 in UTC.
    """

    id: int
    name: str
    version: str
    direction: str
    table: str
    columns: tuple[str, ...]
    row_count: int
    state: str
    kept_at: str
    run_id: str
    detail: str = ""
