"""What a review says about a statement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from neoron.model.migration import Location


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Category(StrEnum):
    """What a finding is about."""

    DATA_LOSS = "data-loss"
    LOCKING = "locking"
    PERFORMANCE = "performance"
    COMPATIBILITY = "compatibility"
    IRREVERSIBLE = "irreversible"


@dataclass(frozen=True, slots=True)
class Finding:
    """One risk of one statement, with the way out.

    Shape: statement is the text of the blamed statement and line where it begins in its file; part_line and column
    are where the blamed part of it begins, all from 1; lock and rewrite say what it does to others while it
    runs; fix is the safe sequence as SQL, empty where there is none; allowed is the reason that a suppression gives,
    empty without one; table is the one that it is about, where there is one.
    """

    rule: str
    category: Category
    severity: Severity
    message: str
    statement: str = ""
    at: Location | None = None
    fix: str = ""
    engine: str = ""
    line: int = 0
    column: int = 1
    lock: str = ""
    rewrite: str = ""
    advice: str = ""
    allowed: str = ""
    part_line: int = 0
    table: str = ""

    @property
    def lock_waits(self) -> bool:
        """Whether others wait while the statement runs."""
        return self.lock not in ("", "none", "unknown")
