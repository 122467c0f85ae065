"""Alembic's operations in T-SQL that can be taken back: everything named, and what depends on a column found first.

SQL Server makes up a name for each default and constraint without one, another in each database, and a column goes
only after them. So each gets a name here, and before a column is altered or dropped the catalog is asked.
Imports SQLAlchemy and Alembic, so it is itself imported only by what compiles `.py` migrations.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from alembic.ddl import base, mssql
from sqlalchemy.schema import Identity

from neoron.sql.quote import quote_identifier, quote_literal
from neoron.sql.split import split

MAX_NAME = 128
"""Characters of a name. Source: Microsoft, "Database identifiers"."""

ROWS_AT_ONCE = 200
_OF_COLUMN = "parent_object_id = @table AND parent_column_id = @column"
_DEFAULTS = f"SELECT name FROM sys.default_constraints WHERE {_OF_COLUMN}"
_CHECKS = f"SELECT name FROM sys.check_constraints WHERE {_OF_COLUMN}"
_KEYS = f"SELECT OBJECT_NAME(constraint_object_id) FROM sys.foreign_key_columns WHERE {_OF_COLUMN}"
Record = Callable[[str], None]


def prepare(impl: Any, record: Record, text: Callable[[Any], str]) -> None:
    """Make Alembic's implementation write what this engine can take back; each text is one batch.

    Shape: text is the SQL of any other operation.
    Changes: the implementation and its dialect.
    Source: Microsoft, "ALTER TABLE", "sys.default_constraints", "sp_rename", "SET IDENTITY_INSERT".
    """
    impl.dialect.ddl_compiler = _naming(impl.dialect.ddl_compiler)
    written = _Written(impl, record, text)
    impl._exec = written.construct
    impl.drop_column = written.drop_column
    impl.bulk_insert = written.bulk_insert


class _Written:
    """Stands in for the parts of Alembic's implementation that send what could not be taken back."""

    def __init__(self, impl: Any, record: Record, text: Callable[[Any], str]) -> None:
        self._impl = impl
        self._record = record
        self._text = text
        self._compiler = impl.dialect.ddl_compiler(impl.dialect, None)

    def construct(self, construct: Any, *_args: Any, **_options: Any) -> None:
        """Record one operation."""
        own = _OWN.get(type(construct))
        if own:
            self._record(own(construct, self._compiler))
        else:
            for batch in split(self._text(construct), "mssql"):
                self._record(batch.text)

    def drop_column(self, table: str, column: Any, *, schema: str | None = None, **_options: Any) -> None:
        """Record the drop of a column together with the defaults, checks and foreign keys that stand on it."""
        name = getattr(column, "name", column)
        drop = f"ALTER TABLE {_table(table, schema)} DROP COLUMN {_quoted(name)};"
        self._record(_dropping((_DEFAULTS, _CHECKS, _KEYS), table, schema, name) + drop)

    def bulk_insert(self, table: Any, rows: Sequence[dict[str, Any]], **_options: Any) -> None:
        """Record rows, with the server's own numbering off where the rows bring their numbers."""
        name = self._impl.dialect.identifier_preparer.format_table(table)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            texts = [self._text(table.insert().values(**row)) for row in part]
            self._record(_with_own_numbers(name, list(part[0]), texts))


def _with_own_numbers(table: str, columns: Sequence[str], inserts: Sequence[str]) -> str:
    names = ", ".join(_literal(column) for column in columns)
    own = f"object_id = OBJECT_ID({_literal(table)}) AND name IN ({names})"
    numbered = f"SELECT 1 FROM sys.identity_columns WHERE {own}"
    return "\n".join([
        f"IF EXISTS ({numbered}) SET IDENTITY_INSERT {table} ON;",
        *(f"{text};" for text in inserts),
        f"IF EXISTS ({numbered}) SET IDENTITY_INSERT {table} OFF;",
    ])


def _dropping(queries: Sequence[str], table: str, schema: str | None, column: str) -> str:
    """T-SQL that drops every constraint that the queries find, as many as there are."""
    name = _table(table, schema)
    found = " UNION ALL ".join(queries)
    return (
        f"{_ids(name, column)}, @name sysname, @sql nvarchar(max);\n"
        "WHILE 1 = 1\n"
        "BEGIN\n"
        f"    SET @name = (SELECT TOP (1) name FROM ({found}) AS found (name));\n"
        "    IF @name IS NULL BREAK;\n"
        f"    SET @sql = {_literal(f'ALTER TABLE {name} DROP CONSTRAINT ')} + QUOTENAME(@name);\n"
        "    EXEC(@sql);\n"
        "END;\n"
    )


def _ids(table: str, column: str) -> str:
    column_id = f"SELECT column_id FROM sys.columns WHERE object_id = @table AND name = {_literal(column)}"
    return f"DECLARE @table int = OBJECT_ID({_literal(table)});\nDECLARE @column int = ({column_id})"


def _keeping_default(table: str, schema: str | None, column: str, change: str) -> str:
    """T-SQL that takes a column's default away, changes the column and brings the default back under its name."""
    name = _table(table, schema)
    return (
        f"{_ids(name, column)}, @drop nvarchar(max), @add nvarchar(max);\n"
        f"SELECT @drop = {_literal(f'ALTER TABLE {name} DROP CONSTRAINT ')} + QUOTENAME(name),\n"
        f"    @add = {_literal(f'ALTER TABLE {name} ADD CONSTRAINT ')} + QUOTENAME(name) + N' DEFAULT ' + definition"
        f" + {_literal(f' FOR {_quoted(column)}')}\n"
        f"FROM sys.default_constraints WHERE {_OF_COLUMN};\n"
        "IF @drop IS NOT NULL EXEC(@drop);\n"
        f"{change};\n"
        "IF @add IS NOT NULL EXEC(@add);"
    )


