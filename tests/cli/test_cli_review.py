"""`neoron review` on files, as a shell sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def review(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `neoron review` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "neoron", "review", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_risky_file_ends_with_one_and_shows_the_place(tmp_path: Path) -> None:
    """The source line, a caret under the table, the effect and what to do."""
    (tmp_path / "a.sql").write_text("-- a comment\nDROP TABLE orders;\n")
    run = review(tmp_path, "--file", "a.sql", "--engine", "postgresql")
    assert run.returncode == 1
    assert "error[drop-table]" in run.stdout
    assert "2 | DROP TABLE orders\n  |            ^^^^^^" in run.stdout
    assert "= help:" in run.stdout


def test_a_reason_allows_what_it_names(tmp_path: Path) -> None:
    """An allowed finding does not fail the review; without a reason it does, and the comment is a finding."""
    (tmp_path / "a.sql").write_text("-- neoron: allow drop-table because nobody reads it\nDROP TABLE orders;\n")
    assert review(tmp_path, "--file", "a.sql", "--engine", "postgresql").returncode == 0
    (tmp_path / "a.sql").write_text("-- neoron: allow drop-table\nDROP TABLE orders;\n")
    run = review(tmp_path, "--file", "a.sql", "--engine", "postgresql", "--format", "json")
    rules = {f["rule"] for f in json.loads(run.stdout)["result"]["findings"]}
    assert (run.returncode, rules) == (1, {"drop-table", "allow-without-reason"})


def test_a_suppression_that_hides_nothing_is_a_finding(tmp_path: Path) -> None:
    """Comments that stay for ever are named."""
    (tmp_path / "a.sql").write_text("-- neoron: allow drop-table because of old times\nCREATE TABLE x (id int);\n")
    run = review(tmp_path, "--file", "a.sql", "--engine", "postgresql", "--fail-on", "warning")
    assert run.returncode == 1
    assert "unneeded-allow" in run.stdout


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    """A wrong word is refused by name, and no engine is guessed."""
    (tmp_path / "a.sql").write_text("SELECT 1;\n")
    assert review(tmp_path, "--file", "a.sql").returncode == 64
    assert review(tmp_path, "--file", "a.sql", "--engine", "oracle").returncode == 64
    assert review(tmp_path, "--file", "b.sql", "--engine", "postgresql").returncode == 65
    assert review(tmp_path, "--file", "a.sql", "--engine", "postgresql").returncode == 0


def test_rows_say_what_is_small(tmp_path: Path) -> None:
    """An index on a table of few rows blocks nobody; the name may have its schema."""
    (tmp_path / "a.sql").write_text("CREATE INDEX i ON orders (id);\n")
    words = ("--file", "a.sql", "--engine", "postgresql", "--rows")
    assert review(tmp_path, *words, "public.orders=500").returncode == 0
    assert review(tmp_path, *words, "orders=41_000_000").returncode == 1
    assert review(tmp_path, *words, "orders=many").returncode == 64


def test_files_are_one_script_when_they_are_one_transaction(tmp_path: Path) -> None:
    """Each file is reviewed by itself, unless --transaction one says that they run together."""
    (tmp_path / "a.sql").write_text("CREATE TABLE fresh (id int);\n")
    (tmp_path / "b.sql").write_text("CREATE INDEX i ON fresh (id);\n")
    words = ("--engine", "postgresql", "--file", "a.sql", "--file", "b.sql")
    assert review(tmp_path, *words).returncode == 1
    assert review(tmp_path, *words, "--transaction", "one").returncode == 0


def test_a_rule_explains_itself(tmp_path: Path) -> None:
    """`--explain` says what, why, the effect and what to do instead; a wrong id names the nearest."""
    run = review(tmp_path, "--explain", "drop-table")
    assert run.returncode == 0
    assert "Instead:" in run.stdout
    assert "did you mean drop-table" in review(tmp_path, "--explain", "drop-tabel").stderr
