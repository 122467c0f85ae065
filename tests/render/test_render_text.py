"""The terminal shows what happened, and says the outcome last."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import render_samples as samples
from rich.cells import cell_len

from neoron.model.check import Check, Status
from neoron.model.finding import Severity
from neoron.model.history import State
from neoron.model.migration import Direction
from neoron.model.plan import LockLevel, Plan, Step, StepKind
from neoron.model.report import Outcome, Verdict
from neoron.render.plan_text import step_text
from neoron.render.text import Style, render_checks, render_plan, render_report, render_table
from neoron.render.words import word

GOLDEN = Path(__file__).parent / "golden"
TEXTS = {
    **{f"report_{name}": lambda make=make: render_report(make(), Style.PLAIN) for name, make in samples.ALL.items()},
    "report_failed_color": lambda: render_report(samples.failed(), Style.COLOR),
    "plan": lambda: render_plan(samples.plan(), Style.PLAIN),
    "plan_color": lambda: render_plan(samples.plan(), Style.COLOR),
    "checks": lambda: render_checks(samples.CHECKS, Style.PLAIN),
}


@pytest.mark.parametrize("name", TEXTS)
def test_golden(name: str) -> None:
    """The text is, character by character, the one that was read and approved."""
    path, text = GOLDEN / f"{name}.txt", TEXTS[name]() + "\n"
    if os.environ.get("NEORON_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", samples.ALL)
def test_the_last_lines_are_the_outcome(name: str) -> None:
    """Whoever scrolls no further reads outcome, versions, time, change and the next command."""
    report = samples.ALL[name]()
    last = render_report(report, Style.PLAIN).split("\n\n")[-1].splitlines()
    expected = ["outcome", "versions", "elapsed", "changed", *(["next"] if report.next else [])]
    assert [line.split()[0] for line in last] == expected


def test_a_failed_step_shows_everything_needed() -> None:
    """A failure names file and line, the statement, the server's words and who is in the way."""
    text = render_report(samples.failed(), Style.PLAIN)
    for part in (
        "_metadata.sql:7",
        "│ ALTER TABLE messages",
        "canceling statement due to lock timeout (55P03)",
        "blocked by: session 81",
        "next      neoron monitor status",
        "(not reached)",
        "exit 21",
    ):
        assert part in text
    assert len([line for line in text.splitlines() if line.startswith("  │")]) == 3


def test_an_unknown_outcome_is_never_called_a_failure() -> None:
    """When the connection was lost while committing, the text says that nobody knows."""
    text = render_report(samples.unknown(), Style.PLAIN)
    assert "? Outcome unknown (exit 22)" in text
    assert "(not certain)" in text
    assert "✗" not in text


def test_a_long_run_hides_steps_but_never_the_failed_one() -> None:
    """Of a thousand steps the failed one is shown and the rest are counted."""
    text = render_report(samples.large(), Style.PLAIN)
    assert "✗ v50/up/1" in text
    assert "480 more: 480 done" in text
    assert sum("more:" in line for line in text.splitlines()) == 2


@pytest.mark.parametrize("name", samples.ALL)
def test_color_only_adds_colour(name: str) -> None:
    """Without its colour codes the coloured text is the plain one."""
    report = samples.ALL[name]()
    colored = render_report(report, Style.COLOR)
    assert re.sub(r"\x1b\[\d+m", "", colored) == render_report(report, Style.PLAIN)
    assert "\x1b[" in colored


def test_plain_text_holds_no_control_characters() -> None:
    """A table called ESC[2J cannot clear the operator's screen."""
    text = render_report(samples.hostile(), Style.PLAIN)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert samples.EVIL in text


@pytest.mark.parametrize("width", [80, 100, 140])
def test_step_lines_fit_the_width(width: int) -> None:
    """Step lines and excerpts are cut to the terminal, not wrapped."""
    lines = render_report(samples.failed(), Style.PLAIN, width=width).splitlines()
    steps = [line for line in lines if re.match(r"[✓✗?-] \d{14}/|  │", line)]
    assert len(steps) == 15
    assert max(map(cell_len, steps)) <= width


def test_no_line_ends_in_spaces() -> None:
    """Every text can be pasted into a ticket without stray spaces."""
    assert not [name for name, text in TEXTS.items() if re.search(r" (\x1b\[0m)?$", text(), re.MULTILINE)]


def test_plan_ends_with_dangers_and_totals() -> None:
    """The last lines of a plan name what loses data and what locks, then count and digest."""
    plan = samples.plan()
    lines = render_plan(plan, Style.PLAIN).splitlines()
    assert lines[-1] == f"2 migrations, 9 statements, 1 outside a transaction; digest {plan.digest[:12]}"
    assert lines[-5].split() == ["destroys", "data", f"{samples.V2}/up/5"]
    assert lines[-4].startswith("blocks reads and writes")
    assert "outside a transaction" in lines


