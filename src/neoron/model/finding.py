"""What a review says about a statement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from neoron.model.migration import Location


class Severity(Enum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One risk of one statement, with the way out."""

    rule: str
    category: str
    severity: Severity
    message: str
    statement: str = ""
    at: Location | None = None
    fix: str = ""
