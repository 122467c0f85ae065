"""Ways back that are not there, would lose something, or are meant the other way round (B29 to B31)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls, two_tables
from fix_oracle import dump_rows, dump_schema

MakeCalls = Callable[..., Calls]
ITEMS, PRICE = "20260101000000", "20260102000000"
CONSENT = ("kept in the stash", "run again with --yes", "neoron stash list")


@pytest.fixture
def applied(calls: MakeCalls, target_url: str) -> Calls:
    """A project whose two migrations are applied, on each engine."""
    shop = two_tables(calls(target_url))
    shop.ok("database", "update")
    return shop


@pytest.mark.parametrize("target", ["20260103000000", "nope", "", "2026", "-3"])
def test_a_target_that_is_not_applied_names_the_candidates(calls: MakeCalls, sqlite_url: str, target: str) -> None:
    """A rollback to what is not applied, or to what fits twice, names what it can go to (B29)."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    shop.shop.sql("20260103000000", "later", "SELECT 1;", "SELECT 1;")
    expected = {
        "2026": ("`2026` fits 2 applied migrations", f"{PRICE} price, {ITEMS} items, or 0"),
        "-3": ("-3 goes back further than the 2 that are applied", "neoron migrations list"),
    }
    says = expected.get(target, (f"`{target}` is not applied", f"{PRICE} price, {ITEMS} items, or 0"))
    refused(shop, "rollback", target, code=64, kind="usage", says=says)


def test_minus_may_follow_the_two_dashes(calls: MakeCalls, sqlite_url: str) -> None:
    """`rollback -- -1` is the same as `rollback -1` (B29)."""
    shop = two_tables(calls(sqlite_url))
    shop.ok("database", "update")
    shop.ok("rollback", "--yes", "--", "-1")
    assert shop.states() == {ITEMS: "applied", PRICE: "pending"}


def test_a_migration_without_a_way_down_is_named(applied: Calls) -> None:
    """A migration that has no way down is named before anything is taken back (B29)."""
    shop = applied
    shop.shop.sql("20260103000000", "oneway", "CREATE TABLE b (i INT);", None)
    shop.shop.sql("20260104000000", "after", "CREATE TABLE c (i INT);", "DROP TABLE c;")
    shop.ok("database", "update")
    says = ("20260103000000 oneway cannot be taken back: it has no way down", "neoron backup list")
    for command in (("rollback", ITEMS, "--yes"), ("database", "update", "0", "--yes"), ("deploy", ITEMS, "--yes")):
        refused(shop, *command, code=10, kind="refused", says=says)
    shop.ok("rollback", "--yes")
    assert shop.states()["20260104000000"] == "pending"


@pytest.mark.parametrize(
    "command", [("rollback",), ("database", "update", ITEMS), ("deploy", ITEMS), ("deploy", ITEMS, "--no-backup")]
)
def test_values_at_risk_are_counted_and_asked_about(applied: Calls, command: tuple[str, ...]) -> None:
    """A way back that drops a column with values says how many, and wants consent (B30)."""
    says = ("this drops items.price (1 value)", *CONSENT)
    refused(applied, *command, code=10, kind="refused", says=says)


def test_rows_at_risk_are_counted_and_consent_lets_them_go(applied: Calls) -> None:
    """A way back that drops a table says how many rows go; with --yes they do, and only they (B30)."""
    shop = applied
    refused(shop, "rollback", "0", code=10, kind="refused", says=("this drops items (2 rows)", *CONSENT))
    shop.shop.sql("20260103000000", "kept", "CREATE TABLE kept (i INT);\nINSERT INTO kept VALUES (1);", "SELECT 1;")
    shop.ok("database", "update")
    kept = dump_rows(shop.shop.url)["kept"]
    shop.ok("rollback", "0", "--yes")
    assert dump_rows(shop.shop.url) == {"kept": kept}


def test_an_empty_column_needs_no_consent(calls: MakeCalls, target_url: str) -> None:
    """Nothing is asked where nothing would be lost (B30)."""
    shop = calls(target_url)
    shop.shop.sql("1", "a", "CREATE TABLE a (i INT, j INT);", "DROP TABLE a;")
    shop.shop.sql("2", "b", "ALTER TABLE a ADD COLUMN k INT;", "ALTER TABLE a DROP COLUMN k;")
    shop.ok("database", "update")
    shop.ok("rollback")
    shop.ok("rollback", "0")
    assert dump_schema(shop.shop.url).count("CREATE TABLE") == 0


@pytest.mark.parametrize(
    ("start", "end", "header"),
    [
        (PRICE, ITEMS, f"DOWN from {PRICE} to {ITEMS}"), (PRICE, "0", f"DOWN from {PRICE} to 0"),
        (ITEMS, PRICE, f"UP from {ITEMS} to {PRICE}"), ("items", "price", f"UP from {ITEMS} to {PRICE}"),
        ("head", "0", f"DOWN from {PRICE} to 0"), ("0", "head", f"UP from 0 to {PRICE}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_script_says_its_direction_first(
    calls: MakeCalls, sqlite_url: str, engine: str, start: str, end: str, header: str
) -> None:
    """The first line of every script says where it goes, so that nobody takes one for the other (B31)."""
    shop = two_tables(calls(sqlite_url))
    text = shop.ok("migrations", "script", start, end, "--engine", engine)
    assert text.startswith(f"-- {header}")
    assert any(line.startswith("ALTER TABLE items DROP") for line in text.splitlines()) == (start in ("head", PRICE))


def test_a_script_between_a_version_and_itself_is_refused(calls: MakeCalls, sqlite_url: str) -> None:
    """A script that would hold nothing is not written (B31)."""
    shop = two_tables(calls(sqlite_url))
    says = (f"nothing lies between {ITEMS} and {ITEMS}",)
    refused(shop, "migrations", "script", ITEMS, ITEMS, "-o", "x.sql", code=65, kind="source", says=says)
