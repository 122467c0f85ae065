"""The demo project on disk, and its migrations run by Alembic itself."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from neoron.demo.layout import lay_out

VERSIONS = ("20240101000000", "20240301000000", "20240601000000")


class Revisions:
    """The three migrations of the laid out project, in order."""

    def __init__(self, folder: Path) -> None:
        self.modules = [_load(p) for p in sorted((folder / "migrations").glob("*.py"))]

    def up(self, connection: sa.Connection, first: int = 0, last: int = 2) -> None:
        """Apply the migrations from first to last, counted from 0."""
        with Operations.context(MigrationContext.configure(connection)):
            for module in self.modules[first : last + 1]:
                module.upgrade()

    def down(self, connection: sa.Connection, newest: int = 2, oldest: int = 0) -> None:
        """Revert the migrations from newest back to oldest."""
        with Operations.context(MigrationContext.configure(connection)):
            for module in reversed(self.modules[oldest : newest + 1]):
                module.downgrade()

    def offline_sql(self, dialect: str, direction: str) -> str:
        """All migrations as SQL for a dialect, without a connection."""
        text = io.StringIO()
        context = MigrationContext.configure(
            dialect_name=dialect, opts={"as_sql": True, "output_buffer": text, "transactional_ddl": False}
        )
        with Operations.context(context):
            for module in self.modules if direction == "upgrade" else self.modules[::-1]:
                getattr(module, direction)()
        return text.getvalue()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"demo_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as `neoron demo` lays it out."""
    folder = tmp_path_factory.mktemp("demo") / "message-store"
    lay_out(folder)
    return folder


@pytest.fixture(scope="session")
def revisions(project: Path) -> Revisions:
    """Its migrations."""
    return Revisions(project)


@pytest.fixture
def models(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Its models, imported as the application does."""
    monkeypatch.syspath_prepend(str(project))
    import message_store.models as module

    yield module
    for name in [n for n in sys.modules if n.partition(".")[0] == "message_store"]:
        del sys.modules[name]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """The path of a database file that does not exist yet."""
    return tmp_path / "store.db"


@pytest.fixture
def migrated(sqlite_file: Path, revisions: Revisions) -> Callable[[int], Path]:
    """Make the SQLite file and take it through the migrations up to the given one."""

    def migrate(last: int) -> Path:
        engine = sa.create_engine(f"sqlite:///{sqlite_file}")
        with engine.begin() as connection:
            revisions.up(connection, 0, last)
        engine.dispose()
        return sqlite_file

    return migrate
