"""What `review --fix` has done, or would do."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.model.finding import Finding


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file before and after; before is empty for a new one."""

    path: str
    before: str
    after: str

    @property
    def is_new(self) -> bool:
        """Whether it was not there."""
        return not self.before


@dataclass(frozen=True, slots=True)
class Replaced:
    """A statement that got its safe sequence, and the rules that had found it."""

    path: str
    line: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FixReport:
    """Files that change, statements that were replaced, and what is left with the reason why, by finding."""

    files: tuple[FixedFile, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    left: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()
