"""What leaves the command line: JSON with the promised fields, results on standard output, notes beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.calls import Calls, two_tables

MakeCalls = Callable[..., Calls]
ITEMS, PRICE = "20260101000000", "20260102000000"
RUN = {"run_id", "digest", "from", "to", "outcome", "steps", "backup", "findings", "checks", "elapsed_ms"}
CHECK = {"name", "status", "value", "unit", "limit", "detail"}
BACKUP = {"id", "engine", "kind", "size_bytes", "created_at", "verified_at", "restore_s", "sha256"}
MIGRATION = {"id", "name", "state", "checksum", "applied_at"}


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project with one applied and one pending migration."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update", ITEMS)
    return shop


def test_every_command_answers_in_json(shop: Calls, tmp_path: Path) -> None:
    """Every command with --json prints one object whose result holds the fields that are promised."""
    promised: list[tuple[str, set[str]]] = [
        ("migrations list", {"migrations"}), ("migrations script", {"sql", "file"}),
        ("migrations script -o out.sql", {"sql", "file"}), ("database status", {"target", "version", "drift"}),
        ("database update --dry-run", {"digest", "from", "to", "steps"}), ("database update", RUN), ("deploy", RUN),
        ("rollback --yes", RUN), ("deploy", RUN), ("verify", {"checks"}), ("preflight", {"checks"}),
        ("backup create", BACKUP), ("backup list", {"backups"}), ("backup verify", BACKUP),
        ("migrations add by_hand --empty --sql", {"id", "name", "path", "changes", "destructive"}),
        ("migrations remove", {"id", "name", "path"}), ("completion bash", {"shell", "script"}),
        (f"init {tmp_path / 'fresh'} --sql", {"files"}), ("database drop --yes", {"database"}),
        (f"demo {tmp_path / 'demo'} --rows 50", {"folder", "page", "stops"}),
    ]  # fmt: skip
    for words, fields in promised:
        shop.shop.path.joinpath("out.sql").unlink(missing_ok=True)
        given = [str(tmp_path / w) if w == "out.sql" else w for w in words.split()]
        answer = shop.json(*given)
        command = " ".join(words.split()[: 2 if words.split()[0] in ("migrations", "database", "backup") else 1])
        assert {k: answer[k] for k in ("schema", "command", "ok", "exit_code", "error")} == {
            "schema": "neoron/1", "command": command, "ok": True, "exit_code": 0, "error": None,
        }, answer  # fmt: skip
        assert fields <= set(answer["result"]), (words, set(answer["result"]))


def test_the_parts_of_a_result_have_their_fields(shop: Calls) -> None:
    """Migrations, checks, steps and backups inside a result have the fields that are promised."""
    assert all(set(m) >= MIGRATION for m in shop.result("migrations", "list")["migrations"])
    result = shop.result("deploy")
    assert all(set(check) == CHECK for check in result["checks"])
    assert {check["status"] for check in result["checks"]} <= {"ok", "warn", "fail", "unknown"}
    assert all({"id", "kind", "sql", "outcome", "rows", "elapsed_ms"} <= set(step) for step in result["steps"])
    assert all(set(b) >= BACKUP for b in shop.result("backup", "list")["backups"])
    assert result["backup"]["verified_at"] >= result["backup"]["created_at"]


def test_flags_stand_before_or_after_the_command(shop: Calls) -> None:
    """A global flag means the same before and after the command."""
    before = json.loads(shop.run("--json", "migrations", "list").stdout)
    after = json.loads(shop.run("migrations", "list", "--json").stdout)
    assert before == after
    assert before["command"] == "migrations list"
    for words in (("--json", "rollback", "nope"), ("rollback", "nope", "--json"), ("rollback", "--json", "nope")):
        answer = json.loads(shop.run(*words).stdout)
        assert (answer["command"], answer["error"]["code"]) == ("rollback", "usage")


def test_an_error_before_the_command_is_known_is_json_too(shop: Calls) -> None:
    """A mistyped command or flag with --json is one object as well."""
    for words in (("migratons", "--json"), ("--json", "deploy", "--nope"), ("--jsno", "--json", "deploy")):
        ran = shop.run(*words)
        answer = json.loads(ran.stdout)
        assert (answer["ok"], answer["exit_code"], answer["error"]["code"]) == (False, 64, "usage")
        assert ran.stderr == ""


def test_standard_output_carries_only_the_result(shop: Calls) -> None:
    """Notes, warnings and errors go to standard error; a script on standard output is only SQL."""
    ran = shop.run("migrations", "script")
    assert ran.stdout.startswith("-- UP from 0")
    assert ran.stderr == ""
    (file,) = shop.shop.migrations.glob("*items.sql")
    file.write_text("-- a comment\n" + file.read_text())
    ran = shop.run("database", "update", ITEMS)
    assert ran.stdout == f"nothing to do: the database is at {ITEMS}\n"
    assert ran.stderr.startswith("note: ")
    assert shop.run("--quiet", "database", "update", ITEMS).stderr == ""
    ran = shop.run("rollback", "nope")
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)


def test_the_environment_is_chosen_by_flag_or_variable(
    calls: MakeCalls, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--env wins over NEORON_ENV, and --url over everything."""
    other = f"sqlite:///{tmp_path}/other.db"
    shop = two_tables(calls(sqlite_url, f'[environments.staging]\nurl = "{other}"\n'))
    monkeypatch.setenv("NEORON_ENV", "staging")
    shop.ok("database", "update")
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "target.db").exists()
    shop.ok("--env", "dev", "database", "update")
    assert (tmp_path / "target.db").exists()
    shop.ok("--url", f"sqlite:///{tmp_path}/third.db", "database", "update")
    assert (tmp_path / "third.db").exists()


