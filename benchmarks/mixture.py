"""One thousand small migrations, the same in every tool's form: tables, an index, a column, a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

COUNT = 1_000
FIRST_VERSION = 20240101000000
# Every five migrations make two tables and one index, and put one row into the first of the tables.
TABLES, INDEXES, ROWS = COUNT // 5 * 2, COUNT // 5, COUNT // 5
LAST_TABLE = f"t{COUNT // 5 - 1}"

_SQL_FILE = "-- migrate:up\n{up};\n\n-- migrate:down\n{down};\n"
_PYTHON_FILE = '''"""{name}"""
from alembic import op
import sqlalchemy as sa

revision = "{version}"
down_revision = {previous}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
'''


@dataclass(frozen=True)
class Change:
    """One migration: what it sends, and the Alembic operations that send the same."""

    up: str
    down: str
    upgrade: str
    downgrade: str


def changes() -> list[Change]:
    """All migrations, oldest first."""
    return [_KINDS[number % 5](f"t{number // 5}") for number in range(COUNT)]


def statements() -> list[str]:
    """What the migrations send on their way up."""
    return [change.up for change in changes()]


def last_version() -> str:
    """The version that the last migration leads to."""
    return str(FIRST_VERSION + COUNT - 1)


def write_sql(folder: Path) -> None:
    """Write every migration as a `.sql` file, in the form that Neoron and dbmate share."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, change in enumerate(changes()):
        path = folder / f"{FIRST_VERSION + number}_m{number}.sql"
        path.write_text(_SQL_FILE.format(up=change.up, down=change.down))


def write_python(folder: Path) -> None:
    """Write every migration as an Alembic revision file."""
    folder.mkdir(parents=True, exist_ok=True)
    previous = None
    for number, change in enumerate(changes()):
        version = str(FIRST_VERSION + number)
        text = _PYTHON_FILE.format(
            name=f"m{number}", version=version, previous=f'"{previous}"' if previous else None,
            upgrade=change.upgrade, downgrade=change.downgrade,
        )  # fmt: skip
        (folder / f"{version}_m{number}.py").write_text(text)
        previous = version


def _table(name: str) -> Change:
    columns = (
        'sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.String(40), nullable=False), '
        'sa.Column("b", sa.Integer())'
    )
    up = f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, a VARCHAR(40) NOT NULL, b INTEGER)"
    return Change(up, f"DROP TABLE {name}", f'op.create_table("{name}", {columns})', f'op.drop_table("{name}")')


def _index(table: str) -> Change:
    name = f"ix_{table}_a"
    return Change(
        f"CREATE INDEX {name} ON {table} (a)", f"DROP INDEX {name}",
        f'op.create_index("{name}", "{table}", ["a"])', f'op.drop_index("{name}", table_name="{table}")',
    )  # fmt: skip


def _column(table: str) -> Change:
    return Change(
        f"ALTER TABLE {table} ADD COLUMN c TEXT", f"ALTER TABLE {table} DROP COLUMN c",
        f'op.add_column("{table}", sa.Column("c", sa.Text()))', f'op.drop_column("{table}", "c")',
    )  # fmt: skip


def _row(table: str) -> Change:
    up, down = f"INSERT INTO {table} (id, a) VALUES (1, 'x')", f"DELETE FROM {table} WHERE id = 1"
    return Change(up, down, f'op.execute("{up}")', f'op.execute("{down}")')


def _small_table(beside: str) -> Change:
    name = f"u{beside[1:]}"
    columns = 'sa.Column("id", sa.Integer(), primary_key=True)'
    up = f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)"
    return Change(up, f"DROP TABLE {name}", f'op.create_table("{name}", {columns})', f'op.drop_table("{name}")')


_KINDS = (_table, _index, _column, _row, _small_table)
