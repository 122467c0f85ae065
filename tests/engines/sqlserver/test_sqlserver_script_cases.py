"""Every lifecycle migration as a T-SQL script, there and back, judged by Microsoft's parser and schema compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.test_conformance_cases import CASES
from engines.sqlserver.conftest import Scripts
from fix_project import make_project
from fix_tsql import TsqlCheck
from lifecycle.case import Case
from lifecycle.cases_tsql import CASES as TSQL_CASES
from lifecycle.ride import BEFORE, CASE, lay_out
from neoron.errors import PlanRefused

# Migrations in Alembic's form are for every engine, unless their own text is another engine's SQL.
OTHER_SQL = {
    "partial_and_expression_indexes": "an index on an expression",
    "trigger": "another engine's CREATE TRIGGER",
    "execute_with_bound_parameters": "it joins texts with ||",
    "signs_in_executed_text": "INSERT without columns into a table with IDENTITY",
    "literals_over_several_lines": "INSERT without columns into a table with IDENTITY",
}
# What has no SQL form stays out of every script, and is refused by name.
RUNS_AS_PYTHON = {
    "enum_type", "bulk_insert", "values_that_have_no_literal", "python_that_reads", "python_that_uses_a_session",
    "python_that_inspects", "python_that_reads_on_its_way_back",
}  # fmt: skip
# What a script looks up in the catalog when it runs, the compiler does not see go.
LOOKED_UP = {"default": ["Create [dbo].[DF_customers_city]"]}
PYTHON_CASES = [case for case in CASES if case.is_python and case.name not in OTHER_SQL]
SCRIPTED = [*TSQL_CASES, *(case for case in PYTHON_CASES if case.name not in RUNS_AS_PYTHON)]


def _scripts(case: Case, folder: Path) -> Scripts:
    project = make_project(folder / "project", "mssql://sa@localhost/shop")
    lay_out(case, project)
    return Scripts(project)


def _id(case: Case) -> str:
    return f"{case.name}-{case.form}"


@pytest.mark.parametrize("case", SCRIPTED, ids=_id)
def test_scripts_compile_there_and_back(case: Case, tmp_path: Path, tsql: TsqlCheck) -> None:
    """The idempotent script up and the plain one down run one after the other without an error."""
    scripts = _scripts(case, tmp_path)
    assert tsql.compile(scripts.up("0", "head"), scripts.down(CASE, BEFORE, is_idempotent=False)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("case", SCRIPTED, ids=_id)
def test_scripts_of_a_range_compile_and_bring_the_schema_back(case: Case, tmp_path: Path, tsql: TsqlCheck) -> None:
    """Plain up, a range and idempotent down compile; DacFx then finds the schema of before, and either way the same."""
    scripts = _scripts(case, tmp_path)
    before, up = scripts.up("0", BEFORE, is_idempotent=False), scripts.up(BEFORE, CASE, is_idempotent=False)
    down, again = scripts.down("head", BEFORE), scripts.up(BEFORE, CASE)
    assert tsql.compile(before, up, down, again) == []
    left = tsql.chain(before, up, down).changes_from(tsql.chain(before))[0]
    assert left == LOOKED_UP.get(case.name, [])
    assert tsql.chain(before, up).changes_from(tsql.chain(scripts.up("0", "head")))[0] == []


@pytest.mark.parametrize("case", [case for case in PYTHON_CASES if case.name in RUNS_AS_PYTHON], ids=_id)
def test_what_runs_as_python_is_refused(case: Case, tmp_path: Path) -> None:
    """A migration that reads the database has no script, and the error names it and the way to deploy it."""
    scripts = _scripts(case, tmp_path)
    with pytest.raises(PlanRefused, match="runs as Python") as refused:
        _there_and_back(scripts)
    assert "neoron deploy" in str(refused.value.next)


def _there_and_back(scripts: Scripts) -> None:
    scripts.up("0", "head")
    scripts.down("head", BEFORE)


def test_there_are_enough_of_them() -> None:
    """At least 50 migrations in T-SQL and 20 in Alembic's form are scripted, under different names."""
    assert len(TSQL_CASES) >= 50
    assert len(SCRIPTED) - len(TSQL_CASES) >= 20
    assert len({case.name for case in TSQL_CASES}) == len(TSQL_CASES)
