"""Which backups may go, how they are listed, and what the environment wants of them."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.calls import Calls, two_tables
from neoron.model.backup import BackupRecord
from neoron.stages.prune import to_prune

MakeCalls = Callable[..., Calls]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def record(age_h: int, *, is_good: bool = True, target: str = "a", failure: str = "") -> BackupRecord:
    """A backup of some hours ago."""
    at = (NOW - timedelta(hours=age_h)).isoformat()
    return BackupRecord(
        f"{age_h:05}-{target}-{is_good}", "sqlite", "3", "full", "t", target, "0", "p", 1, at, 1, {}, (),
        verified_at=at if is_good else "", failure=failure,
    )  # fmt: skip


RECORDS = st.lists(
    st.builds(record, st.integers(0, 2000), is_good=st.booleans(), target=st.sampled_from("ab")),
    unique_by=lambda r: r.id, max_size=12,
)  # fmt: skip


@given(RECORDS, st.none() | st.integers(1, 5), st.none() | st.integers(0, 90))
def test_the_newest_good_backup_of_each_target_always_stays(
    records: list[BackupRecord], keep: int | None, days: int | None
) -> None:
    """Whatever the rule, the newest good backup of a target stays, and --keep N keeps N good ones."""
    gone = to_prune(records, keep=keep, older_than_days=days, now=NOW)
    for target in "ab":
        good = sorted((r for r in records if r.is_good and r.target == target), key=lambda r: r.created_at)
        stay = [r for r in good if r not in gone]
        assert stay[-1:] == good[-1:]
        assert len(stay) >= min(keep or 1, len(good))
        assert all(not r.is_good or r in good for r in gone if r.target == target)
    if days is not None:
        assert all(datetime.fromisoformat(r.created_at) <= NOW - timedelta(days=days) for r in gone)


def test_a_failed_backup_never_counts() -> None:
    """A newer backup that failed does not push out the good one, and goes once a good one is newer."""
    old, good, failed = record(30), record(20), record(10, is_good=False, failure="disk full")
    assert to_prune([old, good, failed], keep=1, older_than_days=None, now=NOW) == [old]
    newer = record(5)
    assert to_prune([old, good, failed, newer], keep=1, older_than_days=None, now=NOW) == [old, good, failed]
    assert to_prune([failed], keep=1, older_than_days=None, now=NOW) == []


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project with two good backups and one that failed between them."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    shop.ok("backup", "create")
    store = shop.shop.path / ".neoron" / "backups"
    first = next(f.name for f in store.iterdir() if (f / "manifest.json").exists())
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    kept = path.read_bytes()
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'items'").fetchone()
    at = 4096 * (page - 1)
    path.write_bytes(kept[:at] + b"\xff" * 600 + kept[at + 600 :])
    assert shop.run("backup", "create").exit_code == 23
    path.write_bytes(kept)
    manifest = store / first / "manifest.json"
    old = {**json.loads(manifest.read_text()), "created_at": "2020-01-01T00:00:00Z"}
    manifest.write_text(json.dumps(old))
    shop.ok("backup", "create")
    return shop


def test_list_says_what_is_good(shop: Calls) -> None:
    """`backup list` shows good and failed backups with age, restore time and the reason of a failure."""
    shown = shop.result("backup", "list")["backups"]
    assert [b["is_good"] for b in shown] == [True, False, True]
    text = shop.ok("backup", "list")
    assert text.count(" good ") == 2
    assert text.count(" failed ") == 1
    assert "damaged" in shown[1]["failure"]
    assert f"{shown[1]['id']}: {shown[1]['failure']}" in text
    assert all(datetime.fromisoformat(b["finished_at"]) >= datetime.fromisoformat(b["created_at"]) for b in shown)
    assert len(shown[2]["schema_fingerprint"]) == 16


def test_prune_removes_after_a_yes_only(shop: Calls) -> None:
    """`backup prune` names what would go, removes it after a yes, and leaves a store that is still good."""
    shown = shop.result("backup", "list")["backups"]
    assert shop.run("backup", "prune").exit_code == 64
    assert shop.result("backup", "prune", "--keep", "1", "--dry-run")["old"] != []
    assert shop.run("backup", "prune", "--keep", "1").exit_code == 10
    assert len(shop.result("backup", "list")["backups"]) == 3
    gone = shop.result("backup", "prune", "--keep", "1", "--yes")["removed"]
    assert [b["id"] for b in gone] == [shown[0]["id"], shown[1]["id"]]
    assert [b["id"] for b in shop.result("backup", "list")["backups"]] == [shown[2]["id"]]
    assert shop.result("backup", "prune", "--older-than", "0d", "--yes")["removed"] == []
    shop.ok("backup", "verify")


def test_what_a_killed_backup_left_is_removed(shop: Calls) -> None:
    """A folder in the making whose owner is gone is removed by the next backup; one at work is left alone."""
    store = shop.shop.path / ".neoron" / "backups"
    for name in ("dead", "alive"):
        (store / f".partial-{name}").mkdir()
        (store / f".partial-{name}" / "database.sqlite.part").write_bytes(b"half")
        (store / f".partial-{name}.lock").touch()
    fd = os.open(store / ".partial-alive.lock", os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    try:
        shop.ok("backup", "create")
        assert sorted(f.name for f in store.glob(".partial*")) == [".partial-alive", ".partial-alive.lock"]
    finally:
        os.close(fd)


def test_objectives_are_held_against_the_newest_good_backup(calls: MakeCalls, sqlite_url: str) -> None:
    """`preflight` fails when the newest good backup is older than rpo_s or takes longer to restore than rto_s."""
    shop = two_tables(calls(sqlite_url, "rpo_s = 3600\nrto_s = 60"))
    shop.ok("database", "update")
    assert {c["name"]: c["status"] for c in _checks(shop)}["newest good backup"] == "fail"
    assert shop.run("deploy", "--no-backup").exit_code in (0, 10)
    shop.ok("backup", "create")
    assert {c["status"] for c in _checks(shop) if c["name"] in ("newest good backup", "restore time")} == {"ok"}
    (manifest,) = (shop.shop.path / ".neoron" / "backups").glob("*/manifest.json")
    slow = {**json.loads(manifest.read_text()), "created_at": "2020-01-01T00:00:00Z", "restore_ms": 61_000}
    manifest.write_text(json.dumps(slow))
    assert {c["status"] for c in _checks(shop) if c["name"] in ("newest good backup", "restore time")} == {"fail"}
    shop.shop.sql("20260103000000", "more", "CREATE TABLE more (id INT);", "DROP TABLE more;")
    refused = shop.run("deploy", "--no-backup")
    assert refused.exit_code == 10
    assert "newest good backup" in refused.stderr
    shop.ok("deploy")


def _checks(shop: Calls) -> list[dict[str, str]]:
    return list(shop.json("preflight")["result"]["checks"])
