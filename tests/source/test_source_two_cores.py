"""Many migrations are compiled by two processes: each file once, in any form, with the same faults as by one."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

COUNT = 120
SQL = """-- migrate:up
CREATE TABLE t{number} (id INTEGER PRIMARY KEY, a TEXT DEFAULT '\u00e9\U0001f600');
-- migrate:down
DROP TABLE t{number};
"""
PYTHON = '''"""t{number}"""
import os
from alembic import op
import sqlalchemy as sa

revision = "{version}"
down_revision = {previous}
with open(os.environ["SEEN"], "a") as seen:
    seen.write(f"{{os.getpid()}} {number}\\n")


def upgrade():
    op.create_table("t{number}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))


def downgrade():
    op.drop_table("t{number}")
'''


def version(number: int) -> str:
    return str(20240101000000 + number)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "migrations").mkdir(parents=True)
    settings = '[project]\nmigrations = "migrations"\n\n[environments.dev]\nurl = "sqlite:///app.db"\n'
    (folder / "neoron.toml").write_text(settings)
    return folder


def write(project: Path, ending: str) -> None:
    for number in range(COUNT):
        previous = f'"{version(number - 1)}"' if number else None
        text = (SQL if ending == "sql" else PYTHON).format(number=number, version=version(number), previous=previous)
        (project / "migrations" / f"{version(number)}_m{number}.{ending}").write_text(text, encoding="utf-8")


def update(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SEEN": str(project / "seen")}
    command = [sys.executable, "-m", "neoron", "database", "update", *words]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def tables(project: Path) -> int:
    if not (project / "app.db").exists():
        return 0
    with closing(sqlite3.connect(project / "app.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM sqlite_master WHERE name GLOB 't[0-9]*'").fetchone()[0])


@pytest.mark.parametrize("ending", ["sql", "py"])
def test_all_are_applied_and_all_taken_back(project: Path, ending: str) -> None:
    write(project, ending)
    assert update(project).returncode == 0
    assert tables(project) == COUNT
    with closing(sqlite3.connect(project / "app.db")) as connection:
        kept = dict(connection.execute("SELECT version, down_steps FROM neoron_history"))
    for number in range(COUNT):
        assert f"DROP TABLE t{number}" in [step["sql"] for step in json.loads(kept[version(number)])]
    assert update(project, "0", "--yes").returncode == 0
    assert tables(project) == 0


@pytest.mark.skipif(sys.platform != "linux" or (os.cpu_count() or 1) < 2, reason="one process compiles all of them")
def test_each_file_is_run_once_and_by_two_processes(project: Path) -> None:
    write(project, "py")
    assert update(project).returncode == 0
    seen = [line.split() for line in (project / "seen").read_text().splitlines()]
    assert sorted(int(number) for _process, number in seen) == list(range(COUNT))
    assert len({process for process, _number in seen}) == 2


@pytest.mark.parametrize("ending", ["sql", "py"])
@pytest.mark.parametrize("number", [3, 61, 119])
def test_a_faulty_file_is_told_wherever_it_stands(project: Path, ending: str, number: int) -> None:
    write(project, ending)
    path = project / "migrations" / f"{version(number)}_m{number}.{ending}"
    marks = {"sql": ("CREATE TABLE", "ATTACH 'x' AS"), "py": ("op.create_table", "op.create_nothing")}
    path.write_text(path.read_text(encoding="utf-8").replace(*marks[ending]), encoding="utf-8")
    done = update(project)
    assert done.returncode != 0
    assert f"{path.name}:" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Nothing changed." in done.stderr
    assert tables(project) == 0


def test_a_fork_that_fails_gives_nothing_and_is_gone() -> None:
    code = """
import os
import signal
from neoron.source.forked import Forked

def fail():
    raise KeyError("x")

fork = Forked(fail)
assert fork.result() == ""
fork.end()
fork = Forked(lambda: "x" * 1_000_000)
assert len(fork.result()) == 1_000_000
fork.end()
killed = Forked(lambda: "x" * 100_000 + str(os.kill(os.getpid(), 9)))
assert killed.result() == ""
killed.end()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
unknown = Forked(lambda: "x")
assert unknown.result() == ""
unknown.end()
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
busy = Forked(lambda: "".join(iter(lambda: "x", "")))
busy.end()
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("none left")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("none left\n", "")
