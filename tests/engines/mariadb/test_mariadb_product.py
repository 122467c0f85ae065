"""A MariaDB behind a mysql:// URL is called what it is, and reviewed by its own rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fix_mariadb_server import MariadbServer
from fix_project import ProjectFolder
from neoron.engines.mysql.session import connect
from neoron.engines.url import parse_url


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_a_server_is_reviewed_as_what_it_is(
    scheme: str, mariadb_server: MariadbServer, mariadb_url: str, project: Callable[..., ProjectFolder]
) -> None:
    """A sequence is MariaDB's alone: what dropping it means is known although the URL speaks of MySQL."""
    database = mariadb_url.rpartition("/")[2]
    folder = project(mariadb_server.url(database, scheme))
    folder.sql("1", "numbers", "CREATE SEQUENCE numbers;", "DROP SEQUENCE numbers;")
    assert folder.run("database", "update").exit_code == 0
    folder.sql("2", "no_numbers", "DROP SEQUENCE numbers;", "CREATE SEQUENCE numbers;")
    findings = folder.json("--env", "dev", "review")["result"]["findings"]
    assert {(f["rule"], f["engine"]) for f in findings} == {("drop-sequence", "mariadb")}
    assert "(mariadb 1" in folder.run("database", "status").stdout


def test_the_limit_of_a_login_is_none_of_a_statement(mariadb_url: str) -> None:
    """What takes longer than `connect_timeout` once the connection stands is waited for."""
    session = connect(parse_url(f"{mariadb_url}?connect_timeout=1"))
    assert session.query("SELECT SLEEP(1.6)") == [(0,)]
    session.close()
