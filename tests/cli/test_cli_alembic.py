"""An Alembic project that exists already is taken up as it is, and Alembic goes on believing what is true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from cli.alembic_project import EMPTY, FIRST, HEAD, MIDDLE, AlembicProject, for_target, lay_out
from cli.calls import Calls
from fix_project import ProjectFolder

MakeCalls = Callable[..., Calls]
Adopted = tuple[AlembicProject, Calls]


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `alembic init` laid out, once for all tests, with four revisions."""
    path = tmp_path_factory.mktemp("alembic") / "old"
    lay_out(path)
    return path


@pytest.fixture
def adopted(calls: MakeCalls, target_url: str, tmp_path: Path, laid_out: Path) -> Adopted:
    """A project that Alembic has brought to its third of four revisions, taken up by `neoron init`."""
    old = for_target(laid_out, tmp_path / "old", target_url)
    old.alembic("upgrade", MIDDLE)
    any_calls = calls(target_url, name="unused")
    new = Calls(ProjectFolder(old.path, target_url), any_calls.read)
    ran = any_calls.run("init", str(old.path))
    assert ran.exit_code == 0, ran
    assert "Next: neoron migrations list" in ran.stdout
    assert "include_name=" in ran.stderr
    settings = old.path / "neoron.toml"
    if "url_env" in settings.read_text():
        settings.write_text(settings.read_text().replace('url_env = "DATABASE_URL"', f'url = "{target_url}"'))
    return old, new


def _columns(url: str, table: str) -> set[str]:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    found = sa.inspect(engine)
    names = {c["name"] for c in found.get_columns(table)} if found.has_table(table) else set()
    engine.dispose()
    return names


def _alembic_version(url: str) -> list[str]:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(sa.text("SELECT version_num FROM alembic_version"))]
    engine.dispose()
    return found


def test_what_alembic_applied_is_shown_as_applied(adopted: Adopted) -> None:
    """`neoron init` writes one file beside alembic.ini, and what Alembic applied is shown as applied."""
    old, new = adopted
    assert 'migrations = "alembic/versions"' in (old.path / "neoron.toml").read_text()
    left = {p.name for p in old.path.iterdir()} - {"target.db", "__pycache__"}
    assert left == {"alembic", "alembic.ini", "neoron.toml", "old_models.py"}
    assert new.states() == {FIRST: "applied", EMPTY: "applied", MIDDLE: "applied", HEAD: "pending"}
    assert "by Alembic" in new.ok("migrations", "list")


def test_an_update_leaves_alembic_with_nothing_to_do(adopted: Adopted) -> None:
    """After `database update` alembic says head, finds nothing to upgrade and no difference to the models."""
    old, new = adopted
    new.ok("database", "update")
    assert f"{HEAD} (head)" in old.alembic("current")
    assert "Running upgrade" not in old.alembic("upgrade", "head")
    assert new.ok("database", "update") == f"nothing to do: the database is at {HEAD}\n"
    # Alembic's check sees two tables that no model has, until env.py passes over them as `neoron init` says.
    with pytest.raises(AssertionError, match="neoron_history"):
        old.alembic("check")
    env = old.path / "alembic" / "env.py"
    ours = 'include_name=lambda name, *_: not str(name).startswith("neoron_"), '
    env.write_text(env.read_text().replace("connection=connection, ", f"connection=connection, {ours}"))
    assert "No new upgrade operations detected" in old.alembic("check")


def test_a_rollback_moves_alembics_version_truthfully(adopted: Adopted) -> None:
    """`rollback` takes alembic_version back with the schema, also past what Alembic itself applied."""
    old, new = adopted
    new.ok("database", "update")
    new.ok("rollback")
    assert _alembic_version(old.url) == [MIDDLE]
    assert _columns(old.url, "users") == {"id", "email"}
    new.ok("rollback", FIRST)
    assert _alembic_version(old.url) == [FIRST]
    assert not _columns(old.url, "posts")
    new.ok("rollback", "0")
    assert _alembic_version(old.url) == []
    assert not _columns(old.url, "users")
    old.alembic("upgrade", "head")
    assert f"{HEAD} (head)" in old.alembic("current")


