"""Every small migration goes up, comes back and goes up again, on every engine that it is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from fix_project import ProjectFolder
from lifecycle import (
    cases_columns,
    cases_constraints,
    cases_indexes,
    cases_mariadb,
    cases_names,
    cases_objects,
    cases_rows,
    cases_tables,
    cases_texts,
)
from lifecycle.case import BOTH, MARIADB, POSTGRESQL, SQLITE, Case
from lifecycle.ride import ride

EVERYWHERE = (
    *cases_tables.CASES, *cases_columns.CASES, *cases_constraints.CASES, *cases_indexes.CASES, *cases_objects.CASES,
    *cases_names.CASES, *cases_rows.CASES, *cases_texts.CASES,
)  # fmt: skip
MARIADB_TOO = cases_mariadb.as_they_stand(EVERYWHERE)
CASES = (*EVERYWHERE, *MARIADB_TOO, *cases_mariadb.CASES)


def _of(engine: str) -> list[object]:
    cases = [case for case in CASES if engine in case.engines]
    return [pytest.param(case, id=f"{case.name}-{case.form}", marks=_marks(case)) for case in cases]


def _marks(case: Case) -> tuple[pytest.MarkDecorator, ...]:
    # Plain SQL that says the same on all engines is tried on MariaDB too, but not each time.
    is_long = case in MARIADB_TOO and not case.is_python
    return (pytest.mark.nightly,) if is_long else _faults(case)


def _faults(case: Case) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.xfail(reason=case.fault, strict=True),) if case.fault else ()


@pytest.mark.parametrize("case", _of(SQLITE))
def test_sqlite_goes_there_and_back_and_there(
    case: Case, sqlite_url: str, project: Callable[..., ProjectFolder]
) -> None:
    """On SQLite a migration that is deployed, rolled back and deployed leaves equal schema and rows each time."""
    before, after = ride(case, project(sqlite_url))
    assert before != after


@pytest.mark.parametrize("case", _of(POSTGRESQL))
def test_postgresql_goes_there_and_back_and_there(
    case: Case, postgres_url: str, project: Callable[..., ProjectFolder]
) -> None:
    """On PostgreSQL a migration that is deployed, rolled back and deployed leaves equal schema and rows each time."""
    before, after = ride(case, project(postgres_url))
    assert before != after


@pytest.mark.parametrize("case", _of(MARIADB))
def test_mariadb_goes_there_and_back_and_there(
    case: Case, mariadb_url: str, project: Callable[..., ProjectFolder]
) -> None:
    """On MariaDB a migration that is deployed, rolled back and deployed leaves equal schema and rows each time."""
    before, after = ride(case, project(mariadb_url))
    assert before != after


def test_there_are_enough_of_them() -> None:
    """At least 40 migrations of different names are tried on each engine, in both file forms."""
    names = Counter((case.name, case.form, engine) for case in CASES for engine in case.engines)
    assert max(names.values()) == 1
    for engine in (*BOTH, MARIADB):
        assert sum(engine in case.engines for case in CASES) >= 40
    assert {case.form for case in CASES} == {"sql", "py"}
