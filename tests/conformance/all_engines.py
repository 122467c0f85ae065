"""All engines under test, and the one that a URL belongs to."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.engine_mariadb import Mariadb, Mysql
from conformance.engine_postgresql import Postgresql, Postgresql18
from conformance.engine_sqlite import Sqlite
from conformance.engine_sqlserver import Sqlserver
from conformance.engine_under_test import EngineUnderTest, Rows

ENGINES: tuple[type[EngineUnderTest], ...] = (Sqlite, Postgresql, Postgresql18, Mariadb, Mysql, Sqlserver)
_SCHEMES = {"sqlite": Sqlite, "postgresql": Postgresql, "mariadb": Mariadb, "mysql": Mysql, "mssql": Sqlserver}


def engine_of(url: str) -> type[EngineUnderTest]:
    """The engine of a URL."""
    return _SCHEMES[urlsplit(url).scheme.partition("+")[0]]


def ask(url: str, *statements: str) -> Rows:
    """Send statements to a target by its own driver, each for itself; the rows of the last."""
    return engine_of(url).ask(url, *statements)
