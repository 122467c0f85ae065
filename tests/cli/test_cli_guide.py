"""The guide's own statements, as a user types them, on both engines."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.calls import Calls
from fix_oracle import dump_rows, dump_schema
from fix_postgres_binaries import client_program

MakeCalls = Callable[..., Calls]
MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData(naming_convention={"ix": "IX_%(table_name)s_%(column_0_name)s"})
messages = sa.Table(
    "Messages", metadata,
    sa.Column("MessageId", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("ChannelId", sa.BigInteger, nullable=False, index=True),
    sa.Column("Content", sa.Text),
    sa.Column("CreatedAt", sa.DateTime(timezone=True), nullable=False),
)
"""
FLAGS = '    sa.Column("Flags", sa.Integer, nullable=False, server_default="0"),\n)'


def run_script(url: str, script: Path) -> subprocess.CompletedProcess[str]:
    """Give a script to the engine's own client with its default flags, as an administrator does."""
    if url.startswith("sqlite"):
        command = [shutil.which("sqlite3") or "sqlite3", url.removeprefix("sqlite:///")]
        with script.open() as text:
            return subprocess.run(command, stdin=text, capture_output=True, text=True, check=False)
    address = urlsplit(url)
    command = [str(client_program("psql")), "-h", address.hostname or "", "-p", str(address.port), "-X"]
    command += ["-U", address.username or "", "-d", address.path.lstrip("/"), "-f", str(script)]
    environment = {**os.environ, "PGPASSWORD": address.password or ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def guide(calls: MakeCalls, target_url: str, request: pytest.FixtureRequest) -> Calls:
    """The message store's project with models, and nothing in its database."""
    name = f"guide_{abs(hash(request.node.nodeid))}"
    shop = calls(target_url)
    settings = shop.shop.path / "neoron.toml"
    settings.write_text(settings.read_text().replace("[project]\n", f'[project]\nmodels = "{name}:metadata"\n'))
    (shop.shop.path / f"{name}.py").write_text(MODELS)
    return shop


def _models(guide: Calls) -> Path:
    (file,) = guide.shop.path.glob("guide_*.py")
    return file


def test_create_and_apply_a_migration(guide: Calls) -> None:
    """`migrations add NAME` writes what the models need, and `database update` applies it."""
    text = guide.ok("migrations", "add", "InitialSchema")
    assert "creates table Messages" in text
    assert text.endswith("Next: neoron database update\n")
    (file,) = guide.shop.migrations.glob("*_initial_schema.py")
    assert f"wrote migrations/{file.name}" in text
    assert file.name.split("_")[0].isdigit()
    assert "0 → " in guide.ok("database", "update")
    assert set(guide.states().values()) == {"applied"}
    assert set(dump_rows(guide.shop.url)) == {"Messages"}
    assert "IX_Messages_ChannelId" in dump_schema(guide.shop.url)
    assert guide.ok("migrations", "check") == "models and migrations are equal\n"


def test_generate_a_script(guide: Calls, tmp_path: Path) -> None:
    """`migrations script --output FILE` writes SQL that the engine's client runs to the very same schema."""
    guide.ok("migrations", "add", "InitialSchema")
    file = tmp_path / "Migration.sql"
    assert guide.ok("migrations", "script", "--output", str(file)) == f"wrote {file}\n"
    done = run_script(guide.shop.url, file)
    assert done.returncode == 0, done
    by_script = dump_schema(guide.shop.url)
    assert set(guide.states().values()) == {"applied"}
    assert guide.ok("database", "update").startswith("nothing to do")
    guide.ok("rollback", "0")
    guide.ok("database", "update")
    assert dump_schema(guide.shop.url) == by_script


def test_generate_an_idempotent_script(guide: Calls, tmp_path: Path) -> None:
    """`migrations script --idempotent -o FILE` may be run twice: the second run changes nothing."""
    guide.ok("migrations", "add", "InitialSchema")
    file = tmp_path / "Production.sql"
    guide.ok("migrations", "script", "--idempotent", "-o", str(file))
    assert run_script(guide.shop.url, file).returncode == 0
    before = dump_schema(guide.shop.url), dump_rows(guide.shop.url), guide.states()
    again = run_script(guide.shop.url, file)
    assert (dump_schema(guide.shop.url), dump_rows(guide.shop.url), guide.states()) == before
    # SQLite's client has no conditionals: its second run stops at the guard, and says so.
    assert again.returncode == 0 or "already applied; nothing changed" in again.stderr


def test_remove_takes_a_file_and_never_an_applied_one(guide: Calls) -> None:
    """`migrations remove` deletes the newest file that is not applied; undoing an applied one is `neoron rollback`."""
    guide.ok("migrations", "add", "InitialSchema")
    (file,) = guide.shop.migrations.glob("*.py")
    assert guide.ok("migrations", "remove") == f"removed migrations/{file.name}\n"
    assert not file.exists()
    guide.ok("migrations", "add", "InitialSchema")
    guide.ok("database", "update")
    ran = guide.run("migrations", "remove")
    assert ran.exit_code == 10
    assert "is applied; removing its file would not undo it" in ran.stderr
    assert "Next: take it back first: neoron rollback" in ran.stderr
    assert len(guide.states()) == 1
    guide.ok("migrations", "remove", "--force")
    assert set(guide.states().values()) == {"ahead"}


def test_quick_rollback(guide: Calls) -> None:
    """What the guide calls quick rollback is `neoron rollback`: the last migration is taken back in the database."""
    guide.ok("migrations", "add", "InitialSchema")
    guide.ok("database", "update")
    before = dump_schema(guide.shop.url)
    models = _models(guide)
    migration = "op.add_column('Messages', sa.Column('Flags', sa.Integer, nullable=False, server_default='0'))"
    back = "with op.batch_alter_table('Messages') as batch:\n    batch.drop_column('Flags')"
    parent = next(iter(guide.states()))
    guide.shop.py("29990101000000", "metadata", parent, migration, back)
    models.write_text(MODELS.replace("\n)", f"\n{FLAGS}", 1))
    guide.ok("deploy")
    assert "Flags" in dump_schema(guide.shop.url)
    ran = guide.run("rollback", "--yes")
    assert ran.exit_code == 0, ran
    assert dump_schema(guide.shop.url) == before
    assert guide.states() == {parent: "applied", "29990101000000": "pending"}


def test_rollback_script(guide: Calls, tmp_path: Path) -> None:
    """`migrations script CURRENT PREVIOUS` goes down, says so first, and the client runs it."""
    guide.shop.sql("1", "first", "CREATE TABLE a (i INT);", "DROP TABLE a;")
    guide.shop.sql("2", "second", "CREATE TABLE b (i INT);", "DROP TABLE b;")
    guide.ok("database", "update")
    file = tmp_path / "Rollback.sql"
    guide.ok("migrations", "script", "2", "1", "-o", str(file))
    assert file.read_text().startswith("-- DOWN from 2 to 1")
    done = run_script(guide.shop.url, file)
    assert done.returncode == 0, done
    assert set(dump_rows(guide.shop.url)) == {"a"}
    assert guide.states() == {"1": "applied", "2": "pending"}
    guide.ok("database", "update")
    assert set(dump_rows(guide.shop.url)) == {"a", "b"}


def test_a_failing_script_stops_and_keeps_nothing_of_it(guide: Calls, tmp_path: Path) -> None:
    """A script whose statement fails stops there; the migrations before it are whole, the failed one is not there."""
    guide.shop.sql("1", "first", "CREATE TABLE a (i INT);", "DROP TABLE a;")
    guide.shop.sql("2", "second", "CREATE TABLE b (i INT);\nINSERT INTO missing VALUES (1);", "DROP TABLE b;")
    guide.shop.sql("3", "third", "CREATE TABLE c (i INT);", "DROP TABLE c;")
    file = tmp_path / "Migration.sql"
    guide.ok("migrations", "script", "-o", str(file))
    done = run_script(guide.shop.url, file)
    assert "missing" in done.stderr
    assert set(dump_rows(guide.shop.url)) <= {"a"}
    whole = {"1"} if "a" in dump_rows(guide.shop.url) else set()
    assert {version for version, state in guide.states().items() if state == "applied"} == whole
