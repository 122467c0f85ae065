"""The text of `migrations script`, as the suite's cases ask for it."""

from __future__ import annotations

from fix_project import ProjectFolder
from neoron import Project


def script(folder: ProjectFolder, start: str, end: str, *, is_idempotent: bool = True, engine: str = "") -> str:
    """The text that `neoron migrations script` writes."""
    return Project.open(folder.path).migrations_script(start, end, is_idempotent=is_idempotent, engine=engine)
