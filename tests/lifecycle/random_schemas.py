"""Random schemas, rows, destructive migrations and later writes, as plain values that each engine can run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

TYPES: dict[str, tuple[str, str, str, str]] = {
    "int": ("INTEGER", "INTEGER", "INT", "int"), "big": ("BIGINT", "BIGINT", "BIGINT", "bigint"),
    "text": ("VARCHAR(30)", "VARCHAR(30)", "VARCHAR(30)", "nvarchar(30)"),
    "long": ("TEXT", "TEXT", "TEXT", "nvarchar(max)"),
    "num": ("NUMERIC(12,3)", "NUMERIC(12,3)", "DECIMAL(12,3)", "decimal(12,3)"),
    "real": ("REAL", "DOUBLE PRECISION", "DOUBLE", "float"), "date": ("DATE", "DATE", "DATE", "date"),
    "moment": ("TIMESTAMP", "TIMESTAMP", "DATETIME(6)", "datetime2(6)"),
    "flag": ("BOOLEAN", "BOOLEAN", "BOOLEAN", "bit"), "bytes": ("BLOB", "BYTEA", "BLOB", "varbinary(100)"),
}  # fmt: skip
"""A kind of column in the words of SQLite, PostgreSQL, MariaDB and SQL Server."""

ENGINES = ("sqlite", "postgresql", "mariadb", "sqlserver")
_TEXTS = ["", "x", "X", "x ", "01", "1", "é", "e", "it's", 'a"b', "a\\b", "%s", "😀", "long text; with -- signs"]
_VALUES: dict[str, Any] = {
    "int": st.integers(-3, 3) | st.sampled_from([2**31 - 1, -(2**31)]),
    "big": st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)]),
    "text": st.sampled_from(_TEXTS), "long": st.sampled_from([*_TEXTS, "y" * 5000]),
    "num": st.sampled_from(["0", "1.5", "-0.001", "999999999.999"]), "real": st.sampled_from(["0.1", "1e300", "-2.5"]),
    "date": st.sampled_from(["2024-02-29", "1999-12-31"]),
    "moment": st.sampled_from(["2024-01-02 03:04:05.123456", "2024-03-31 02:30:00"]),
    "flag": st.booleans(), "bytes": st.binary(max_size=6),
}  # fmt: skip
_TABLES = ["t", "Order", "a b", "sélect", "select"]
_COLUMNS = ["a", "B", "c d", "group", "é", "e1", "f"]
FK = "parent"


@dataclass(frozen=True)
class Column:
    """A column. Shape: default is a number or a text, None for none."""

    name: str
    kind: str
    is_required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Table:
    """A table. Shape: key are the names of its first columns; parent is the index of another table, with ON DELETE."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    is_checked: bool = False
    parent: int | None = None
    on_delete: str = "CASCADE"

    @property
    def free(self) -> tuple[Column, ...]:
        """The columns beside the key and the parent's number."""
        return tuple(c for c in self.columns if c.name not in (*self.key, FK))


@dataclass(frozen=True)
class Op:
    """One destructive operation. Shape: what is drop column, drop table, delete, update, narrow or truncate."""

    what: str
    table: int
    column: str = ""
    value: Any = None
    least: int = 0


@dataclass(frozen=True)
class Write:
    """One write after the migration: insert, delete or update of the row with that number."""

    what: str
    table: int
    number: int
    column: str = ""
    value: Any = None


@dataclass(frozen=True)
class Case:
    """All of one ride. Shape: rows maps a table's index to its rows, each in the order of columns."""

    tables: tuple[Table, ...]
    rows: dict[int, list[tuple[Any, ...]]]
    ops: tuple[Op, ...]
    writes: tuple[Write, ...] = ()


