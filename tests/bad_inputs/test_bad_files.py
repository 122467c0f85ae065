"""Migration files that contradict each other, the database, or themselves (B11 to B20, B27)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bad_inputs.refusals import refused, target_state
from cli.calls import Calls, two_tables

MakeCalls = Callable[..., Calls]
UPDATE = ("database", "update")
TABLE = "CREATE TABLE a (i INT);"


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project on SQLite with nothing in it."""
    return calls(sqlite_url)


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Ends a test that waits for a pipe, which would otherwise wait for ever."""

    def give_up(*_: object) -> None:
        raise TimeoutError("it waited for a pipe")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _write(shop: Calls, name: str, text: str | bytes) -> Path:
    file = shop.shop.migrations / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def _parent(shop: Calls, version: str, parent: str) -> None:
    text = f"-- migrate:parent {parent}\n-- migrate:up\nCREATE TABLE t{version} (i INT);\n"
    _write(shop, f"{version}_t{version}.sql", text)


@pytest.mark.parametrize("command", [UPDATE, ("migrations", "list"), ("migrations", "add", "x"), ("deploy",)])
def test_one_version_twice_names_both_files(shop: Calls, command: tuple[str, ...]) -> None:
    """Two files with one version are both named, with what to do (B11)."""
    shop.shop.sql("20260101000000", "a", TABLE)
    shop.shop.py("20260101000000", "b", None, "op.execute('SELECT 1')")
    says = (
        "two files have the version 20260101000000",
        "migrations/20260101000000_a.sql and migrations/20260101000000_b.py",
        "give one of them an id of its own, in its name and in its `revision`",
    )
    refused(shop, *command, code=65, kind="source", says=says)


def test_a_missing_parent_is_named(shop: Calls) -> None:
    """A file that follows a version which no file has names that version (B12)."""
    shop.shop.py("2", "b", "7", "op.execute('SELECT 1')")
    says = ("migrations/2_b.py: follows 7, which no file has", "bring that file back")
    refused(shop, *UPDATE, code=65, kind="source", says=says)


def test_a_circle_names_the_chain(shop: Calls) -> None:
    """Migrations that follow each other in a circle are shown as the chain they make (B12)."""
    for version, parent in (("1", "3"), ("2", "1"), ("3", "2")):
        _parent(shop, version, parent)
    says = ("circle: 1 → 3 → 2 → 1", "migrations/1_t1.sql, migrations/3_t3.sql", "edit the `-- migrate:parent` of")
    refused(shop, *UPDATE, code=65, kind="source", says=says)


def test_two_heads_name_both_and_the_command_that_joins_them(shop: Calls) -> None:
    """Two heads are both named, with the command that joins them; after it the update runs (B12)."""
    shop.shop.sql("1", "t1", "CREATE TABLE t1 (i INT);")
    _parent(shop, "2", "1")
    _parent(shop, "3", "1")
    says = ("two heads: 2 (migrations/2_t2.sql) and 3 (migrations/3_t3.sql)", "Next: neoron migrations merge")
    for command in (UPDATE, ("deploy",), ("migrations", "script")):
        refused(shop, *command, code=65, kind="source", says=says)
    shop.ok("migrations", "merge")
    shop.ok(*UPDATE)
    assert set(shop.states().values()) == {"applied"}


def test_an_edited_applied_file_shows_both_checksums(calls: MakeCalls, target_url: str) -> None:
    """An applied file that was edited is shown with its old and new checksum and both ways out (B13)."""
    shop = two_tables(calls(target_url))
    shop.ok(*UPDATE)
    old = shop.result("migrations", "list")["migrations"][0]["checksum"]
    shop.shop.sql("20260101000000", "items", "CREATE TABLE items (id INT PRIMARY KEY);", "DROP TABLE items;")
    says = (
        "migrations/20260101000000_items.sql: 20260101000000 was edited after it was applied",
        f"applied as {old[:12]}, the file is now ", "undo the edit", "neoron migrations accept 20260101000000",
    )  # fmt: skip
    refused(shop, *UPDATE, code=65, kind="source", says=says)
    refused(shop, "deploy", code=65, kind="source", says=says)
    assert shop.states()["20260101000000"] == "altered"


LAYOUTS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "BOM": lambda text: "\ufeff" + text,
    "last newline": lambda text: text.rstrip("\n"),
    "comments": lambda text: "-- Licence\n/* ours */\n" + text.replace("CREATE TABLE", "CREATE  /* a */\n TABLE"),
    "python comments": lambda text: "# Licence\n\n" + text.replace("op.execute(", "op.execute(  # a\n        "),
}


@pytest.mark.parametrize(
    ("layout", "form"),
    [*((name, form) for name in ("CRLF", "BOM", "last newline") for form in ("sql", "py")), ("comments", "sql"),
     ("python comments", "py")],
)
def test_a_changed_layout_is_accepted_with_a_note(shop: Calls, layout: str, form: str) -> None:
    """Line ends, a BOM, a missing last newline and comments are no change, and Neoron says that it saw them (B14)."""
    if form == "sql":
        file = shop.shop.sql("1", "a", TABLE, "DROP TABLE a;")
    else:
        file = shop.shop.py("1", "a", None, 'op.execute("CREATE TABLE a (i INT)")', 'op.execute("DROP TABLE a")')
    shop.ok(*UPDATE)
    before = target_state(shop.shop.url)
    file.write_bytes(LAYOUTS[layout](file.read_text(encoding="utf-8")).encode())
    ran = shop.run(*UPDATE)
    assert (ran.exit_code, ran.stdout) == (0, "nothing to do: the database is at 1\n")
    assert ran.stderr == f"note: migrations/{file.name}: only its layout changed since it was applied; accepted\n"
    assert shop.result("migrations", "list")["migrations"][0]["detail"] == "only its layout changed"
    assert target_state(shop.shop.url) == before


def test_the_missing_file_of_an_applied_migration_is_named(calls: MakeCalls, target_url: str) -> None:
    """An applied migration whose file is gone is named, and the way to get it back (B15)."""
    shop = two_tables(calls(target_url))
    shop.ok(*UPDATE)
    (shop.shop.migrations / "20260101000000_items.sql").unlink()
    says = ("the file of the applied migration 20260101000000 items is gone", "version control")
    refused(shop, *UPDATE, code=65, kind="source", says=says)
    assert shop.states() == {"20260101000000": "missing", "20260102000000": "applied"}


def test_a_database_that_is_ahead_says_by_what(calls: MakeCalls, target_url: str) -> None:
    """A database with versions that no file has is ahead, and says by which and how to go back (B16)."""
    shop = two_tables(calls(target_url))
    shop.ok(*UPDATE)
    (shop.shop.migrations / "20260102000000_price.sql").unlink()
    back = "neoron rollback 20260101000000"
    says = ("the database is ahead by 20260102000000 price", "check out the version that has it", back)
    for command in (UPDATE, ("deploy",)):
        refused(shop, *command, code=65, kind="source", says=says)
    assert shop.states()["20260102000000"] == "ahead"
    assert shop.run("rollback", "20260101000000", "--yes").exit_code == 0
    assert shop.states() == {"20260101000000": "applied"}


def test_a_file_older_than_the_newest_applied_is_never_silent(calls: MakeCalls, target_url: str) -> None:
    """A new file older than the head is refused by name, until the policy allows it (B17)."""
    shop = two_tables(calls(target_url))
    shop.ok(*UPDATE)
    shop.shop.sql("20260101120000", "late", TABLE, "DROP TABLE a;")
    late = "migrations/20260101120000_late.sql is older than the newest applied migration 20260102000000"
    says = (late, 'set `out_of_order = "allow"`')
    for command in (UPDATE, ("deploy",), (*UPDATE, "--dry-run")):
        refused(shop, *command, code=10, kind="refused", says=says)
    settings = shop.shop.path / "neoron.toml"
    settings.write_text(settings.read_text().replace("[project]\n", '[project]\nout_of_order = "allow"\n'))
    shop.ok(*UPDATE)
    assert set(shop.states().values()) == {"applied"}


@pytest.mark.parametrize("name", ["V1__create.sql", "1-create.sql", "create.sql", "1_a.sql.bak", "a.txt", "1_a.SQL"])
def test_a_name_off_the_pattern_is_never_passed_over(shop: Calls, name: str) -> None:
    """A file whose name is off the pattern is named with the pattern, never ignored (B18)."""
    two_tables(shop)
    _write(shop, name, "-- migrate:up\nCREATE TABLE a (i INT);\n")
    says = (f"migrations/{name}: the file name is off the pattern <yyyyMMddHHmmss>_<name>.sql or .py", "rename it")
    for command in (UPDATE, ("migrations", "list"), ("migrations", "script")):
        refused(shop, *command, code=65, kind="source", says=says)


def test_a_python_file_without_a_revision_is_named(shop: Calls) -> None:
    """A .py file that is no revision file is named, never ignored (B18)."""
    _write(shop, "tools.py", "x = 1\n")
    says = ("migrations/tools.py: no `revision = ", "not an Alembic revision file")
    refused(shop, *UPDATE, code=65, kind="source", says=says)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"-- migrate:up\nCREATE TABLE a (x TEXT DEFAULT '\xe9');\n", "not UTF-8 at byte 46"),
        (b"\xef\xbb\xbf-- \xff\n", "not UTF-8 at byte 6"),
        ("-- migrate:up\nSELECT 1;\n".encode("utf-16"), "UTF-16, not UTF-8 (byte 0)"),
        ("-- migrate:up\nSELECT 1;\n".encode("utf-16-be"), "a NUL byte at byte 0"),
        (b"-- migrate:up\nSELECT 1\0;\n", "a NUL byte at byte 22"),
    ],
    ids=["latin-1", "after a BOM", "UTF-16", "UTF-16 without a BOM", "NUL"],
)
@pytest.mark.parametrize("name", ["1_a.sql", "1_a.py"])
def test_bytes_that_are_not_utf8_have_their_offset(shop: Calls, name: str, content: bytes, says: str) -> None:
    """A file that is not UTF-8 text is named with the offset of the wrong byte (B19)."""
    _write(shop, name, content)
    refused(shop, *UPDATE, code=65, kind="source", says=(f"migrations/{name}: {says}", "save it as UTF-8"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no statements"),
        ("-- nothing yet\n/* nothing */\n", "no statements"),
        ("-- migrate:up\n\n-- migrate:down\n", "no statements in its `migrate:up` section"),
        ("-- migrate:up\n-- later\n/* or never */;;\n", "no statements in its `migrate:up` section"),
        ("CREATE TABLE a (i INT);\n", "no `-- migrate:up` section"),
        ("-- migrate:down\nDROP TABLE a;\n", "no `-- migrate:up` section"),
        ("-- head\nSELECT 2;\n-- migrate:up\nSELECT 1;\n", ":2: a statement before the first section"),
        ("-- migrate:up\nSELECT 1;\n-- migrate:sideways\n", ":3: unknown section `migrate:sideways`"),
        ("-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;\n", ":3: a second `migrate:up` section"),
        ("-- migrate:up transaction:off\nSELECT 1;\n", ":1: unknown option `transaction:off`"),
    ],
)
def test_a_file_without_statements_is_refused(shop: Calls, text: str, says: str) -> None:
    """An empty file, or one whose statements stand where they would not be run, is refused (B20)."""
    _write(shop, "1_a.sql", text)
    refused(shop, *UPDATE, code=65, kind="source", says=("migrations/1_a.sql", says))


def test_a_python_file_that_does_nothing_is_refused(shop: Calls) -> None:
    """A revision file whose upgrade() does nothing is refused, unless it joins heads (B20)."""
    shop.shop.py("1", "a", None, "pass")
    refused(shop, *UPDATE, code=65, kind="source", says=("migrations/1_a.py: no statements in its upgrade()",))


@pytest.mark.parametrize("folder", ["../outside", "/etc", "migrations/../../outside"])
def test_a_migrations_folder_outside_is_refused(shop: Calls, folder: str, tmp_path: Path) -> None:
    """A migrations folder outside the project is refused, whatever way it is written (B27)."""
    (tmp_path / "outside").mkdir()
    settings = shop.shop.path / "neoron.toml"
    settings.write_text(settings.read_text().replace('"migrations"', f'"{folder}"'))
    refused(shop, *UPDATE, code=64, kind="usage", says=(f'`migrations = "{folder}"` is outside the project folder',))


def test_a_link_out_of_the_project_is_refused(shop: Calls, tmp_path: Path) -> None:
    """A link that leads out of the project, or to nowhere, or in a circle, is refused (B27)."""
    (tmp_path / "outside.sql").write_text("-- migrate:up\nCREATE TABLE outside (i INT);\n")
    link = shop.shop.migrations / "1_a.sql"
    link.symlink_to(tmp_path / "outside.sql")
    refused(shop, *UPDATE, code=65, kind="source", says=("migrations/1_a.sql: it leads outside the project folder",))
    for target, says in (("1_a.sql", "cannot be read: Too many levels"), ("nowhere", "cannot be read: No such file")):
        link.unlink()
        link.symlink_to(target)
        refused(shop, *UPDATE, code=65, kind="source", says=(f"migrations/1_a.sql: {says}", "mend or remove it"))


def test_a_link_inside_the_project_is_fine(shop: Calls) -> None:
    """A link to a file of the same project is read like the file itself (B27)."""
    (shop.shop.path / "kept.sql").write_text("-- migrate:up\nCREATE TABLE a (i INT);\n")
    (shop.shop.migrations / "1_a.sql").symlink_to("../kept.sql")
    shop.ok(*UPDATE)
    assert shop.states() == {"1": "applied"}


@pytest.mark.usefixtures("no_waiting")
def test_what_is_not_a_file_is_refused_without_waiting(shop: Calls, tmp_path: Path) -> None:
    """A pipe, a folder or a device in the migrations folder is refused, and nobody waits for it (B27)."""
    place = shop.shop.migrations / "1_a.sql"
    says = ("migrations/1_a.sql: not an ordinary file", "move it out of migrations")
    os.mkfifo(place)
    refused(shop, *UPDATE, code=65, kind="source", says=says)
    place.unlink()
    place.mkdir()
    refused(shop, *UPDATE, code=65, kind="source", says=says)
    place.rmdir()
    place.symlink_to("/dev/zero")
    refused(shop, *UPDATE, code=65, kind="source", says=("it leads outside the project folder",))


@pytest.mark.usefixtures("no_waiting")
def test_a_pipe_among_the_validations_is_refused_without_waiting(shop: Calls) -> None:
    """A validation that is no ordinary file, or no UTF-8 text, is refused like a migration (B19, B27)."""
    two_tables(shop).ok(*UPDATE)
    (shop.shop.path / "validations").mkdir()
    place = shop.shop.path / "validations" / "a.sql"
    os.mkfifo(place)
    refused(shop, "verify", code=65, kind="source", says=("validations/a.sql: not an ordinary file",))
    place.unlink()
    for content, says in (
        (b"SELECT '\xff'", "validations/a.sql: not UTF-8 at byte 8"),
        (b"SELECT 1;\nSELECT 'x", "validations/a.sql:2: unterminated string"),
        (b"SELECT 1; SELECT 2", "validations/a.sql: 2 statements; a validation is one query"),
    ):
        place.write_bytes(content)
        refused(shop, "verify", code=65, kind="source", says=(says,))
