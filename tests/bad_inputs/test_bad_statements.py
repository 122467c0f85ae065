"""Statements that do not end, take the transaction, leave the target, or hold a wrong value (B21 to B26)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls
from conformance.all_engines import ask, engine_of
from fix_oracle import dump_rows, dump_schema
from neoron.sql.quote import quote_identifier

MakeCalls = Callable[..., Calls]
UPDATE = ("database", "update")
FILE = "migrations/20260101000000_a.sql"


def _sql(shop: Calls, up: str, down: str = "", *, options: str = "") -> None:
    shop.shop.sql("20260101000000", "a", up, down, options=options)


@pytest.fixture
def lite(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project on SQLite with nothing in it."""
    return calls(sqlite_url)


@pytest.fixture
def pg(calls: MakeCalls, postgres_url: str) -> Calls:
    """A project on PostgreSQL with nothing in it."""
    return calls(postgres_url)


OPEN_EVERYWHERE = [
    ("SELECT 1;\nINSERT INTO a VALUES ('it''s);\nSELECT 2;", 3, "unterminated string"),
    ("SELECT 1;\n\n/* never closed\n\n", 4, "unterminated comment"),
    ('CREATE TABLE "a (i INT);\nSELECT 1;', 2, "unterminated quoted identifier"),
]


@pytest.mark.parametrize(("text", "line", "says"), OPEN_EVERYWHERE)
def test_what_is_never_closed_is_shown_where_it_opens(
    calls: MakeCalls, target_url: str, text: str, line: int, says: str
) -> None:
    """A string, comment or quoted name that is never closed is shown with the line it opens on (B21)."""
    shop = calls(target_url)
    _sql(shop, text)
    if engine_of(target_url).traits.dialect == "mariadb":
        says = says.replace("quoted identifier", "string")
    refused(shop, *UPDATE, code=65, kind="source", says=(f"{FILE}:{line}: {says}", "opened here"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("SELECT 1;\nDO $$ BEGIN NULL;\nEND;", 3, "unterminated dollar quote $$"),
        ("SELECT 1;\n\nDO $body$ BEGIN $$ $$; END $bod$;", 4, "unterminated dollar quote $body$"),
        ("/* /* inner */\nSELECT 1;", 2, "unterminated comment"),
        ("SELECT 1;\nSELECT E'a\\';", 3, "unterminated string"),
    ],
)
def test_what_only_postgresql_knows_is_shown_where_it_opens(pg: Calls, text: str, line: int, says: str) -> None:
    """A dollar quote, a nested comment or an escape string that is never closed has its line too (B21)."""
    _sql(pg, text)
    refused(pg, *UPDATE, code=65, kind="source", says=(f"{FILE}:{line}: {says}",))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("SELECT 1;\nCREATE TABLE [a (i INT);", 3, "unterminated quoted identifier ["),
        ("CREATE TABLE `a (i INT);", 2, "unterminated quoted identifier `"),
        ("SELECT 1;\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\nSELECT 1;", 3, "unterminated trigger body"),
    ],
)
def test_what_only_sqlite_knows_is_shown_where_it_opens(lite: Calls, text: str, line: int, says: str) -> None:
    """A bracketed name or a trigger that is never closed has its line too (B21)."""
    _sql(lite, text)
    refused(lite, *UPDATE, code=65, kind="source", says=(f"{FILE}:{line}: {says}",))


