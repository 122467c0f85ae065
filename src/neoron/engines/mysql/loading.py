"""A dump sent to a database statement by statement: the server reads it, and no client program that obeys commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from neoron.engines.mysql.faults import code_of, errors, translate
from neoron.errors import BackupError

# A text, a name or a comment, closed. What is left of a statement without them holds no quote when it is whole.
_CLOSED = re.compile(
    rb"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|--(?=[ \t\r\n])[^\n]*|\#[^\n]*|/\*(?!M?!).*?\*/""",
    re.DOTALL | re.VERBOSE,
)
_OPEN = re.compile(rb"['\"`]|/\*(?!M?!)")
_DELIMITER = re.compile(rb"DELIMITER +(\S+)\s*$", re.IGNORECASE)
# A dump writes each row of an INSERT without a line break, so its lines need not be read.
_ROWS = (b"INSERT ", b"INSERT\t", b"REPLACE ")
# Comments, and the word to a client program that it must not obey commands in what follows.
_SKIPPED = (b"--", b"#", b"/*M!999999")
_QUOTED = rb"(?:`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*')"
_DEFINER = rb"(?:DEFINER=" + _QUOTED + rb"@" + _QUOTED + rb"(?:\*/)? (?:/\*!\d+ )?)?"
_EVENT = re.compile(rb"(?:/\*!\d+ )?CREATE(?:\*/)? (?:/\*!\d+ )?" + _DEFINER + rb"EVENT ")
_STATUS = re.compile(rb"((?:" + _QUOTED + rb"|[^`'])*?\bON COMPLETION (?:NOT )?PRESERVE )(\w+)")
# MariaDB writes the rows of an empty table at COMMIT, and names no cause there.
_COMMIT_FAILED = 1180
_CLIENT_COMMAND = re.compile(rb"\s*(\\\S|(?:system|source|tee|pager|edit|connect|use|charset)\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a dump and the line on which it begins."""

    text: bytes
    line: int


def statements(lines: Iterable[bytes]) -> Iterator[Statement]:
    """The statements of a dump, one at a time; DELIMITER is obeyed, nothing else is.

    Raises: BackupError with the line of a statement that does not end.
    """
    delimiter, waiting, begun = b";", list[bytes](), 0
    for number, line in enumerate(lines, 1):
        if not waiting:
            if not line.strip() or line.startswith(_SKIPPED):
                continue
            if found := _DELIMITER.match(line):
                delimiter = found.group(1)
                continue
            begun = number
        waiting.append(line)
        end = line.rstrip()
        if not end.endswith(delimiter):
            continue
        if not waiting[0].startswith(_ROWS) and not _is_whole(b"".join(waiting)):
            continue
        text = b"".join(waiting).rstrip()[: -len(delimiter)].rstrip()
        waiting = []
        if text:
            yield Statement(text, begun)
    if waiting:
        raise BackupError("the dump ends inside a statement", where=f"line {begun}")


def _is_whole(text: bytes) -> bool:
    return not _OPEN.search(_CLOSED.sub(b"", text))


def quieted(text: bytes) -> bytes:
    """A statement of which an event does not run: a copy must not do what the target's events do."""
    found = _STATUS.match(text) if _EVENT.match(text) else None
    if not found or found.group(2) != b"ENABLE":
        return text
    return found.group(1) + b"DISABLE" + text[found.end() :]


def load(raw: Any, lines: Iterable[bytes], *, backup: str, tick: Callable[[], None] = lambda: None) -> int:
    """Send a dump over a driver's connection to its database; how many statements.

    Shape: tick is called after each statement.
    Changes: that database.
    Raises: BackupError with the line of the first statement that the server refuses.
    """
    count, cursor = 0, raw.cursor()
    for statement in statements(lines):
        try:
            cursor.execute(quieted(statement.text))
            while cursor.nextset():  # an error of a later statement comes up here
                pass
        except errors() as error:
            step = "look into the server's error log: so a full disk shows" if code_of(error) == _COMMIT_FAILED else ""
            raise BackupError(_why(statement, error), where=f"{backup}, line {statement.line}", next=step) from None
        count += 1
        tick()
    return count


def _why(statement: Statement, error: BaseException) -> str:
    found = _CLIENT_COMMAND.match(statement.text)
    if found:
        return f"the dump holds a command for a client program, which is not obeyed: {found.group(1).decode().strip()}"
    return f"the backup cannot be restored: {translate(error).message}"
