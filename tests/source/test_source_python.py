"""Revision files become statements without touching the target; what cannot, becomes a Python step."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from neoron.engines.lookup import engine_named
from neoron.errors import SourceError
from neoron.model.migration import CompiledMigration
from neoron.source.compiler import Compiler
from neoron.source.folder import read_folder

Compile = Callable[..., CompiledMigration]
HEADER = "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {version!r}\ndown_revision = {parent!r}\n\n\n"
USERS = "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(50)))"


def write(folder: Path, version: str, parent: str | None, up: str, down: str = "pass") -> None:
    """A revision file."""
    bodies = [textwrap.indent(code, "    ") for code in (up, down)]
    text = "def upgrade():\n{}\n\n\ndef downgrade():\n{}\n".format(*bodies)
    (folder / f"{version}_m.py").write_text(HEADER.format(version=version, parent=parent) + text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A migrations folder."""
    path = tmp_path / "migrations"
    path.mkdir()
    return path


def compiled(folder: Path, version: str, engine_name: str) -> CompiledMigration:
    """One migration of the folder for an engine."""
    engine = engine_named(engine_name)
    compiler = Compiler(
        folder.parent, read_folder(folder.parent, "migrations"), dialect=engine.dialect, split=engine.split,
        rebuilds=engine.rebuilds_tables, variables={},
    )  # fmt: skip
    return compiler.compile(version)


def texts(folder: Path, version: str, engine_name: str) -> tuple[list[str], list[str]]:
    """The statements of both directions, on one line each."""
    found = compiled(folder, version, engine_name)
    both = (found.up.statements, found.down.statements)
    up, down = ([" ".join(s.text.split()) for s in statements] for statements in both)
    return up, down


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_operations_become_statements(folder: Path, engine: str) -> None:
    """Plain operations are written down as the engine's statements, in both directions."""
    write(folder, "1", None, USERS, "op.drop_table('users')")
    up, down = texts(folder, "1", engine)
    assert len(up) == 1
    assert up[0].startswith("CREATE TABLE users ( id ")
    assert down == ["DROP TABLE users"]


def test_values_are_written_as_literals(folder: Path) -> None:
    """Rows that a migration inserts become statements with quoted literals."""
    table = "sa.table('t', sa.column('a', sa.String))"
    rows = "[{'a': \"it's\"}, {'a': '%s :x'}]"
    write(folder, "1", None, f"op.bulk_insert({table}, {rows})\nop.execute(\"SELECT 'a:b'\")")
    for engine in ("sqlite", "postgresql"):
        up, _down = texts(folder, "1", engine)
        assert "VALUES ('it''s')" in up[0]
        assert "%s :x" in " ".join(up[:2])
        assert up[-1] == "SELECT 'a:b'"


