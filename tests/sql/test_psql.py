"""psql itself cuts scripts at the same places as we do."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from nasty import POSTGRESQL

from neoron.sql.canonical import canonical
from neoron.sql.split import split

BETWEEN = [";\n", " ; ", ";-- x;\n", ";/* ' /* ; */ */\n", "\n;\n", " -- y;\n;"]
MARK = "SELECT 'neoron mark'"
# psql reads line by line: it takes the data of a COPY that the server refuses for statements, and misses that a string
# goes on, under the rules of its first part, on the next line; the server reads that as one string, as we do.
CHOICE = [s for s in POSTGRESQL if not s.startswith(("COPY", "SELECT E'a'\n"))]
SCRIPTS = 300


def test_psql_sends_what_we_cut(postgres_url: str, tmp_path: Path) -> None:
    """For hundreds of scripts of nasty statements, psql sends the server the very statements that we split off."""
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("psql is not installed")
    rng = random.Random(7)
    scripts = ["".join(s + rng.choice(BETWEEN) for s in rng.choices(CHOICE, k=5)) for _ in range(SCRIPTS)]
    file = tmp_path / "all.sql"
    file.write_text(f"\n{MARK};\n".join(scripts), encoding="utf-8")
    sent = subprocess.run(
        [psql, "-X", "-q", "-e", "-o", "/dev/null", "-f", str(file), postgres_url],
        capture_output=True, text=True, encoding="utf-8", check=False,
    ).stdout  # fmt: skip
    theirs = [canonical(part, "postgresql") for part in sent.split(f"{MARK};")]
    ours = [_canonical_script(text) for text in scripts]
    assert len(theirs) == SCRIPTS
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]][:1] == []


def _canonical_script(text: str) -> str:
    return " ".join(f"{canonical(statement.text, 'postgresql')} ;" for statement in split(text, "postgresql"))


def test_the_server_continues_a_string_on_the_next_line(postgres_url: str) -> None:
    """A string with backslashes goes on after a line break with backslashes, and its `;` ends nothing."""
    text = "SELECT E'a'\n'\\';b'"
    assert [s.text for s in split(f"{text};", "postgresql")] == [text]
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(text.encode()).fetchone() == ("a';b",)
