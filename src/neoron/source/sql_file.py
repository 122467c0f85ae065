"""`.sql` migration files: sections `-- migrate:up` and `-- migrate:down`, split for one dialect."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NoReturn

from neoron.config import Variable
from neoron.errors import SourceError, UsageError
from neoron.model.migration import Migration, Section, Statement
from neoron.sql.classify import session_command, transaction_control
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import quote_identifier, quote_literal
from neoron.sql.split import SplitError

_MARK = re.compile(r"^--[ \t]*migrate:(\w+)([^\r\n]*)", re.MULTILINE)
_LITERAL = {Kind.STRING, Kind.IDENTIFIER, Kind.DOLLAR, Kind.COMMENT, Kind.UNFINISHED}
_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}")
# No setting allows these: the server does not know them, or they lead to another database than the target.
_NEVER = {
    "dot-command": "it is for the sqlite3 client, not for the database",
    "sqlcmd command": "it is for the sqlcmd client, not for the server",
    "psql meta-command": "it is for the psql client, not for the server",
    "SOURCE": "it is for the mysql client, not for the server",
    "USE": "it leads to another database than the target",
    "ATTACH": "it leads to another file than the target",
    "DETACH": "it leads to another file than the target",
}
Split = Callable[..., list[Statement]]


def read_sections(
    migration: Migration, dialect: str, split: Split, variables: Mapping[str, Variable], allow: tuple[str, ...]
) -> tuple[Section, Section]:
    """The up and down sections of one file.

    Shape: allow lists the kinds of session commands that the project permits.
    Raises: SourceError with file:line for a fault of the text.
    """
    marks = [mark for mark in _MARK.finditer(migration.text) if mark.group(1) != "parent"]
    sections = {"up": Section(is_missing=True), "down": Section(is_missing=True)}
    _require_marked(migration, marks, dialect)
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        name, options = mark.group(1), mark.group(2)
        line = migration.text.count("\n", 0, mark.start()) + 1
        if name not in sections:
            _refuse(migration, line, f"unknown section `migrate:{name}`; there are migrate:up and migrate:down")
        if not sections[name].is_missing:
            _refuse(migration, line, f"a second `migrate:{name}` section")
        body = migration.text[mark.end() : following.start() if following else None]
        statements = _statements(migration, body, line, dialect, split, variables, allow)
        sections[name] = Section(statements, in_transaction=_in_transaction(migration, line, options))
    if sections["up"].is_missing:
        _refuse(migration, 1, "no `-- migrate:up` section")
    if not sections["up"].statements:
        _refuse(migration, 1, "no statements in its `migrate:up` section")
    return sections["up"], sections["down"]


def _require_marked(migration: Migration, marks: list[re.Match[str]], dialect: str) -> None:
    """Refuse what stands before the first section: it would silently not be run."""
    end = marks[0].start() if marks else len(migration.text)
    outside = next((t for t in tokens(migration.text, dialect, 0, end) if t.kind is not Kind.COMMENT), None)
    if not marks:
        message = "no `-- migrate:up` section" if outside else "no statements, and no `-- migrate:up` section"
        _refuse(migration, 1, message, f"put `-- migrate:up` before the statements of {migration.path}")
    if outside:
        line = migration.text.count("\n", 0, outside.start) + 1
        _refuse(migration, line, "a statement before the first section", "move it below `-- migrate:up`")


def _in_transaction(migration: Migration, line: int, options: str) -> bool:
    for option in options.split():
        if option not in ("transaction:false", "transaction:true"):
            _refuse(migration, line, f"unknown option `{option}`; there is transaction:false")
    return "transaction:false" not in options.split()


def _statements(
    migration: Migration, body: str, line: int, dialect: str, split: Split,
    variables: Mapping[str, Variable], allow: tuple[str, ...],
) -> tuple[Statement, ...]:  # fmt: skip
    if "${" in body:
        body = _with_values(migration, body, line, dialect, variables)
    try:
        statements = split(body, dialect, first_line=line)
    except SplitError as error:
        _refuse(migration, error.line, str(error))
    for statement in statements:
        _check(migration, statement, dialect, allow)
    return tuple(statements)


def _check(migration: Migration, statement: Statement, dialect: str, allow: tuple[str, ...]) -> None:
    control = transaction_control(statement.text, dialect)
    if control:
        _refuse(
            migration, statement.line, f"{control}: the runner owns the transaction",
            "delete it; use `-- migrate:up transaction:false` for statements that must run outside one",
        )  # fmt: skip
    command = session_command(statement.text, dialect)
    if command in _NEVER:
        _refuse(migration, statement.line, f"{command} is not allowed in a migration: {_NEVER[command]}", "delete it")
    if command and command not in allow:
        setting = f"or set `allow = [\"{command}\"]` under [project] in neoron.toml"
        _refuse(migration, statement.line, f"{command} is not allowed in a migration", f"delete it, {setting}")


def _with_values(
    migration: Migration, body: str, line: int, dialect: str, variables: Mapping[str, Variable]
) -> str:
    """Put typed values in place of `${name}`; inside strings, comments and dollar quotes the text stays."""
    spans = [(t.start, t.start + len(t.text)) for t in tokens(body, dialect) if t.kind in _LITERAL]
    parts: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(body):
        if any(start <= match.start() < stop for start, stop in spans):
            continue
        at = line + body.count("\n", 0, match.start())
        parts += [body[end : match.start()], _value(migration, match.group(1).strip(), at, dialect, variables)]
        end = match.end()
    return "".join([*parts, body[end:]])


def _value(migration: Migration, name: str, line: int, dialect: str, variables: Mapping[str, Variable]) -> str:
    if name not in variables:
        _refuse(
            migration, line, f"no value for ${{{name}}}",
            f"add `{name} = …` under [project.variables] or [environments.NAME.variables] in neoron.toml",
        )  # fmt: skip
    value = variables[name]
    if isinstance(value, dict):
        if set(value) != {"identifier"} or not isinstance(value["identifier"], str):
            _refuse_value(migration, name, line)
        try:
            return quote_identifier(value["identifier"], dialect)
        except UsageError as error:
            _refuse(migration, line, f"${{{name}}}: {error.message}", f"give `{name}` another value in neoron.toml")
    if not isinstance(value, (str, int, float)):
        _refuse_value(migration, name, line)
    return quote_literal(value, dialect)


def _refuse_value(migration: Migration, name: str, line: int) -> NoReturn:
    message = f"${{{name}}} must be a text, a number, true or false, or {{ identifier = \"…\" }}"
    _refuse(migration, line, message, f"give `{name}` another value in neoron.toml")


def _refuse(migration: Migration, line: int, message: str, next: str = "") -> NoReturn:
    raise SourceError(message, where=f"{migration.path}:{line}", next=next or f"edit {migration.path}")
