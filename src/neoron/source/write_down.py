"""Alembic's operations as texts that say, to the character, what they would have sent.

Imports SQLAlchemy, so it is itself imported only by what compiles `.py` migrations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import literal, text
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.types import NullType

from neoron.sql.lexer import Kind, tokens

OPTIONS = {"as_sql": True, "output_buffer": None, "literal_binds": True}
# Under a driver's own style every % would be doubled, for a driver that takes parameters; we send none.
DIALECT_OPTIONS = {"paramstyle": "named"}


class Unwritable(Exception):
    """A value that has no literal, such as bytes: the operation can only be sent with parameters."""


def write_down(impl: Any, record: Callable[[str], None]) -> None:
    """Make an implementation of Alembic's operations record its statements instead of sending them.

    Changes: the implementation and its dialect.
    """
    # Before its first connection a dialect of SQLAlchemy 2.0 doubles every backslash, whatever the server takes it for.
    impl.dialect._backslash_escapes = _takes_backslashes(impl.dialect.name)
    impl.dialect.statement_compiler = _by_value(impl.dialect.statement_compiler)
    impl.static_output = lambda output: record(output.rstrip().removesuffix(";").rstrip())
    impl._exec = lambda construct, *_args, **_options: record(text_of(construct, impl.dialect))


def _takes_backslashes(dialect: str) -> bool:
    """Whether a backslash in a plain string means more than itself, so that it does not end here."""
    return next(iter(tokens(r"'\'", dialect))).kind is Kind.UNFINISHED


def text_of(construct: Any, dialect: Any) -> str:
    """One statement with its values as literals; Alembic's own way makes spaces of the tabs in them.

    Raises: Unwritable for a value that has no literal.
    """
    statement = text(construct) if isinstance(construct, str) else construct
    options = {} if isinstance(statement, ExecutableDDLElement) else {"literal_binds": True}
    try:
        return str(statement.compile(dialect=dialect, compile_kwargs=options)).strip()
    except CompileError as error:
        if "literal value" in str(error):
            raise Unwritable(str(error).partition(";")[0]) from None
        raise


def _by_value(compiler: type[Any]) -> type[Any]:
    """A compiler that writes a value of a column without a type by what it is, as a driver does."""

    class ByValue(compiler):  # type: ignore[misc]
        def render_literal_value(self, value: Any, type_: Any) -> Any:
            known = literal(value).type if isinstance(type_, NullType) else type_
            return super().render_literal_value(value, known)

    return ByValue
