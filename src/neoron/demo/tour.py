"""The demo: one real database taken the whole way, by the same calls that a user makes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neoron.api import Project, consent
from neoron.demo.generator import AUDIT_COLUMNS, MESSAGE_COLUMNS, generate_batches
from neoron.demo.layout import lay_out
from neoron.engines.lookup import open_url
from neoron.engines.roles import Engine, Progress, Session
from neoron.errors import UsageError
from neoron.model.report import Report
from neoron.stages.execute import OnStep

FIRST, SECOND, LAST = "20240101000000", "20240301000000", "20240601000000"


@dataclass(frozen=True, slots=True)
class Stop:
    """One part of the tour. Units: elapsed_ms milliseconds."""

    title: str
    elapsed_ms: float
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Tour:
    """What the tour did, and where its report lies."""

    folder: str
    page: str
    stops: tuple[Stop, ...]
    exit_code: int


class _Guide:
    """Runs the parts, times them, and stops at the first that fails."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.told = told
        self.stops: list[Stop] = []

    def run(self, title: str, part: Callable[[], Report | None]) -> Report | None:
        if self.stops and self.stops[-1].exit_code:
            return None
        self.told(title)
        began = time.monotonic()
        report = part()
        code = report.exit_code if report and not report.is_ok else 0
        self.stops.append(Stop(title, (time.monotonic() - began) * 1000, code))
        if report and code:
            self.told(f"{report.where}: {report.message} {report.state} Next: {report.next}")
        return report


def take_tour(
    folder: Path, *, rows: int, url: str, told: Callable[[str], None], progress: Progress, on_step: OnStep
) -> Tour:
    """Lay out the project and take its database from 1.0 to 1.2, back, and there again.

    Changes: the folder, and the database of url (or a SQLite file in the folder).
    Raises: UsageError when the folder or the database is not empty; MigrationError.
    """
    if url:
        _require_empty(url, folder)
    lay_out(folder, dialect=open_url(url, folder)[0].dialect if url else "")
    if url:
        _use_url(folder / "neoron.toml", url)
    project = Project.open(folder, url=url)
    guide = _Guide(told)
    reports: list[Report | None] = []
    guide.run("version 1.0", lambda: project.database_update(FIRST))
    guide.run(f"generate {rows:,} messages", lambda: _fill(project, url, rows, progress))
    guide.run("deploy 1.1 and 1.2", lambda: project.deploy(consent=consent, on_step=on_step, progress=progress))
    guide.run("roll 1.2 back", lambda: _kept(project, project.rollback(SECOND, consent=consent, on_step=on_step)))
    last = guide.run(
        "deploy 1.2 again", lambda: project.deploy(consent=consent, on_step=on_step, progress=progress)
    )
    reports.append(last)
    page = str(project.keep_report(last)) if last else ""
    return Tour(str(folder), page, tuple(guide.stops), guide.stops[-1].exit_code)


def _kept(project: Project, report: Report) -> Report:
    project.keep_report(report)
    return report


def _fill(project: Project, url: str, rows: int, progress: Progress) -> None:
    engine, session = _open(project, url)
    try:
        done = 0
        for batch in generate_batches(rows):
            session.begin()
            done += engine.rows.insert(session, "Messages", MESSAGE_COLUMNS["1.0"], batch.messages)
            engine.rows.insert(session, "MessageAudits", AUDIT_COLUMNS, batch.audits)
            session.commit()
            progress("messages", done, rows)
    finally:
        session.close()


def _open(project: Project, url: str) -> tuple[Engine, Session]:
    settings = project.settings
    engine, address = open_url(url or settings.environment.url, settings.folder)
    return engine, engine.session.connect(address)


def _require_empty(url: str, folder: Path) -> None:
    engine, address = open_url(url, folder)
    if not engine.session.exists(address):
        return
    session = engine.session.connect(address)
    try:
        tables = [t.name for t in engine.catalog.schema(session).tables]
    finally:
        session.close()
    if tables:
        raise UsageError(f"the demo wants an empty database; this one has {', '.join(tables[:5])}", where=str(address))


def _use_url(settings: Path, url: str) -> None:
    """Name the target in the laid-out project, without its password."""
    _engine, address = open_url(url, settings.parent)
    named = 'url_env = "DATABASE_URL"' if address.password else f"url = {json.dumps(url)}"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"^url = .*$", lambda _: named, text, flags=re.MULTILINE), encoding="utf-8")
