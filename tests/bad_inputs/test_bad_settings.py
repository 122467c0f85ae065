"""Settings that are missing or wrong (B01 to B03)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls

MakeCalls = Callable[..., Calls]


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project on SQLite with nothing in it."""
    return calls(sqlite_url)


def _settings(shop: Calls, text: str | bytes) -> None:
    content = text.encode() if isinstance(text, str) else text
    (shop.shop.path / "neoron.toml").write_bytes(content)


def test_without_a_project_the_searched_paths_are_named(shop: Calls) -> None:
    """Where no settings file is, Neoron names the paths it searched and the command that makes one (B01)."""
    (shop.shop.path / "neoron.toml").unlink()
    searched = str(shop.shop.path / "neoron.toml")
    refused(shop, "migrations", "list", code=64, kind="usage", says=("no project here", searched, "neoron init"))


def test_a_folder_that_is_not_there_is_named(shop: Calls, tmp_path: Path) -> None:
    """A wrong --project is answered with the path that was looked at (B01)."""
    wrong = tmp_path / "nowhere"
    refused(shop, "--project", str(wrong), "deploy", code=64, kind="usage", says=(str(wrong / "neoron.toml"),))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[project\nx = 1\n", "neoron.toml:1:9"),
        ('[project]\nmigrations = "a\n', "neoron.toml:2:16"),
        ("[project]\nmigrations = \n", "neoron.toml:2:14"),
        ("[project]\na = 1\na = 2\n", "neoron.toml:3:6"),
    ],
)
def test_a_syntax_error_has_line_and_column(shop: Calls, text: str, place: str) -> None:
    """A syntax error in the settings is shown with file, line and column (B02)."""
    _settings(shop, text)
    error = refused(shop, "deploy", code=64, kind="usage", says=(f"{place}: not valid TOML", "edit neoron.toml"))
    assert error["where"] == place


def test_settings_that_are_not_utf8_have_a_byte(shop: Calls) -> None:
    """Settings in another encoding are shown with the byte that is wrong (B02)."""
    _settings(shop, b'[project]\nmodels = "\xe9"\n')
    refused(shop, "deploy", code=64, kind="usage", says=("neoron.toml", "not UTF-8 (byte 20)"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[project]\nmigration = "m"\n', ("neoron.toml:2", "`migration` in [project]", "did you mean `migrations`?")),
        ("[projects]\n", ("neoron.toml:1", "did you mean `project`?")),
        ("[databse]\nx = 1\n", ("neoron.toml:1", "`databse`; there are: project, environments")),
        (
            '[environments.dev]\nurl = "sqlite:///x"\n\n[environments.prod]\nrpo = 1\n',
            ("neoron.toml:5", "`rpo` in [environments.prod]", "did you mean `rpo_s`?"),
        ),
        ('[environments.dev]\nlock_timeout_ms = "2"\n', ("neoron.toml:2", "must be a whole number")),
        ("[environments.dev]\nlock_attempts = -1\n", ("neoron.toml:2", "must not be negative")),
        ("[project]\nsmoke = [1]\n", ("neoron.toml:2", "must be a list of texts")),
        ('[environments.dev]\nrequire = ["bakcup"]\n', ("neoron.toml:2", "`bakcup`; did you mean `backup`?")),
        ('[project]\nout_of_order = "alow"\n', ("neoron.toml:2", "did you mean `allow`?")),
        ('[project]\nallow = ["COPY TO PROGRAMM"]\n', ("neoron.toml:2", "did you mean `COPY TO PROGRAM`?")),
        ('project = "x"\n', ("neoron.toml:1", "`project` must be a table")),
        (
            '[environments.dev]\nurl = "sqlite:///x"\nurl_env = "X"\n',
            ("neoron.toml:2", "url and url_env both name the target"),
        ),
    ],
)
def test_an_unknown_key_or_value_has_its_line_and_the_nearest(shop: Calls, text: str, says: tuple[str, ...]) -> None:
    """An unknown key or value is shown with file and line, and the nearest known one (B03)."""
    _settings(shop, text)
    refused(shop, "migrations", "list", code=64, kind="usage", says=says)


def test_an_unknown_environment_names_the_nearest_and_its_origin(shop: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong environment is answered with the nearest one, and where the name came from (B03)."""
    says = ("no environment `dve` (from --env)", "did you mean `dev`?")
    refused(shop, "--env", "dve", "deploy", code=64, kind="usage", says=says)
    monkeypatch.setenv("NEORON_ENV", "production")
    refused(shop, "deploy", code=64, kind="usage", says=("(from NEORON_ENV)", "there are: dev"))
