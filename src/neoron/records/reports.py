"""Run reports on disk: one JSON and one HTML file per run."""

from __future__ import annotations

from pathlib import Path

from neoron.model.encode import to_json
from neoron.model.report import Report


def keep(store: Path, report: Report, html: str) -> Path:
    """Write both files of a report and return the page's path. Raises: OSError."""
    folder = store / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{report.run_id}.json").write_text(to_json(report, indent=2), encoding="utf-8")
    page = folder / f"{report.run_id}.html"
    page.write_text(html, encoding="utf-8")
    return page
