"""Ways there and back over several migrations, by every kind of name, from any checkout."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import psycopg
import pytest

from fix_oracle import dump_rows, dump_schema
from fix_project import ProjectFolder
from lifecycle.ride import Stop, deploy, look, rollback, update
from neoron import Project
from neoron.api import consent, refuse
from neoron.errors import MigrationError

FIRST, SECOND, THIRD, FOURTH = (f"2026010{day}000000" for day in range(1, 5))
LAST = "29990101000000"
Make = Callable[..., ProjectFolder]


def _lay_out(folder: ProjectFolder) -> None:
    """Four migrations in both forms, each with rows of its own."""
    folder.sql(
        FIRST, "items", "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO items VALUES (1, 'a');",
        "DROP TABLE items;",
    )  # fmt: skip
    folder.py(
        SECOND, "price", FIRST, 'op.add_column("items", sa.Column("price", sa.Integer(), server_default="7"))',
        'op.drop_column("items", "price")',
    )  # fmt: skip
    folder.sql(
        THIRD, "tags", "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO tags VALUES (5, 't');",
        "DROP TABLE tags;",
    )  # fmt: skip
    folder.py(
        FOURTH, "item_tag", THIRD,
        'with op.batch_alter_table("items") as batch:\n    batch.add_column(sa.Column("tag", sa.Integer()))\n'
        '    batch.create_unique_constraint("uq_name", ["name"])',
        'with op.batch_alter_table("items") as batch:\n    batch.drop_constraint("uq_name", type_="unique")\n'
        '    batch.drop_column("tag")',
    )  # fmt: skip


@pytest.fixture
def shop(target_url: str, project: Make) -> ProjectFolder:
    """A project with four migrations, none applied yet."""
    folder = project(target_url)
    _lay_out(folder)
    return folder


@pytest.fixture
def stops(shop: ProjectFolder) -> dict[str, Stop]:
    """What the target looked like after each migration, the newest applied now."""
    found = {}
    for version in (FIRST, SECOND, THIRD, FOURTH):
        update(shop, version)
        found[version] = look(shop.url)
    return found


def _query(url: str, sql: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(url) as server:
        return server.execute(sql.encode()).fetchall()


def _applied(folder: ProjectFolder) -> list[str]:
    return [m.id for m in Project.open(folder.path).migrations_list() if m.state.value == "applied"]


def _same(now: Stop, then: Stop, *, rebuilt: Sequence[str] = ()) -> None:
    """Equal rows, and equal schemas but for the text of tables that Alembic typed anew."""
    assert now.rows == then.rows
    if not rebuilt:
        assert now.schema == then.schema


def test_a_rollback_over_several_migrations_is_one_run(shop: ProjectFolder, stops: dict[str, Stop]) -> None:
    """Rolling back three migrations at once leaves what was there after the first, and deploying brings all back."""
    report = rollback(shop, FIRST)
    assert [version for version, _ in report.versions] == [FOURTH, THIRD, SECOND]
    assert _applied(shop) == [FIRST]
    _same(look(shop.url), stops[FIRST], rebuilt=_retyped(shop))
    deploy(shop)
    _same(look(shop.url), stops[FOURTH], rebuilt=_retyped(shop))
    assert _applied(shop) == [FIRST, SECOND, THIRD, FOURTH]


def _retyped(folder: ProjectFolder) -> tuple[str, ...]:
    return ("items",) if folder.url.startswith("sqlite") else ()


@pytest.mark.usefixtures("stops")
def test_everything_can_be_taken_back(shop: ProjectFolder) -> None:
    """Rolling back to 0 leaves an empty database, from which a deploy reaches the same end."""
    end = look(shop.url)
    rollback(shop, "0")
    assert dump_rows(shop.url) == {}
    assert _applied(shop) == []
    deploy(shop)
    _same(look(shop.url), end)


def test_a_rollback_needs_no_files(shop: ProjectFolder, stops: dict[str, Stop]) -> None:
    """From a checkout whose migration files are gone, everything is taken back by the steps stored in the target."""
    for file in shop.migrations.iterdir():
        if file.is_file():
            file.unlink()
    rollback(shop, "-2")
    _same(look(shop.url), stops[SECOND], rebuilt=_retyped(shop))
    rollback(shop, "price")
    _same(look(shop.url), stops[SECOND], rebuilt=_retyped(shop))
    rollback(shop, "0")
    assert dump_rows(shop.url) == {}
    _lay_out(shop)
    deploy(shop)
    assert look(shop.url).rows == stops[FOURTH].rows


def test_the_way_back_is_the_one_that_was_applied(shop: ProjectFolder, stops: dict[str, Stop]) -> None:
    """A file whose way down was edited after it was applied does not change what a rollback sends."""
    file = next(shop.migrations.glob(f"{THIRD}_*"))
    file.write_text(file.read_text().replace("DROP TABLE tags", "DROP TABLE items"))
    rollback(shop, SECOND)
    _same(look(shop.url), stops[SECOND], rebuilt=_retyped(shop))
    assert "tags" not in dump_rows(shop.url)


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (SECOND, SECOND), ("price", SECOND), ("-1", THIRD), ("-3", FIRST), ("0", ""), (THIRD[:8], THIRD),
        ("head", FOURTH),
    ],
)
def test_update_goes_back_by_id_name_count_and_0(
    shop: ProjectFolder, stops: dict[str, Stop], target: str, reached: str
) -> None:
    """`database update` takes an older id, a name, the start of an id, -1 or 0, and goes back to it."""
    update(shop, target)
    now = look(shop.url)
    assert now.rows == (stops[reached].rows if reached else {})
    assert (_applied(shop) or [""])[-1] == reached
    update(shop)
    assert look(shop.url).rows == stops[FOURTH].rows


@pytest.mark.usefixtures("stops")
def test_a_way_back_that_loses_rows_asks_first(shop: ProjectFolder) -> None:
    """Without consent a rollback that would drop rows is refused with their number, and nothing changes."""
    before = look(shop.url)
    with pytest.raises(MigrationError, match=r"tags \(1 row\)"):
        Project.open(shop.path).rollback(SECOND, consent=refuse)
    assert look(shop.url) == before


def test_a_migration_without_a_way_down_stops_a_rollback(shop: ProjectFolder) -> None:
    """A rollback over a migration that has no way down is refused before anything is taken back."""
    shop.sql("20260105000000", "one_way", "CREATE TABLE last (a INTEGER);", None)
    shop.sql("20260106000000", "after", "CREATE TABLE after (a INTEGER);", "DROP TABLE after;")
    deploy(shop)
    before = look(shop.url)
    with pytest.raises(MigrationError, match="20260105000000 one_way cannot be taken back"):
        rollback(shop, FOURTH)
    assert look(shop.url) == before
    rollback(shop)
    assert "after" not in dump_rows(shop.url)


@pytest.fixture
def branches(target_url: str, project: Make) -> ProjectFolder:
    """Two branches after the first migration, and a merge of them with something after it."""
    folder = project(target_url)
    _add_table(folder, FIRST, "root", None)
    _add_table(folder, SECOND, "left", FIRST)
    _add_table(folder, THIRD, "right", FIRST)
    merge = Project.open(folder.path).migrations_merge()
    _add_table(folder, LAST, "last", merge.id)
    return folder


def _add_table(folder: ProjectFolder, version: str, name: str, parent: str | None) -> None:
    folder.py(
        version, name, parent, f'op.create_table("{name}", sa.Column("a", sa.Integer()))', f'op.drop_table("{name}")'
    )


def test_a_merge_of_two_heads_goes_there_and_back(branches: ProjectFolder) -> None:
    """A merge migration is applied, taken back with its branches, and applied again."""
    deploy(branches)
    first = look(branches.url)
    assert set(first.rows) == {"root", "left", "right", "last"}
    rollback(branches, FIRST)
    assert set(dump_rows(branches.url)) == {"root"}
    deploy(branches)
    assert look(branches.url) == first
    update(branches, "left")
    assert set(dump_rows(branches.url)) == {"root", "left"}
    update(branches)
    assert look(branches.url) == first


def test_alembics_own_table_stays_true_over_a_merge(branches: ProjectFolder) -> None:
    """Where Alembic's table is kept, it names the heads after every step over two branches, up and down."""
    update(branches, "0")
    _make_alembic_table(branches.url)
    seen = []
    for target in ("root", "left", "right", "merge", "right", "left", "root", "0", "head"):
        update(branches, target)
        seen.append(sorted(str(row[0]) for row in _query(branches.url, "SELECT version_num FROM alembic_version")))
    merge = Project.open(branches.path).migrations_offline()[3].id
    assert seen == [
        [FIRST], [SECOND], [SECOND, THIRD], [merge], [SECOND, THIRD], [SECOND], [FIRST], [], [LAST],
    ]  # fmt: skip


