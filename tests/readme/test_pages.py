"""The pages say nothing that was not run: every command in README.md and docs/ is typed as it is written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from house.tree import ROOT
from readme.blocks import BadPage, Command, commands_in, is_output_as_written
from readme.reader import (
    Reader,
    environment,
    fresh_checkout,
    programs_of_a_new_environment,
    programs_of_this_run,
)

PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
INSTALLS = re.compile(r"\bmake demo\b|\bpip3? install\b|\bneoron demo\b.*&&|&&.*\bneoron demo\b")
# These run this very test, or one that takes hours.
NEVER = re.compile(r"\bmake (?:test|nightly|bench)\b|\.ci/run\b")
SERVER_VARIABLE = "PROD_DATABASE_URL"


def run_page(page: str, folder: Path, reader_environment: dict[str, str], skipped: re.Pattern[str]) -> list[str]:
    """Type a page's commands in a fresh checkout; what went otherwise than the page says."""
    with Reader(fresh_checkout(folder), reader_environment) as reader:
        typed = [command for command in commands_in(page) if not skipped.search(command.text)]
        return [wrong for command in typed if (wrong := _wrong(command, *reader.type(command.text)))]


def _wrong(command: Command, code: int, printed: str) -> str:
    if code != command.exit_code:
        return f"line {command.line}: `{command.text}` ended with exit code {code}:\n{printed}"
    if not is_output_as_written(command.expected, printed):
        return f"line {command.line}: `{command.text}` printed\n{printed}\nbut the page shows\n{command.expected}"
    return ""


def _installs(name: str) -> bool:
    return any(INSTALLS.search(command.text) for command in commands_in(_page(name)))


def _page(name: str) -> str:
    file = ROOT / name
    assert file.is_file(), f"{name} is missing"
    return file.read_text(encoding="utf-8")


def _environment(page: str, folder: Path, programs: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """Pages that speak of PROD_DATABASE_URL get an empty PostgreSQL database under that name."""
    server = {SERVER_VARIABLE: request.getfixturevalue("postgres_url")} if SERVER_VARIABLE in page else {}
    return environment(folder, programs, **server)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_as_written(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Whoever types a page's commands into a fresh checkout sees what the page shows."""
    page = _page(name)
    skipped = re.compile(f"{NEVER.pattern}|{INSTALLS.pattern}")
    settings = _environment(page, tmp_path, programs_of_this_run(tmp_path), request)
    assert run_page(page, tmp_path, settings, skipped) == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in PAGES if _installs(name)])
def test_a_page_installs_as_written(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """On a machine with nothing but Python and make, the page's ways to install work as well."""
    page = _page(name)
    settings = _environment(page, tmp_path, programs_of_a_new_environment(tmp_path), request)
    pip_settings = Path.home() / ".config" / "pip" / "pip.conf"
    if pip_settings.is_file():
        settings.setdefault("PIP_CONFIG_FILE", str(pip_settings))
    assert run_page(page, tmp_path, settings, NEVER) == []


PAGE = """
# A page

```console
$ cd src && export WHO=reader
$ echo "hello $WHO" \\
    again; pwd
hello ... again
.../neoron/src
$ cat <<END
> one
> END
one
```

<!-- exit code 2 -->

```sh
ls nothing
```

<!-- not-run: it needs a server -->
```console
$ false
```

- in a list:

  ```sh
  # a comment
  test "$WHO" = reader
  test -n "$HOME" && ls ../pyproject.toml
  ```

```toml
url = "$ not a command"
```
"""


def _settings(folder: Path) -> dict[str, str]:
    return environment(folder, programs_of_this_run(folder))


def test_a_page_is_one_session(tmp_path: Path) -> None:
    """Folders and variables live on from block to block, and excused blocks are left out."""
    assert len(commands_in(PAGE)) == 6
    assert run_page(PAGE, tmp_path, _settings(tmp_path), NEVER) == []


@pytest.mark.parametrize(
    ("old", "new", "blamed"),
    [
        ("\none\n```", "\ntwo\n```", "line 10: `cat <<END"),
        ("exit code 2", "exit code 3", "`ls nothing` ended with exit code 2"),
        ("= reader", "= writer", 'line 31: `test "$WHO" = writer` ended with exit code 1'),
        ("ls ../pyproject.toml", "false", "ended with exit code 1"),
    ],
)
def test_the_page_check_can_fail(old: str, new: str, blamed: str, tmp_path: Path) -> None:
    """Other output and a failing command are blamed with their line."""
    wrong = run_page(PAGE.replace(old, new), tmp_path, _settings(tmp_path), NEVER)
    assert any(blamed in one for one in wrong), wrong


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<!-- not-run: -->\n```sh\nls\n```", "needs a reason"),
        ("<!-- not-run -->\n```sh\nls\n```", "needs a reason"),
        ("```bash\nls\n```", "write console or sh"),
        ("```console\nfirst\n$ ls\n```", "before the first command"),
    ],
)
def test_a_page_cannot_get_around_being_run(page: str, reason: str) -> None:
    """An excuse without a reason, a block of another language and stray output are errors."""
    with pytest.raises(BadPage, match=reason):
        commands_in(page)


def test_a_fresh_checkout_holds_only_what_is_committed(tmp_path: Path) -> None:
    """The copy has the project's file, and nothing that was made while working."""
    names = set(os.listdir(fresh_checkout(tmp_path)))
    assert "pyproject.toml" in names
    assert not {".git", ".venv", ".ruff_cache"} & names
