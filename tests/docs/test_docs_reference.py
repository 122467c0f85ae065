"""The pages that are made from the code say what the code says now."""

from __future__ import annotations

from pathlib import Path

import make_reference
import pytest
from reference import answers, commands, configuration, engines, exit_codes

from neoron.cli import cli
from neoron.config import read_settings
from neoron.errors import EXIT_CODES

AGAIN = "run: python scripts/make_reference.py"


@pytest.mark.parametrize("name", make_reference.PAGES)
def test_a_made_page_is_fresh(name: str) -> None:
    """Commands, keys, exit codes and engines are documented as they are in this very version."""
    assert make_reference.PAGES[name]() == make_reference.read(name), f"{name} is stale; {AGAIN}"


def test_a_stale_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that somebody edited, and one that is missing, are named."""
    page = exit_codes.page()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "exit-codes.md").write_text(page.replace("target busy", "busy"), encoding="utf-8")
    monkeypatch.setattr(make_reference, "ROOT", tmp_path)
    wanted = {"docs/exit-codes.md": exit_codes.page, "docs/engines.md": engines.page}
    monkeypatch.setattr(make_reference, "PAGES", wanted)
    assert make_reference.stale() == list(wanted)
    assert make_reference.main(["--check"]) == 1
    assert make_reference.main([]) == 0
    assert make_reference.stale() == []
    assert (tmp_path / "docs" / "exit-codes.md").read_text(encoding="utf-8") == page


def test_every_key_has_words_and_nothing_else_has() -> None:
    """A key that is added to neoron.toml cannot be left undocumented."""
    words = {
        "project": configuration.PROJECT, "environment": configuration.ENVIRONMENT, "backup": configuration.BACKUP,
    }  # fmt: skip
    assert {table: set(found) for table, found in words.items()} == {
        table: set(known) for table, known in configuration.keys().items()
    }


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        *(("project", key, value) for key, (_does, value) in configuration.PROJECT.items()),
        *(("backup", key, value) for key, (_does, value) in configuration.BACKUP.items()),
        *(("environments.dev", key, value) for key, (_does, value) in configuration.ENVIRONMENT.items()),
    ],
)
def test_the_example_of_a_key_is_accepted(table: str, key: str, value: str, tmp_path: Path) -> None:
    """Each example can be copied into neoron.toml."""
    file = tmp_path / "neoron.toml"
    file.write_text(f"[{table}]\n{key} = {value}\n", encoding="utf-8")
    settings = read_settings(file)
    owners = {"project": settings, "backup": settings.backup}
    owner = settings.environment if key == "variables" else owners.get(table, settings.environment)
    assert getattr(owner, key)


def test_the_example_file_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole example of the configuration page can be read, for both of its environments."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / "neoron.toml"
    file.write_text(configuration.EXAMPLE, encoding="utf-8")
    assert read_settings(file, environment="production").environment.require == ("backup",)
    assert read_settings(file, environment="dev").environment.url == "sqlite:///shop.db"


def test_every_exit_code_says_what_to_do() -> None:
    """Nobody meets a code that the page does not explain."""
    assert set(exit_codes.WHEN) == set(EXIT_CODES)


def test_every_command_names_its_exit_codes_and_its_result() -> None:
    """Each command of the tree has codes that exist, and its JSON was seen in a real run."""
    words = [name for name, _command in commands.leaves(cli)]
    assert sorted(words) == sorted(commands.ENDS)
    assert {code for codes in commands.ENDS.values() for code in codes} <= set(EXIT_CODES)
    assert set(words) <= set(answers.answers())


def test_every_role_of_an_engine_has_a_line() -> None:
    """A role that is added to the engines cannot be left out of the matrix."""
    assert list(engines.ROLES) == engines.roles()
    assert set(engines.RUN_ON) == set(engines.ENGINES)


def test_results_are_shown_with_the_fields_of_all_runs() -> None:
    """A field that only one of several runs filled is shown with what it holds."""
    runs = [{"a": None, "b": [], "files": {"x": 1}}, {"a": {"c": 1}, "b": [{"d": 2}], "e": []}]
    assert "a {c}, b[] {d}, files{}, e[]" in answers.shown(answers.merged(runs))