@dataclass
class Words:
    """One engine's SQL."""

    engine: str
    at: int = field(init=False)

    def __post_init__(self) -> None:
        self.at = ENGINES.index(self.engine)

    def quoted(self, name: str) -> str:
        """A name, quoted."""
        if self.engine == "sqlserver":
            return f"[{name}]"
        return f"`{name}`" if self.engine == "mariadb" else f'"{name}"'

    def script(self, statements: list[str]) -> str:
        """Statements as one text; in T-SQL each is a batch, as it is compiled with the schema that it meets."""
        return ("\nGO\n" if self.engine == "sqlserver" else ";\n").join([*statements, ""])

    def literal(self, kind: str, value: Any) -> str:
        """A value as SQL."""
        if value is None:
            return "NULL"
        if self.engine == "sqlserver" and kind in ("bytes", "flag"):
            return f"0x{value.hex()}" if kind == "bytes" else str(int(value))
        if kind == "bytes":
            return f"'\\x{value.hex()}'::bytea" if self.engine == "postgresql" else f"x'{value.hex()}'"
        if kind == "flag":
            return "TRUE" if value else "FALSE"
        if kind in ("int", "big", "num", "real"):
            return str(value)
        text = str(value).replace("'", "''")
        if self.engine == "sqlserver":
            return f"N'{text}'"
        return "'" + (text.replace("\\", "\\\\") if self.engine == "mariadb" else text) + "'"

    def column(self, column: Column, table: str) -> str:
        """A column's definition."""
        parts = [self.quoted(column.name), TYPES[column.kind][self.at]]
        parts += ["NOT NULL"] if column.is_required else []
        if self.engine == "sqlserver" and column.default is not None:
            parts.append(f"CONSTRAINT {self.default(column, table)}")
        parts += [f"DEFAULT {self.literal(column.kind, column.default)}"] if column.default is not None else []
        return " ".join(parts)

    def default(self, column: Column, table: str) -> str:
        """The name of a column's default, where it has one."""
        return self.quoted(f"df {table} {column.name}")

    def create(self, table: Table, tables: tuple[Table, ...]) -> list[str]:
        """The statements that make a table."""
        name = self.quoted(table.name)
        parts = [self.column(c, table.name) for c in table.columns]
        named = f"CONSTRAINT {self.quoted(f'pk {table.name}')} " if self.engine == "sqlserver" else ""
        parts.append(f"{named}PRIMARY KEY ({', '.join(map(self.quoted, table.key))})")
        if table.is_checked:
            parts.append(f"CONSTRAINT ck_{tables.index(table)} CHECK ({self.quoted(table.key[0])} > -1000)")
        if table.parent is not None:
            parent = tables[table.parent]
            own = f"CONSTRAINT fk_{tables.index(table)} FOREIGN KEY ({self.quoted(FK)})"
            to = f"REFERENCES {self.quoted(parent.name)} ({self.quoted('id')})"
            parts.append(f"{own} {to} ON DELETE {table.on_delete}")
        made = [f"CREATE TABLE {name} ({', '.join(parts)})"]
        for i, names in enumerate(table.indexes):
            index = self.quoted(f"ix_{tables.index(table)}_{i}")
            made.append(f"CREATE INDEX {index} ON {name} ({', '.join(map(self.quoted, names))})")
        return made

    def insert(self, table: Table, row: tuple[Any, ...], names: tuple[str, ...] = ()) -> str:
        """The statement that inserts one row."""
        columns = [c for c in table.columns if not names or c.name in names]
        values = ", ".join(self.literal(c.kind, v) for c, v in zip(columns, row, strict=True))
        into = ", ".join(self.quoted(c.name) for c in columns)
        return f"INSERT INTO {self.quoted(table.name)} ({into}) VALUES ({values})"

    def apply(self, op: Op, tables: tuple[Table, ...]) -> tuple[list[str], list[str], tuple[Table, ...]]:
        """An operation's statements, those of its way down, and the tables after it."""
        table = tables[op.table]
        name, column = self.quoted(table.name), self.quoted(op.column)
        found = next((c for c in table.columns if c.name == op.column), None)
        if op.what == "delete":
            return [f"DELETE FROM {name} WHERE {self.quoted('id')} >= {op.least}"], [], tables
        if op.what == "truncate":
            return [f"TRUNCATE TABLE {name}" if self.engine != "sqlite" else f"DELETE FROM {name}"], [], tables
        if op.what == "drop table":
            return [f"DROP TABLE {name}"], self.create(table, tables), _without(tables, op.table, None)
        assert found is not None
        if op.what == "update":
            value = self.literal(found.kind, op.value)
            return [f"UPDATE {name} SET {column} = {value} WHERE {self.quoted('id')} >= {op.least}"], [], tables
        if op.what == "drop column":
            left = replace(table, columns=tuple(c for c in table.columns if c is not found))
            if self.engine == "sqlserver":
                return *self._drop_column(table, found), _without(tables, op.table, left)
            add = f"ALTER TABLE {name} ADD COLUMN {self.column(found, table.name)}"
            return [f"ALTER TABLE {name} DROP COLUMN {column}"], [add], _without(tables, op.table, left)
        cut = f"UPDATE {name} SET {column} = left({column}, 1)"
        if self.engine == "sqlserver":
            # Two units of UTF-16, as the first character may need both.
            end = "NOT NULL" if found.is_required else "NULL"
            widths = [f"ALTER TABLE {name} ALTER COLUMN {column} nvarchar({n}) {end}" for n in (2, 30)]
            return [cut.replace(", 1)", ", 2)"), widths[0]], [widths[1]], tables
        if self.engine == "mariadb":
            end = " NOT NULL" if found.is_required else ""
            change = [f"ALTER TABLE {name} MODIFY {column} VARCHAR({n}){end}" for n in (1, 30)]
            return [cut, change[0]], [change[1]], tables
        alter = f"ALTER TABLE {name} ALTER COLUMN {column} TYPE"
        return [f"{alter} VARCHAR(1) USING left({column}, 1)"], [f"{alter} VARCHAR(30)"], tables


    def _drop_column(self, table: Table, column: Column) -> tuple[list[str], list[str]]:
        """Both ways in T-SQL: the default goes first, and is given to the rows that are there."""
        alter = f"ALTER TABLE {self.quoted(table.name)}"
        add = f"{alter} ADD {self.column(column, table.name)}"
        if column.default is None:
            return [f"{alter} DROP COLUMN {self.quoted(column.name)}"], [add]
        constraint = self.default(column, table.name)
        return [f"{alter} DROP CONSTRAINT {constraint}, COLUMN {self.quoted(column.name)}"], [f"{add} WITH VALUES"]


