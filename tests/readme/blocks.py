"""The commands that a page tells its reader to type, and what the page says they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

RUN_LANGUAGES = ("console", "sh")
LOOKALIKES = ("bash", "shell", "zsh", "shell-session", "terminal")
BLOCK = re.compile(
    r"(?P<comment><!--(?:(?!-->).)*-->)?[ \t]*\n?[ \t]*\n?(?P<indent>[ \t]*)```(?P<language>[\w-]+)[^\n]*\n"
    r"(?P<body>.*?)\n?(?P=indent)```[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
EXITS = re.compile(r"<!--\s*exit code (\d+)\s*-->")
NOT_RUN = re.compile(r"<!--\s*not-run:?\s*(.*?)\s*-->", re.DOTALL)


class BadPage(Exception):
    """A page that cannot be run as it is written, and where."""


@dataclass(frozen=True)
class Command:
    """One command. Shape: line is where it stands in the page; `...` in expected stands for anything."""

    line: int
    text: str
    expected: str = ""
    exit_code: int = 0


def commands_in(page: str) -> list[Command]:
    """Every command of a page, in order.

    Shape: a comment right before a block may say `<!-- not-run: reason -->`, or `<!-- exit code 65 -->`, which
    then every command of the block must end with.
    Raises: BadPage.
    """
    return [command for match in BLOCK.finditer(page) for command in _commands_of(page, match)]


def _commands_of(page: str, block: re.Match[str]) -> Iterator[Command]:
    line = page.count("\n", 0, block.start("language")) + 1
    language = block["language"]
    if language in LOOKALIKES:
        raise BadPage(f"line {line}: a {language} block is never run; write console or sh")
    if language not in RUN_LANGUAGES or _is_excused(block["comment"], line):
        return
    lines = [text.removeprefix(block["indent"]) for text in block["body"].split("\n")]
    read = _session if any(text.startswith("$ ") for text in lines) else _script
    exits = EXITS.match(block["comment"] or "")
    yield from (replace(command, exit_code=int(exits[1]) if exits else 0) for command in read(lines, line + 1))


def _is_excused(comment: str | None, line: int) -> bool:
    match = NOT_RUN.match(comment or "")
    if match and not match[1]:
        raise BadPage(f"line {line}: not-run needs a reason")
    return match is not None


def _session(lines: list[str], first: int) -> Iterator[Command]:
    """`$ ` starts a command, `> ` or a backslash continues it, anything else is what it prints."""
    start, command, expected = first, "", []  # type: int, str, list[str]
    for number, text in enumerate(lines, first):
        if text.startswith("$ "):
            if command:
                yield Command(start, command, "\n".join(expected))
            start, command, expected = number, text[2:], []
        elif not expected and (text.startswith("> ") or command.endswith("\\")):
            command += "\n" + text.removeprefix("> ")
        elif command:
            expected.append(text)
        elif text.strip():
            raise BadPage(f"line {number}: output before the first command")
    yield Command(start, command, "\n".join(expected))


def _script(lines: list[str], first: int) -> Iterator[Command]:
    """Each line is a command; a backslash continues it, and a comment is one."""
    command, start = "", first
    for number, text in enumerate(lines, first):
        start = start if command else number
        command = f"{command}\n{text}" if command else text
        if not command.endswith("\\"):
            if command.strip() and not command.lstrip().startswith("#"):
                yield Command(start, command)
            command = ""


def is_output_as_written(expected: str, printed: str) -> bool:
    """Whether a command printed what the page shows; trailing white space and the lines' ends do not matter."""
    if not expected.strip():
        return True
    pattern = ".*?".join(re.escape(part) for part in _trimmed(expected).split("..."))
    return re.fullmatch(pattern, _trimmed(printed), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
