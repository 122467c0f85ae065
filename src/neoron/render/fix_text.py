"""What `review --fix` did: files, statements, and what is left."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from neoron.model.fix import FixedFile, FixReport
from neoron.render.findings_json import findings_json
from neoron.render.findings_text import printable, render_findings
from neoron.render.style import Style


def render_fix(report: FixReport, style: Style, *, is_dry: bool) -> str:
    """The changes as a diff when nothing was written, else the names of the files; then what is left."""
    parts = ["\n".join(_changes(report, is_dry=is_dry))] if report.files else []
    reasons = [f"{f.at or ''}: {f.rule} stays: {reason}" for f, reason in zip(report.left, report.reasons, strict=True)
               if reason and not f.allowed]  # fmt: skip
    left = render_findings(report.left, style) if report.left else ""
    parts += [printable_lines("\n".join(dict.fromkeys(reasons)))] if reasons else []
    return "\n\n".join([*parts, left] if left else [*parts, "nothing left"])


def _changes(report: FixReport, *, is_dry: bool) -> Iterator[str]:
    for one in report.replaced:
        verb = "would replace" if is_dry else "replaced"
        yield f"{verb} {one.path}:{one.line} ({', '.join(one.rules)})"
    for file in report.files:
        if is_dry:
            yield _diff(file)
        else:
            yield f"wrote {file.path}"


def _diff(file: FixedFile) -> str:
    old, new = file.before.splitlines(), file.after.splitlines()
    path = file.path.lstrip("/")
    lines = difflib.unified_diff(old, new, f"a/{path}" if old else "/dev/null", f"b/{path}", lineterm="")
    return printable_lines("\n".join(lines))


def printable_lines(text: str) -> str:
    """The text without what would steer a terminal, line by line."""
    return "\n".join(printable(line.replace("\t", "    ")) for line in text.split("\n"))


def fix_json(report: FixReport) -> dict[str, Any]:
    """The JSON of it: `findings` are those that are left, each with `reason`."""
    told = zip(findings_json(report.left), report.reasons, strict=True)
    left = [{**shape, "reason": reason} for shape, reason in told]
    return {
        "files": [{"path": f.path, "is_new": f.is_new, "text": f.after} for f in report.files],
        "replaced": [{"file": r.path, "line": r.line, "rules": list(r.rules)} for r in report.replaced],
        "findings": left,
    }  # fmt: skip