def _plan(*statements: str, kind: StepKind = StepKind.STATEMENT) -> Plan:
    steps = tuple(Step(f"v1/up/{n}", "v1", kind, sql, 1, n, LockLevel.NONE) for n, sql in enumerate(statements, 1))
    return Plan("sqlite:///app.db", "sqlite", Direction.UP, "0", "v1", steps)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE t",
        "drop table if exists t",
        "TRUNCATE t",
        "-- why\nDELETE FROM t WHERE a",
        "ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t DROP a",
        "/* x */ ALTER TABLE t\n ADD b int, DROP COLUMN a",
        "DROP SCHEMA s",
    ],
)
def test_destructive_statements_are_named(sql: str) -> None:
    """A statement that removes a table, a column or rows is listed as destroying data."""
    assert "destroys data" in render_plan(_plan(sql), Style.PLAIN)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t ALTER a DROP NOT NULL",
        "ALTER TABLE t ALTER a DROP DEFAULT",
        "DROP INDEX i",
        "INSERT INTO t VALUES ('DROP TABLE t')",
        "CREATE TABLE t (a int)",
        "-- DROP TABLE t\nSELECT 1",
    ],
)
def test_harmless_statements_are_not(sql: str) -> None:
    """A statement that loses no rows is not called destructive."""
    assert "destroys data" not in render_plan(_plan(sql), Style.PLAIN)


def test_a_rebuilt_table_is_not_lost() -> None:
    """SQLite's copy, drop and rename of a table is not called destructive."""
    rebuild = _plan(
        "CREATE TABLE _new (a int)",
        "INSERT INTO _new SELECT a FROM t",
        'DROP TABLE "t"',
        "ALTER TABLE _new RENAME TO t",
    )
    assert "destroys data" not in render_plan(rebuild, Style.PLAIN)


def test_our_own_records_are_not_counted() -> None:
    """Deleting a row of our history is neither a statement of the user nor a loss."""
    text = render_plan(_plan("DELETE FROM neoron_history", kind=StepKind.RECORD), Style.PLAIN)
    assert "destroys data" not in text
    assert "0 statements" in text


def test_empty_plan() -> None:
    """A plan without steps says that there is nothing to run."""
    text = render_plan(replace(_plan(), to_version="0"), Style.PLAIN)
    assert "Nothing to run." in text
    assert text.splitlines()[-1].startswith("0 migrations, 0 statements, 0 outside a transaction; digest ")


def test_checks() -> None:
    """Checks end with how many passed, and none at all is said."""
    assert render_checks(samples.CHECKS, Style.PLAIN).splitlines()[-1] == "8 checks: 6 ok, 1 warn, 1 unknown"
    assert render_checks([], Style.PLAIN) == "no checks"
    assert render_checks([Check("c", Status.FAIL)], Style.PLAIN) == "✗ c  –\n1 check: 1 fail"


def test_table_aligns_and_colours_states() -> None:
    """Numbers stand to the right, wide letters keep the columns straight and a state has its colour."""
    rows = [["1", "漢字", "applied", 12], ["2", "a\nb", "pending", None]]
    assert render_table(["id", "name", "state", "rows"], rows, Style.PLAIN).splitlines() == [
        "id  name  state    rows",
        "1   漢字  applied    12",
        "2   a b   pending     –",
    ]
    assert "\x1b[32mapplied\x1b[0m" in render_table(["id", "name", "state", "rows"], rows, Style.COLOR)


def test_table_without_rows() -> None:
    """A table with nothing in it says so under its headers."""
    assert render_table(["id", "name"], [], Style.PLAIN) == "id  name\n(none)"


def test_table_refuses_a_ragged_row() -> None:
    """A row with too few cells is a mistake of the caller and not a shifted column."""
    with pytest.raises(ValueError, match="shorter"):
        render_table(["id", "name"], [["1"]], Style.PLAIN)


def test_every_outcome_has_a_word() -> None:
    """No verdict, outcome, status, severity, lock level or state is without a mark and a word."""
    kinds = (Verdict, Outcome, Status, Severity, LockLevel, State)
    assert all(word(member).mark and word(member).text for kind in kinds for member in kind)


def test_text_does_not_load_the_page_templates() -> None:
    """A command that prints text does not wait for the template library."""
    code = "import sys, neoron.render.text; sys.exit('jinja2' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ).returncode
        == 0
    )


def test_a_step_of_the_stash_is_told_in_words() -> None:
    """Its own text is an order to the engine; only where it has no note is that better than nothing."""
    step = Step("1/up/keep1", "1", StepKind.STASH, 'STASH keep [["", "t", ["b"]]]', 1, note="keeps t (b)")
    assert step_text(step) == "keeps t (b)"
    assert step_text(replace(step, note="")).startswith("STASH keep")
    assert step_text(replace(step, kind=StepKind.STATEMENT, sql="SELECT 1")) == "SELECT 1"
