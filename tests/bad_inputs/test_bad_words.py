"""Commands and flags that are mistyped, and questions that nobody can answer (B32, B33)."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bad_inputs.refusals import refused, target_state
from cli.calls import Calls, two_tables
from fix_oracle import dump_rows
from fix_project import SETTING_PREFIXES

MakeCalls = Callable[..., Calls]
ITEMS = "20260101000000"
PROTECTED = "[environments.production]\nurl = {url!r}\nprotected = true\n"
Answered = Callable[[str, str], tuple[int, str]]


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project whose two migrations are applied, with a protected environment for the same file."""
    shop = two_tables(calls(sqlite_url, PROTECTED.format(url=sqlite_url)))
    shop.ok("database", "update")
    return shop


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("migratons", "list"), ("No command `migratons`", "Did you mean `migrations`?", "Next: neoron --help")),
        (("migrations", "lst"), ("No command `lst`", "Did you mean `list`?", "Next: neoron migrations --help")),
        (("xyz",), ("No command `xyz`", "There are: init, demo, migrations")),
        (("migrations", "list", "--offlin"), ("--offlin", "--offline", "Next: neoron migrations list --help")),
        (("database", "update", "--dryrun"), ("--dryrun", "--dry-run", "neoron database update --help")),
        (("--jsno", "deploy"), ("--jsno", "--json")),
        (("rollback", "1", "2"), ("unexpected extra argument (2)", "neoron rollback --help")),
        (("database",), ("`neoron database` needs a command: update, status, drop, resolve",)),
        (("backup",), ("`neoron backup` needs a command: create, list, verify",)),
        (("migrations", "add"), ("Missing argument 'NAME'", "neoron migrations add --help")),
        (("completion", "tcsh"), ("'tcsh' is not one of 'bash', 'zsh', 'fish'",)),
        (("demo", "--rows", "many"), ("'many' is not a valid integer",)),
        (("migrations", "add", "x", "--rename", "old"), ("--rename takes OLD:NEW, not `old`",)),
        (("database", "resolve"), ("give either --done or --again",)),
        (("database", "update", "itens"), ("no migration `itens`; did you mean items?", "neoron migrations list")),
        (("migrations", "script", "--engine", "postgre"), ("no engine `postgre`; did you mean postgres?",)),
    ],
)
def test_a_mistyped_word_names_the_nearest(shop: Calls, words: tuple[str, ...], says: tuple[str, ...]) -> None:
    """An unknown command, flag, argument or version is answered with the nearest one and where help is (B32)."""
    refused(shop, *words, code=64, kind="usage", says=says)


def test_neoron_alone_shows_its_help(shop: Calls) -> None:
    """`neoron` without a word shows the commands (B32)."""
    ran = shop.run()
    assert ran.exit_code == 0
    assert "deploy" in ran.stdout
    assert "rollback" in ran.stdout


DESTRUCTIVE = [
    (("database", "drop"), 10, "Dropping the database `target.db` loses everything in it; without a terminal"),
    (("rollback", "0"), 10, "this drops items (2 rows)"),
    (("database", "update", "0"), 10, "this drops items (2 rows)"),
    (("deploy", "0"), 10, "this drops items (2 rows)"),
    (("--env", "production", "deploy"), 10, "`production` is protected, and this changes its database `target.db`"),
    (("--env", "production", "rollback"), 10, "`production` is protected"),
]


@pytest.mark.parametrize(("words", "code", "says"), DESTRUCTIVE)
def test_without_a_terminal_nothing_is_destroyed(shop: Calls, words: tuple[str, ...], code: int, says: str) -> None:
    """A destructive command without a terminal and without --yes is refused (B33)."""
    refused(shop, *words, code=code, kind="refused", says=(says, "--yes"))


