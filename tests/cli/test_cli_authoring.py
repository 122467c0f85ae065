"""New migrations: from models, by hand, renamed, merged, removed, accepted; and new projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.calls import Calls, two_tables
from fix_oracle import dump_rows, dump_schema

MakeCalls = Callable[..., Calls]
ITEMS, PRICE = "20260101000000", "20260102000000"


class Shop(Calls):
    """Calls in a project whose models can be written again; each time as a module of a new name."""

    def models(self, *columns: str, table: str = "items") -> None:
        """Let the models be one table with an id and these columns."""
        number = len(list(self.shop.path.glob("models_*.py")))
        name = f"models_{abs(hash(self.shop.path))}_{number}"
        text = "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\n"
        columns = ('"id", sa.Integer, primary_key=True', *columns)
        text += f'sa.Table("{table}", metadata, {", ".join(f"sa.Column({column})" for column in columns)})\n'
        (self.shop.path / f"{name}.py").write_text(text)
        lines = (self.shop.path / "neoron.toml").read_text().splitlines()
        kept = [line for line in lines if not line.startswith("models")]
        kept.insert(1, f'models = "{name}"')
        (self.shop.path / "neoron.toml").write_text("\n".join(kept) + "\n")


@pytest.fixture
def shop(calls: MakeCalls, target_url: str) -> Shop:
    """A project with models and one applied migration that makes them: items(id, name)."""
    plain = calls(target_url)
    shop = Shop(plain.shop, plain.read)
    shop.models('"name", sa.String(50)')
    shop.ok("migrations", "add", "items")
    shop.ok("database", "update")
    return shop


def _newest(shop: Calls) -> Path:
    return max(shop.shop.migrations.iterdir(), key=lambda file: file.name)


def test_equal_models_give_no_migration(shop: Shop) -> None:
    """`migrations add` without a difference writes nothing, and says how to write one by hand."""
    ran = shop.run("migrations", "add", "Nothing")
    assert (ran.exit_code, ran.stdout) == (64, "")
    assert "models and migrations are equal" in ran.stderr
    assert "neoron migrations add nothing --empty" in ran.stderr
    assert len(shop.states()) == 1


def test_a_difference_makes_check_exit_1_and_add_a_file(shop: Shop) -> None:
    """`migrations check` exits 1 and names the difference; `migrations add` writes it, and the way back."""
    shop.models('"name", sa.String(50)', '"price", sa.Integer')
    ran = shop.run("migrations", "check")
    assert ran.exit_code == 1
    assert "models and migrations differ:\n  adds column items.price\nNext: neoron migrations add NAME" in ran.stdout
    assert shop.json("migrations", "check")["result"] == {"changes": ["adds column items.price"]}
    before = dump_schema(shop.shop.url)
    result = shop.result("migrations", "add", "Add price")
    assert result["path"] == f"migrations/{result['id']}_add_price.py"
    assert (result["changes"], result["destructive"]) == (["adds column items.price"], [])
    shop.ok("database", "update")
    assert shop.ok("migrations", "check") == "models and migrations are equal\n"
    shop.ok("rollback")
    assert dump_schema(shop.shop.url) == before


def test_what_is_destroyed_is_named(shop: Shop) -> None:
    """A column or table that goes is named object by object before anything is applied."""
    shop.models()
    ran = shop.run("migrations", "add", "Drop name")
    assert ran.exit_code == 0
    assert "warning: drops column items.name with what it holds; see what that costs: neoron review" in ran.stderr
    shop.models(table="others")
    shop.ok("migrations", "remove")
    ran = shop.run("migrations", "add", "Replace")
    assert "warning: drops table items" in ran.stderr
    assert "creates table others" in ran.stdout


def test_a_possible_rename_is_never_guessed(shop: Shop) -> None:
    """Without an answer a rename stays a drop and an add, with the flag that would make it a rename."""
    shop.models('"title", sa.String(50)')
    ran = shop.run("migrations", "add", "Title")
    assert "note: if that was a rename, remove this migration and add it again with" in ran.stderr
    assert "--rename items.name:title" in ran.stderr
    assert "drops column items.name" in ran.stdout
    shop.ok("migrations", "remove")
    text = shop.ok("migrations", "add", "Title", "--rename", "items.name:title")
    assert text.splitlines()[1:-1] == ["  renames column items.name to title"]


def test_a_rename_keeps_the_values_both_ways(shop: Shop) -> None:
    """`--rename OLD:NEW` keeps what the column or table holds, up and down."""
    shop.shop.sql("29990101000000", "rows", "INSERT INTO items (id, name) VALUES (1, 'kept');", "DELETE FROM items;")
    shop.ok("database", "update")
    before = dump_schema(shop.shop.url), dump_rows(shop.shop.url)
    shop.models('"title", sa.String(50)')
    shop.ok("migrations", "add", "Title", "--rename", "name:title")
    shop.ok("database", "update")
    assert dump_rows(shop.shop.url)["items"][0] == 1
    shop.ok("rollback", "--yes")
    assert (dump_schema(shop.shop.url), dump_rows(shop.shop.url)) == before
    shop.ok("migrations", "remove")
    shop.models('"name", sa.String(50)', table="goods")
    shop.ok("migrations", "add", "Goods", "--rename", "items:goods")
    shop.ok("database", "update")
    assert dump_rows(shop.shop.url)["goods"] == before[1]["items"]
    shop.ok("rollback", "--yes")
    assert dump_rows(shop.shop.url) == before[1]


def test_sql_files_are_written_for_the_projects_engine(shop: Shop) -> None:
    """`migrations add --sql` writes the difference as SQL that applies and can be taken back."""
    shop.models('"name", sa.String(50)', '"price", sa.Integer')
    before = dump_schema(shop.shop.url)
    shop.ok("migrations", "add", "Price", "--sql")
    file = _newest(shop)
    assert file.suffix == ".sql"
    assert "-- migrate:up\nALTER TABLE items ADD COLUMN price INTEGER;" in file.read_text()
    shop.ok("database", "update")
    assert shop.ok("migrations", "check")
    shop.ok("rollback")
    assert dump_schema(shop.shop.url) == before


def test_empty_files_are_for_writing_by_hand(shop: Shop) -> None:
    """`migrations add --empty` needs no difference, as .py and as .sql; unwritten ones are refused when applied."""
    said = shop.run("migrations", "add", "By hand", "--empty").stdout
    assert said.endswith(f"Next: write its statements into migrations/{_newest(shop).name}\n")
    assert "def upgrade() -> None:\n    pass" in _newest(shop).read_text()
    shop.ok("migrations", "remove")
    shop.ok("migrations", "add", "By hand", "--empty", "--sql")
    assert "-- migrate:up\n\n\n-- migrate:down\n" in _newest(shop).read_text()
    assert shop.run("database", "update").exit_code == 65


@pytest.mark.parametrize(
    ("name", "slug"),
    [("AddReplyTo", "add_reply_to"), ("add reply-to!", "add_reply_to"), ("Größe ändern", "größe_ändern")],
)
def test_a_name_becomes_part_of_the_file_name(calls: MakeCalls, sqlite_url: str, name: str, slug: str) -> None:
    """Whatever a user calls a migration becomes a plain file name, in order after those there are."""
    shop = two_tables(calls(sqlite_url))
    shop.shop.sql("99991231235959", "last", "SELECT 1;")
    result = shop.result("migrations", "add", name, "--empty", "--sql")
    assert result["path"].endswith(f"_{slug}.sql")
    assert int(result["id"]) > 99991231235959
    assert shop.run("migrations", "add", "!!!", "--empty").exit_code == 64


def test_models_that_cannot_be_imported_are_named(calls: MakeCalls, sqlite_url: str) -> None:
    """Wrong or missing models are named with the setting, never with a traceback."""
    shop = calls(sqlite_url)
    settings = shop.shop.path / "neoron.toml"
    plain = settings.read_text()
    assert "no models to compare with" in shop.run("migrations", "add", "x").stderr
    (shop.shop.path / "broken_models.py").write_text("1 / 0\n")
    (shop.shop.path / "plain_models.py").write_text("metadata = 1\n")
    for setting, says in (
        ("no_such_module:metadata", "cannot import `no_such_module`: ModuleNotFoundError"),
        ("broken_models:metadata", "cannot import `broken_models`: ZeroDivisionError"),
        ("plain_models:metadata", "is not SQLAlchemy metadata"),
    ):
        settings.write_text(plain.replace("[project]\n", f'[project]\nmodels = "{setting}"\n'))
        ran = shop.run("migrations", "add", "x")
        assert (ran.exit_code, ran.stderr.count("\n")) == (64, 1)
        assert says in ran.stderr


def test_merge_joins_two_heads(calls: MakeCalls, target_url: str) -> None:
    """`migrations merge` writes a file that follows both heads; it is applied and taken back like any other."""
    shop = two_tables(calls(target_url))
    assert "there is only one head" in shop.run("migrations", "merge").stderr
    shop.shop.py("20260103000000", "left", PRICE, "op.execute('CREATE TABLE l (i INT)')", "op.execute('DROP TABLE l')")
    shop.shop.py("20260104000000", "right", PRICE, "op.execute('CREATE TABLE r (i INT)')", "op.execute('DROP TABLE r')")
    result = shop.result("migrations", "merge", "both sides")
    assert result["name"] == "both_sides"
    shop.ok("database", "update")
    assert set(dump_rows(shop.shop.url)) == {"items", "l", "r"}
    shop.ok("rollback", PRICE)
    assert set(dump_rows(shop.shop.url)) == {"items"}
    shop.ok("database", "update")


def test_accept_keeps_an_edited_file_and_its_new_way_down(calls: MakeCalls, target_url: str) -> None:
    """`migrations accept` records an edited applied file; its new way down is the one that a rollback runs."""
    shop = two_tables(calls(target_url))
    shop.ok("database", "update")
    assert "is applied, not altered" in shop.run("migrations", "accept", "price").stderr
    down = "ALTER TABLE items DROP COLUMN price;\nDELETE FROM items;"
    shop.shop.sql(PRICE, "price", "ALTER TABLE items ADD COLUMN price BIGINT;", down)
    assert shop.states()[PRICE] == "altered"
    rows = dump_rows(shop.shop.url)
    result = shop.result("migrations", "accept", "price")
    assert result["outcome"] == "done"
    assert dump_rows(shop.shop.url) == rows
    assert shop.states()[PRICE] == "applied"
    assert shop.ok("database", "update").startswith("nothing to do")
    shop.ok("rollback", "--yes")
    assert dump_rows(shop.shop.url)["items"][0] == 0


def test_list_without_asking_a_target(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """`migrations list --offline` shows the files and touches no database."""
    shop = two_tables(calls(sqlite_url))
    text = shop.ok("migrations", "list", "--offline", "--engine", "postgresql")
    shown = [line.split()[:3] for line in text.splitlines()[1:]]
    assert shown == [[ITEMS, "items", "pending"], [PRICE, "price", "pending"]]
    assert not (tmp_path / "target.db").exists()


def test_init_makes_a_project_that_works(calls: MakeCalls, sqlite_url: str, tmp_path: Path) -> None:
    """`neoron init` writes settings, models and a migrations folder, and `--sql` does without models."""
    any_calls = calls(sqlite_url)
    for name, flags in (("fresh", ()), ("plain", ("--sql",))):
        folder = tmp_path / name
        assert "Next: neoron migrations add initial" in any_calls.ok("init", str(folder), *flags)
        assert (folder / "models.py").exists() == (name == "fresh")
        assert (folder / "migrations").is_dir()
        assert any_calls.ok("--project", str(folder), "migrations", "list").startswith("no migrations")
        any_calls.ok("--project", str(folder), "migrations", "add", "first", "--sql", "--empty")
        ran = any_calls.run("init", str(folder))
        assert (ran.exit_code, "this is a project already" in ran.stderr) == (64, True)


def test_init_without_a_folder_is_for_this_one(
    calls: MakeCalls, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`neoron init` in a folder makes that folder the project, and commands work below it."""
    any_calls = calls(sqlite_url)
    below = tmp_path / "here" / "src"
    below.mkdir(parents=True)
    assert any_calls.run("--project", str(tmp_path / "here"), "init").exit_code == 0
    monkeypatch.chdir(below)
    from neoron.cli import main

    any_calls.read()
    assert main(["migrations", "list"]) == 0
    assert any_calls.read()[0].startswith("no migrations")
