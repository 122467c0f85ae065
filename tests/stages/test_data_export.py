"""`neoron data export`: whole files of one moment, in the form of FOR JSON, on each engine."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.calls import Calls, calls
from fix_project import ProjectFolder
from lifecycle.stash_targets import ask
from neoron import Project

__all__ = ["calls"]
MakeCalls = Callable[..., Calls]
TYPES = {
    "sqlite": "flag BOOLEAN, price NUMERIC(9,2), weight REAL, at DATETIME, day DATE, paper BLOB",
    "postgresql": "flag boolean, price numeric(9,2), weight double precision, at timestamptz, day date, paper bytea",
    "mariadb": "flag BOOLEAN, price DECIMAL(9,2), weight DOUBLE, at TIMESTAMP(3) NULL, day DATE, paper BLOB",
}
PAPER = {"sqlite": "x'00ff2f'", "postgresql": r"'\x00ff2f'", "mariadb": "x'00ff2f'"}
ROWS = (
    '[{"id":1,"name":"a\\/b \\"é😀\\"","flag":true,"price":1.25,"weight":0.5,"at":"2024-01-02T03:04:05.12Z",'
    '"day":"2024-02-29","paper":"AP8v"},'
    '{"id":2,"name":null,"flag":null,"price":null,"weight":null,"at":null,"day":null,"paper":null}]'
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"])
def shop(request: pytest.FixtureRequest, calls: MakeCalls) -> Calls:
    """A project on each engine, with a value of each type and a row of NULLs."""
    engine = request.param
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url", "mariadb": "mariadb_url"}[engine]
    typed = calls(str(request.getfixturevalue(fixture)))
    at = "'2024-01-02 03:04:05.120'" if engine == "mariadb" else "'2024-01-02 03:04:05.120+00:00'"
    made = f"CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40), {TYPES[engine]})"
    values = f"1, 'a/b \"é😀\"', TRUE, 1.25, 0.5, {at}, '2024-02-29', {PAPER[engine]}"
    # Written in the other order, so that the key and not the place decides.
    typed.shop.sql("20260101000000", "items", f"{made};\nINSERT INTO items (id) VALUES (2);\n"
                   f"INSERT INTO items VALUES ({values});\nCREATE TABLE parts (a INTEGER);", "")  # fmt: skip
    typed.ok("database", "update")
    return typed


def test_each_type_is_written_as_for_json_does(shop: Calls, tmp_path: Path) -> None:
    """Truths, numbers, times in UTC, Base64, escapes and NULLs; rows by their key; the manifest knows the file."""
    file = tmp_path / "items.json"
    result = shop.result("data", "export", "ITEMS", "-o", str(file))
    data = file.read_bytes()
    assert data.decode() == ROWS
    assert (result["rows"], result["rejected_rows"], result["bytes"]) == (2, 0, len(data))
    text = Path(result["manifest"]).read_bytes()
    assert hashlib.sha256(text).hexdigest() == result["checksum"]
    (table,) = json.loads(text)["tables"]
    assert (table["sha256"], table["row_count"]) == (hashlib.sha256(data).hexdigest(), 2)
    assert table["checksum"] != ""
    assert json.loads(text)["is_one_moment"] is True
    assert "geheim" not in text.decode()


def test_lines_roots_folders_and_empty_tables(shop: Calls, tmp_path: Path) -> None:
    """JSON lines, an object around the rows, several tables in a folder; no row is an empty array."""
    shop.ok("data", "export", "items", "-o", str(tmp_path / "items.jsonl"), "--format", "jsonl")
    lines = (tmp_path / "items.jsonl").read_text(encoding="utf-8")
    assert "[" + ",".join(lines.splitlines()) + "]" == ROWS
    assert lines.endswith("}\n")
    shop.ok("data", "export", "items", "-o", str(tmp_path / "root.json"), "--root", "my/items")
    assert (tmp_path / "root.json").read_text(encoding="utf-8") == f'{{"my\\/items":{ROWS}}}'
    shop.ok("data", "export", "items", "parts", "-o", str(tmp_path / "both"))
    assert (tmp_path / "both/items.json").read_text(encoding="utf-8") == ROWS
    assert (tmp_path / "both/parts.json").read_text(encoding="utf-8") == "[]"
    assert sorted(file.name for file in (tmp_path / "both").iterdir()) == [
        "items.json", "manifest.json", "parts.json",
    ]  # fmt: skip


def test_what_others_write_meanwhile_is_not_in_it(shop: Calls, tmp_path: Path) -> None:
    """A row that is committed while the first table is written is not in the second."""
    url = shop.shop.url
    if url.startswith("sqlite"):
        ask(url, "PRAGMA journal_mode = WAL")  # otherwise a reader keeps every writer out
    digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
    tens = ", ".join(f"({digits}) AS d{i}" for i in range(4))
    ask(url, "CREATE TABLE late (a INTEGER)", f"INSERT INTO parts SELECT d0.n FROM {tens}")
    written: list[int] = []

    def write(what: str, done: int, total: int) -> None:
        if what == "rows of parts" and not written:
            written.append(done)
            ask(url, "INSERT INTO late (a) VALUES (1)", "INSERT INTO parts (a) VALUES (-1)")

    done = Project.open(shop.shop.path).data_export(["parts", "late"], tmp_path / "two", progress=write)
    assert written == [5000]
    assert [table.row_count for table in done.export.tables] == [10_000, 0]
    assert ask(url, "SELECT count(*) FROM late") == [(1,)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("itemz", "-o", "new.json"), "no table `itemz`; did you mean `items`?"),
        (("items", "ITEMS", "-o", "new.json"), "each table is named once"),
        (("items", "-o", "there.json"), "it is there already"),
        (("items", "-o", "nowhere/new.json"), "there is no such folder"),
        (("items", "-o", "new.jsonl", "--format", "jsonl", "--root", "a"), "only a file of the format json has a root"),
        (("items", "neoron_history", "-o", "new"), "no table `neoron_history`"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    words: tuple[str, ...], said: str, calls: MakeCalls, sqlite_url: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Exit 64 in one line, and no file is made or changed."""
    typed = calls(sqlite_url)
    typed.shop.sql("20260101000000", "items", "CREATE TABLE items (id INTEGER PRIMARY KEY);", "")
    typed.ok("database", "update")
    place = tmp_path / "place"
    place.mkdir()
    (place / "there.json").write_text("mine")
    monkeypatch.chdir(place)
    ran = typed.run("data", "export", *words)
    assert ran.exit_code == 64, ran
    assert said in ran.stderr
    assert [(file.name, file.read_text()) for file in place.iterdir()] == [("there.json", "mine")]


