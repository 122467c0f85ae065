"""`# neoron: allow RULE because …` in `.py` migrations: which operation each of them stands at."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from neoron.model.finding import Finding
from neoron.model.migration import Migration
from neoron.rules.allowing import about_allowing
from neoron.sql.actions import Reading
from neoron.sql.reading.allowed import allowed_in


@dataclass(frozen=True, slots=True)
class _Allow:
    """One rule that a comment allows; lines are those of its operation, None for the whole file."""

    rule: str
    reason: str
    line: int
    lines: frozenset[int] | None

    def holds_for(self, finding: Finding, whole_at: int) -> bool:
        """Whether the finding is of that rule and stands there; one at `whole_at` could be anywhere."""
        at = finding.line
        return finding.rule == self.rule and (self.lines is None or at in self.lines or at == whole_at)


def allowed_in_python(found: Sequence[Finding], migration: Migration, engine: str) -> list[Finding]:
    """The findings with the reasons of a file's comments, and those about comments that hide nothing."""
    tree = ast.parse(migration.text)
    upgrade = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade"), None)
    allows = list(_allows(migration.text, upgrade))
    whole_at = upgrade.lineno if upgrade else 0
    told: list[Finding] = []
    hiding: set[int] = set()
    for finding in found:
        if finding.at and finding.at.path == migration.path:
            mine = [a for a in allows if a.holds_for(finding, whole_at)]
            hiding |= {id(a) for a in mine}
            reason = next((a.reason for a in mine if a.reason), "")
            finding = replace(finding, allowed=finding.allowed or reason)
        told.append(finding)
    idle = [a for a in allows if not a.reason or id(a) not in hiding]
    return told + [
        about_allowing(a.rule, a.reason, Reading("", a.line), a.line, migration.path, engine) for a in idle
    ]


def _allows(text: str, upgrade: ast.FunctionDef | None) -> Iterator[_Allow]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            for rule, reason, line in allowed_in(token.string, token.start[0]):
                yield _Allow(rule, reason, line, _lines(upgrade, line))


def _lines(upgrade: ast.FunctionDef | None, line: int) -> frozenset[int] | None:
    """The lines of the statement that a comment stands in or before; None outside the way up.

    Shape: what a batch does happens at its `with`, so that line belongs to every statement in it.
    """
    if upgrade is None or not upgrade.lineno <= line <= (upgrade.end_lineno or 0):
        return None
    inner = [n for n in ast.walk(upgrade) if isinstance(n, ast.stmt) and n is not upgrade]
    around = [n for n in inner if n.lineno <= line <= (n.end_lineno or 0) and not hasattr(n, "body")]
    later = sorted((n for n in inner if n.lineno > line), key=lambda n: (n.lineno, -(n.end_lineno or 0)))
    one = next(iter([*around, *later]), None)
    if one is None:
        return None
    withs = [n for n in inner if isinstance(n, ast.With) and n.lineno < one.lineno <= (n.end_lineno or 0)]
    return frozenset([*range(one.lineno, (one.end_lineno or one.lineno) + 1), *(n.lineno for n in withs)])