def _make_alembic_table(url: str) -> None:
    text = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute(text)
    else:
        with psycopg.connect(url) as server:
            server.execute(text.encode())


def test_the_command_line_goes_there_and_back(shop: ProjectFolder) -> None:
    """`deploy` with its backup, `rollback`, `database update` and `deploy` again, as a user types them."""
    answer = shop.json("deploy")
    assert answer["ok"], answer
    assert answer["result"]["backup"]["verified_at"]
    first = look(shop.url)
    refused = shop.run("rollback", SECOND)
    assert refused.exit_code == 10, refused.output
    assert look(shop.url) == first
    assert shop.run("--yes", "rollback", SECOND).exit_code == 0
    assert "tags" not in dump_schema(shop.url)
    assert shop.run("--yes", "database", "update", "0").exit_code == 0
    assert dump_rows(shop.url) == {}
    again = shop.run("deploy", "--no-backup")
    assert again.exit_code == 0, again.output
    assert look(shop.url) == first


def test_the_same_id_in_two_projects_of_one_process(project: Make, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two projects whose migrations have the same ids do not see each other's code in one process."""
    urls = [f"sqlite:///{tmp_path_factory.mktemp('two') / 'target.db'}" for _ in range(2)]
    folders = [project(url, name=f"project{i}") for i, url in enumerate(urls)]
    for name, folder in zip(("one", "two"), folders, strict=True):
        _add_table(folder, FIRST, name, None)
    for folder in folders:
        deploy(folder)
    assert [set(dump_rows(url)) for url in urls] == [{"one"}, {"two"}]
    for folder in folders:
        rollback(folder)
    assert [dump_rows(url) for url in urls] == [{}, {}]


def test_a_file_edited_before_its_second_deploy(shop: ProjectFolder) -> None:
    """A migration that was taken back, edited within the same second and deployed again runs as it is now."""
    deploy(shop, SECOND)
    rollback(shop)
    file = next(shop.migrations.glob(f"{SECOND}_*"))
    file.write_text(file.read_text().replace("price", "piece"))
    deploy(shop, SECOND)
    assert "piece" in dump_schema(shop.url)
    assert "price" not in dump_schema(shop.url)
    assert Project.open(shop.path).database_update(SECOND, consent=consent).is_ok
