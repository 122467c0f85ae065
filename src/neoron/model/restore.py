"""What an emergency restore would lose, and how far one has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class TableLoss:
    """One table now and in the backup.

    Shape: a count is None where the table is not there; is_equal says that the values are the same ones.
    """

    table: str
    rows_now: int | None
    rows_then: int | None
    is_equal: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """What the target holds that the backup does not, as far as the engine can tell.

    Shape: tables are those that differ; rows_written counts the rows that were inserted, updated or deleted since,
    None where the engine does not count them; unknown says why nothing could be compared, and is empty where it was.
    Units: since_s seconds; back_to ISO 8601 in UTC.
    """

    back_to: str
    since_s: int
    version_now: str = ""
    version_then: str = ""
    tables: tuple[TableLoss, ...] = ()
    tables_equal: int = 0
    rows_written: int | None = None
    unknown: str = ""


class RestoreState(Enum):
    """How far a restore has come.

    LOADING: beside the target, not yet whole. LOADED: beside it, whole and compared. SWAPPED: it is the target now.
    DISCARDED: and what it replaced was thrown away. ABANDONED: another restore of the target was begun instead.
    """

    LOADING = "loading"
    LOADED = "loaded"
    SWAPPED = "swapped"
    DISCARDED = "discarded"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class RestoreRecord:
    """One emergency restore, as the project's store remembers it.

    Shape: aside is what was loaded, safety what the target becomes; both are names of the engine's own kind, such as
    a database or a file; had_target says that there was a target to replace; back_to is the time that was asked for,
    empty for the backup's own moment.
    """

    id: str
    backup: str
    engine: str
    target: str
    back_to: str
    aside: str
    safety: str
    state: RestoreState
    started_at: str
    had_target: bool = True
    finished_at: str = ""
    restore_ms: int = 0
