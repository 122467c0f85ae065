"""Every small migration goes up, comes back and goes up again, on every engine that it is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from conformance.all_engines import ENGINES
from conformance.engine_under_test import EngineUnderTest
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
    cases_tsql,
)
from lifecycle.case import Case
from lifecycle.ride import ride

EVERYWHERE = (
    *cases_tables.CASES, *cases_columns.CASES, *cases_constraints.CASES, *cases_indexes.CASES, *cases_objects.CASES,
    *cases_names.CASES, *cases_rows.CASES, *cases_texts.CASES,
)  # fmt: skip
MARIADB_TOO = cases_mariadb.as_they_stand(EVERYWHERE)
CASES = (*EVERYWHERE, *MARIADB_TOO, *cases_mariadb.CASES, *cases_tsql.CASES)
LANGUAGES = ("sqlite", "postgresql", "mariadb", "sqlserver")


def _rides() -> Iterator[object]:
    """Every engine with every case in its language; one case, to be skipped by name, where there is no server."""
    for engine in ENGINES:
        cases = [case for case in CASES if engine.traits.dialect in case.engines and case.name not in engine.refuses]
        for case in cases if engine.is_at_hand() else cases[:1]:
            yield pytest.param(engine, case, id=f"{engine.id}-{case.name}-{case.form}", marks=_marks(engine, case))


def _marks(engine: type[EngineUnderTest], case: Case) -> tuple[pytest.MarkDecorator, ...]:
    # Plain SQL that says the same on all engines is tried on MariaDB too, but not each time; of a second version of an
    # engine a few cases are.
    is_long = (engine.is_nightly and case not in cases_tables.CASES[:4]) or (case in MARIADB_TOO and not case.is_python)
    fault = (pytest.mark.xfail(reason=case.fault, strict=True),) if case.fault else ()
    return (pytest.mark.nightly, *fault) if is_long else fault


@pytest.mark.parametrize(("engine", "case"), list(_rides()), indirect=["engine"])
def test_a_small_migration_goes_there_and_back_and_there(
    engine: EngineUnderTest, case: Case, project: Callable[..., ProjectFolder]
) -> None:
    """A migration that is deployed, rolled back and deployed leaves equal schema and rows each time."""
    before, after = ride(case, project(engine.empty()))
    assert before != after


def test_there_are_enough_of_them() -> None:
    """At least 40 migrations of different names are tried on each engine, in both file forms."""
    names = Counter((case.name, case.form, engine) for case in CASES for engine in case.engines)
    assert max(names.values()) == 1
    for language in LANGUAGES:
        assert sum(language in case.engines for case in CASES) >= 40
    assert {case.form for case in CASES} == {"sql", "py"}
