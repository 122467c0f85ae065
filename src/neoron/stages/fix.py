"""The safe sequences written into a project's migrations, with follow-ups where transactions demand it."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from neoron.errors import SourceError
from neoron.model.finding import Finding
from neoron.model.fix import FixedFile, FixReport, Replaced
from neoron.model.migration import Form, Migration, Version
from neoron.model.plan import Plan
from neoron.source.folder import named_parents
from neoron.source.sections import SqlParts, sql_parts
from neoron.sql.chunks import Chunk, chunks
from neoron.stages.arranging import Group, Line, arranged
from neoron.stages.figures import Live, live_figures
from neoron.stages.fix_split import next_versions, split_files
from neoron.stages.fix_text import best, flat, reasons_of
from neoron.stages.fixing import Fixes, fixes
from neoron.stages.review import Script, range_plan, review_plan, script_of
from neoron.stages.script import script_plan
from neoron.stages.status import applied_versions
from neoron.stages.update import plan_to
from neoron.stages.workspace import Workspace


def fix_migrations(
    workspace: Workspace, start: str, end: str, *, is_live: bool = False, is_dry: bool = False,
    rules: Sequence[str] = (),
) -> FixReport:  # fmt: skip
    """Write the safe sequences into the newest migration, a range, or what is pending on the live target.

    Changes: the migrations folder, unless is_dry; never a file that the target has applied, nor a `.py` file.
    Raises: MigrationError when the target cannot be asked what it has applied.
    """
    applied, live, plan = _asked(workspace, start, end, is_live=is_live)
    plan = plan or range_plan(workspace, start, end)
    return _Fixing(workspace, plan, applied, live, rules).report(is_dry=is_dry)


def _asked(
    workspace: Workspace, start: str, end: str, *, is_live: bool
) -> tuple[set[Version], Live | None, Plan | None]:
    """What the target has applied, and where it is to be reviewed its figures and its plan."""
    if not workspace.engine.session.exists(workspace.url):
        return set(), None, None
    session = workspace.connect()
    try:
        history = workspace.engine.history.read(session)
        applied = applied_versions(history, workspace.migrations)
        if not is_live or start:
            return applied, None, None
        return applied, live_figures(workspace.engine, session), plan_to(workspace, session, history, end)
    finally:
        session.close()


@dataclass(slots=True)
class _Fixing:
    """One call of `review --fix` on migrations."""

    workspace: Workspace
    plan: Plan
    applied: set[Version]
    live: Live | None
    rules: Sequence[str]
    script: Script = field(init=False)
    found: Fixes = field(init=False)

    def report(self, *, is_dry: bool) -> FixReport:
        """Make the texts, review them, and write them."""
        self.script = script_of(self.workspace, self.plan, live=self.live, rules=self.rules)
        self.found = fixes(**self.script)
        self._keep_off()
        nothing: dict[str, str] = {}
        texts, left, done = best(self.found, self._attempt) if self.found.mended else (nothing, [], ())
        old = {m.path: m.text for m in self.workspace.migrations}
        files = tuple(FixedFile(path, old.get(path, ""), text) for path, text in sorted(texts.items()))
        if files and not is_dry:
            _write(self.workspace.settings.folder, files)
        statements = self.script["statements"]
        done = tuple(n for n in done if self.script["paths"][n] in texts)
        replaced = tuple(
            Replaced(self.script["paths"][n], statements[n].line, self.found.mended[n].rules) for n in done
        )
        findings = left if done else review_plan(self.workspace, self.plan, live=self.live, rules=self.rules)
        return FixReport(files, replaced, tuple(findings), reasons_of(findings, statements, self.found))

    def _keep_off(self) -> None:
        """Leave alone what must not change, with the reason."""
        for number in list(self.found.mended):
            reason = self._refusal(self._migration(number))
            if reason:
                mended = self.found.mended.pop(number)
                self.found.reasons.update({(rule, number): reason for rule in mended.rules})

    def _refusal(self, migration: Migration) -> str:
        if migration.form is Form.PYTHON:
            return f"{migration.path} is Python: write the sequence with op.execute(), or add a .sql migration"
        if migration.version in self.applied:
            return f"{migration.path} is applied to {self.workspace.url}: its file stays as it is"
        return ""

    def _migration(self, number: int) -> Migration:
        path = self.script["paths"][number]
        return next(m for m in self.workspace.migrations if m.path == path)

    def _attempt(self, numbers: Collection[int]) -> tuple[dict[str, str], list[Finding]]:
        """The files with those statements mended, and what is found in them."""
        texts: dict[str, str] = {}
        for path in dict.fromkeys(self.script["paths"][n] for n in sorted(numbers)):
            migration = next(m for m in self.workspace.migrations if m.path == path)
            mine = [n for n in numbers if self.script["paths"][n] == path]
            made = self._files(migration, mine, texts)
            if isinstance(made, str):
                for n in mine:
                    self.found.reasons.update({(rule, n): made for rule in self.found.mended[n].rules})
            else:
                texts.update(made)
        if not texts:
            return {}, self.found.findings
        after = self.workspace.with_texts(texts)
        return texts, review_plan(after, self._plan_of(after, texts), live=self.live, rules=self.rules)

    def _plan_of(self, after: Workspace, texts: dict[str, str]) -> Plan:
        """The same range, with the follow-ups."""
        planned = {step.version for step in self.plan.steps} | {m.version for m in after.migrations if m.path in texts}
        versions = [m.version for m in after.migrations]
        last = max(versions.index(v) for v in planned if v in versions)
        return script_plan(after, self.plan.from_version, versions[last])

    def _files(self, migration: Migration, numbers: Sequence[int], texts: dict[str, str]) -> dict[str, str] | str:
        parts = sql_parts(migration.text)
        statements = self.script["statements"]
        paths = self.script["paths"]
        places = [n for n, path in enumerate(paths) if path == migration.path and not statements[n].is_ours]
        cut = chunks(parts.up, [statements[n].text for n in places], self.script["given"].dialect)
        if cut is None:
            return "its text holds ${…}, whose value would be written down"
        mended = {n: self.found.mended[n] for n in numbers}
        if not self.workspace.compiler.compile(migration.version).up.in_transaction:
            kept = {n: [Line(statements[n].text, n, is_kept=True)] for n in places}
            groups = [Group(lines=[line for n in places for line in (flat(mended[n]) if n in mended else kept[n])])]
        else:
            groups = arranged(places, statements, mended)
        numbered = [_renumbered(group, places) for group in groups]
        return self._split(migration, parts, cut, numbered, texts)

    def _split(
        self, migration: Migration, parts: SqlParts, cut: tuple[list[Chunk], str], groups: list[Group],
        texts: dict[str, str],
    ) -> dict[str, str] | str:  # fmt: skip
        children = [m for m in self.workspace.migrations if migration.version in m.parents] if len(groups) > 1 else []
        python = next((m for m in children if m.form is Form.PYTHON), None)
        done = next((m for m in children if m.version in self.applied), None)
        if python or done:
            return f"{(python or done or migration).path} follows it, and cannot follow another migration instead"
        taken = [m.version for m in self.workspace.migrations] + [Path(path).name.partition("_")[0] for path in texts]
        below = min((m.version for m in children if not named_parents(m.text)), default=None, key=int)
        versions = next_versions(migration.version, len(groups) - 1, taken, below)
        if versions is None:
            return f"there is no id left between {migration.version} and the migration that follows it"
        made = split_files(migration, parts, cut, groups, self.script["given"].dialect, versions)
        if isinstance(made, str) or not versions:
            return made
        for child in (m for m in children if named_parents(m.text)):
            text = texts.get(child.path, child.text)
            made[child.path] = _with_parent(text, migration.version, versions[-1])
        return made


def _with_parent(text: str, old: Version, new: Version) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line.replace(old, new) if "migrate:parent" in line else line for line in lines)


def _renumbered(group: Group, places: Sequence[int]) -> Group:
    """The group with the places of its statements in their file."""
    at = {number: place for place, number in enumerate(places)}
    lines = [replace(line, number=None if line.number is None else at[line.number]) for line in group.lines]
    return replace(group, lines=lines)


def _write(folder: Path, files: Sequence[FixedFile]) -> None:
    """New files first, so that a crash between two leaves nothing that only lacks its end."""
    for file in sorted(files, key=lambda f: not f.is_new):
        path = folder / file.path
        aside = path.with_name(f".{path.name}.new")
        try:
            with aside.open("w", encoding="utf-8", newline="") as opened:
                opened.write(file.after)
            os.replace(aside, path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise SourceError(f"cannot be written: {error.strerror}", where=file.path) from None
