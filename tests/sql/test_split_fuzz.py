"""Each engine's own client cuts generated scripts of nasty pieces at the same places as we do."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz_scripts import Generator, ours, theirs

QUICK, ALL, AT_ONCE = 300, 20_000, 1_000
COUNT = ALL if os.environ.get("NEORON_NIGHTLY") else QUICK
FIXTURES = {"postgresql": "postgres_url", "mariadb": "mariadb_url", "sqlite": "sqlite_url"}


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb", "sqlite"])
def test_the_client_cuts_as_we_do(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """psql, mariadb and sqlite3 run the very statements that we split off, of hundreds or nightly 20,000 scripts."""
    url = request.getfixturevalue(FIXTURES[engine])
    generator = Generator(engine, random.Random(20261126))
    began, statements = time.monotonic(), 0
    for start in range(0, COUNT, AT_ONCE):
        scripts = [generator.script() for _ in range(min(AT_ONCE, COUNT - start))]
        found = theirs(engine, url, scripts, tmp_path)
        assert len(found) == len(scripts)
        for text, client in zip(scripts, found, strict=True):
            assert ours(text, engine) == client, text
            statements += len(client)
    record_property("figure", f"{engine}: {COUNT} scripts, {statements} statements cut as by its client "
                              f"({time.monotonic() - began:.0f} s)")  # fmt: skip


@pytest.mark.parametrize("engine", ["postgresql", "mariadb", "sqlite"])
def test_a_byte_order_mark_is_no_statement(engine: str) -> None:
    """The BOM at the beginning of a script is left out, as the clients leave it out."""
    text = Generator(engine, random.Random(1)).script()
    assert ours("\ufeff" + text, engine) == ours(text, engine)
