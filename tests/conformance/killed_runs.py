"""Runs in a process of their own that die at a chosen round trip to a server; by default to a MariaDB or MySQL one."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql

from neoron import Project
from neoron.api import consent

Facts = tuple[Any, ...]
OWN = ("neoron_history", "neoron_journal")
STASH = "neoron_stash_"
Method = tuple[type[Any], str]
QUERY: Method = (pymysql.connections.Connection, "query")


def run_killed(
    folder: Path, url: str, target: str, at: int, when: str, calls: Path | None = None, *, sends: Method = QUERY
) -> int:
    """Update to the head, or roll back to a version, in a child that kills itself at a call.

    Shape: at is 0 for no kill; sends is the driver's method that makes a round trip; the result is the exit code,
    negative for a signal.
    """
    child = os.fork()
    if child == 0:
        code = 99
        try:
            count = _armed(sends, at, when)
            opened = Project.open(folder, url=url)
            goes = opened.database_update if target == "head" else opened.rollback
            report = goes(target, consent=consent)
            if calls:
                calls.write_text(str(count()))
            code = 0 if report.is_ok else 3
            if code:
                os.write(2, f"{report.where}: {report.message} {report.state}\n".encode())
        except BaseException as error:  # noqa: BLE001 - the child must never return into the test
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(code)
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _armed(sends: Method, at: int, when: str) -> Callable[[], int]:
    owner, name = sends
    send = getattr(owner, name)
    seen = 0

    def sending(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = send(self, *arguments, **options)
        if seen == at and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, sending)
    return lambda: seen


def connect(url: str) -> Any:
    """A connection of the test's own."""
    address = urlsplit(url)
    return pymysql.connect(
        host=address.hostname, port=address.port or 3306, user=unquote(address.username or ""),
        password=unquote(address.password or ""), database=address.path.lstrip("/"), autocommit=True,
        ssl_disabled=True,  # reading the system's certificates takes 30 ms
    )  # fmt: skip


def facts(url: str) -> Facts:
    """What is in a database: the history's versions, every definition, every row."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES")
        tables = [row for row in cursor.fetchall() if row[0] not in OWN and not row[0].startswith(STASH)]
        kinds = sorted((name, kind) for name, kind in tables)
        found: list[Any] = []
        for name, kind in kinds:
            cursor.execute(f"SHOW CREATE TABLE `{name}`")
            found.append(cursor.fetchall()[0][1])
            if kind == "BASE TABLE":
                cursor.execute(f"SELECT * FROM `{name}` ORDER BY 1")
                found.append(cursor.fetchall())
        for query in (
            "SELECT routine_name, routine_definition FROM information_schema.routines"
            " WHERE routine_schema = DATABASE()",
            "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
        ):
            cursor.execute(query)
            found.append(cursor.fetchall())
        return history(cursor), tuple(found), stashed(cursor)


def stashed(cursor: Any) -> Facts:
    """What is kept, whatever its tables are called: of which table, how it stands, and the old values."""
    cursor.execute(f"SHOW TABLES LIKE '{STASH}entries'")
    if not cursor.fetchall():
        return ()
    query = f"SELECT name, version, direction, row_count, state, detail FROM {STASH}entries WHERE state <> 'empty'"
    cursor.execute(query)
    found = []
    for name, version, direction, count, state, text in cursor.fetchall():
        detail = json.loads(text)
        old = ", ".join(f"o{i}" for i in range(len(detail["columns"])))
        cursor.execute(f"SELECT {old} FROM {name} ORDER BY 1")
        found.append((version, direction, detail["table"], count, state, cursor.fetchall()))
    return tuple(sorted(found))


def history(cursor: Any) -> Facts:
    """The versions and how far each of them is."""
    cursor.execute("SHOW TABLES LIKE 'neoron_history'")
    if not cursor.fetchall():
        return ()
    cursor.execute("SELECT version, progress FROM neoron_history ORDER BY position")
    return tuple(cursor.fetchall())
