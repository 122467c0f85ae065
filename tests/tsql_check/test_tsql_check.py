"""The T-SQL check itself: what it finds, what it lets pass, and that its absence is not overlooked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fix_tsql
from fix_tsql import TsqlCheck
from tsql_check.cases import Case, read_cases

CASES = read_cases()
BROKEN = (
    "CREATE TABLE t (a int not nul)",
    "DROP TABEL t",
    "EXEC(N'UPDATE t STE a = 1')",
    "IF EXISTS (SELECT 1 FROM sys.tables) BEGIN CREATE PROCEDURE p AS SELECT 1 END",
    "BEGIN TRY SELECT 1 END TRY",
    "SELECT 1 LIMIT 1",
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_chain_of_scripts_is_judged_as_a_server_would(case: Case, tsql: TsqlCheck) -> None:
    """Each case gives exactly the errors that are expected of it."""
    chain = tsql.chain(*case.scripts, target=case.target)
    errors = [str(finding) for finding in chain.finish() if finding.severity == "error"]
    assert len(errors) == len(case.expect), errors
    assert all(any(part in error for error in errors) for part in case.expect), errors


def test_there_are_cases_of_both_kinds() -> None:
    """Of the cases at least 30 must be accepted and at least 25 refused."""
    assert sum(not case.expect for case in CASES) >= 30
    assert sum(bool(case.expect) for case in CASES) >= 25


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_is_refused(text: str, tsql: TsqlCheck) -> None:
    """Text that SQL Server could not parse is found, also inside EXEC."""
    assert tsql.parse(text) != []
    assert tsql.compile(text) != []


def test_two_schemas_are_compared(tsql: TsqlCheck) -> None:
    """Two ways to the same schema are equal; a column's other type is a difference."""
    one = tsql.chain("CREATE TABLE t (a int NOT NULL, b int NULL)")
    steps = tsql.chain("CREATE TABLE t (a int NOT NULL);\nGO\nALTER TABLE t ADD b int NULL")
    other = tsql.chain("CREATE TABLE t (a int NOT NULL, b bigint NULL)")
    assert one.changes_from(steps)[0] == []
    assert one.changes_from(other)[0] != []


def test_it_runs_as_a_command(tmp_path: Path, tsql: TsqlCheck) -> None:
    """`python -m tsql_check FILE` prints what is wrong and exits with 1, and with 0 when nothing is."""
    good, bad = tmp_path / "good.sql", tmp_path / "bad.sql"
    good.write_text("SELECT 1;\nGO 2\n")
    bad.write_text("SELECT 1;\nGO\nDROP TABEL t;\n")
    assert _run(good).returncode == 0
    found = _run(bad)
    assert found.returncode == 1
    assert "bad.sql:3:" in found.stdout


def _run(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tsql_check", str(file)]
    return subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_check_fails_only_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    """Without the check its tests fail under CI=true, and are skipped by name elsewhere."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no T-SQL check: because"):
        fix_tsql.give_up("because")
