"""History and journal of every way, what the commands tell of it, and the catalog read back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conformance.all_engines import ask
from conformance.engine_postgresql import Postgresql18
from conformance.engine_under_test import EngineUnderTest
from conformance.facts import JOURNAL, facts
from conformance.forked_runs import Driver
from fix_oracle import dump_rows, dump_schema
from fix_project import ProjectFolder
from neoron import Project
from neoron.engines.lookup import open_url

MakeProject = Callable[..., ProjectFolder]


def ways(driver: Driver, engine: EngineUnderTest, folder: ProjectFolder) -> None:
    """Up, down to the first version, up, down to nothing: the history at each stop, and the journal of it all."""
    versions, untouched = engine.write(folder), engine.empty()
    ask(untouched, "SELECT 1")
    for target, applied in (("head", versions), (versions[0], versions[:1]), ("head", versions), ("0", ())):
        ran = driver.run(folder, "--yes", "database", "update", target)
        assert ran.is_done, ran.output
        stop = facts(folder.url)
        assert (stop.history, stop.faults) == (tuple((version, "applied") for version in applied), ())
    assert (stop.schema, stop.rows) == (dump_schema(untouched), {})
    events = [(row[3], row[4]) for row in ask(folder.url, JOURNAL) if row[3] in ("applied", "reverted")]
    there, back = [("applied", v) for v in versions], [("reverted", v) for v in reversed(versions)]
    assert events == [*there, *back[:-1], *there[1:], *back]


def test_history_and_journal_tell_every_way(driver: Driver, engine: EngineUnderTest, project: MakeProject) -> None:
    """Each stop is in the history, each way in the chained journal, and at the end nothing else is left."""
    ways(driver, engine, project(engine.empty()))


@pytest.mark.parametrize("engine", [Postgresql18], ids=["postgresql-18"], indirect=True)
def test_a_second_version_of_postgresql_does_the_same(
    driver: Driver, engine: EngineUnderTest, project: MakeProject, record_property: Callable[[str, object], None]
) -> None:
    """In the quick run too: the rest of the suite runs on it at night."""
    ways(driver, engine, project(engine.empty()))
    record_property("figure", f"{engine.version()}: the suite's migrations went there and back and there")


def test_list_and_status_tell_what_is_there(driver: Driver, engine: EngineUnderTest, project: MakeProject) -> None:
    """`migrations list` shows applied, pending and altered, and `database status` the version that it is at."""
    folder = project(engine.empty())
    versions = engine.write(folder)
    assert driver.run(folder, "database", "update", versions[1]).exit_code == 0
    opened = Project.open(folder.path)
    states = [row.state.value for row in opened.migrations_list()]
    assert states == ["applied", "applied", *["pending"] * (len(versions) - 2)]
    status = driver.run(folder, "database", "status")
    assert (status.exit_code, f"2 applied, {len(versions) - 2} pending" in status.output) == (0, True), status.output
    next(folder.migrations.glob(f"{versions[0]}_*")).unlink()
    folder.sql(versions[0], "edited", "CREATE TABLE other (id int);", "DROP TABLE other;")
    assert opened.migrations_list()[0].state.value == "altered"


SHOP = """
op.create_table(
    "shops",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("opened", sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_shops"),
    sa.UniqueConstraint("name", name="uq_shops_name"),
)
op.create_table(
    "sales",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("shop_id", sa.Integer(), nullable=False),
    sa.Column("amount", sa.Numeric(9, 2), nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_sales"),
    sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_sales_shop"),
)
op.create_index("ix_sales_amount", "sales", ["amount"])
op.execute("INSERT INTO shops (id, name) VALUES (1, 'one'), (2, 'two')")
"""


def test_the_catalog_reads_back_what_a_migration_made(
    driver: Driver, engine: EngineUnderTest, project: MakeProject
) -> None:
    """Tables, columns, keys, indexes, references, values and contents; the same again after a way there and back."""
    folder = project(engine.empty())
    folder.py("1", "shop", None, SHOP, 'op.drop_table("sales")\nop.drop_table("shops")')
    found, url = open_url(folder.url, Path())
    read = []
    for _ in range(2):
        assert driver.run(folder, "database", "update").exit_code == 0
        with closing(found.session.connect(url)) as session:
            read.append(found.catalog.schema(session))
        back = driver.run(folder, "rollback", "0", "--yes")
        assert back.is_done, back.output
    assert read[0] == read[1]
    shops, sales = read[0].table("shops"), read[0].table("sales")
    assert shops
    assert sales
    nullable = [(column.name, column.is_nullable) for column in (*shops.columns, *sales.columns)]
    assert nullable == [("id", False), ("name", False), ("opened", True), ("id", False), ("shop_id", False),
                        ("amount", True)]  # fmt: skip
    assert (shops.primary_key, sales.primary_key) == (("id",), ("id",))
    assert ("sales", "shops") in [(key.table, key.references) for key in read[0].foreign_keys]
    assert "ix_sales_amount" in [index.name for index in read[0].indexes]
    assert [index.table for index in read[0].indexes if index.is_unique and index.table == "shops"] != []


def test_the_catalog_counts_and_compares_values(driver: Driver, engine: EngineUnderTest, project: MakeProject) -> None:
    """How many values a column holds, and a checksum that another value changes; rows go in in bulk."""
    folder = project(engine.empty())
    folder.py("1", "shop", None, SHOP, 'op.drop_table("sales")\nop.drop_table("shops")')
    assert driver.run(folder, "database", "update").exit_code == 0
    found, url = open_url(folder.url, Path())
    with closing(found.session.connect(url)) as session:
        shops = found.catalog.schema(session).table("shops")
        assert shops
        assert (found.catalog.filled(session, "shops", "name"), found.catalog.filled(session, "shops", "opened")) == (
            2, 0,
        )  # fmt: skip
        before = found.catalog.content(session, shops, ["id", "name"])
        session.execute("UPDATE shops SET name = 'three' WHERE id = 2")
        after = found.catalog.content(session, shops, ["id", "name"])
        assert (before.row_count, after.row_count) == (2, 2)
        assert before.checksum != after.checksum
        session.begin()
        assert found.rows.insert(session, "shops", ["id", "name"], [(7, "seven"), (8, "eight")]) == 2
        session.commit()
    assert dump_rows(folder.url)["shops"][0] == 4
