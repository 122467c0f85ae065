"""MariaDB and MySQL under test: databases of one server."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pymysql

from conformance import project_mariadb
from conformance.engine_under_test import EngineUnderTest, Rows, Traits
from fix_mysql_server import mysql_programs
from fix_oracle_mariadb import client_arguments, connect_mariadb
from fix_project import ProjectFolder, Ran
from neoron.engines.mysql.lock import NAME_SQL


class Mariadb(EngineUnderTest):
    """Its DDL is no transaction: a run is killed at each round trip, whatever sent it."""

    id = "mariadb"
    private = "mariadb_server"
    traits = Traits(
        dialect="mariadb",
        kills={"pymysql.connections:Connection": ("query",)},
        places=8,
        lasting=(),
        half_way=("CREATE VIEW big", "DROP VIEW big"),
        back_to=project_mariadb.VERSIONS[0],
        commit=r"(?s).*\bCOMMIT$",  # it goes with the rows before it
        protocol="mysql",
        holder=r"session \d+ \(database user \w+, address [^,]+, ",
        can=frozenset({"skip", "wire", "ask", "refuses itself"}),
    )

    def create(self, name: str) -> None:
        """A database of the usual character set."""
        self.ask(self.server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")

    def remove(self, name: str) -> None:
        """End its sessions and drop it: a forgotten transaction would keep it for ever."""
        with closing(connect_mariadb(self.server)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
            for (session,) in cursor.fetchall():
                with suppress(pymysql.err.Error):  # it has ended by itself
                    cursor.execute(f"KILL {session}")
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")

    @staticmethod
    def ask(url: str, *statements: str) -> Rows:
        """By PyMySQL, in autocommit."""
        found: Rows = []
        with closing(connect_mariadb(url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = list(cursor.fetchall()) if cursor.description else []
        return found

    @staticmethod
    def remains(url: str) -> list[str]:
        """Prepared transactions; a user lock dies with its session, and the next run would meet it."""
        return [f"prepared transaction {row}" for row in Mariadb.ask(url, "XA RECOVER")]

    @staticmethod
    def has_table(url: str, name: str) -> bool:
        """In this database."""
        return bool(Mariadb.ask(url, f"SHOW TABLES LIKE '{name}'"))

    @staticmethod
    def slow_statement() -> str:
        """A sleep."""
        return "SELECT SLEEP(seconds) FROM pace"

    @staticmethod
    def is_slow(url: str) -> bool:
        """Another session sleeps."""
        # By its state: MySQL cannot show every statement's text in this view.
        asleep = "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'"
        return bool(Mariadb.ask(url, asleep))

    @staticmethod
    def is_free(url: str) -> bool:
        """No user lock of the database's name is in use."""
        return Mariadb.ask(url, f"SELECT IS_USED_LOCK({NAME_SQL})") == [(None,)]

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """DDL and DML in turns, a view, a trigger, a procedure."""
        project_mariadb.write(folder)
        return project_mariadb.VERSIONS

    @staticmethod
    def run_script(url: str, text: str, *options: str) -> Ran:
        """By mariadb or mysql, the program."""
        return _run(("mariadb", "mysql"), url, text, *options)

    def version(self) -> str:
        """As `version()` says: MariaDB names itself there."""
        text = str(self.ask(self.server, "SELECT version()")[0][0])
        return text if "MariaDB" in text else f"MySQL {text}"


class Mysql(Mariadb):
    """Only where there is one: MySQL is not in Debian's stable releases."""

    id = "mysql"
    private = "mysql_server"
    is_nightly = True
    traits = replace(Mariadb.traits, scripted=2)
    # TEXT has no default and no key of its whole length there, a default no function without parentheses, RANK and
    # SEQUENCE other meanings, a change no look at its own table.
    refuses = frozenset({
        "unique_constraint", "reserved_names", "default", "python_that_reads", "sequence", "drop_table",
        "drop_table_whose_rows_are_kept_aside", "defaults_of_every_kind", "comments_everywhere",
        "change_that_reads_its_own_table",
    })  # fmt: skip

    @classmethod
    def is_started(cls) -> bool:
        """Where the tests find its programs."""
        return mysql_programs() is not None

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """The trigger and the procedure last: a script cannot hold them."""
        project_mariadb.write(folder, has_routines_last=True)
        return project_mariadb.VERSIONS

    @staticmethod
    def run_script(url: str, text: str, *options: str) -> Ran:
        """By MySQL's own client."""
        return _run(("mysql",), url, text, *options)


def _run(names: tuple[str, ...], url: str, text: str, *options: str) -> Ran:
    program = next(filter(None, map(shutil.which, names)), None)
    assert program, f"{names[0]}, the client, was not found"
    words, environment = client_arguments(url)
    command = [program, *words, *options, urlsplit(url).path.lstrip("/")]
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)
