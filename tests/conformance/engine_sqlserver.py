"""SQL Server under test, where one is named: there is none that the tests could start."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from conformance import project_sqlserver
from conformance.engine_under_test import EngineUnderTest, Rows, Traits
from fix_project import ProjectFolder, Ran
from neoron.engines.lookup import open_url


def connect(url: str) -> Any:
    """A connection of the test's own, in autocommit."""
    engine, parsed = open_url(url, Path())
    return engine.session.connect(parsed)


class Sqlserver(EngineUnderTest):
    """Its driver is asked through Neoron's session: there is no other client of it in Python's packages."""

    id = "sqlserver"
    traits = Traits(
        dialect="sqlserver",
        kills={"mssql_python.cursor:Cursor": ("execute",)},
        places=8,
        lasting=(),
        half_way=("CREATE VIEW big", "DROP VIEW big"),
        holder=r"session \d+",
        can=frozenset({"skip", "ask", "refuses itself"}),
    )

    def create(self, name: str) -> None:
        """An ordinary database."""
        self.ask(self.server, f"CREATE DATABASE [{name}]")

    def remove(self, name: str) -> None:
        """End its sessions and drop it."""
        with suppress(Exception):
            self.ask(self.server, f"ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        self.ask(self.server, f"DROP DATABASE IF EXISTS [{name}]")

    @staticmethod
    def ask(url: str, *statements: str) -> Rows:
        """In autocommit."""
        found: Rows = []
        with closing(connect(url)) as session:
            for statement in statements:
                found = session.query(statement)
        return found

    @staticmethod
    def remains(url: str) -> list[str]:
        """Untrusted foreign keys: what a disturbed run may have left unchecked."""
        query = "SELECT name FROM sys.foreign_keys WHERE is_not_trusted = 1 OR is_disabled = 1"
        return [f"untrusted foreign key {name}" for (name,) in Sqlserver.ask(url, query)]

    @staticmethod
    def has_table(url: str, name: str) -> bool:
        """In the user's schema."""
        return Sqlserver.ask(url, f"SELECT OBJECT_ID(N'{name}', N'U')") != [(None,)]

    @staticmethod
    def slow_statement() -> str:
        """A wait."""
        wait = "(SELECT CAST(seconds * 1000 AS int) FROM pace)"
        return f"DECLARE @pace datetime = DATEADD(ms, {wait}, 0); WAITFOR DELAY @pace"

    @staticmethod
    def is_slow(url: str) -> bool:
        """Another request waits."""
        waits = "SELECT 1 FROM sys.dm_exec_requests WHERE database_id = DB_ID() AND wait_type = N'WAITFOR'"
        return bool(Sqlserver.ask(url, waits))

    @staticmethod
    def is_free(url: str) -> bool:
        """No application lock of this database is held."""
        held = "SELECT 1 FROM sys.dm_tran_locks WHERE resource_type = N'APPLICATION'"
        return not Sqlserver.ask(url, f"{held} AND resource_database_id = DB_ID()")

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """DDL and DML in turns, a view, a procedure."""
        project_sqlserver.write(folder)
        return project_sqlserver.VERSIONS

    @staticmethod
    def run_script(url: str, text: str) -> Ran:
        """As sqlcmd without -b does: batch after batch, whatever fails; the first error's text is what it wrote."""
        first = ""
        with closing(connect(url)) as session:
            # Between our own batches GO stands alone on its line, at the line's beginning.
            for batch in text.split("\nGO\n"):
                if batch.strip():
                    try:
                        session.execute(batch)
                    except Exception as error:  # noqa: BLE001 - the driver's own, whatever its class
                        first = first or str(error)
        return Ran(int(bool(first)), "", first)

    def version(self) -> str:
        """As `@@VERSION` begins."""
        return str(self.ask(self.server, "SELECT @@VERSION")[0][0]).splitlines()[0]
