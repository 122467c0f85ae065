"""Run Alembic revision files against a recorder: operations in, statements out, the target untouched.

Imports Alembic and SQLAlchemy, so it is itself imported only when a project has `.py` migrations to run.
"""

from __future__ import annotations

import inspect
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import ExecutionLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, NoReturn

from alembic.operations import Operations, batch
from alembic.runtime.migration import MigrationContext
from alembic.util.exc import CommandError

from neoron.errors import SourceError
from neoron.model.migration import Direction, Migration, Section, Statement
from neoron.source.scratch import Scratch, rebuilding
from neoron.source.write_down import DIALECT_OPTIONS, OPTIONS, Unwritable, text_of, write_down

_FUNCTIONS = {Direction.UP: "upgrade", Direction.DOWN: "downgrade"}


class _NeedsConnection(Exception):
    """The migration reads the database, so it can only run as Python."""


class _NeedsSchema(Exception):
    """A table rebuild, which needs the schema before it."""


def _recording_operations(context: MigrationContext) -> Operations:
    """`op`, except that asking for a live connection is noticed, unless a table rebuild of Alembic's own asks."""
    operations = Operations(context)

    def get_bind() -> Any:
        if sys._getframe(1).f_globals["__name__"] == batch.__name__:
            return context.bind
        raise _NeedsConnection("it calls op.get_bind()")

    # An attribute, not a subclass: Alembic's module-level `op` only knows its own class.
    setattr(operations, "get_bind", get_bind)
    return operations