def test_a_url_comes_from_the_environment_or_a_command(
    calls: MakeCalls, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DATABASE_URL, `url_env` and `url_command` name the target; one that gives nothing is named."""
    shop = two_tables(calls(sqlite_url))
    settings = shop.shop.path / "neoron.toml"

    def dev(line: str) -> None:
        settings.write_text(f"[environments.dev]\n{line}\n")

    dev("")
    ran = shop.run("database", "status")
    assert (ran.exit_code, "environment `dev` names no target" in ran.stderr) == (64, True)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/a.db")
    shop.ok("database", "update")
    dev('url_env = "SHOP_URL"')
    ran = shop.run("database", "status")
    assert (ran.exit_code, "SHOP_URL, which is not set" in ran.stderr) == (64, True)
    monkeypatch.setenv("SHOP_URL", f"sqlite:///{tmp_path}/b.db")
    shop.ok("database", "update")
    dev(f'url_command = ["echo", "sqlite:///{tmp_path}/c.db"]')
    shop.ok("database", "update")
    assert sorted(p.name for p in tmp_path.glob("?.db")) == ["a.db", "b.db", "c.db"]
    dev('url_command = ["no-such-program"]')
    ran = shop.run("database", "status")
    assert (ran.exit_code, "url_command `no-such-program` did not run" in ran.stderr) == (64, True)


def test_settings_may_stand_in_pyproject(calls: MakeCalls, sqlite_url: str) -> None:
    """`[tool.neoron]` in pyproject.toml is as good as a neoron.toml, and so are its errors."""
    shop = two_tables(calls(sqlite_url))
    (shop.shop.path / "neoron.toml").unlink()
    file = shop.shop.path / "pyproject.toml"
    file.write_text(f'[project]\nname = "x"\n\n[tool.neoron.environments.dev]\nurl = "{sqlite_url}"\n')
    shop.ok("database", "update")
    assert shop.states() == {ITEMS: "applied", PRICE: "applied"}
    file.write_text('[tool.neoron.project]\n\nmodells = "x"\n')
    ran = shop.run("migrations", "list")
    assert "pyproject.toml:3: unknown key `modells` in [project]; did you mean `models`?" in ran.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shop: Calls, shell: str) -> None:
    """`neoron completion SHELL` prints a script for that shell."""
    assert "_NEORON_COMPLETE" in shop.ok("completion", shell)


def test_completion_completes(shop: Calls) -> None:
    """What a shell asks for is answered with the commands."""
    environment = {
        **os.environ, "_NEORON_COMPLETE": "bash_complete", "COMP_WORDS": "neoron migrations s", "COMP_CWORD": "2",
    }  # fmt: skip
    neoron = Path(sys.executable).with_name("neoron")
    done = subprocess.run([neoron], env=environment, capture_output=True, text=True, check=False, cwd=shop.shop.path)
    assert "script" in done.stdout


def test_help_needs_no_project(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """--help and --version work anywhere, for every command."""
    shop = calls(sqlite_url)
    (shop.shop.path / "neoron.toml").unlink()
    for words in ("", "migrations", "migrations add", "database update", "deploy", "backup verify", "rollback"):
        text = shop.ok(*words.split(), "--help")
        assert text.startswith("Usage: neoron")
    assert "neoron, version" in shop.ok("--version")
    assert "TARGET" in shop.ok("rollback", "-h")


def test_colour_is_only_for_terminals_that_want_it(shop: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped output has no colour; NO_COLOR and --no-color switch it off on a terminal."""
    assert "\x1b[" not in shop.run("deploy", "--no-backup").stdout
    script = "import pty, sys; pty.spawn(sys.argv[1:])"
    command = [sys.executable, "-m", "neoron", "-p", str(shop.shop.path), "migrations", "list"]
    plain = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    shown = {}
    for name, more, environment in (
        ("terminal", [], plain), ("flag", ["--no-color"], plain), ("NO_COLOR", [], {**plain, "NO_COLOR": "1"}),
    ):  # fmt: skip
        whole = [sys.executable, "-c", script, *command, *more]
        done = subprocess.run(
            whole, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
        )
        shown[name] = "\x1b[" in done.stdout
        assert "applied" in done.stdout
    assert shown == {"terminal": True, "flag": False, "NO_COLOR": False}


def test_an_unforeseen_error_is_one_line_and_v_shows_more(shop: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of Neoron itself is one line with exit code 70; -v adds the traceback."""
    from neoron.stages import status

    def broken(*_: object) -> None:
        raise RuntimeError("a fault\nof ours")

    monkeypatch.setattr(status, "states", broken)
    ran = shop.run("migrations", "list")
    assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (70, "", 1)
    assert "an error of Neoron itself: RuntimeError: a fault of ours" in ran.stderr
    assert "Traceback" in shop.run("migrations", "list", "-v").stderr