def test_a_first_rollback_asks_to_record_the_way_down(adopted: Adopted) -> None:
    """What only Alembic applied has no recorded way down yet; Neoron says how to record it, and then goes back."""
    old, new = adopted
    ran = new.run("rollback", "--yes")
    assert (ran.exit_code, ran.stdout) == (10, "")
    assert f"neoron database update {MIDDLE}" in ran.stderr
    new.ok("database", "update", MIDDLE)
    assert _alembic_version(old.url) == [MIDDLE]
    assert set(list(new.states().values())[:3]) == {"applied"}
    new.ok("rollback", "--yes")
    assert _alembic_version(old.url) == [EMPTY]


def test_an_upgrade_by_alembic_in_between_is_noticed(adopted: Adopted) -> None:
    """What Alembic applies after Neoron took over is seen as applied, and not applied again."""
    old, new = adopted
    new.ok("database", "update", MIDDLE)
    old.alembic("upgrade", "head")
    assert new.states()[HEAD] == "applied"
    new.ok("database", "update")
    assert _alembic_version(old.url) == [HEAD]
    new.ok("rollback", "--yes")
    assert _alembic_version(old.url) == [MIDDLE]
    assert _columns(old.url, "users") == {"id", "email"}


def test_a_rollback_below_what_alembic_did_in_between_is_refused(adopted: Adopted) -> None:
    """A rollback never reaches below a revision that Alembic applied since and Neoron has not recorded."""
    old, new = adopted
    new.ok("database", "update", MIDDLE)
    old.alembic("upgrade", "head")
    ran = new.run("rollback", "--yes")
    assert ran.exit_code == 10
    assert f"Next: record it first: neoron database update {HEAD}" in ran.stderr
    assert _columns(old.url, "posts") == {"id", "user_id"}


def test_a_downgrade_by_alembic_in_between_is_noticed(adopted: Adopted) -> None:
    """What Alembic took back after Neoron applied it is not claimed to be there, and the way out is named."""
    old, new = adopted
    new.ok("database", "update")
    old.alembic("downgrade", MIDDLE)
    for words in (("database", "update"), ("deploy",), ("rollback", FIRST, "--yes")):
        ran = new.run(*words)
        assert ran.exit_code == 10, ran
        assert f"Alembic has taken back {HEAD}" in ran.stderr
        assert f"Next: alembic upgrade {HEAD}" in ran.stderr
    assert "alembic_version no longer has it" in new.ok("migrations", "list")
    old.alembic("upgrade", HEAD)
    assert new.ok("database", "update") == f"nothing to do: the database is at {HEAD}\n"


def test_a_script_moves_alembics_version_too(adopted: Adopted) -> None:
    """A script for an adopted project keeps alembic_version true when it is run by the engine's own client."""
    old, new = adopted
    new.ok("database", "update", MIDDLE)
    script = new.ok("migrations", "script", MIDDLE, "head", "--idempotent")
    assert f"'{HEAD}'" in script
    if old.url.startswith("sqlite"):
        import sqlite3

        with sqlite3.connect(old.url.removeprefix("sqlite:///")) as connection:
            connection.executescript(script.replace(".bail on\n", ""))
    else:
        with psycopg.connect(old.url, autocommit=True) as connection:
            connection.execute(script.encode())
    assert f"{HEAD} (head)" in old.alembic("current")
    assert new.states()[HEAD] == "applied"


def test_a_deploy_of_an_adopted_project(adopted: Adopted) -> None:
    """`deploy` takes an adopted project to its head with a proven backup, and alembic agrees."""
    old, new = adopted
    result = new.result("deploy")
    assert (result["outcome"], result["to"]) == ("done", HEAD)
    assert result["backup"]["verified_at"]
    assert f"{HEAD} (head)" in old.alembic("current")
