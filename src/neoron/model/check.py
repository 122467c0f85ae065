"""One measured fact held against its limit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """The verdict of a check; UNKNOWN where it could not be measured."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """A named measurement: value and limit share the unit; detail is one sentence."""

    name: str
    status: Status
    value: float | int | str | None = None
    unit: str = ""
    limit: float | int | str | None = None
    detail: str = ""