@pytest.mark.parametrize("stdin", ["closed", "null", "pipe"])
def test_a_missing_standard_input_never_hangs(shop: Calls, stdin: str) -> None:
    """With standard input closed, empty, or a pipe that says yes, a destructive command is refused at once (B33)."""
    before = target_state(shop.shop.url)
    command = [sys.executable, "-m", "neoron", "--project", str(shop.shop.path), "database", "drop"]
    if stdin == "closed":
        command = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command]
    done = subprocess.run(
        command, input="target.db\nyes\n" if stdin == "pipe" else None,
        stdin=subprocess.DEVNULL if stdin == "null" else None, capture_output=True, text=True, timeout=20,
        env=_environment(), check=False,
    )  # fmt: skip
    assert done.returncode == 10, done
    assert done.stderr.count("\n") == 1
    assert "without a terminal that needs --yes" in done.stderr
    assert target_state(shop.shop.url) == before


def test_closed_outputs_do_no_harm(shop: Calls) -> None:
    """With standard output or error closed Neoron still works and still says so by its exit code (B33)."""
    script = 'exec "$@" >&- 2>&-'
    words = [sys.executable, "-m", "neoron", "--project", str(shop.shop.path)]
    for last, code in ((["migrations", "list"], 0), (["rollback", "0"], 10)):
        whole = ["/bin/sh", "-c", script, "sh", *words, *last]
        done = subprocess.run(whole, timeout=20, env=_environment(), check=False)
        assert done.returncode == code


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(SETTING_PREFIXES)} | {"NO_COLOR": "1"}


@pytest.fixture
def answered(shop: Calls) -> Answered:
    """`answered("database drop", "y")`: the command at a terminal where somebody types that; exit code and screen."""

    def run(words: str, typed: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "neoron", "--project", str(shop.shop.path), *words.split()]
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=_environment())
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        screen = _read_all(ours)
        return process.wait(timeout=20), screen

    return run


def _read_all(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()


def test_a_person_types_the_name_of_what_goes(shop: Calls, answered: Answered) -> None:
    """At a terminal `database drop` asks for the database's name, and only the right one drops it (B33)."""
    for wrong in ("y", "yes", "target", ""):
        code, screen = answered("database drop", wrong)
        assert (code, f"`{wrong}` is not `target.db`" in screen) == (10, True), screen
    assert target_state(shop.shop.url) is not None
    code, screen = answered("database drop", "target.db")
    assert (code, "dropped target.db" in screen) == (0, True), screen
    assert target_state(shop.shop.url) is None


def test_a_person_says_yes_to_what_is_lost(shop: Calls, answered: Answered) -> None:
    """At a terminal a rollback names what it drops and waits for a yes; anything else is a no (B33)."""
    for no in ("n", ""):
        code, screen = answered("rollback 0", no)
        assert (code, "This drops items (2 rows), kept in the stash. Go on?" in screen) == (10, True), screen
    assert set(dump_rows(shop.shop.url)) == {"items"}
    code, _screen = answered("rollback 0", "y")
    assert (code, dump_rows(shop.shop.url)) == (0, {})


def test_a_protected_target_wants_its_name_and_no_shortcut(shop: Calls, answered: Answered) -> None:
    """A protected target asks for the database's name, wants a backup of the last hour, and is not dropped (B33)."""
    for words in ("database update", "database update 0"):
        says = ("`production` is protected", "Next: neoron --env production database update --yes")
        refused(shop, "--env", "production", *words.split(), code=10, kind="refused", says=says)
    says = ("needs a good backup of the last 3600 s; there is none", "neoron deploy --env production takes one")
    refused(shop, "--env", "production", "--yes", "database", "update", "0", code=10, kind="refused", says=says)
    says = ("environment `production` is protected; its database cannot be dropped from here",)
    refused(shop, "--env", "production", "database", "drop", "--yes", code=10, kind="refused", says=says)
    says = ("environment `production` requires a backup",)
    refused(shop, "--env", "production", "deploy", "--no-backup", "--yes", code=10, kind="refused", says=says)
    assert answered("--env production deploy", "production")[0] == 10
    assert answered("--env production deploy", "target.db")[0] == 0


def test_a_gate_that_does_not_exist_yet_refuses(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """An environment that requires a rehearsal is not deployed to while there is none (B33)."""
    shop = two_tables(calls(sqlite_url, 'require = ["review", "rehearsal"]'))
    says = ("environment `dev` requires rehearsal", "remove it from `require`")
    refused(shop, "deploy", "--yes", code=10, kind="refused", says=says)
    assert not (tmp_path / "target.db").exists()
