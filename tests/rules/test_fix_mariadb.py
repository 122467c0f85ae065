"""`review --fix` on MariaDB and MySQL: the stated cost is accepted, and the table ends the same with the same rows."""

from __future__ import annotations

import pytest

from neoron.stages.fix_text import fixed_text
from neoron.stages.review_text import circumstances
from rules.truth_mariadb import connected, prepare, run

SCHEMA = "CREATE TABLE orders (id int NOT NULL, shop int NOT NULL, n int, note varchar(40), `Key` int);"
CASES = {
    "add-primary-key": "ALTER TABLE orders ADD PRIMARY KEY (id, shop);",
    "add-primary-key beside others": "alter table `orders` add constraint primary key (id), add w int -- end",
    "set-not-null": "ALTER TABLE orders MODIFY COLUMN `Key` int NOT NULL DEFAULT 4 COMMENT 'a, b';",
    "rebuild-table": "OPTIMIZE TABLE orders;",
    "rebuild-table by engine": "ALTER TABLE orders ENGINE = InnoDB /* why */;",
    "rebuild-table by force": "ALTER TABLE orders FORCE;",
}
STAYS = {
    "states it itself": ("ALTER TABLE orders ENGINE = InnoDB, LOCK = SHARED;", "it states ALGORITHM or LOCK itself"),
    "a key that may be null": ("ALTER TABLE orders ADD PRIMARY KEY (n);", "not known to be NOT NULL"),
    "a copy": ("ALTER TABLE orders MODIFY note varchar(4) NOT NULL;", "its safe sequence does not fit here"),
}


@pytest.mark.parametrize("engine", ["mariadb", "mysql"])
@pytest.mark.parametrize("case", CASES)
def test_a_stated_cost_ends_the_locking_finding(case: str, engine: str) -> None:
    """The finding that it blocks is gone, nothing new is found, and a second call changes nothing."""
    given = circumstances(engine, schema=SCHEMA)
    report = fixed_text(CASES[case], given)
    assert case.split()[0] in report.replaced[0].rules
    assert not [f for f in report.left if f.rule == case.split()[0] and f.category.value == "locking"]
    assert not fixed_text(report.files[0].after, given).files


@pytest.mark.parametrize("case", STAYS)
def test_what_would_be_refused_stays_as_it_is(case: str) -> None:
    """A statement that the server would refuse so is left alone, with the reason."""
    script, reason = STAYS[case]
    report = fixed_text(script, circumstances("mariadb", schema=SCHEMA))
    assert (report.files, [r for r in report.reasons if reason in r] != []) == ((), True)


@pytest.mark.parametrize("case", CASES)
def test_a_stated_cost_ends_in_the_same_table(case: str, mariadb_url: str) -> None:
    """SHOW CREATE TABLE and the sum over all rows are equal on a server, which accepts the statement."""
    fixed = fixed_text(CASES[case], circumstances("mariadb", schema=SCHEMA)).files[0].after
    told = []
    for script in (CASES[case], fixed):
        prepare(mariadb_url, SCHEMA)
        with connected(mariadb_url) as connection:
            run(connection, script.rstrip().rstrip(";"))
            told.append((run(connection, "SHOW CREATE TABLE orders"), run(connection, "CHECKSUM TABLE orders")))
            run(connection, "DROP TABLE orders")
    assert told[0] == told[1]
