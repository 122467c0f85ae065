"""Migrations of a project are reviewed, offline and before they run on an environment that asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fix_project import ProjectFolder

CONFIG = '[environments.production]\nurl = "{url}"\n{rest}\n'
TABLES = "CREATE TABLE orders (id bigint PRIMARY KEY, note text)"


def _rules(answer: dict[str, Any]) -> set[str]:
    found = answer["result"]["findings"]
    return {f["rule"] for f in found if not f["allowed"] and f["severity"] != "info"}


@pytest.fixture
def shop(project: Any, postgres_url: str) -> ProjectFolder:
    """A project with a table, and a migration that drops a column of it."""
    folder: ProjectFolder = project(postgres_url)
    folder.sql("20240101000000", "orders", TABLES, "DROP TABLE orders")
    folder.sql("20240201000000", "less", "ALTER TABLE orders DROP COLUMN note", "ALTER TABLE orders ADD note text")
    return folder


@pytest.mark.postgresql
def test_the_newest_migration_is_reviewed(shop: ProjectFolder) -> None:
    """Offline: what older migrations made is there and in use; a range that makes it itself is safe."""
    answer = shop.json("review", "--engine", "postgresql")
    assert (_rules(answer), answer["exit_code"]) == ({"drop-column"}, 1)
    finding = answer["result"]["findings"][0]
    assert finding["file"] == "migrations/20240201000000_less.sql"
    assert _rules(shop.json("review", "0", "--engine", "postgresql")) == set()


@pytest.mark.postgresql
def test_python_migrations_are_reviewed_and_allowed(shop: ProjectFolder) -> None:
    """What Alembic operations would send is reviewed; a comment in the file allows it with a reason."""
    body = "op.drop_table('orders')"
    file = shop.py("20240301000000", "gone", "20240201000000", body)
    assert _rules(shop.json("review", "--engine", "postgresql")) == {"drop-table"}
    file.write_text(file.read_text().replace(body, f"# neoron: allow drop-table because it is empty\n    {body}"))
    answer = shop.json("review", "--engine", "postgresql")
    assert (_rules(answer), answer["exit_code"]) == (set(), 0)
    file.write_text(file.read_text().replace("drop-table because", "truncate because"))
    assert _rules(shop.json("review", "--engine", "postgresql")) == {"drop-table", "unneeded-allow"}


@pytest.mark.postgresql
def test_an_allow_holds_for_its_operation(shop: ProjectFolder) -> None:
    """In a .py migration a reason counts for the operation at which it stands, also in a batch, not for the next."""
    up = """
        # neoron: allow drop-column because it was never read
        op.drop_column(
            'orders', 'a')
        op.drop_column('orders', 'b')  # neoron: allow drop-column because neither was this
        with op.batch_alter_table('orders') as batch:
            # neoron: allow drop-column because nor this
            batch.drop_column('c')
        op.drop_column('orders', 'd')
    """
    shop.sql("20240210000000", "wide", "ALTER TABLE orders ADD a int, ADD b int, ADD c int, ADD d int", "SELECT 1")
    file = shop.py("20240301000000", "narrow", "20240210000000", up)
    found = shop.json("review", "--engine", "postgresql")["result"]["findings"]
    open_ = {(f["rule"], f["message"].split()[3]) for f in found if not f["allowed"] and f["severity"] == "error"}
    assert open_ == {("drop-column", "orders.d")}
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "'d'" in text)
    assert {f["line"] for f in found if "orders.d" in f["message"]} == {line}
    assert [f["rule"] for f in found if f["severity"] == "info"] == ["no-way-down"]


@pytest.mark.postgresql
def test_a_migration_without_a_way_down_says_so(shop: ProjectFolder) -> None:
    """At `migrations add` and in a review: only a restore undoes it; with a way down nothing is said."""
    ran = shop.run("migrations", "add", "later", "--empty", "--sql")
    assert "has no way down yet; without one only a restore can undo it" in ran.stderr
    next(shop.migrations.glob("*_later.sql")).unlink()
    file = shop.sql("20240301000000", "one_way", "UPDATE orders SET id = 1 WHERE id = 2", None)
    found = shop.json("review", "--engine", "postgresql")["result"]["findings"]
    assert [f["message"] for f in found if f["rule"] == "no-way-down"] == [
        "migrations/20240301000000_one_way.sql has no way down: only a restore can undo it"
    ]
    file.write_text(file.read_text() + "\n-- migrate:down\nUPDATE orders SET id = 2 WHERE id = 1;\n")
    found = shop.json("review", "--engine", "postgresql")["result"]["findings"]
    assert "no-way-down" not in {f["rule"] for f in found}


@pytest.mark.postgresql
@pytest.mark.parametrize("rest", ["protected = true", 'require = ["review"]'])
def test_a_deployment_is_refused_until_a_reason_allows_it(shop: ProjectFolder, postgres_url: str, rest: str) -> None:
    """Exit 10 before anything is sent; with a reason the same deployment goes through and keeps its findings."""
    assert shop.run("database", "update", "20240101000000").exit_code == 0
    file = shop.path / "neoron.toml"
    file.write_text(file.read_text() + CONFIG.format(url=postgres_url, rest=rest))
    words = ("deploy", "--env", "production", "--yes")
    refused = shop.run(*words)
    assert refused.exit_code == 10
    assert "drop-column" in refused.stderr
    assert "Nothing changed" in refused.stderr
    migration = Path(shop.migrations / "20240201000000_less.sql")
    allowed = "-- neoron: allow drop-column because nobody reads it\nALTER"
    migration.write_text(migration.read_text().replace("ALTER", allowed, 1))
    answer = shop.json(*words)
    assert answer["exit_code"] == 0
    assert {f["allowed"] for f in answer["result"]["findings"]} == {"nobody reads it"}


@pytest.mark.postgresql
def test_a_required_review_holds_back_an_update(shop: ProjectFolder, postgres_url: str) -> None:
    """`database update` on an environment that requires a review refuses with exit 10 too."""
    assert shop.run("database", "update", "20240101000000").exit_code == 0
    file = shop.path / "neoron.toml"
    file.write_text(file.read_text() + CONFIG.format(url=postgres_url, rest='require = ["review"]'))
    assert shop.run("database", "update", "--env", "production").exit_code == 10


@pytest.mark.postgresql
def test_a_live_target_gives_rows_and_time(shop: ProjectFolder, postgres_url: str) -> None:
    """With --env the finding says how many rows it is about, and small tables block nobody."""
    import psycopg

    assert shop.run("database", "update").exit_code == 0
    with psycopg.connect(postgres_url) as connection:
        connection.execute("INSERT INTO orders (id) SELECT generate_series(1, 60000)")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ANALYZE orders")
    shop.sql("20240301000000", "wide", "ALTER TABLE orders ALTER COLUMN id TYPE numeric")
    found = shop.json("review", "--url", postgres_url)["result"]["findings"]
    told = next(f["message"] for f in found if f["rule"] == "rewrite-type")
    assert "here it rewrites 60,000 rows (" in told
    assert "during which reads and writes of orders wait" in told