def _large(folder: ProjectFolder, rows: int) -> None:
    """A SQLite table of about 100 bytes a row."""
    folder.sql("20260101000000", "items", "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);", "")
    assert folder.run("database", "update").exit_code == 0
    with closing(sqlite3.connect(folder.url.removeprefix("sqlite:///"))) as database, database:
        values = ((i, f"{i:08} {'x' * 80}") for i in range(rows))
        database.executemany("INSERT INTO items VALUES (?, ?)", values)


@pytest.mark.parametrize(
    "part", [0.6, *(pytest.param(part, marks=pytest.mark.nightly) for part in (0.1, 0.3, 0.8, 0.95))]
)
def test_a_killed_export_leaves_no_file_of_that_name(
    part: float, project: Callable[..., ProjectFolder], sqlite_url: str, tmp_path: Path
) -> None:
    """SIGKILL while rows are written: neither file nor manifest; the next export clears the rest away and is whole."""
    folder = project(sqlite_url)
    _large(folder, 150_000)
    place = tmp_path / "place"
    place.mkdir()
    file, size = place / "items.json", 150_000 * 112
    words = (sys.executable, "-m", "neoron", "--project", str(folder.path), "data", "export", "items", "-o", str(file))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        until = time.monotonic() + 60
        while time.monotonic() < until and run.poll() is None:
            parts = [p.stat().st_size for p in place.glob(".partial-*/items.json")]
            if parts and parts[0] > part * size:
                break
            time.sleep(0.001)
        assert run.poll() is None
        run.kill()
    assert [p.name for p in place.iterdir() if not p.name.startswith(".partial-")] == []
    assert list(place.iterdir()) != []
    assert folder.run("data", "export", "items", "-o", str(file)).exit_code == 0
    assert sorted(p.name for p in place.iterdir()) == ["items.json", "items.json.manifest.json"]
    assert len(json.loads(file.read_text())) == 150_000


MEASURE = """
import re, sys
from neoron.cli import main
assert main(sys.argv[1:]) == 0
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))
"""


def _peak_kib(folder: ProjectFolder, file: Path) -> int:
    words = ["--quiet", "--project", str(folder.path), "data", "export", "parts", "-o", str(file)]
    ran = subprocess.run([sys.executable, "-c", MEASURE, *words], capture_output=True, text=True, check=True)
    return int(ran.stdout.split()[-1])


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a process since its start")
def test_memory_does_not_grow_with_the_table(
    shop: Calls, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    """100,000 rows, 33 MB, take at most 12 MB more than 10 rows, on each engine."""
    url = shop.shop.url
    digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
    ask(url, "DROP TABLE parts", "CREATE TABLE parts (a INTEGER, b VARCHAR(400))")
    ask(url, f"INSERT INTO parts SELECT n, '{'x' * 310}' FROM ({digits}) AS d")
    small = _peak_kib(shop.shop, tmp_path / "small.json")
    tens = ", ".join(f"({digits}) AS d{i}" for i in range(5))
    ask(url, f"INSERT INTO parts SELECT d0.n, '{'x' * 310}' FROM {tens}")
    large = _peak_kib(shop.shop, tmp_path / "large.json")
    size = (tmp_path / "large.json").stat().st_size
    assert size > 30_000_000
    assert large - small < 12 * 1024
    engine = url.partition(":")[0]
    more = f"{(large - small) / 1024:.1f} MB more memory than of 10 rows"
    record_property("figure", f"export of {size / 1e6:.0f} MB from {engine}: {more}")
