"""A refusal judged as the person at 2 a.m. would: one clear line, the right code, nothing changed, no secret."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import psycopg
import pymysql

from cli.calls import Calls
from conformance.all_engines import ask
from fix_oracle import dump_rows, dump_schema

ERROR_PARTS = {"code", "message", "where", "state", "next"}


def refused(calls: Calls, *words: str, code: int, kind: str, says: tuple[str, ...], url: str = "") -> dict[str, Any]:
    """Type it twice, plain and with --json; both are refused in the same words and change nothing.

    Shape: says are parts of the one line; url is the target to watch where it is not the project's own.
    """
    target = url or calls.shop.url
    before = _everything(calls.shop.path, target)
    ran = calls.run(*words)
    assert ran.exit_code == code, ran
    assert ran.stdout == "", ran
    lines = [line for line in ran.stderr.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, ran.stderr
    assert lines[0].startswith("neoron: "), lines
    for part in says:
        assert part in lines[0], f"{part!r} is not in: {lines[0]}"
    answer = calls.json(*words)
    error = dict(answer["error"])
    assert (answer["schema"], answer["ok"], answer["exit_code"]) == ("neoron/1", False, code)
    assert set(error) == ERROR_PARTS
    assert error["code"] == kind
    assert error["message"].rstrip(".!?") in lines[0]
    assert error["next"] in lines[0]
    assert "Traceback" not in ran.output
    require_no_secret(f"{ran.output}{answer}", target)
    assert _everything(calls.shop.path, target) == before
    return error


def require_no_secret(text: str, url: str) -> None:
    """The URL's password is not in a text, neither as typed nor percent-encoded."""
    password = urlsplit(url).password if "://" in url else None
    if password:
        for form in {password, unquote(password), quote(unquote(password), safe="")}:
            assert form not in text


def _everything(folder: Path, url: str) -> tuple[dict[str, str], object]:
    return _files(folder), target_state(url)


def _files(folder: Path) -> dict[str, str]:
    """Every path of the project with its kind and content, without following links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        is_plain = stat.S_ISREG(mode) and path.suffix != ".db"
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_plain else ""
        found[str(path.relative_to(folder))] = f"{stat.filemode(mode)} {digest}"
    return found


def target_state(url: str) -> object:
    """What is in a target by other eyes than Neoron's: a file's bytes, or a server's schema, rows and history."""
    if url.startswith("sqlite"):
        path = Path(unquote(url.partition("///")[2]))
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    read = {"postgresql": _ours_of_postgresql, "mariadb": _ours_of_mariadb, "mysql": _ours_of_mariadb}
    if urlsplit(url).scheme not in read:
        return None
    try:
        ours = read[urlsplit(url).scheme](url)
    except (psycopg.OperationalError, pymysql.err.OperationalError):
        return "not reachable"
    return dump_schema(url), dump_rows(url), ours


def _ours_of_postgresql(url: str) -> list[Any]:
    tables = "SELECT oid::regclass::text FROM pg_class WHERE relname ~ '^neoron_|^alembic_version$' AND relkind = 'r'"
    with psycopg.connect(url, connect_timeout=2) as connection:
        names = connection.execute(tables.encode()).fetchall()
        return [connection.execute(f"SELECT * FROM {name} ORDER BY 1".encode()).fetchall() for (name,) in names]


def _ours_of_mariadb(url: str) -> list[Any]:
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    names = ask(url, f"{tables} AND table_name REGEXP '^neoron_|^alembic_version$' ORDER BY 1")
    return [ask(url, f"SELECT * FROM {name} ORDER BY 1") for (name,) in names]