def _add_column(added: Any, compiler: Any) -> str:
    spec = compiler.get_column_specification(added.column)
    column = added.column
    # Without these words a column that may be NULL stays NULL in the rows there are, unlike on any other engine.
    is_filled = column.server_default is not None and column.nullable and not _is_computed(column)
    filled = " WITH VALUES" if is_filled else ""
    return f"ALTER TABLE {_table(added.table_name, added.schema)} ADD {spec}{filled}"


def _is_computed(column: Any) -> bool:
    return column.computed is not None or column.identity is not None


def _set_default(change: Any, compiler: Any) -> str:
    table = _table(change.table_name, change.schema)
    drop = _dropping((_DEFAULTS,), change.table_name, change.schema, change.column_name)
    if change.default is None:
        return drop.rstrip()
    name = _quoted(_name("DF", change.table_name, change.column_name))
    value = base.format_server_default(compiler, change.default)
    return f"{drop}ALTER TABLE {table} ADD CONSTRAINT {name} DEFAULT {value} FOR {_quoted(change.column_name)};"


def _drop_constraints(change: Any, _compiler: Any) -> str:
    query = {"sys.default_constraints": _DEFAULTS, "sys.check_constraints": _CHECKS}[change.type_]
    name = getattr(change.colname, "name", change.colname)
    return _dropping((query,), change.tname, change.schema, name).rstrip()


def _change_type(change: Any, compiler: Any) -> str:
    return _altered(change, base.format_type(compiler, change.type_))


def _change_null(change: Any, compiler: Any) -> str:
    null = "NULL" if change.nullable else "NOT NULL"
    return _altered(change, f"{base.format_type(compiler, change.existing_type)} {null}")


def _altered(change: Any, spec: str) -> str:
    column = _quoted(change.column_name)
    text = f"ALTER TABLE {_table(change.table_name, change.schema)} ALTER COLUMN {column} {spec}"
    return _keeping_default(change.table_name, change.schema, change.column_name, text)


def _rename_column(change: Any, _compiler: Any) -> str:
    old = f"{_table(change.table_name, change.schema)}.{_quoted(change.column_name)}"
    return f"EXEC sp_rename {_literal(old)}, {_literal(change.newname)}, N'COLUMN'"


def _rename_table(change: Any, _compiler: Any) -> str:
    old = _table(change.table_name, change.schema)
    return f"EXEC sp_rename {_literal(old)}, {_literal(change.new_table_name)}, N'OBJECT'"


_OWN: dict[type, Callable[[Any, Any], str]] = {
    base.AddColumn: _add_column,
    base.ColumnDefault: _set_default,
    base.ColumnName: _rename_column,
    base.ColumnNullable: _change_null,
    base.ColumnType: _change_type,
    base.RenameTable: _rename_table,
    mssql._ExecDropConstraint: _drop_constraints,
}


def _naming(compiler: type[Any]) -> type[Any]:
    """A compiler that names what has no name, by what it stands on."""

    class Naming(compiler):  # type: ignore[misc]
        def get_column_specification(self, column: Any, **options: Any) -> str:
            spec = str(super().get_column_specification(column, **options))
            default = self.get_column_default_string(column)
            ending = f" DEFAULT {default}"
            if default is None or not spec.endswith(ending):
                return spec
            name = _quoted(_name("DF", column.table.name, column.name))
            return f"{spec.removesuffix(ending)} CONSTRAINT {name}{ending}"

        def visit_identity_column(self, identity: Any, **options: Any) -> str:
            start = 1 if identity.start is None else identity.start
            increment = 1 if identity.increment is None else identity.increment
            return str(super().visit_identity_column(Identity(start=start, increment=increment), **options))

        def visit_primary_key_constraint(self, constraint: Any, **options: Any) -> str:
            if len(constraint):
                _name_it(constraint, "PK")
            return str(super().visit_primary_key_constraint(constraint, **options))

        def visit_unique_constraint(self, constraint: Any, **options: Any) -> str:
            _name_it(constraint, "UQ", *(c.name for c in constraint))
            return str(super().visit_unique_constraint(constraint, **options))

        def visit_foreign_key_constraint(self, constraint: Any, **options: Any) -> str:
            _name_it(constraint, "FK", *constraint.column_keys)
            return str(super().visit_foreign_key_constraint(constraint, **options))

        def visit_check_constraint(self, constraint: Any, **options: Any) -> str:
            _name_it(constraint, "CK", _mark(str(constraint.sqltext)))
            return str(super().visit_check_constraint(constraint, **options))

        def visit_column_check_constraint(self, constraint: Any, **options: Any) -> str:
            _name_it(constraint, "CK", _mark(str(constraint.sqltext)))
            return str(super().visit_column_check_constraint(constraint, **options))

    return Naming


def _name_it(constraint: Any, prefix: str, *parts: str) -> None:
    if not constraint.name:
        constraint.name = _name(prefix, constraint.table.name, *parts)


def _mark(text: str) -> str:
    return hashlib.sha256(re.sub(r"\s+", " ", text).encode()).hexdigest()[:8]


def _name(*parts: str) -> str:
    """A name of these parts; one that is too long ends in a mark of the whole."""
    name = "_".join(str(part) for part in parts)
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 9]}_{_mark(name)}"


def _table(name: str, schema: str | None) -> str:
    return f"{_quoted(schema)}.{_quoted(name)}" if schema else _quoted(name)


def _quoted(name: str) -> str:
    return quote_identifier(str(name), "mssql")


def _literal(text: str) -> str:
    return quote_literal(str(text), "mssql")
