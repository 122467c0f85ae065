"""`review --fix` on PostgreSQL: the safe sequence reviews clean, and ends in the same schema with the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fix_oracle import dump_schema
from fix_postgres_server import PostgresServer
from neoron.model.finding import Severity
from neoron.rules import RULES
from neoron.sql.reading import readings
from neoron.stages.fix_text import fixed_text
from neoron.stages.review_text import circumstances
from rules.fix_cases_postgresql import CASES, COMBINED, ROWS, SCHEMA
from rules.truth_postgresql import fresh

GIVEN = circumstances("postgresql", version="15", schema=SCHEMA)
MADE_UP = "'{token,Key}'::text[]"
ALL = {**CASES, **COMBINED}
QUICK = {
    "create-index all its words", "add-foreign-key all its words", "add-check without a name", "a whole transaction",
    "add-unique all its words", "add-primary-key nullable", "add-column-default required", "add-column-references",
    "names that are taken", "two things in one statement", "set-not-null quoted", "drop-index two",
}  # fmt: skip


def _on_a_server() -> list[object]:
    return [pytest.param(case, marks=() if case in QUICK else pytest.mark.nightly) for case in ALL]


def fixed(script: str) -> str:
    """The script as `--fix` leaves it."""
    report = fixed_text(script, GIVEN)
    assert len(report.files) == 1, report.reasons
    return report.files[0].after


def run(url: str, script: str) -> tuple[str, object]:
    """Lay out the schema with rows and run a script; its schema and rows afterwards."""
    with fresh(url), psycopg.connect(url, autocommit=True, options="-c synchronous_commit=off") as connection:
        for text in (SCHEMA, ROWS, "REFRESH MATERIALIZED VIEW totals", script):
            for reading in readings(text, "postgresql"):
                connection.execute(reading.text.encode())
        tables = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace IN "
            "(SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'shop')) ORDER BY 1"
        ).fetchall()  # fmt: skip
        rows = [(t, connection.execute(
            f"SELECT count(*), md5(string_agg(j, ',' ORDER BY j)) FROM "
            f"(SELECT (to_jsonb(t) - {MADE_UP})::text AS j FROM {t} t) x".encode()
        ).fetchall()) for (t,) in tables]  # fmt: skip
        made_up = connection.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attname IN ('token', 'Key') AND "
            "atttypid = 'uuid'::regtype AND attrelid::regclass::text IN ('orders', '\"Order\"')"
        ).fetchall()  # fmt: skip
        for table, column in made_up:
            query = f'SELECT count(DISTINCT "{column}") = count(*), count(*) > 0 FROM {table}'
            assert connection.execute(query.encode()).fetchall() == [(True, True)]
        return dump_schema(url), rows


@pytest.mark.parametrize("case", ALL)
def test_a_fixed_script_reviews_clean(case: str) -> None:
    """The rule's finding is gone, and nothing that was not found before is found."""
    report = fixed_text(ALL[case], GIVEN)
    before = {rule for one in report.replaced for rule in one.rules}
    after = {f.rule for f in report.left if f.severity is not Severity.INFO}
    if case in CASES:
        assert case.split()[0] in before
    assert before
    assert not before & after
    again = fixed_text(report.files[0].after, GIVEN)
    assert not again.files


@pytest.fixture(scope="module")
def scratch_url(postgres_server: PostgresServer) -> Iterator[str]:
    """One database for all cases, emptied before each."""
    url = postgres_server.url("fix_cases")
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE fix_cases")
    yield url
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE fix_cases WITH (FORCE)")


@pytest.mark.postgresql
@pytest.mark.parametrize("case", _on_a_server())
def test_a_fixed_script_ends_in_the_same_schema_and_rows(case: str, scratch_url: str) -> None:
    """pg_dump and every value are equal after the risky script and after the safe one."""
    script = ALL[case]
    is_refused = case == "index-in-transaction"  # by the server, which is the finding
    risky = run(scratch_url, script.replace("BEGIN;", "").replace("COMMIT;", "") if is_refused else script)
    safe = run(scratch_url, fixed(script))
    assert safe == risky


def test_every_rule_with_a_remedy_has_a_case() -> None:
    """No PostgreSQL rule offers a sequence that is not run here."""
    offering = {rule.id for rule in RULES if "postgresql" in rule.engines and rule.engines["postgresql"].remedy}
    assert offering == {case.split()[0] for case in CASES}
