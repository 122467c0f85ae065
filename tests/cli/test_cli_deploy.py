"""Deploy, verify, roll back, look, resolve and drop, as a user types them, on both engines."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cli.calls import Calls, two_tables
from fix_oracle import dump_rows, dump_schema

MakeCalls = Callable[..., Calls]
ITEMS, PRICE = "20260101000000", "20260102000000"


@pytest.fixture
def shop(calls: MakeCalls, target_url: str) -> Calls:
    """A project with two pending migrations."""
    shop = two_tables(calls(target_url))
    (shop.shop.path / "validations").mkdir()
    shop.ok("database", "update", ITEMS)
    return shop


def execute(url: str, statement: str) -> None:
    """Change the target by other hands."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(statement)
    else:
        with psycopg.connect(url) as connection:
            connection.execute(statement.encode())


def _project_line(shop: Calls, line: str) -> None:
    settings = shop.shop.path / "neoron.toml"
    settings.write_text(settings.read_text().replace("[project]\n", f"[project]\n{line}\n"))


def test_update_goes_up_down_and_shows_first(shop: Calls) -> None:
    """`database update` takes an id, a name, 0, head or -1; --dry-run shows the plan and sends nothing."""
    before = dump_schema(shop.shop.url)
    text = shop.ok("database", "update", "--dry-run")
    assert "ALTER TABLE items ADD COLUMN price INT" in text
    assert dump_schema(shop.shop.url) == before
    digest = shop.result("database", "update", "--dry-run")["digest"]
    ran = shop.run("database", "update", "--digest", "0000")
    assert (ran.exit_code, f"the plan is now {digest[:12]}, and 0000 was approved" in ran.stderr) == (10, True)
    shop.ok("database", "update", "price", "--digest", digest[:12])
    assert shop.ok("database", "update") == f"nothing to do: the database is at {PRICE}\n"
    for target, applied in (("-1", {ITEMS}), ("head", {ITEMS, PRICE}), ("items", {ITEMS}), ("0", set())):
        shop.ok("database", "update", target, "--yes")
        assert {v for v, state in shop.states().items() if state == "applied"} == applied


def test_deploy_reports_every_phase(shop: Calls) -> None:
    """`deploy` checks room, takes a proven backup, runs, verifies, and leaves a report page."""
    ran = shop.run("deploy")
    assert ran.exit_code == 0, ran
    for word in ("preflight", "backup", "lock", "snapshot", "steps", "verify", "Report: "):
        assert word in ran.stdout
    assert ran.stderr == ""
    page = Path(ran.stdout.rpartition("Report: ")[2].strip())
    assert page.read_text().startswith("<!doctype html>")
    assert page.with_suffix(".json").is_file()
    assert len(shop.result("backup", "list")["backups"]) == 1


def test_deploy_with_nothing_to_do_takes_no_backup(shop: Calls) -> None:
    """A second `deploy` changes nothing, takes no backup and no lock, and says so."""
    shop.ok("deploy")
    before = dump_schema(shop.shop.url), dump_rows(shop.shop.url)
    result = shop.result("deploy")
    assert (result["outcome"], result["steps"], result["backup"]) == ("done", [], None)
    assert (dump_schema(shop.shop.url), dump_rows(shop.shop.url)) == before
    assert len(shop.result("backup", "list")["backups"]) == 1


def test_deploy_runs_only_the_approved_plan(shop: Calls) -> None:
    """A plan that is not the approved one is refused before the backup."""
    ran = shop.run("deploy", "--digest", "abc")
    assert ran.exit_code == 10
    assert "and abc was approved" in ran.stderr
    assert "nothing" not in shop.ok("deploy", "--digest", shop.result("database", "update", "--dry-run")["digest"])


def test_a_failing_validation_makes_deploy_exit_24(shop: Calls) -> None:
    """A validation that returns rows makes `deploy` exit 24, with the first row and the way back."""
    text = f"-- neoron: from {PRICE}\nSELECT id, name FROM items WHERE price IS NULL;\n"
    (shop.shop.path / "validations" / "prices.sql").write_text(text)
    ran = shop.run("deploy")
    assert ran.exit_code == 24, ran
    assert "validation prices" in ran.stdout
    assert "first: 2, b" in ran.stdout
    assert f"neoron rollback {ITEMS}" in ran.stdout
    answer = shop.json("verify")
    assert answer["exit_code"] == 24
    assert answer["ok"] is False
    (check,) = [c for c in answer["result"]["checks"] if c["name"] == "validation prices"]
    assert (check["status"], check["value"], check["limit"]) == ("fail", 1, 0)
    shop.ok("rollback", ITEMS, "--yes")


def test_a_validation_waits_for_its_version(shop: Calls) -> None:
    """`-- neoron: from VERSION` keeps a validation back until that version is applied."""
    text = f"-- neoron: from {PRICE}\nSELECT id FROM items WHERE price < 0;\n"
    (shop.shop.path / "validations" / "prices.sql").write_text(text)
    names = [c["name"] for c in shop.result("verify")["checks"]]
    assert names == ["foreign keys", "indexes"]
    shop.ok("deploy")
    assert "validation prices" in shop.ok("verify")


def test_a_validation_cannot_change_anything(shop: Calls) -> None:
    """A validation that deletes rows deletes none."""
    (shop.shop.path / "validations" / "delete.sql").write_text("DELETE FROM items;\n")
    before = dump_rows(shop.shop.url)
    shop.run("verify")
    assert dump_rows(shop.shop.url) == before


