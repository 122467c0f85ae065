"""What the MariaDB rules claim is what MariaDB does: every example is run and watched from other sessions."""

from __future__ import annotations

from pathlib import Path

import pymysql
import pytest

from fix_mariadb_server import MariadbServer
from neoron.model.finding import Category
from neoron.rules import RULES
from rules.truth_mariadb import connected, fresh, measure, prepare, run

NOT_HERE = {
    "break-backup-chain": "the test's server writes no binary log",
    "unparsed": "MariaDB refuses it",
}
OF_THE_SERVER = {"drop-database", "delete-all-by-load"}
"""Rules about databases and files of the server, with a test each below."""
LOST_LATER = {
    "fk-cascade": "rows go when a parent is deleted", "disable-checks": "rows that break foreign keys are let in",
    "change-storage-engine": "rows go or break at a crash", "insert-ignore": "what is left out never was in the table",
    "exchange-partition": "the rows change places with those of the other table",
}  # fmt: skip
NOT_STRICT = {
    "remove-enum-value": "in strict mode it fails", "change-charset": "in strict mode it fails",
}  # fmt: skip
QUICK = {
    "drop-column", "rewrite-type", "add-foreign-key", "fulltext-index", "rebuild-table", "lock-table", "alter-ignore",
}  # fmt: skip
TRIES = 4
MEASURED = sorted(r.id for r in RULES if "mariadb" in r.engines and r.id not in NOT_HERE.keys() | OF_THE_SERVER)
BY_ID = {rule.id: rule for rule in RULES}


def _cases() -> list[object]:
    return [pytest.param(i, marks=() if i in QUICK else (pytest.mark.nightly,)) for i in MEASURED]


@pytest.fixture(scope="module")
def watched_server(mariadb_server: MariadbServer) -> MariadbServer:
    """The server, with the plugin that tells who holds which metadata lock."""
    try:
        mariadb_server.administer("INSTALL SONAME 'metadata_lock_info'")
    except pymysql.err.Error as error:
        if error.args[0] not in (1125, 1968):  # it is there already
            raise
    return mariadb_server


@pytest.mark.parametrize("rule_id", _cases())
def test_the_stated_effect_is_what_mariadb_does(
    rule_id: str, watched_server: MariadbServer, mariadb_url: str
) -> None:
    """Who waits, whether the table is written anew, and whether rows or values are lost, is as the rule says."""
    rule = BY_ID[rule_id]
    one = rule.engines["mariadb"]
    with connected(mariadb_url) as connection:
        version = tuple(map(int, str(run(connection, "SELECT VERSION()")[0][0]).split("-")[0].split(".")))
    example = tuple(map(int, one.example.version.split("."))) if one.example.version else version
    if example[:2] != version[:2]:
        pytest.skip(f"its example is for MariaDB {one.example.version}")
    mode = "" if rule_id in NOT_STRICT else None
    # A short lock at the end may be seen as a long one on a busy machine, and never a long one as a short one.
    for _ in range(TRIES):
        with fresh(mariadb_url):
            fill_s = prepare(mariadb_url, one.example.schema)
            bad = measure(mariadb_url, one.example.bad, fill_s, mode)
        if bad.lock in (None, one.effect.lock):
            break
    if rule_id == "refused-algorithm":
        assert "LOCK=NONE is not supported" in bad.error or "ALGORITHM=INPLACE is not supported" in bad.error
        return
    assert bad.error == ""
    assert bad.lock in (None, one.effect.lock)
    assert bad.rewrites == one.effect.rewrites
    if rule.category is Category.DATA_LOSS and rule_id not in LOST_LATER:
        assert bad.lost
    with fresh(mariadb_url):
        fill_s = prepare(mariadb_url, one.example.schema)
        good = measure(mariadb_url, one.example.good, fill_s)
    assert (good.error, good.rewrites) == ("", False)


def test_a_dropped_database_is_gone_with_its_rows(mariadb_server: MariadbServer) -> None:
    """No session can use it, and its rows are not to be had again."""
    example = BY_ID["drop-database"].engines["mariadb"].example
    mariadb_server.administer("DROP DATABASE IF EXISTS trial")
    mariadb_server.administer("CREATE OR REPLACE DATABASE shop")
    mariadb_server.administer("CREATE TABLE shop.orders AS SELECT 1 AS id")
    mariadb_server.administer(example.good)
    mariadb_server.administer("INSERT INTO shop.orders VALUES (2)")
    mariadb_server.administer(example.bad)
    with pytest.raises(pymysql.err.Error, match="shop"):
        mariadb_server.administer("SELECT * FROM shop.orders")
    mariadb_server.administer("DROP DATABASE trial")


@pytest.mark.parametrize(("script", "amount"), [("bad", 0), ("good", 7)])
def test_a_load_that_replaces_takes_the_values_it_does_not_name(
    script: str, amount: int, mariadb_server: MariadbServer, mariadb_url: str
) -> None:
    """The row of the same key is deleted first, and its other columns get their defaults."""
    example = BY_ID["delete-all-by-load"].engines["mariadb"].example
    with fresh(mariadb_url), connected(mariadb_url) as connection:
        run(connection, example.schema)
        run(connection, "INSERT INTO orders VALUES (1, 'kept', 7)")
        folder, database = run(connection, "SELECT @@datadir, DATABASE()")[0]
        file = Path(str(folder), str(database), "x.csv")
        file.write_text("1\tloaded\n")
        if script == "good":
            with pytest.raises(pymysql.err.IntegrityError, match="Duplicate entry"):
                run(connection, example.good)
        else:
            run(connection, example.bad)
        assert run(connection, "SELECT amount FROM orders") in ([(amount,)], ((amount,),))
        file.unlink()


def test_what_is_not_measured_on_mariadb_is_few_and_real() -> None:
    """Each rule that is left out is one, and has its reason."""
    assert set(NOT_HERE) | OF_THE_SERVER | set(LOST_LATER) | set(NOT_STRICT) | QUICK <= set(BY_ID)
    assert all(NOT_HERE.values())
