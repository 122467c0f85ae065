"""A plan is a value: the same files and the same history give the same digest, anywhere and at any time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.calls import Calls, two_tables
from fix_project import ProjectFolder
from neoron.model.migration import Direction, Location
from neoron.model.plan import Plan, Step, StepKind
from neoron.stages.init import init

MakeCalls = Callable[..., Calls]

TEXTS = st.text(max_size=8)
STEPS = st.lists(
    st.builds(
        Step, id=TEXTS, version=st.just("1"), kind=st.sampled_from(StepKind), sql=TEXTS,
        transaction=st.none() | st.integers(1, 3),
    ),
    max_size=5,
)  # fmt: skip


def _plan(steps: list[Step], *, target: str = "sqlite:///a.db", direction: Direction = Direction.UP) -> Plan:
    return Plan(target, "sqlite", direction, "0", "2", tuple(steps))


@settings(max_examples=150, deadline=None)
@given(STEPS, STEPS)
def test_digests_agree_exactly_where_plans_do(first: list[Step], second: list[Step]) -> None:
    """Equal steps have equal digests on every target; other steps, or another direction, have another."""
    assert _plan(first).digest == _plan(list(first), target="sqlite:///staging.db").digest
    assert (_plan(first).digest == _plan(second).digest) == (first == second)
    assert _plan(first).digest != _plan(first, direction=Direction.DOWN).digest


def test_what_is_only_shown_does_not_count() -> None:
    """The place in a file and notes are for reading; moving a file does not change what was approved."""
    step = Step("1/up/1", "1", StepKind.STATEMENT, "SELECT 1", 1)
    moved = Step("1/up/1", "1", StepKind.STATEMENT, "SELECT 1", 1, at=Location("other.sql", 7), note="x")
    assert _plan([step]).digest == _plan([moved]).digest


def _digest(shop: Calls, *words: str) -> str:
    return str(shop.result("database", "update", "--dry-run", *words)["digest"])


def test_staging_and_production_agree(calls: MakeCalls, target_url: str, tmp_path: Path) -> None:
    """The same files on another database, in another folder and a second later, make the very same plan."""
    shop = two_tables(calls(target_url))
    first = _digest(shop)
    copy = tmp_path / "elsewhere"
    shutil.copytree(shop.shop.path, copy)
    time.sleep(1.1)
    other = Calls(ProjectFolder(copy, target_url), shop.read)
    assert _digest(other) == first
    shop.ok("database", "update", "--digest", first)
    assert _digest(other, "0") == _digest(shop, "0")


@pytest.mark.parametrize("changed", ["text", "order", "mode"])
def test_another_plan_has_another_digest(calls: MakeCalls, target_url: str, changed: str) -> None:
    """A changed statement, another order or another transaction mode is another plan, and is refused."""
    shop = calls(target_url)
    shop.shop.sql("1", "a", "SELECT 1;\nSELECT 2;")
    approved = _digest(shop)
    text = {"text": "SELECT 1;\nSELECT 3;", "order": "SELECT 2;\nSELECT 1;", "mode": "SELECT 1;\nSELECT 2;"}[changed]
    shop.shop.sql("1", "a", text, options="transaction:false" if changed == "mode" else "")
    now = _digest(shop)
    ran = shop.run("database", "update", "--digest", approved)
    if changed == "mode" and now == approved:
        assert ran.exit_code == 0
        return
    assert now != approved
    assert (ran.exit_code, f"the plan is now {now[:12]}" in ran.stderr) == (10, True)
    assert shop.states() == {"1": "pending"}


def test_an_index_build_runs_outside_of_transactions(calls: MakeCalls, postgres_url: str) -> None:
    """What PostgreSQL refuses inside a transaction gets a step of its own; the rest stays grouped."""
    shop = calls(postgres_url)
    shop.shop.sql(
        "1", "a", "CREATE TABLE a (i INT);\nCREATE INDEX CONCURRENTLY a_i ON a (i);\nINSERT INTO a VALUES (1);",
        "DROP TABLE a;",
    )  # fmt: skip
    steps = shop.result("database", "update", "--dry-run")["steps"]
    groups = {s["id"]: s["transaction"] for s in steps if s["kind"] == "statement"}
    assert groups["1/up/2"] is None
    assert groups["1/up/1"] is not None
    assert groups["1/up/3"] is not None
    assert groups["1/up/1"] != groups["1/up/3"]
    shop.ok("database", "update")
    shop.ok("rollback", "--yes")


def test_a_python_step_is_shown_with_its_source(calls: MakeCalls, target_url: str) -> None:
    """A migration that reads the database is planned as one Python step with its source, and runs."""
    shop = two_tables(calls(target_url))
    code = (
        "found = op.get_bind().execute(sa.text('SELECT count(*) FROM items')).scalar()\n"
        "op.execute(f'INSERT INTO items (id) VALUES ({found + 100})')"
    )
    shop.shop.py("20260103000000", "count", "20260102000000", code, "op.execute('DELETE FROM items WHERE id >= 100')")
    plan = shop.result("database", "update", "--dry-run")
    (step,) = [s for s in plan["steps"] if s["kind"] == "python"]
    assert "SELECT count(*) FROM items" in step["sql"]
    assert step["note"] == "runs as Python, which is not stashed: it calls op.get_bind()"
    shop.ok("database", "update")
    ran = shop.run("migrations", "script")
    assert ran.exit_code == 10
    assert "20260103000000" in ran.stderr
    assert "runs as Python" in ran.stderr
    shop.ok("rollback", "--yes")


def test_init_never_writes_over_a_file(tmp_path: Path) -> None:
    """What a folder holds already is kept by `init`."""
    (tmp_path / "models.py").write_text("mine")
    written = init(tmp_path, with_models=True)
    assert [path.name for path in written] == ["neoron.toml"]
    assert (tmp_path / "models.py").read_text() == "mine"
