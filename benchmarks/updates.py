"""1,000 small migrations: from empty, and with nothing left to do; the start of each program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import programs
import tools
from figures import Goal, Table
from mixture import COUNT
from programs import Program
from targets import Place
from timing import Competitor, Row, Trial, Words, take_turns, timed

SQL, PYTHON, DBMATE, ALEMBIC = "neoron, .sql files", "neoron, .py files", "dbmate up", "alembic upgrade head"
HELP_LIMIT_S = 0.150
# A process of a tenth of a second is measured more often than one of seconds.
SHORT_TIMES = 4


class Projects:
    """The folders that the programs run in, and the programs."""

    def __init__(self, folder: Path) -> None:
        self.environment = tools.environment(folder)
        self.sql = programs.write_sql_project(folder / "sql")
        self.python = programs.write_python_project(folder / "python", self.environment)
        self.dbmate = tools.dbmate()

    def of_sql(self) -> list[Program]:
        """Those that run `.sql` files and keep a history."""
        others = [] if isinstance(self.dbmate, str) else [programs.dbmate(self.dbmate[0], self.sql)]
        return [programs.neoron(SQL, self.sql), *others]

    def of_python(self) -> list[Program]:
        """Those that run Alembic's revision files."""
        return [programs.neoron(PYTHON, self.python), programs.alembic(self.python)]

    def without_dbmate(self) -> list[Row]:
        """A row that says why dbmate is not among the others."""
        return [Row(DBMATE, failure=self.dbmate)] if isinstance(self.dbmate, str) else []


def from_empty(projects: Projects, place: Place, rounds: int) -> list[Table]:
    """Apply all migrations to an empty database."""
    tables = []
    goal = Goal(f"{place.title}, .sql files, ahead of dbmate", SQL, 1.0, DBMATE)
    competitors = [*projects.of_sql(), *programs.clients(place.engine, projects.sql)]
    title = f"{COUNT:,} small migrations from empty, {place.title}"
    rows = _measured(competitors, place, projects.environment, rounds)
    tables.append(Table(f"{title}, .sql files", [*rows, *projects.without_dbmate()], [goal], DBMATE))
    goal = Goal(f"{place.title}, .py files, at most 0.6 × Alembic", PYTHON, 0.6, ALEMBIC)
    if place.engine == "mariadb":
        goal = Goal(f"{place.title}, .py files, ahead of Alembic", PYTHON, 1.0, ALEMBIC)
    floor = programs.python_floor(place.engine, projects.python, projects.environment)
    rows = _measured([*projects.of_python(), *floor], place, projects.environment, rounds)
    return [*tables, Table(f"{title}, .py files", rows, [goal], ALEMBIC)]


def _measured(found: list[Program], place: Place, environment: Mapping[str, str], rounds: int) -> list[Row]:
    return take_turns([programs.from_empty(program, place, environment) for program in found], rounds)


def nothing_to_do(projects: Projects, place: Place, rounds: int) -> Table:
    """Run again where all migrations are applied."""
    with ExitStack() as stack:
        found = [*projects.of_sql(), *projects.of_python()]
        ready = [stack.enter_context(_applied(program, place, projects.environment)) for program in found]
        rows = take_turns([c for c in ready if isinstance(c, Competitor)], rounds * SHORT_TIMES)
    rows += [row for row in ready if isinstance(row, Row)]
    goals = [
        Goal(f"{place.title}, nothing to do, {form}, at most 0.5 × Alembic", label, 0.5, ALEMBIC)
        for label, form in ((SQL, ".sql files"), (PYTHON, ".py files"))
    ]
    title = f"{COUNT:,} migrations applied and nothing to do, {place.title}"
    return Table(title, [*rows, *projects.without_dbmate()], goals, ALEMBIC)


@contextmanager
def _applied(program: Program, place: Place, environment: Mapping[str, str]) -> Iterator[Competitor | Row]:
    """The program where it has applied everything already; or a row that says why it could not."""
    target = place.fresh()
    trial = program.trial(target, program.project, environment)
    try:
        failure = timed(trial)[1] or trial.wrong()
        yield Row(program.label, failure=failure) if failure else Competitor(program.label, lambda: trial)
    finally:
        target.drop()


def starts(projects: Projects, folder: Path, rounds: int) -> Table:
    """Start each program and let it say something about itself."""
    neoron, alembic, python = (tools.beside_python(name) for name in ("neoron", "alembic", "python"))
    commands: list[Words] = [
        [python, "-c", "pass"], [neoron, "--help"], [neoron, "--version"], [alembic, "--help"], [alembic, "--version"],
    ]  # fmt: skip
    competitors = [_start(words, folder, projects.environment) for words in commands]
    if not isinstance(projects.dbmate, str):
        for label, program in zip(("binary", "npm's launcher"), projects.dbmate, strict=True):
            competitors.append(_start([program, "--version"], folder, projects.environment, label))
    goal = Goal(f"neoron --help, at most {HELP_LIMIT_S * 1000:.0f} ms", "neoron --help", HELP_LIMIT_S)
    return Table("Start", take_turns(competitors, rounds * SHORT_TIMES), [goal], "alembic --help")


def _start(words: Words, folder: Path, environment: Mapping[str, str], note: str = "") -> Competitor:
    label = " ".join([Path(words[0]).name, *(str(word) for word in words[1:])])
    return Competitor(f"{label} ({note})" if note else label, lambda: Trial(words, folder, environment))
