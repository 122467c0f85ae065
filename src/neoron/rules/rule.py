"""A rule is a record: it feeds the reviewer, its page in the docs, `review --explain`, SARIF and the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.remedy import RemedyFor
from neoron.rules.scene import Scene
from neoron.sql.actions import Action


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule applies to an action: in words what happens here, and where the usual answer differs.

    Shape: severity, category None: those of the rule; table names whose rows and size the finding is about, for
    figures of a live target.
    """

    message: str
    severity: Severity | None = None
    category: Category | None = None
    table: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a statement that the rule finds does to others while it runs, measured or cited.

    Shape: safe_since is the version from which it is harmless, empty when never; source cites the manual, or says
    `measured` with the version.
    """

    lock: LockLevel
    rewrites: bool = False
    scans: bool = False
    safe_since: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A script that the rule finds, one that it does not, and the schema that both meet.

    Shape: version, edition and transaction are those to review for, where the example needs others than the default.
    """

    bad: str
    good: str
    schema: str = ""
    version: str = ""
    transaction: str = ""
    edition: str = ""


Check = Callable[[Any, Scene], Iterator[Hit]]
"""Looks at one action (of a class in the rule's `looks_at`) in its scene; yields a hit for each risk."""


@dataclass(frozen=True, slots=True)
class OnEngine:
    """A rule on one engine: how to find it, what it costs there, and how it looks.

    Shape: the key of `Rule.engines` is the engine's name; instead and looks_at, where they are not empty, go before
    those of the rule; remedy writes the safe sequence, for findings and `--fix`.
    """

    check: Check
    effect: Effect
    example: Example
    severity: Severity | None = None
    instead: str = ""
    looks_at: tuple[type[Action], ...] = ()
    remedy: RemedyFor | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One risk.

    Shape: id is the word users type and suppress by; why says what goes wrong, instead what to do; looks_at are the
    classes of actions that its checks are asked about, empty for all of them; is_opt_in rules are only asked for by
    name; aliases are ids of the same risk in other tools, for those who come from them; also are the categories that
    every hit in the rule's own category has as well, as a change that locks the table and fails on one bad row.
    """

    id: str
    category: Category
    severity: Severity
    title: str
    why: str
    instead: str
    engines: Mapping[str, OnEngine]
    looks_at: tuple[type[Action], ...] = ()
    is_opt_in: bool = False
    aliases: tuple[str, ...] = field(default=())
    also: tuple[Category, ...] = ()

    def spread(self, hit: Hit) -> Iterator[Hit]:
        """A hit, and the same in every category that goes with the rule's own."""
        yield hit
        if hit.category in (None, self.category):
            for category in self.also:
                yield replace(hit, category=category)


def hits(message: str, *categories: Category, table: str = "") -> Iterator[Hit]:
    """One hit per category, all with the same words; without categories one in the rule's own."""
    if not categories:
        yield Hit(message, table=table)
    for category in categories:
        yield Hit(message, category=category, table=table)
