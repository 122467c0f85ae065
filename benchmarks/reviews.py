"""Review of 1,000 migration files, cold: PostgreSQL beside squawk and sqlfluff in one run, and T-SQL."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import tools
from figures import Goal, Table
from timing import Competitor, Row, Trial, take_turns, timed

COUNT = 1_000
NEORON, SQUAWK, SQLFLUFF = "neoron review", "squawk", "sqlfluff lint"
LIMIT_S, TSQL_LIMIT_S = 1.0, 2.0
KINDS = (
    "ALTER TABLE {t} ADD COLUMN c{n} text;", "CREATE INDEX CONCURRENTLY i{n} ON {t} (c{n});",
    "ALTER TABLE {t} ADD CONSTRAINT k{n} CHECK (c{n} IS NOT NULL) NOT VALID;", "DROP TABLE n{n};",
    "CREATE TABLE n{n} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  name text NOT NULL DEFAULT '',\n"
    "  made_at timestamptz NOT NULL DEFAULT now(),\n  parent bigint REFERENCES {t} (id)\n);",
    "ALTER TABLE {t} DROP COLUMN c{n}, ALTER COLUMN d{n} TYPE bigint;",
    "UPDATE {t} SET c{n} = 'x' WHERE id BETWEEN 1 AND 1000;", "COMMENT ON TABLE {t} IS 'table';",
    "CREATE OR REPLACE FUNCTION f{n}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  NEW.c{n} := lower(NEW.d{n});\n"
    "  RETURN NEW;\nEND $$;",
    "INSERT INTO {t} (a, b) VALUES (1, 'x'), (2, 'y');",
)  # fmt: skip


TSQL_KINDS = (
    "ALTER TABLE dbo.{t} ADD c{n} nvarchar(50) NULL;", "DROP TABLE IF EXISTS dbo.n{n};",
    "CREATE INDEX i{n} ON dbo.{t} (c{n}) INCLUDE (d{n}) WITH (ONLINE = ON);",
    "ALTER TABLE dbo.{t} WITH NOCHECK ADD CONSTRAINT k{n} CHECK (c{n} IS NOT NULL);",
    "CREATE TABLE dbo.n{n} (\n  Id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT PK_n{n} PRIMARY KEY,\n"
    "  Name nvarchar(100) NOT NULL DEFAULT N'',\n  MadeAt datetime2 NOT NULL DEFAULT SYSUTCDATETIME(),\n"
    "  Parent bigint NULL REFERENCES dbo.{t} (Id)\n);",
    "ALTER TABLE dbo.{t} DROP COLUMN c{n};\nALTER TABLE dbo.{t} ALTER COLUMN d{n} bigint NOT NULL;",
    "UPDATE dbo.{t} SET c{n} = N'x' WHERE Id BETWEEN 1 AND 1000;", "EXEC sp_rename 'dbo.{t}.c{n}', 'd{n}', 'COLUMN';",
    "GO\nCREATE OR ALTER PROCEDURE dbo.p{n} @id int AS\nBEGIN\n  SET NOCOUNT ON;\n"
    "  UPDATE dbo.{t} SET c{n} = N'x' WHERE Id = @id;\nEND\nGO",
    "IF NOT EXISTS (SELECT 1 FROM dbo.{t} WHERE Id = 1)\nBEGIN\n"
    "  INSERT INTO dbo.{t} (a, b) VALUES (1, N'x'), (2, N'y');\nEND",
)  # fmt: skip


def write_files(folder: Path, kinds: tuple[str, ...] = KINDS) -> list[Path]:
    """The files: two to six statements each, of ten kinds, the same on every machine."""
    folder.mkdir()
    chosen = random.Random(7)
    files = []
    for number in range(COUNT):
        texts = [
            chosen.choice(kinds).format(t=chosen.choice(("users", "orders", "items")), n=number * 10 + place)
            for place in range(chosen.randint(2, 6))
        ]
        file = folder / f"{number:04}.sql"
        file.write_text("\n\n".join(texts) + "\n")
        files.append(file)
    return files


def speed(folder: Path, rounds: int) -> Table:
    """Each program on all files at once; sqlfluff takes a minute and so runs once."""
    files = [str(file) for file in write_files(folder / "review")]
    environment = tools.environment(folder)

    def trial(*words: str | Path) -> Trial:
        # Findings end with 1, which is no failure here.
        script = 'output=$("$@" 2>&1); code=$?; [ $code -le 1 ] || { echo "$output"; exit $code; }'
        return Trial(("sh", "-c", script, "sh", *words, *files), folder, environment)

    neoron = (tools.beside_python("neoron"), "review", "--engine", "postgresql", "--file")
    squawk = tools.beside_python("squawk")
    competitors = [Competitor(NEORON, lambda: trial(*neoron))]
    if squawk.exists():
        competitors.append(Competitor(SQUAWK, lambda: trial(squawk)))
    rows = take_turns(competitors, rounds)
    rows.append(_once(trial))
    goals = [Goal("review of 1,000 files", NEORON, LIMIT_S), Goal("review ahead of squawk", NEORON, 1.0, SQUAWK)]
    return Table(f"review of {COUNT:,} PostgreSQL files, cold", rows, goals, SQUAWK)


def tsql_speed(folder: Path, rounds: int) -> Table:
    """Neoron on as many T-SQL files; squawk and sqlfluff's rules of safety know no T-SQL."""
    files = [str(file) for file in write_files(folder / "review-tsql", TSQL_KINDS)]
    environment = tools.environment(folder)
    script = 'output=$("$@" 2>&1); code=$?; [ $code -le 1 ] || { echo "$output"; exit $code; }'
    words = (tools.beside_python("neoron"), "review", "--engine", "sqlserver", "--file", *files)
    made = Trial(("sh", "-c", script, "sh", *words), folder, environment)
    rows = take_turns([Competitor(NEORON, lambda: made)], rounds)
    goals = [Goal("review of 1,000 T-SQL files", NEORON, TSQL_LIMIT_S)]
    return Table(f"review of {COUNT:,} T-SQL files, cold", rows, goals, NEORON)


def _once(trial: Callable[..., Trial]) -> Row:
    program = shutil.which("sqlfluff")
    row = Row(SQLFLUFF)
    if not program:
        row.failure = "sqlfluff was not found; pip install sqlfluff puts it on the path"
        return row
    made = trial(program, "lint", "--dialect", "postgres", "--nofail")
    elapsed_s, row.failure = timed(made)
    row.seconds.append(elapsed_s)
    return row