@pytest.mark.parametrize("section", ["up", "down"])
def test_the_transaction_is_the_runners(calls: MakeCalls, target_url: str, section: str) -> None:
    """BEGIN, COMMIT and their like are refused with their line, in either direction and in either mode (B22)."""
    shop = calls(target_url)
    for text, word in (
        ("BEGIN;", "BEGIN"), ("/* x */ begin -- y\n;", "BEGIN"), ("COMMIT;", "COMMIT"), ("ROLLBACK;", "ROLLBACK"),
        ("END;", "END"), ("SET autocommit = 0;", "SET autocommit"), ("START TRANSACTION;", "START TRANSACTION"),
    ):  # fmt: skip
        ways = ("SELECT 1;\n" + text, "") if section == "up" else ("SELECT 1;", text)
        line = 3 if section == "up" else 5
        says = (f"{FILE}:{line}: {word}: the runner owns the transaction", "transaction:false")
        _sql(shop, *ways)
        refused(shop, *UPDATE, code=65, kind="source", says=says)
        _sql(shop, *ways, options="transaction:false")
        assert shop.run(*UPDATE).exit_code == 65


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\\connect other", "psql meta-command is not allowed in a migration: it is for the psql client"),
        ("\\! ls", "psql meta-command is not allowed"),
        ("\\i other.sql", "psql meta-command is not allowed"),
        ("USE other;", "USE is not allowed in a migration: it leads to another database"),
        ("SOURCE other.sql;", "SOURCE is not allowed in a migration: it is for the mysql client"),
    ],
)
def test_commands_of_a_client_are_refused_with_their_line(pg: Calls, text: str, says: str) -> None:
    """What is for psql or another client, or leads to another database, is refused with its line (B23)."""
    _sql(pg, f"SELECT 1;\n{text}")
    refused(pg, *UPDATE, code=65, kind="source", says=(f"{FILE}:3: {says}", "delete it"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ATTACH 'other.db' AS other;", "ATTACH is not allowed in a migration: it leads to another file"),
        ("DETACH other;", "DETACH is not allowed"),
        (".read other.sql", "dot-command is not allowed in a migration: it is for the sqlite3 client"),
        ("VACUUM INTO 'other.db';", "VACUUM INTO writes another file"),
        ("PRAGMA foreign_keys = OFF;", "PRAGMA foreign_keys: it is ignored inside a transaction"),
        ("PRAGMA writable_schema = ON;", "PRAGMA writable_schema"),
    ],
)
def test_commands_that_leave_the_file_are_refused_with_their_line(lite: Calls, text: str, says: str) -> None:
    """What reaches another file than the target, or is for the sqlite3 shell, is refused with its line (B23)."""
    _sql(lite, f"SELECT 1;\n{text}")
    refused(lite, *UPDATE, code=65, kind="source", says=(f"{FILE}:3: {says}",))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("COPY t TO PROGRAM 'cat > /dev/null';", "COPY TO PROGRAM"),
        ("COPY t FROM PROGRAM 'echo 1';", "COPY FROM PROGRAM"),
        ("SET SESSION AUTHORIZATION DEFAULT;", "SET SESSION AUTHORIZATION"),
    ],
)
def test_what_the_setting_allows_runs(pg: Calls, text: str, name: str) -> None:
    """What reaches outside the database is refused with its line and the setting, and with it runs (B23)."""
    _sql(pg, f"CREATE TABLE t (i INT);\n{text}", "DROP TABLE t;")
    setting = f'`allow = ["{name}"]` under [project] in neoron.toml'
    refused(pg, *UPDATE, code=65, kind="source", says=(f"{FILE}:3: {name} is not allowed", setting))
    settings = pg.shop.path / "neoron.toml"
    settings.write_text(settings.read_text().replace("[project]\n", f'[project]\nallow = ["{name}"]\n'))
    pg.ok(*UPDATE)
    assert set(dump_rows(pg.shop.url)) == {"t"}


def test_a_file_cannot_be_read_by_a_migration(pg: Calls, tmp_path: Path) -> None:
    """COPY from a file of the server is refused by default (B23)."""
    _sql(pg, f"COPY t FROM '{tmp_path}/x';")
    refused(pg, *UPDATE, code=65, kind="source", says=(f"{FILE}:2: COPY FROM FILE is not allowed",))


def test_an_extension_cannot_be_loaded_by_a_migration(lite: Calls) -> None:
    """Loading machine code into SQLite is refused by default (B23)."""
    _sql(lite, "SELECT load_extension('x');")
    refused(lite, *UPDATE, code=65, kind="source", says=(f"{FILE}:2: load_extension is not allowed", "allow = ["))


def _variables(shop: Calls, text: str) -> None:
    settings = shop.shop.path / "neoron.toml"
    settings.write_text(f"[project.variables]\n{text}\n\n" + settings.read_text())


def test_a_placeholder_without_a_value_has_its_line(calls: MakeCalls, target_url: str) -> None:
    """A ${name} that nobody defined is named with its line and where to define it (B24)."""
    shop = calls(target_url)
    _sql(shop, "CREATE TABLE a (i INT);\n\nINSERT INTO a VALUES (${start});")
    refused(shop, *UPDATE, code=65, kind="source", says=(f"{FILE}:4: no value for ${{start}}", "[project.variables]"))


