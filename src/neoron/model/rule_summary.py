"""A rule of the review as renderers see it."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.model.finding import Category, Severity


@dataclass(frozen=True, slots=True)
class EngineSummary:
    """What a rule says on one engine: the effect in words, its examples, and what to do, where that differs."""

    engine: str
    effect: str
    source: str
    bad: str
    good: str
    schema: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """What a rule is about, without its checks."""

    id: str
    category: Category
    severity: Severity
    title: str
    why: str
    instead: str
    on: tuple[EngineSummary, ...] = ()
    is_opt_in: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that it looks at."""
        return tuple(one.engine for one in self.on)
