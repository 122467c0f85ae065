"""Projects for SQL Server, and their scripts: no server is needed for either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fix_project import ProjectFolder, make_project
from neoron import Project

FIRST, SECOND = "20260101000000", "20260102000000"
BASE = """
CREATE TABLE orders (
    id int NOT NULL CONSTRAINT pk_orders PRIMARY KEY,
    amount int NOT NULL,
    note nvarchar(200) NULL
);
"""


class Scripts:
    """The scripts of one project."""

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder

    def up(self, start: str = "0", end: str = "head", *, is_idempotent: bool = True) -> str:
        """The script from one version to another."""
        return Project.open(self.folder.path).migrations_script(start, end, is_idempotent=is_idempotent)

    def down(self, start: str = "head", end: str = FIRST, *, is_idempotent: bool = True) -> str:
        """The script back."""
        return self.up(start, end, is_idempotent=is_idempotent)


@pytest.fixture
def tsql_project(tmp_path: Path) -> ProjectFolder:
    """A project whose environment is a SQL Server that nobody has to reach."""
    return make_project(tmp_path / "project", "mssql://sa@localhost/shop")


@pytest.fixture
def scripts(tsql_project: ProjectFolder) -> Callable[..., Scripts]:
    """`scripts(up, down)`: a table `orders`, and then a migration in T-SQL or, with `python`, in Alembic's form."""

    def make(up: str, down: str | None = "", *, python: bool = False, options: str = "") -> Scripts:
        tsql_project.sql(FIRST, "orders", BASE, "DROP TABLE orders;")
        if python:
            tsql_project.py(SECOND, "change", FIRST, up, down or "pass")
        else:
            tsql_project.sql(SECOND, "change", up, down, options=options)
        return Scripts(tsql_project)

    return make
