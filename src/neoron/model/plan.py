"""A plan is data: steps in order, with the facts that the runner and the reviewer need."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import groupby

from neoron.model.migration import Direction, Location, Version

BASE: Version = "0"
"""The version of a database to which nothing has been applied."""


class StepKind(Enum):
    """What a step is to the runner."""

    STATEMENT = "statement"
    PYTHON = "python"
    BATCH = "batch"
    CHECK = "check"
    STASH = "stash"
    RESTORE = "restore"
    RECORD = "record"
    SETTING = "setting"


class RecordKind(Enum):
    """What a RECORD step writes into the history."""

    TABLES = "tables"
    STARTED = "started"
    ATTEMPTED = "attempted"
    ADVANCED = "advanced"
    ACCEPTED = "accepted"
    APPLIED = "applied"
    REVERTED = "reverted"


class LockLevel(Enum):
    """What a statement keeps other sessions from doing while it runs."""

    NONE = "none"
    WRITES = "blocks writes"
    ALL = "blocks reads and writes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One planned statement with its facts.

    Shape: id is `version/direction/number`; transaction is the number of the group that commits
    together, or None for a statement that must run outside a transaction; number counts the steps of one
    migration that can be resumed at, from 1; probe is a query whose one value says what an interrupted
    step outside a transaction left behind (`done`, `undone`, or a statement that clears the remains);
    a CHECK fails when its query returns a row; is_in_doubt says that an earlier run died in this step;
    is_session says that it sets what only its session knows.
    Units: timeout_ms bounds each wait for a lock.
    """

    id: str
    version: Version
    kind: StepKind
    sql: str
    transaction: int | None
    number: int = 0
    lock: LockLevel = LockLevel.UNKNOWN
    timeout_ms: int = 0
    undo: str = ""
    at: Location | None = None
    probe: str = ""
    record: RecordKind | None = None
    is_in_doubt: bool = False
    note: str = ""
    is_session: bool = False

    @property
    def text(self) -> str:
        """What a person reads: the statement; of a step that keeps rows or puts them back, its note."""
        is_own = self.kind in (StepKind.STASH, StepKind.RESTORE) and bool(self.note)
        return self.note if is_own else self.sql


@dataclass(frozen=True, slots=True)
class PlannedMigration:
    """What the history keeps of a migration in a plan: identity, and the steps of its way down.

    Shape: is_half_way is True where the plan notes progress step by step, because not all of the
    migration fits one transaction; running are then the statements of the plan's direction, by number;
    position is that of the history row, counted from 1.
    """

    version: Version
    name: str
    checksum: str
    file_digest: str
    parents: tuple[Version, ...]
    down: tuple[Step, ...]
    down_missing: str = ""
    is_half_way: bool = False
    position: int = 0
    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything one run will send, in order.

    Shape: target is for display and never holds a password; versions are in the order they run.
    """

    target: str
    engine: str
    direction: Direction
    from_version: Version
    to_version: Version
    steps: tuple[Step, ...]
    migrations: tuple[PlannedMigration, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over engine, direction, range and steps: equal plans on staging and production agree."""
        facts = [self.engine, self.direction.value, self.from_version, self.to_version]
        lines = [[s.id, s.kind.value, s.sql, s.transaction, s.record and s.record.value] for s in self.steps]
        text = json.dumps([facts, lines], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to run."""
        return not self.steps

    def groups(self) -> Iterator[tuple[Step, ...]]:
        """Steps that commit together, in order; a step outside a transaction is a group of its own."""
        for number, steps in groupby(self.steps, key=lambda step: step.transaction):
            if number is None:
                yield from ((step,) for step in steps)
            else:
                yield tuple(steps)

    def migration(self, version: Version) -> PlannedMigration:
        """The planned migration of a version.

        Raises: KeyError when the plan does not hold it.
        """
        return self._by_version[version]

    @cached_property
    def _by_version(self) -> dict[Version, PlannedMigration]:
        return {m.version: m for m in self.migrations}


def statements_digest(texts: tuple[str, ...]) -> str:
    """SHA-256 over statement texts: what a half-way migration has already run."""
    return hashlib.sha256("\n;\n".join(texts).encode()).hexdigest()
