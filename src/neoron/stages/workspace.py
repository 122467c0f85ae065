"""A project opened for one target: settings, engine, files and compiler together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from neoron.config import Settings, target_url
from neoron.engines.lookup import engine_named, open_url
from neoron.engines.roles import Engine, Session
from neoron.engines.url import Url
from neoron.errors import TargetMissing, UsageError
from neoron.model.history import History
from neoron.model.migration import Migration
from neoron.source.compiler import Compiler
from neoron.source.folder import read_folder, with_texts
from neoron.stages.section import PlanInputs

Notice = Callable[[str], None]


@dataclass(frozen=True)
class Workspace:
    """What every stage needs.

    Shape: migrations are all files, oldest first; notice hears a sentence for the user while work goes on; no_stash is
    the reason why nothing is to be stashed, empty where it is.
    """

    settings: Settings
    engine: Engine
    url: Url
    migrations: tuple[Migration, ...]
    compiler: Compiler
    notice: Notice
    no_stash: str = ""

    def connect(self, *, create: bool = False) -> Session:
        """A session on the target. Raises: TargetUnavailable."""
        return self.engine.session.connect(self.url, create=create)

    def connect_or_create(self, check: Callable[[], object]) -> Session:
        """A session on the target; a missing database is made, once check has raised nothing.

        Changes: the server, or the folder, when the database is missing.
        Raises: TargetUnavailable; whatever check raises, and then nothing was made.
        """
        try:
            return self.connect()
        except TargetMissing:
            check()
            return self.connect(create=True)

    def with_texts(self, texts: Mapping[str, str]) -> Workspace:
        """The same project with other, or more, `.sql` files. Raises: SourceError for files that cannot be ordered."""
        migrations = with_texts(self.migrations, texts)
        return replace(self, migrations=migrations, compiler=_compiler(self.settings, self.engine, migrations))

    def plan_inputs(self, history: History) -> PlanInputs:
        """What a plan for this target starts from."""
        timeout_ms = self.settings.environment.lock_timeout_ms
        stashes = not self.no_stash
        return PlanInputs(
            self.engine, str(self.url), self.migrations, self.compiler, history, timeout_ms, stashes
        )


def open_workspace(settings: Settings, notice: Notice) -> Workspace:
    """Read the project's files for its target.

    Raises: UsageError, SourceError.
    """
    text = target_url(settings)
    try:
        engine, url = open_url(text, settings.folder)
    except UsageError as error:
        error.where = error.where or settings.url_origin
        raise
    return _workspace(settings, engine, url, notice)


def open_offline(settings: Settings, engine_name: str, notice: Notice) -> Workspace:
    """Read the project's files for an engine, without a target; the engine of the settings' URL when none is named.

    Raises: UsageError, SourceError.
    """
    if engine_name:
        return _workspace(settings, engine_named(engine_name), Url("offline", ""), notice)
    return open_workspace(settings, notice)


def _workspace(settings: Settings, engine: Engine, url: Url, notice: Notice) -> Workspace:
    migrations = read_folder(settings.folder, settings.migrations, max_file_bytes=settings.max_file_bytes)
    return Workspace(settings, engine, url, migrations, _compiler(settings, engine, migrations), notice)


def _compiler(settings: Settings, engine: Engine, migrations: tuple[Migration, ...]) -> Compiler:
    return Compiler(
        settings.folder, migrations, dialect=engine.dialect, split=engine.split, rebuilds=engine.rebuilds_tables,
        variables=settings.environment.variables, allow=settings.allow, accepts_empty=settings.alembic,
        wording=engine.wording,
    )  # fmt: skip
