"""Neoron called in this process as a user types it, which is ten times faster than a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fix_project import SETTING_PREFIXES, ProjectFolder, Ran
from neoron.cli import main


@dataclass(frozen=True)
class Calls:
    """A project, and the command line in it. Shape: read gives what was written since it was last asked."""

    shop: ProjectFolder
    read: Callable[[], tuple[str, str]]

    def run(self, *words: str) -> Ran:
        """Type `neoron WORDS` in the project's folder."""
        self.read()
        exit_code = main(["--project", str(self.shop.path), *words])
        stdout, stderr = self.read()
        return Ran(exit_code, stdout, stderr, words)

    def ok(self, *words: str) -> str:
        """Type it, and see that it succeeds; its standard output."""
        ran = self.run(*words)
        assert ran.exit_code == 0, ran
        return ran.stdout

    def json(self, *words: str) -> dict[str, Any]:
        """Type it with --json; the one object on standard output."""
        ran = self.run("--json", *words)
        answer: dict[str, Any] = json.loads(ran.stdout)
        assert answer["exit_code"] == ran.exit_code, answer
        return answer

    def result(self, *words: str) -> dict[str, Any]:
        """The `result` of a call with --json that succeeds."""
        answer = self.json(*words)
        assert answer["ok"], answer
        return dict(answer["result"])

    def states(self) -> dict[str, str]:
        """Id -> state of every migration."""
        return {m["id"]: m["state"] for m in self.result("migrations", "list")["migrations"]}


@pytest.fixture
def calls(
    project: Callable[..., ProjectFolder], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Calls]:
    """`calls(url, settings="", name="project")` lays out a project and gives the command line in it."""
    for name in [name for name in os.environ if name.startswith(SETTING_PREFIXES) and "_TEST_" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")

    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    def make(url: str, settings: str = "", name: str = "project") -> Calls:
        return Calls(project(url, settings, name), read)

    return make


def two_tables(calls: Calls) -> Calls:
    """The project with two applicable migrations: 1 makes `items` with two rows, 2 gives them a price."""
    items = "CREATE TABLE items (id INT PRIMARY KEY, name TEXT);\nINSERT INTO items VALUES (1, 'a'), (2, 'b');"
    calls.shop.sql("20260101000000", "items", items, "DROP TABLE items;")
    price = "ALTER TABLE items ADD COLUMN price INT;\nUPDATE items SET price = 7 WHERE id = 1;"
    calls.shop.sql("20260102000000", "price", price, "ALTER TABLE items DROP COLUMN price;")
    return calls
