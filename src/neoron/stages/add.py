"""New migration files: from the difference between models and migrations, empty, or a merge of heads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from neoron.engines.roles import Session
from neoron.errors import SourceError, UsageError
from neoron.model.migration import CompiledMigration, Migration, Version
from neoron.model.plan import BASE
from neoron.source.alembic_file import read_header
from neoron.source.compiler import Compiler
from neoron.source.models import load_metadata
from neoron.source.order import heads, require_one_head
from neoron.stages.workspace import Workspace

if TYPE_CHECKING:
    from neoron.source.autogenerate import AskRename, Difference


@dataclass(frozen=True, slots=True)
class Added:
    """A new file: path relative to the project, what it does in phrases, which of them destroy, and whether it lacks a
    way down.
    """

    id: Version
    name: str
    path: str
    changes: tuple[str, ...] = ()
    destructive: tuple[str, ...] = ()
    lacks_way_down: bool = False


def slug(name: str) -> str:
    """A name as part of a file name: `Add reply-to` -> `add_reply_to`.

    Raises: UsageError when no letter or digit is left.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    text = re.sub(r"\W+", "_", spaced).strip("_").lower()
    if not text:
        raise UsageError(f"`{name}` has no letter or digit for a file name")
    return text[:80]


def new_version(migrations: Sequence[Migration]) -> Version:
    """An id for now, in UTC, later than every id of the folder that is a time."""
    stamp = datetime.now(UTC).replace(microsecond=0)
    times = [m.version for m in migrations if re.fullmatch(r"\d{14}", m.version)]
    while times and stamp.strftime("%Y%m%d%H%M%S") <= max(times):
        try:
            stamp = datetime.strptime(max(times), "%Y%m%d%H%M%S").replace(tzinfo=UTC) + timedelta(seconds=1)
        except (ValueError, OverflowError):  # not a time, or the last second of the calendar
            return str(int(max(times)) + 1)
    return stamp.strftime("%Y%m%d%H%M%S")


def add(
    workspace: Workspace, name: str, *, is_empty: bool, as_sql: bool, renames: Sequence[tuple[str, str]],
    ask: AskRename,
) -> Added:  # fmt: skip
    """Write a new migration after the head.

    Changes: the migrations folder.
    Raises: UsageError when models and migrations are equal, or there are no models; SourceError.
    """
    head = require_one_head(workspace.migrations)
    parents = () if head == BASE else (head,)
    version, name = new_version(workspace.migrations), slug(name)
    if as_sql and is_empty:
        text = f"-- {name}\n\n-- migrate:up\n\n\n-- migrate:down\n\n"
        return _write(workspace, Added(version, name, f"{version}_{name}.sql", lacks_way_down=True), text)
    from neoron.source.autogenerate import render

    with _difference(workspace, renames, ask, is_empty=is_empty) as found:
        if found is not None and not found.changes:
            raise UsageError("models and migrations are equal", next=f"neoron migrations add {name} --empty")
        text = render(name.replace("_", " "), version, parents, found)
        facts = (found.changes, found.destructive) if found else ((), ())
    if as_sql:
        added = Added(version, name, f"{version}_{name}.sql", *facts)
        return _write(workspace, added, _as_sql(workspace, name, text))
    return _write(workspace, Added(version, name, f"{version}_{name}.py", *facts, lacks_way_down=found is None), text)


def merge(workspace: Workspace, name: str) -> Added:
    """Write a migration that joins two or more heads and does nothing else.

    Changes: the migrations folder.
    Raises: UsageError when there is only one head.
    """
    from neoron.source.autogenerate import render

    ends = heads(workspace.migrations)
    if len(ends) < 2:
        raise UsageError("there is only one head; nothing to merge", next="neoron migrations list")
    version, name = new_version(workspace.migrations), slug(name)
    text = render(name.replace("_", " "), version, tuple(m.version for m in ends), None)
    return _write(workspace, Added(version, name, f"{version}_{name}.py"), text)


def check(workspace: Workspace) -> tuple[str, ...]:
    """The differences between models and migrations in phrases; none when they agree.

    Raises: UsageError, SourceError, TargetUnavailable.
    """
    require_one_head(workspace.migrations)
    with _difference(workspace, (), lambda *_: False, is_empty=False) as found:
        return found.changes if found else ()


@contextmanager
def _difference(
    workspace: Workspace, renames: Sequence[tuple[str, str]], ask: AskRename, *, is_empty: bool
) -> Iterator[Difference | None]:
    if is_empty:
        yield None
        return
    from neoron.source.autogenerate import difference

    settings = workspace.settings
    metadata = load_metadata(settings.folder, settings.models, settings.file)
    with _scratch(workspace) as session:
        yield difference(session.alembic_connection(), metadata, renames, ask)


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Session]:
    """An empty database of the same engine to which every migration file was applied; gone afterwards."""
    engine = workspace.engine
    name = ":memory:" if engine.is_embedded else f"neoron_scratch_{uuid4().hex[:12]}"
    url = replace(workspace.url, database=name)
    session = engine.session.connect(url, create=True)
    try:
        for migration in workspace.migrations:
            _apply(workspace, session, workspace.compiler.compile(migration.version))
        yield session
    finally:
        session.close()
        if not engine.is_embedded:
            engine.session.drop(url)


def _apply(workspace: Workspace, session: Session, compiled: CompiledMigration) -> None:
    from neoron.model.migration import Direction

    if compiled.up.python_reason:
        session.begin()
        workspace.compiler.run_python(compiled.migration.version, Direction.UP, session.alembic_connection())
        session.commit()
        return
    texts = [s.text for s in compiled.up.statements]
    before, _checks, after = workspace.engine.effects.surround(texts)
    for text in (*before, *texts, *after):
        try:
            session.execute(text)
        except workspace.engine.faults.errors() as error:
            fault = workspace.engine.faults.translate(error)
            raise SourceError(f"fails on an empty database: {fault.message}", where=compiled.migration.path) from None


def _as_sql(workspace: Workspace, name: str, python: str) -> str:
    """The same migration in the `.sql` form, compiled for the project's engine."""
    settings, engine = workspace.settings, workspace.engine
    migration = read_header(f"{name}.py", python, "")
    compiler = Compiler(
        settings.folder, (*workspace.migrations, migration), dialect=engine.dialect, split=engine.split,
        rebuilds=engine.rebuilds_tables, variables=settings.environment.variables,
    )  # fmt: skip
    compiled = compiler.compile(migration.version)
    lines = [f"-- {name}", "", "-- migrate:up"]
    lines += [f"{s.text};" for s in compiled.up.statements]
    lines += ["", "-- migrate:down", *(f"{s.text};" for s in compiled.down.statements), ""]
    return "\n".join(lines)


def _write(workspace: Workspace, added: Added, text: str) -> Added:
    path = f"{workspace.settings.migrations}/{added.path}"
    file = workspace.settings.folder / path
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return replace(added, path=path)