NASTY = "1'); DROP TABLE kept; --"


def test_a_value_is_quoted_by_its_type(calls: MakeCalls, target_url: str) -> None:
    """A placeholder's value stays a value, whatever it looks like; strings and comments stay as they are (B25)."""
    shop = calls(target_url)
    nasty = NASTY.replace('"', '\\"')
    _variables(shop, f'text = "{nasty}"\nnumber = 3\nname = {{ identifier = "we\\"ird; --" }}\nyes = true\n')
    _sql(
        shop,
        "CREATE TABLE kept (t TEXT, n INT, raw TEXT, ${name} INT);\n"
        "INSERT INTO kept VALUES (${text}, ${ number }, '${text}', 1); -- ${undefined}",
        "DROP TABLE kept;",
    )
    shop.ok(*UPDATE)
    rows = ask(shop.shop.url, "SELECT t, n, raw FROM kept")
    assert rows == [(NASTY, 3, "${text}")]
    assert 'we"ird; --' in dump_schema(shop.shop.url).replace('""', '"')


@pytest.mark.parametrize(
    "value", ['["a"]', "2026-01-01", '{ ident = "a" }', "{ identifier = 1 }", '{ identifier = "" }']
)
def test_a_value_of_another_type_is_refused(calls: MakeCalls, target_url: str, value: str) -> None:
    """A placeholder's value that is no text, number or name is refused with the line that uses it (B25)."""
    shop = calls(target_url)
    _variables(shop, f"x = {value}")
    _sql(shop, "CREATE TABLE a (i INT);\nINSERT INTO a VALUES (${x});")
    refused(shop, *UPDATE, code=65, kind="source", says=(f"{FILE}:3: ${{x}}", "give `x` another value"))


@pytest.mark.parametrize(
    ("name", "size"),
    [("n" * 64, 64), ("ä" * 32, 64), ("a name with spaces " * 4, 76)],
    ids=["ASCII", "two bytes", "spaces"],
)
def test_a_name_that_the_server_would_cut_is_refused(pg: Calls, name: str, size: int) -> None:
    """PostgreSQL cuts long names silently; Neoron refuses them with file, line and the limit (B26)."""
    _sql(pg, f'SELECT 1;\nCREATE TABLE "{name}" (i INT);')
    refused(pg, *UPDATE, code=65, kind="source", says=(f"{FILE}:3: the name {name[:20]}", f"{size} bytes", "keeps 63"))
    _sql(pg, f'CREATE TABLE "{name.encode()[:60].decode()}" (i INT);\nSELECT \'{name}\';')
    pg.ok(*UPDATE)


def test_odd_names_are_kept_to_the_character(calls: MakeCalls, target_url: str) -> None:
    """Reserved, mixed-case, quoted and non-ASCII names go there and back again with their rows (B26)."""
    shop = calls(target_url)
    names = ["select", "From", 'a"b', "é ü", "Größe-µ", "a.b", "x;y", "--z"]
    quoted = [quote_identifier(name, engine_of(target_url).traits.dialect) for name in names]
    up = "\n".join(f"CREATE TABLE {q} ({q} INT);\nINSERT INTO {q} VALUES (7);" for q in quoted)
    shop.shop.sql("1", "first", up, "\n".join(f"DROP TABLE {q};" for q in quoted))
    shop.ok("database", "update", "1")
    before = dump_schema(shop.shop.url), dump_rows(shop.shop.url)
    assert sorted(before[1]) == sorted(names)
    lost = shop.run("rollback", "0")
    assert lost.exit_code == 10
    assert all(f"{name} (1 row)" in lost.stderr for name in names)
    shop.ok("rollback", "0", "--yes")
    assert dump_rows(shop.shop.url) == {}
    shop.ok("deploy", "1")
    assert (dump_schema(shop.shop.url), dump_rows(shop.shop.url)) == before


def test_an_empty_name_is_refused_by_the_engine_with_its_line(pg: Calls) -> None:
    """An empty name fails in the server's own words, with file and line, and nothing changed (B26)."""
    _sql(pg, 'CREATE TABLE "" (i INT);')
    answer = pg.json(*UPDATE)
    assert (answer["exit_code"], answer["error"]["state"]) == (20, "Nothing changed.")
    assert "zero-length delimited identifier" in answer["error"]["message"]
    assert answer["error"]["where"].startswith(f"{FILE}:2")
