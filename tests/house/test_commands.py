"""A command, a rule and a command's file are each listed once, tested and explained."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from house.tree import PACKAGE, ROOT

IN_A_TEST = r"[\"'\s]WORDS[\"'\s]"
IN_A_PAGE = r"neoron(?: --?\w\S*(?: [^\s-]\S*)?)* WORDS\b"


def leaf_commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command below a group."""
    if not isinstance(group, click.Group):
        yield path
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if not command.hidden:
            yield from leaf_commands(command, (*path, name))


def unmentioned(commands: Iterable[tuple[str, ...]], pattern: str, texts: Iterable[str]) -> list[str]:
    """Commands that no text speaks of. Shape: pattern is a regular expression with WORDS in it."""
    whole = "\n".join(texts)
    return [" ".join(words) for words in commands if not re.search(_filled(pattern, words), whole)]


def _filled(pattern: str, words: tuple[str, ...]) -> str:
    return pattern.replace("WORDS", r"[\"',\s]+".join(map(re.escape, words)))


def is_named(file: Path, others: str) -> bool:
    """Whether the texts of the other files speak of a file."""
    return re.search(rf"\b{file.stem}\b", others) is not None


@pytest.fixture(scope="module")
def commands() -> list[tuple[str, ...]]:
    """Every command of `neoron`, as its own command tree tells."""
    module = importlib.import_module("neoron.cli")
    groups = [value for value in vars(module).values() if isinstance(value, click.Group)]
    assert groups, "neoron.cli has no click group"
    return list(leaf_commands(groups[0]))


def test_every_command_is_tested(commands: list[tuple[str, ...]]) -> None:
    """Some test runs each command by its words."""
    files = (path for path in (ROOT / "tests").rglob("*.py") if "house" not in path.parts)
    assert unmentioned(commands, IN_A_TEST, (path.read_text() for path in files)) == []


def test_every_command_has_a_page(commands: list[tuple[str, ...]]) -> None:
    """Some page of the docs shows each command."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert unmentioned(commands, IN_A_PAGE, (path.read_text() for path in pages if path.is_file())) == []


@pytest.mark.parametrize("folder", ["rules", "cli"])
def test_every_file_is_listed(folder: str) -> None:
    """A file that is put into rules/ or cli/ is used: another file there names it."""
    texts = {file: file.read_text() for file in (PACKAGE / folder).glob("*.py")}
    others = {file: "\n".join(text for other, text in texts.items() if other != file) for file in texts}
    assert [file.name for file in texts if file.stem != "__init__" and not is_named(file, others[file])] == []


@click.group()
def _sample() -> None:
    """A small tool."""


@_sample.group()
def things() -> None:
    """Things."""


@things.command()
def add() -> None:
    """Add one."""


@_sample.command(hidden=True)
def secret() -> None:
    """Not shown."""


def test_the_tree_is_walked_to_its_leaves() -> None:
    """Groups are walked through, hidden commands are nobody's business."""
    assert list(leaf_commands(_sample)) == [("things", "add")]


def test_the_command_checks_can_fail() -> None:
    """A command that no test and no page speaks of is found."""
    commands = [("things", "add")]
    assert unmentioned(commands, IN_A_TEST, ['run("things", "list")', "things and add"]) == ["things add"]
    assert unmentioned(commands, IN_A_TEST, ['project.run("things", "add")']) == []
    assert unmentioned(commands, IN_A_PAGE, ["things add", "neoron things list"]) == ["things add"]
    assert unmentioned(commands, IN_A_PAGE, ["$ neoron --env dev things add x"]) == []


def test_the_listing_check_can_fail(tmp_path: Path) -> None:
    """A file that nothing names is found."""
    file = tmp_path / "blocking_index.py"
    assert not is_named(file, "RULES = (other.RULE,)")
    assert is_named(file, "RULES = (blocking_index.RULE,)")