def _without(tables: tuple[Table, ...], at: int, left: Table | None) -> tuple[Table, ...]:
    gone = left or replace(tables[at], columns=())
    return (*tables[:at], gone, *tables[at + 1 :])


@st.composite
def cases(draw: st.DrawFn, engine: str) -> Case:
    """A random case that the engine accepts."""
    count = draw(st.integers(1, 3))
    names = draw(st.permutations(_TABLES))
    tables: tuple[Table, ...] = ()
    for i in range(count):
        tables = (*tables, _table(draw, names[i], tables))
    rows = _rows(draw, tables)
    ops, left = list[Op](), tables
    for _ in range(draw(st.integers(1, 3))):
        op = _op(draw, engine, left, rows)
        if op:
            ops.append(op)
            left = Words(engine).apply(op, left)[2]
    writes = [w for w in (_write(draw, left) for _ in range(draw(st.integers(0, 6)))) if w]
    return Case(tables, rows, tuple(ops), tuple(writes))


def _table(draw: st.DrawFn, name: str, earlier: tuple[Table, ...]) -> Table:
    is_double = draw(st.booleans())
    key = [Column("id", "int", is_required=True)] + ([Column("key 2", "text", is_required=True)] if is_double else [])
    # A number that is referred to must be unique by itself.
    parents = [i for i, t in enumerate(earlier) if len(t.key) == 1]
    parent = draw(st.sampled_from([None, *parents]))
    columns = [*key, *([Column(FK, "int")] if parent is not None else [])]
    for column in draw(st.permutations(_COLUMNS))[: draw(st.integers(1, 4))]:
        kind = draw(st.sampled_from(sorted(TYPES)))
        default = draw(st.sampled_from([None, 7])) if kind in ("int", "big") else None
        default = draw(st.sampled_from([None, "it's"])) if kind == "text" else default
        columns.append(Column(column, kind, default is not None and draw(st.booleans()), default))
    inner = [c.name for c in columns[:-1] if c.kind in ("int", "big", "text", "date", "num")]
    indexes = draw(st.lists(st.lists(st.sampled_from(inner), min_size=1, max_size=2, unique=True), max_size=2))
    on_delete = draw(st.sampled_from(["CASCADE", "SET NULL"]))
    return Table(
        name, tuple(columns), tuple(c.name for c in key), tuple(map(tuple, indexes)), draw(st.booleans()), parent,
        on_delete,
    )  # fmt: skip


def _rows(draw: st.DrawFn, tables: tuple[Table, ...]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for at, table in enumerate(tables):
        rows = []
        for number in sorted(draw(st.sets(st.integers(1, 9), max_size=6))):
            rows.append(tuple(_value(draw, c, table, number, found) for c in table.columns))
        found[at] = rows
    return found


def _value(draw: st.DrawFn, column: Column, table: Table, number: int, rows: dict[int, list[tuple[Any, ...]]]) -> Any:
    if column.name == "id":
        return number
    if column.name == FK and table.parent is not None:
        return draw(st.sampled_from([None, *(row[0] for row in rows[table.parent])]))
    if column.is_required:
        return draw(_VALUES[column.kind])
    return draw(st.none() | _VALUES[column.kind])


def _op(draw: st.DrawFn, engine: str, tables: tuple[Table, ...], rows: dict[int, list[tuple[Any, ...]]]) -> Op | None:
    at = draw(st.integers(0, len(tables) - 1))
    table = tables[at]
    is_parent = any(t.parent == at and t.columns for t in tables)
    choices = []
    if table.columns:
        choices += ["delete", *(["update"] if table.free else [])]
        last = table.columns[-1]
        choices += ["drop column"] if last in table.free and len(table.free) > 1 else []
        choices += ["drop table", "truncate"] if not is_parent else []
        texts = [c for c in table.free if c.kind == "text" and c.default is None]
        choices += ["narrow"] if texts and engine != "sqlite" else []
    if not choices:
        return None
    what, least = draw(st.sampled_from(choices)), draw(st.integers(0, 9))
    if what == "update":
        column = draw(st.sampled_from(table.free))
        value = draw(_VALUES[column.kind] if column.is_required else st.none() | _VALUES[column.kind])
        return Op(what, at, column.name, value, least)
    if what == "narrow":
        return Op(what, at, draw(st.sampled_from(texts)).name)
    return Op(what, at, table.columns[-1].name if what == "drop column" else "", None, least)


def _write(draw: st.DrawFn, tables: tuple[Table, ...]) -> Write | None:
    at = draw(st.integers(0, len(tables) - 1))
    table, number = tables[at], draw(st.integers(1, 12))
    if not table.columns:
        return None
    what = draw(st.sampled_from(["insert", "delete", "update"]))
    if what != "update" or not table.free:
        return Write("insert" if what == "update" else what, at, number)
    column = draw(st.sampled_from(table.free))
    value = draw(_VALUES[column.kind])
    return Write(what, at, number, column.name, value[:1] if column.kind == "text" else value)