def test_a_failing_application_check_makes_deploy_exit_24(shop: Calls) -> None:
    """An application check gets the target's URL; one that fails makes `deploy` exit 24 with its last line."""
    script = "import os, sys; assert os.environ['NEORON_URL']; print('checkout is broken'); sys.exit(3)"
    (shop.shop.path / "smoke.py").write_text(script)
    _project_line(shop, 'smoke = ["python smoke.py"]')
    ran = shop.run("deploy")
    assert ran.exit_code == 24
    assert "checkout is broken" in ran.stdout
    (shop.shop.path / "smoke.py").write_text("import os; print(os.environ['NEORON_URL'].partition(':')[0])")
    assert shop.ok("verify").count("fail") == 0
    for wrong in ("no-such-program --x", "python \\\"unclosed"):
        settings = shop.shop.path / "neoron.toml"
        plain = settings.read_text()
        settings.write_text(plain.replace("python smoke.py", wrong))
        assert shop.run("verify").exit_code == 24
        settings.write_text(plain)


def test_a_statement_that_fails_leaves_what_was_whole(shop: Calls) -> None:
    """A failing statement is shown with file and line; the migration before it stays, its own is undone."""
    shop.shop.sql("20260103000000", "wrong", "CREATE TABLE b (i INT);\nINSERT INTO missing VALUES (1);", "SELECT 1;")
    answer = shop.json("deploy")
    error = answer["error"]
    assert (answer["exit_code"], answer["ok"], answer["result"]["outcome"]) == (21, False, "failed_changed")
    assert error["where"].startswith("migrations/20260103000000_wrong.sql:3, step ")
    assert "missing" in error["message"]
    assert error["state"] == f"Applied: {PRICE}."
    assert error["next"] == "mend migrations/20260103000000_wrong.sql, then run the same command again"
    assert set(dump_rows(shop.shop.url)) == {"items"}
    assert shop.states()["20260103000000"] == "pending"
    assert shop.run("deploy").exit_code == 20


def test_status_tells_version_run_lock_and_drift(shop: Calls) -> None:
    """`database status` shows version, last run and lock, and exits 1 when other hands changed the schema."""
    text = shop.ok("database", "status")
    assert f"version     {ITEMS}" in text
    assert "1 applied, 1 pending" in text
    assert "last run    done at " in text
    assert "lock        free" in text
    assert "drift       none" in text
    assert "Next: neoron database update, or neoron deploy" in text
    execute(shop.shop.url, "CREATE INDEX by_hand ON items (name)")
    ran = shop.run("database", "status")
    assert ran.exit_code == 1
    assert "drift       the schema was changed by other hands since the last run" in ran.stdout


def test_a_changed_journal_row_is_found(shop: Calls) -> None:
    """A journal row that somebody edits breaks the chain, and `database status` names it."""
    shop.ok("deploy")
    execute(shop.shop.url, "UPDATE neoron_journal SET by_user = 'somebody else' WHERE seq = 3")
    ran = shop.run("database", "status")
    assert ran.exit_code == 1
    assert "journal     row 3 was changed: its hash does not continue the chain" in ran.stdout


def test_preflight_measures_size_and_room(shop: Calls) -> None:
    """`preflight` shows version, size and the room for data and backups."""
    names = [c["name"] for c in shop.result("preflight")["checks"]]
    assert names[:4] == ["server version", "database size", "free space for data", "free space for backup"]
    assert "database size" in shop.ok("preflight")


def test_backups_are_listed_and_verified(shop: Calls) -> None:
    """`backup create` proves what it took, `backup list` shows it, `backup verify` proves it again."""
    assert shop.ok("backup", "list") == "no backups; next: neoron backup create\n"
    assert "restored aside and equal in" in shop.ok("backup", "create")
    made = shop.result("backup", "create")
    execute(shop.shop.url, "DELETE FROM items")
    assert shop.result("backup", "verify", made["id"])["id"] == made["id"]
    assert made["id"] in shop.ok("backup", "list")
    assert dump_rows(shop.shop.url)["items"][0] == 0


def test_resolve_needs_a_doubt(shop: Calls) -> None:
    """`database resolve` does nothing where no statement is in doubt."""
    for flag in ("--done", "--again"):
        ran = shop.run("database", "resolve", flag)
        assert (ran.exit_code, "no statement is in doubt" in ran.stderr) == (64, True)


def test_drop_removes_the_database(shop: Calls) -> None:
    """`database drop --yes` removes the database, and `database update` makes it anew."""
    assert shop.ok("database", "drop", "--yes").startswith("dropped ")
    assert shop.run("database", "status").exit_code == 69
    shop.ok("database", "update")
    assert dump_rows(shop.shop.url)["items"][0] == 2


def test_rollback_runs_the_stored_way_down(shop: Calls) -> None:
    """`rollback` needs no file: it runs the way down that was stored when the migration was applied."""
    before = dump_schema(shop.shop.url), dump_rows(shop.shop.url)
    shop.ok("deploy")
    for file in shop.shop.migrations.iterdir():
        file.unlink()
    result = shop.result("rollback", ITEMS, "--yes")
    assert (result["from"], result["to"], result["outcome"]) == (PRICE, ITEMS, "done")
    assert (dump_schema(shop.shop.url), dump_rows(shop.shop.url)) == before
