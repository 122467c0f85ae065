"""Migrations of a project -> their statements for one engine, compiled once and on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neoron.config import Variable
from neoron.errors import SourceError
from neoron.model.migration import CompiledMigration, Direction, Form, Migration, Section, Statement, Version
from neoron.source.checksum import checksum
from neoron.source.forked import Forked, can_fork
from neoron.source.sql_file import read_sections

if TYPE_CHECKING:
    from neoron.source.compile_python import PythonCompiler

# Fewer are compiled before a second process has begun.
_WORTH_A_FORK = 100


class Compiler:
    """Compiles the migrations of one folder for one dialect.

    Shape: migrations are all files in order; split, dialect and wording come from the engine's record; accepts_empty
    lets an upgrade() do nothing, as Alembic does.
    """

    def __init__(
        self, project: Path, migrations: Sequence[Migration], *, dialect: str, split: Callable[..., list[Statement]],
        rebuilds: bool, variables: Mapping[str, Variable], allow: tuple[str, ...] = (), accepts_empty: bool = False,
        wording: Callable[..., None] | None = None,
    ) -> None:  # fmt: skip
        self._project = project
        self._migrations = {m.version: m for m in migrations}
        self._dialect = dialect
        self._split = split
        self._rebuilds = rebuilds
        self._variables = variables
        self._allow = allow
        self._accepts_empty = accepts_empty
        self._wording = wording
        self._compiled: dict[Version, CompiledMigration] = {}
        self._python: PythonCompiler | None = None

    def compile(self, version: Version) -> CompiledMigration:
        """Both directions of one migration.

        Raises: SourceError with file:line; KeyError for an unknown version.
        """
        if version not in self._compiled:
            migration = self._migrations[version]
            if migration.form is Form.SQL:
                up, down = read_sections(migration, self._dialect, self._split, self._variables, self._allow)
            else:
                up, down = self._python_compiler().compile(migration, self._up)
                is_empty = not up.statements and not up.python_reason
                if is_empty and len(migration.parents) < 2 and not self._accepts_empty:
                    raise SourceError(
                        "no statements in its upgrade()", where=migration.path, next=f"edit {migration.path}"
                    )
            total = checksum(migration, up, down, self._dialect)
            self._compiled[version] = CompiledMigration(migration, total, up, down)
        return self._compiled[version]

    def compile_ahead(self, versions: Sequence[Version]) -> None:
        """Compile many, half of them on another core where there is one; `compile` then has them.

        Raises: SourceError as `compile` does for the first that is faulty.
        """
        missing = [version for version in versions if version not in self._compiled]
        if len(missing) < _WORTH_A_FORK or not can_fork():
            return
        if any(self._migrations[version].form is Form.PYTHON for version in missing):
            self._python_compiler()  # imports Alembic, once for both
        near, far = missing[: len(missing) // 2], missing[len(missing) // 2 :]
        try:
            fork = Forked(lambda: self._as_json(far))
        except OSError:  # no room for another process: `compile` does all of it
            return
        try:
            for version in near:
                self.compile(version)
            self._adopt(far, fork.result())
        finally:
            fork.end()

    def _as_json(self, versions: Sequence[Version]) -> str:
        """What these are compiled to, up to the first that is faulty."""
        made = []
        for version in versions:
            try:
                compiled = self.compile(version)
            except SourceError:  # said by the process that was forked, when it comes to this one
                break
            made.append([compiled.checksum, _plain(compiled.up), _plain(compiled.down)])
        return json.dumps(made)

    def _adopt(self, versions: Sequence[Version], text: str) -> None:
        for version, (total, up, down) in zip(versions, json.loads(text or "[]"), strict=False):
            self._compiled[version] = CompiledMigration(self._migrations[version], total, _section(up), _section(down))

    def _up(self, migration: Migration) -> Section:
        return self.compile(migration.version).up

    def _python_compiler(self) -> PythonCompiler:
        if self._python is None:
            from neoron.source.compile_python import PythonCompiler

            everything = tuple(self._migrations.values())
            self._python = PythonCompiler(
                self._project, everything, self._dialect, rebuilds=self._rebuilds, wording=self._wording
            )
        return self._python

    def python_source(self, version: Version, direction: Direction) -> str:
        """The source of one direction of a `.py` migration, for showing in a plan."""
        return self._python_compiler().source(self._migrations[version], direction)

    def run_python(self, version: Version, direction: Direction, connection: Any) -> None:
        """Run one direction as Python; see `PythonCompiler.run`."""
        if version not in self._migrations:
            raise SourceError(f"{version} runs as Python, and its file is not here", next="check out that version")
        self._python_compiler().run(self._migrations[version], direction, connection)


def _plain(section: Section) -> list[Any]:
    statements = [[statement.text, statement.line] for statement in section.statements]
    return [statements, section.in_transaction, section.python_reason, section.is_missing]


def _section(plain: list[Any]) -> Section:
    return Section(tuple(Statement(text, line) for text, line in plain[0]), *plain[1:])