class _Loader(ExecutionLoader):
    """Loads the text whose checksum was taken, never a byte code file that an older text has left behind."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text

    def get_filename(self, fullname: str) -> str:
        return self._file

    def get_source(self, fullname: str) -> str:
        return self._text


class PythonCompiler:
    """Compiles the `.py` files of one folder for one dialect, in their order.

    Shape: migrations are all files, oldest first; a table rebuild is compiled against a scratch schema
    that the statements of the files before it make; wording is the engine's own way to write operations.
    """

    def __init__(
        self, project: Path, migrations: Sequence[Migration], dialect: str, *, rebuilds: bool,
        wording: Callable[..., None] | None = None,
    ) -> None:  # fmt: skip
        self._project = project
        self._modules: dict[str, types.ModuleType] = {}
        self._rebuilds = rebuilds
        self._recorded: list[str] = []
        self._lines: list[int] = []
        self._file = ""
        self._context = MigrationContext.configure(
            dialect_name=dialect, dialect_opts=DIALECT_OPTIONS, opts=OPTIONS
        )
        impl: Any = self._context.impl
        write_down(impl, self._record)
        if wording:
            wording(impl, self._record, lambda construct: text_of(construct, impl.dialect))
        self._operations = _recording_operations(self._context)
        self._scratch = Scratch(migrations) if rebuilds else None

    def _record(self, text: str) -> None:
        self._recorded.append(text)
        self._lines.append(_line_of_caller(self._file))

    def compile(self, migration: Migration, before: Callable[[Migration], Section]) -> tuple[Section, Section]:
        """Both directions of one migration.

        Shape: before gives the way up of an earlier migration, for the scratch schema.
        Raises: SourceError with file:line when the file fails.
        """
        def known(other: Migration) -> Sequence[str]:
            section = up if other.version == migration.version else before(other)
            if section.python_reason:
                raise _NeedsConnection(f"{other.version} runs as Python, so the schema after it is not known")
            return [statement.text for statement in section.statements]

        up = Section()
        up = self._section(migration, Direction.UP, known)
        if up == Section():
            return up, Section()  # a merge: there is nothing to take back
        return up, self._section(migration, Direction.DOWN, known)

    def _section(self, migration: Migration, direction: Direction, before: Any) -> Section:
        function = getattr(self.module(migration), _FUNCTIONS[direction], None)
        if function is None:
            return Section(is_missing=True)
        line = function.__code__.co_firstlineno
        try:
            texts = self._recording(function, migration)
        except _NeedsConnection as error:
            return Section(python_reason=str(error))
        except _NeedsSchema:
            if not self._scratch:
                return Section(python_reason="it needs to read the schema")
            try:
                texts = self._scratch.record(migration, direction, function, before, _recording_operations)
            except (_NeedsConnection, Unwritable) as error:
                return Section(python_reason=str(error))
            except SourceError:
                raise
            except Exception as error:  # noqa: BLE001 - any error of the user's file becomes one line
                self._refuse(migration, error, line)
        if direction is Direction.DOWN and not texts and _only_passes(function):
            return Section(is_missing=True)
        return _to_section(texts, line, self._lines if texts is self._recorded else ())

    def _recording(self, function: Callable[[], None], migration: Migration) -> list[str]:
        self._recorded, self._lines = [], []
        self._file = str(self._project / migration.path)
        with _installed(self._operations):
            try:
                function()
            except (_NeedsConnection, SourceError):
                raise
            except Unwritable as error:
                raise _NeedsConnection(str(error)) from None
            except CommandError as error:
                raise _NeedsSchema(str(error)) from None
            except NotImplementedError as error:
                if self._rebuilds and "batch mode" in str(error):
                    raise SourceError(
                        "this engine cannot alter that in place",
                        where=f"{migration.path}:{_line_in(error, migration.path)}",
                        next="write it inside `with op.batch_alter_table(…) as batch:`",
                    ) from None
                raise
            except AttributeError as error:
                if "'NoneType'" in str(error):
                    raise _NeedsConnection("it reads through a connection") from None
                self._refuse(migration, error, 1)
            except Exception as error:  # noqa: BLE001 - any error of the user's file becomes one line
                self._refuse(migration, error, function.__code__.co_firstlineno)
        if self._rebuilds and any(" ALTER COLUMN " in text for text in self._recorded):
            raise SourceError(
                "this engine has no ALTER COLUMN",
                where=f"{migration.path}:{function.__code__.co_firstlineno}",
                next="write it inside `with op.batch_alter_table(…) as batch:`",
            )
        return self._recorded

    def module(self, migration: Migration) -> types.ModuleType:
        """The loaded file. Raises: SourceError with file:line when it cannot be imported."""
        module = self._modules.get(migration.version)
        if module is None:
            file = str(self._project / migration.path)
            loader = _Loader(file, migration.text)
            spec = spec_from_loader(f"neoron_migration_{migration.version}", loader)
            if spec is None:
                raise SourceError("cannot be loaded as Python", where=migration.path)
            module = module_from_spec(spec)
            try:
                loader.exec_module(module)
            except SyntaxError as error:
                where = f"{migration.path}:{error.lineno or 1}"
                raise SourceError(f"not valid Python: {error.msg}", where=where) from None
            except Exception as error:  # noqa: BLE001 - any error of the user's file becomes one line
                self._refuse(migration, error, 1)
            self._modules[migration.version] = module
        return module

    def _refuse(self, migration: Migration, error: Exception, line: int) -> NoReturn:
        at = _line_in(error, migration.path) or line
        text = " ".join(str(error).split())
        raise SourceError(f"{type(error).__name__}: {text}", where=f"{migration.path}:{at}") from None

    def run(self, migration: Migration, direction: Direction, connection: Any) -> None:
        """Run one direction as Python on a live connection whose transaction the runner owns.

        Changes: the target, as the file says.
        Raises: whatever the file raises.
        """
        context = MigrationContext.configure(connection=connection)
        function = getattr(self.module(migration), _FUNCTIONS[direction])
        with _installed(Operations(context)):
            if self._rebuilds:
                rebuilding(connection, function, migration)
            else:
                function()

    def source(self, migration: Migration, direction: Direction) -> str:
        """The source text of one direction's function, for showing."""
        return inspect.getsource(getattr(self.module(migration), _FUNCTIONS[direction])).rstrip()


@contextmanager
def _installed(operations: Operations) -> Iterator[None]:
    operations._install_proxy()
    try:
        yield
    finally:
        operations._remove_proxy()


def _to_section(texts: Sequence[str], line: int, lines: Sequence[int]) -> Section:
    """The texts with the line of the operation that each comes from, where it is known, else of the function."""
    places = [at or line for at in lines] if len(lines) == len(texts) else [line] * len(texts)
    told = zip(texts, places, strict=True)
    return Section(tuple(Statement(t, at) for t, at in told if t and t not in ("COMMIT", "BEGIN")))


def _line_of_caller(file: str) -> int:
    """The line of a file that is running now, further out; 0 when it is not."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == file:
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return 0


def _only_passes(function: Callable[[], None]) -> bool:
    """True for a body of nothing but `pass`: Alembic's template for a migration without a way back."""
    code = function.__code__
    return not code.co_names and all(constant is None or isinstance(constant, str) for constant in code.co_consts)


def _line_in(error: BaseException, path: str) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename.endswith(path)]
    return lines[-1] if lines else 0


