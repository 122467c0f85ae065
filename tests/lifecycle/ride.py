"""Takes a case deploy → rollback → deploy, and holds every stop against the one before by independent eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fix_oracle import RowDigest, dump_rows, dump_schema
from fix_project import ProjectFolder
from lifecycle.case import Case
from neoron import Project
from neoron.api import consent
from neoron.model.check import Status

if TYPE_CHECKING:
    from neoron.model.report import Report

BEFORE, CASE = "20260101000000", "20260102000000"


@dataclass(frozen=True)
class Stop:
    """What is in the database at one moment: the schema's text, and a digest of the rows of every table."""

    schema: str
    rows: dict[str, RowDigest]


def look(url: str) -> Stop:
    """Ask the engine's own tools what is there now."""
    return Stop(dump_schema(url), dump_rows(url))


def deploy(folder: ProjectFolder, target: str = "head", *, takes_backup: bool = False) -> Report:
    """Deploy as `neoron deploy` does; a failed run fails the test in the words of its report."""
    return _succeeded(Project.open(folder.path).deploy(target, consent=consent, takes_backup=takes_backup))


def rollback(folder: ProjectFolder, target: str = "-1") -> Report:
    """Roll back as `neoron rollback --yes` does; likewise."""
    return _succeeded(Project.open(folder.path).rollback(target, consent=consent))


def update(folder: ProjectFolder, target: str = "head") -> Report:
    """Go to a version as `neoron database update --yes` does; likewise."""
    return _succeeded(Project.open(folder.path).database_update(target, consent=consent))


def _succeeded(report: Report) -> Report:
    failed = [check for check in report.checks if check.status is Status.FAIL]
    assert report.is_ok, f"{report.where}: {report.message} {report.state}"
    assert failed == []
    return report



def ride(case: Case, folder: ProjectFolder) -> tuple[Stop, Stop]:
    """Take a case the whole way; the stops before it and after it."""
    lay_out(case, folder)
    update(folder, BEFORE)
    before = look(folder.url)
    deploy(folder)
    first = look(folder.url)
    assert first != before, "the migration did nothing"
    rollback(folder)
    _same(before, look(folder.url), case)
    deploy(folder)
    second = look(folder.url)
    assert second.schema == first.schema
    assert _comparable(second, case) == _comparable(first, case)
    return before, first


def _same(before: Stop, back: Stop, case: Case) -> None:
    assert back.schema == before.schema
    assert _comparable(back, case) == _comparable(before, case)


def _comparable(stop: Stop, case: Case) -> dict[str, RowDigest | int]:
    """The digests of the tables; of those that cannot come back only what can."""
    return {t: d[0] if t in case.loses else d for t, d in stop.rows.items() if t not in case.gone}


def lay_out(case: Case, folder: ProjectFolder) -> None:
    """Write the database before and the case as two migrations."""
    if "op." in case.before:
        folder.py(BEFORE, "before", None, case.before)
    else:
        folder.sql(BEFORE, "before", case.before, None)
    if case.is_python:
        file = folder.py(CASE, case.name, BEFORE, case.up, case.down)
    else:
        file = folder.sql(CASE, case.name, case.up, case.down, options=case.options)
    if case.newline != "\n":
        file.write_bytes(file.read_bytes().replace(b"\n", case.newline.encode()))