@pytest.mark.parametrize(
    "up",
    [
        "op.get_bind().execute(sa.text('SELECT 1'))",
        "connection = op.get_bind()\nfor row in connection.execute(sa.text('SELECT 1')):\n    pass",
        "if op.get_context().bind.execute(sa.text('SELECT 1')).scalar():\n    op.execute('SELECT 2')",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_reading_the_database_makes_a_python_step(folder: Path, engine: str, up: str) -> None:
    """A migration that reads the database cannot be written down, so it is run as Python, and says why."""
    write(folder, "1", None, up, "op.execute('SELECT 3')")
    found = compiled(folder, "1", engine)
    assert found.up.statements == ()
    assert found.up.python_reason
    assert [s.text for s in found.down.statements] == ["SELECT 3"]


def test_batch_operations_rebuild_the_table_on_sqlite_only(folder: Path) -> None:
    """`batch_alter_table` is a rebuild on SQLite, compiled against the schema before it, and an ALTER elsewhere."""
    write(folder, "1", None, USERS, "op.drop_table('users')")
    up = "with op.batch_alter_table('users') as batch:\n    batch.alter_column('name', nullable=False)"
    down = "with op.batch_alter_table('users') as batch:\n    batch.alter_column('name', nullable=True)"
    write(folder, "2", "1", up, down)
    lite_up, lite_down = texts(folder, "2", "sqlite")
    assert [text.split()[0] for text in lite_up] == ["CREATE", "INSERT", "DROP", "ALTER"]
    assert "name VARCHAR(50) NOT NULL" in lite_up[0]
    assert "name VARCHAR(50)," in lite_down[0]
    pg_up, pg_down = texts(folder, "2", "postgresql")
    assert (pg_up, pg_down) == (
        ["ALTER TABLE users ALTER COLUMN name SET NOT NULL"], ["ALTER TABLE users ALTER COLUMN name DROP NOT NULL"]
    )  # fmt: skip


def test_what_sqlite_cannot_alter_says_how_to_write_it(folder: Path) -> None:
    """An ALTER that SQLite lacks is refused with the line and the batch form."""
    write(folder, "1", None, USERS)
    write(folder, "2", "1", "op.alter_column('users', 'name', nullable=False)")
    with pytest.raises(SourceError) as error:
        compiled(folder, "2", "sqlite")
    assert error.value.where.startswith("migrations/2_m.py:")
    assert "batch_alter_table" in error.value.next


def test_an_autocommit_block_leaves_no_transaction_words(folder: Path) -> None:
    """An index build in `autocommit_block()` is written down alone; the runner knows that it runs outside."""
    up = "with op.get_context().autocommit_block():\n    op.create_index('i', 't', ['a'], postgresql_concurrently=True)"
    write(folder, "1", None, f"op.execute('SELECT 1')\n{up}\nop.execute('SELECT 2')", "op.drop_index('i')")
    up_texts, _down = texts(folder, "1", "postgresql")
    assert up_texts == ["SELECT 1", "CREATE INDEX CONCURRENTLY i ON t (a)", "SELECT 2"]


@pytest.mark.parametrize(
    ("up", "line", "says"),
    [
        ("x = 1\nraise ValueError('the  price\\nis wrong')", 10, "ValueError: the price is wrong"),
        ("op.no_such_operation()", 9, "AttributeError"), ("op.create_table('t', sa.Column('a', sa.Nope))", 9, "Nope"),
    ],
)  # fmt: skip
def test_a_file_that_fails_is_shown_with_its_line(folder: Path, up: str, line: int, says: str) -> None:
    """An error inside a revision file is one line with file and line."""
    write(folder, "1", None, up)
    for engine in ("sqlite", "postgresql"):
        with pytest.raises(SourceError) as error:
            compiled(folder, "1", engine)
        assert error.value.where == f"migrations/1_m.py:{line}"
        assert says in error.value.message
        assert "\n" not in str(error.value)


def test_an_edit_within_a_second_is_seen(folder: Path) -> None:
    """A file that is edited to the same length within the same second is compiled as it is now."""
    write(folder, "1", None, "op.execute('SELECT 1')")
    assert texts(folder, "1", "sqlite")[0] == ["SELECT 1"]
    write(folder, "1", None, "op.execute('SELECT 2')")
    assert texts(folder, "1", "sqlite")[0] == ["SELECT 2"]
    assert not (folder / "__pycache__").exists()


def test_a_way_down_of_mere_pass_is_none(folder: Path) -> None:
    """Alembic's template for a missing way down is taken as missing, except where there is nothing to take back."""
    write(folder, "1", None, USERS, "pass")
    write(folder, "2", "1", "op.execute('SELECT 1')", "'''Nothing to undo.'''\npass")
    write(folder, "3", "1", "op.execute('SELECT 1')", "op.execute('SELECT 2')")
    write(folder, "4", "('2', '3')", "pass")
    text = (folder / "4_m.py").read_text().replace('"(\'2\', \'3\')"', "('2', '3')")
    (folder / "4_m.py").write_text(text)
    missing = {version: compiled(folder, version, "sqlite").down.is_missing for version in "1234"}
    assert missing == {"1": True, "2": True, "3": False, "4": False}
