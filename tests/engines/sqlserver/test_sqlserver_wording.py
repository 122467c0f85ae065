"""Alembic's operations in T-SQL: everything has a name, and what stands on a column is found before it goes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from engines.sqlserver.conftest import FIRST, SECOND, Scripts
from fix_tsql import TsqlCheck

Make = Callable[..., Scripts]


@pytest.fixture
def both(scripts: Make, tsql: TsqlCheck) -> Callable[[str, str], tuple[str, str]]:
    """`both(up, down)`: both scripts of an Alembic migration, which compile one after the other and once more."""

    def make(up: str, down: str) -> tuple[str, str]:
        made = scripts(up, down, python=True)
        there, back = made.up(FIRST, SECOND), made.down(SECOND, FIRST)
        assert tsql.compile(made.up("0", FIRST), there, back, there) == []
        return there, back

    return make


def test_a_table_without_names_gets_them(both: Callable[[str, str], tuple[str, str]]) -> None:
    """Keys, references, unique and check constraints and defaults are all named after their table and columns."""
    up, _ = both(
        """
        op.create_table(
            "lines",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("order_id", sa.Integer(), sa.ForeignKey("orders.id"), nullable=False),
            sa.Column("code", sa.String(20), unique=True),
            sa.Column("count", sa.Integer(), server_default="1", nullable=False),
            sa.Column("price", sa.Integer()),
            sa.CheckConstraint("price > 0"),
            sa.CheckConstraint("price < 1000"),
        )
        """,
        'op.drop_table("lines")',
    )
    names = re.findall(r"CONSTRAINT \[?(\w+)\]? (\w+)", up)
    assert {("PK_lines", "PRIMARY"), ("FK_lines_order_id", "FOREIGN"), ("UQ_lines_code", "UNIQUE"),
            ("DF_lines_count", "DEFAULT")} <= set(names)  # fmt: skip
    checks = [name for name, kind in names if kind == "CHECK"]
    assert len(set(checks)) == 2
    assert all(name.startswith("CK_lines_") for name in checks)


def test_names_are_the_same_each_time_and_not_too_long(scripts: Make, tsql: TsqlCheck) -> None:
    """A long name is cut to what the server takes, and stays different from its neighbour's."""
    long = "a" * 100
    made = scripts(
        f'''
        op.create_table("{long}", sa.Column("{long}1", sa.Integer(), server_default="0"),
                        sa.Column("{long}2", sa.Integer(), server_default="0"))
        ''',
        f'op.drop_table("{long}")', python=True,
    )  # fmt: skip
    first, second = made.up(), made.up()
    assert first == second
    assert tsql.compile(first) == []
    names = set(re.findall(r"CONSTRAINT \[?(DF_\w+)\]?", first))
    assert len(names) == 2
    assert all(len(name) <= 128 for name in names)


def test_a_new_column_fills_the_rows_there_are(both: Callable[[str, str], tuple[str, str]]) -> None:
    """A column that may be NULL gets its default in old rows too, as on the other engines."""
    up, back = both(
        'op.add_column("orders", sa.Column("kind", sa.String(9), server_default="new", nullable=True))',
        'op.drop_column("orders", "kind")',
    )
    assert "CONSTRAINT [DF_orders_kind] DEFAULT ''new'' WITH VALUES" in up
    assert "sys.default_constraints" in back
    assert "sys.check_constraints" in back


def test_a_default_is_replaced_and_taken_away(both: Callable[[str, str], tuple[str, str]]) -> None:
    """The old default, whatever its name, goes before the new one comes."""
    up, back = both(
        'op.alter_column("orders", "note", existing_type=sa.Unicode(200), server_default="none")',
        'op.alter_column("orders", "note", existing_type=sa.Unicode(200), server_default=None)',
    )
    assert up.index("EXEC(@sql)") < up.index("ADD CONSTRAINT [DF_orders_note] DEFAULT")
    assert "ADD CONSTRAINT" not in back


def test_a_type_is_changed_under_its_default(both: Callable[[str, str], tuple[str, str]]) -> None:
    """A column's default is taken away for the change of its type, and comes back under its name."""
    up, _ = both(
        'op.alter_column("orders", "amount", type_=sa.BigInteger(), existing_nullable=False)',
        'op.alter_column("orders", "amount", type_=sa.Integer(), existing_nullable=False)',
    )
    assert up.index("EXEC(@drop)") < up.index("ALTER COLUMN [amount] BIGINT NOT NULL") < up.index("EXEC(@add)")


def test_a_rename_names_the_kind_of_object(both: Callable[[str, str], tuple[str, str]]) -> None:
    """sp_rename is told COLUMN or OBJECT, and names with quotes in them arrive whole."""
    up, back = both(
        """
        op.alter_column("orders", "note", new_column_name="it's", existing_type=sa.Unicode(200))
        op.rename_table("orders", "old orders")
        """,
        """
        op.rename_table("old orders", "orders")
        op.alter_column("orders", "it's", new_column_name="note", existing_type=sa.Unicode(200))
        """,
    )
    assert "sp_rename N''[orders].[note]'', N''it''''s'', N''COLUMN''" in up
    assert "sp_rename N''[orders]'', N''old orders'', N''OBJECT''" in up
    assert "sp_rename N''[old orders]'', N''orders'', N''OBJECT''" in back


def test_go_in_executed_text_cuts_it(both: Callable[[str, str], tuple[str, str]]) -> None:
    """op.execute may hold several batches; each is sent by itself."""
    up, _ = both(
        'op.execute("ALTER TABLE orders ADD a int NULL\\nGO\\nUPDATE orders SET a = 1")',
        'op.drop_column("orders", "a")',
    )
    assert "EXEC(N'ALTER TABLE orders ADD a int NULL');" in up
    assert "EXEC(N'UPDATE orders SET a = 1');" in up
