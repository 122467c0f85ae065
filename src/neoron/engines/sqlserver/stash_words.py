"""The stash's words for SQL Server, and what it asks its catalog.

Values are compared as texts in a binary collation, so that no collation of the database takes two for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from neoron.engines.roles import Row, Session
from neoron.engines.sqlserver.rows import NUMBERED
from neoron.engines.sqlserver.values import text_of, type_of
from neoron.engines.stash_words import ENTRIES, Reference, StashColumn, StashWords
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import quote_identifier

COLUMNS = """
SELECT c.name, CASE WHEN u.is_user_defined = 0 THEN u.name
                    WHEN u.is_assembly_type = 0 THEN TYPE_NAME(c.system_type_id)
                    ELSE QUOTENAME(SCHEMA_NAME(u.schema_id)) + N'.' + QUOTENAME(u.name) END,
       c.max_length, c.precision, c.scale, ISNULL(c.collation_name, N''),
       CASE WHEN c.is_computed = 1 OR c.is_column_set = 1 OR c.generated_always_type <> 0 OR u.name = N'timestamp'
            THEN 1 ELSE 0 END, c.is_identity
FROM sys.columns AS c JOIN sys.types AS u ON u.user_type_id = c.user_type_id
WHERE c.object_id = OBJECT_ID(?, N'U') ORDER BY c.column_id
"""
KEY = """
SELECT c.name FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE i.is_primary_key = 1 AND i.object_id = OBJECT_ID(?) ORDER BY k.key_ordinal
"""
UNIQUE = """
SELECT i.index_id, ISNULL(i.filter_definition, N''), c.name FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE i.is_unique = 1 AND i.is_disabled = 0 AND i.object_id = OBJECT_ID(?) ORDER BY i.index_id, k.key_ordinal
"""
FOLLOWERS = """
SELECT DISTINCT OBJECT_SCHEMA_NAME(f.parent_object_id), OBJECT_NAME(f.parent_object_id) FROM sys.foreign_keys AS f
WHERE f.referenced_object_id = OBJECT_ID(?) AND f.parent_object_id <> f.referenced_object_id
  AND (f.delete_referential_action <> 0 OR f.update_referential_action <> 0)
"""
PARENTS = """
SELECT k.constraint_object_id, OBJECT_SCHEMA_NAME(k.referenced_object_id), OBJECT_NAME(k.referenced_object_id),
       COL_NAME(k.parent_object_id, k.parent_column_id), COL_NAME(k.referenced_object_id, k.referenced_column_id)
FROM sys.foreign_key_columns AS k WHERE k.parent_object_id = OBJECT_ID(?)
ORDER BY k.constraint_object_id, k.constraint_column_id
"""
TRIGGERS = "SELECT name FROM sys.triggers WHERE parent_id = OBJECT_ID(?) AND is_disabled = 0 AND is_ms_shipped = 0"


@dataclass(frozen=True)
class SqlserverWords(StashWords):
    """T-SQL, where an UPDATE names its table by an alias and no INSERT passes over rows whose keys are taken."""

    @property
    def entries_table(self) -> str:
        """The statement that makes the list where it is missing."""
        short = self.short
        return (
            f"IF OBJECT_ID(N'{ENTRIES}', N'U') IS NULL CREATE TABLE {ENTRIES} ("
            f"id bigint NOT NULL CONSTRAINT pk_{ENTRIES} PRIMARY KEY, name {short} NOT NULL, version {short} NOT NULL, "
            f"direction {short} NOT NULL, run_id {short} NOT NULL, kept_at {short} NOT NULL, "
            f"row_count bigint NOT NULL, state {short} NOT NULL, detail {self.long} NOT NULL)"
        )

    def text(self, value: str, type: str) -> str:
        """A value of a type as `same` compares it."""
        return text_of(value, type)

    def few(self, columns: str, rest: str, count: int = 1) -> str:
        """The query of at most so many rows."""
        return f"SELECT TOP ({count}) {columns} {rest}"

    def copy(self, session: Session, name: str, columns: Sequence[StashColumn], source: str) -> int:
        """Make the table that keeps these columns, as o0, o1, …, of every row; how many.

        Shape: its columns are made by their types: SELECT INTO would make an identity of one.
        """
        made = ", ".join(f"o{i} {column.definition} NULL" for i, column in enumerate(columns))
        session.execute(f"CREATE TABLE {name} ({made})")
        into = ", ".join(f"o{i}" for i in range(len(columns)))
        values = ", ".join(self.quoted(column.name) for column in columns)
        return session.execute(f"INSERT INTO {name} WITH (TABLOCK) ({into}) SELECT {values} FROM {source}")

    def update_from(self, target: str, source: str, match: str, sets: Sequence[str], where: str) -> str:
        """The statement that sets columns of a table from matching rows of another; each is named with its alias."""
        alias = target.rpartition(" ")[2]
        return f"UPDATE {alias} SET {', '.join(sets)} FROM {target} JOIN {source} ON {match} WHERE {where}"

    def update(self, name: str, sets: Sequence[str], where: str) -> str:
        """The statement that sets columns of rows, called s, of a kept thing."""
        return f"UPDATE s SET {', '.join(sets)} FROM {name} AS s WHERE {where}"

    def delete_from(self, name: str, where: str) -> str:
        """The statement that deletes rows, called s, of a kept thing."""
        return f"DELETE s FROM {name} AS s WHERE {where}"

    def fill(self, session: Session, target: str, values: Mapping[str, str], name: str, where: Sequence[str]) -> int:
        """Insert the rows, called s, of a kept thing whose keys are free; how many.

        Source: Microsoft, "SET IDENTITY_INSERT".
        """
        numbered = {self.quoted(str(row[0])) for row in session.query(NUMBERED, (target,))} & set(values)
        made = ", ".join(f"{value} AS {column}" for column, value in values.items())
        free = [_free(target, list(values), *index) for index in _unique_indexes(session, target)]
        sql = (
            f"INSERT INTO {target} ({', '.join(values)}) SELECT {', '.join(f'n.{c}' for c in values)} "
            f"FROM (SELECT {made} FROM {name} s WHERE {' AND '.join(where)}) n"
            f" WHERE {' AND '.join(['1 = 1', *filter(None, free)])}"
        )
        if numbered:
            session.execute(f"SET IDENTITY_INSERT {target} ON")
        count = session.execute(sql)
        if numbered:
            session.execute(f"SET IDENTITY_INSERT {target} OFF")
        return count


def _unique_indexes(session: Session, target: str) -> list[tuple[str, list[str]]]:
    """Filter and quoted columns of each."""
    found = []
    for _id, members in groupby(session.query(UNIQUE, (target,)), key=lambda row: int(row[0])):
        parts = list(members)
        found.append((str(parts[0][1]), [quote_identifier(str(part[2]), "mssql") for part in parts]))
    return found


def _free(target: str, columns: Sequence[str], condition: str, key: Sequence[str]) -> str:
    """A condition: nobody has the key of row n; empty where the row does not tell it. NULL is a key like another.

    Shape: condition is the index's own, whose names are those of the table.
    Source: Microsoft, "CREATE INDEX", UNIQUE and filtered indexes.
    """
    if not set(key) <= set(columns):
        return ""
    match = " AND ".join(f"(u.{c} = n.{c} OR u.{c} IS NULL AND n.{c} IS NULL)" for c in key)
    if not condition:
        return f"NOT EXISTS (SELECT 1 FROM {target} u WHERE {match})"
    row = ", ".join(f"n.{c} AS {c}" for c in columns)
    # A column of the condition that row n does not have stands for nothing there: then only the others are asked.
    is_in = f"EXISTS (SELECT 1 FROM (SELECT {row}) r WHERE {condition})" if _names(condition) <= set(columns) else ""
    taken = f"EXISTS (SELECT 1 FROM {target} u WHERE {match} AND {condition})"
    return f"NOT ({taken}{' AND ' + is_in if is_in else ''})"


def _names(condition: str) -> set[str]:
    """The quoted names in a condition, as the catalog keeps it."""
    return {token.text for token in tokens(condition, "mssql") if token.kind is Kind.IDENTIFIER}


def _name(schema: str, table: str) -> str:
    name = quote_identifier(table, "mssql")
    return f"{quote_identifier(schema, 'mssql')}.{name}" if schema else name


def columns(session: Session, schema: str, table: str) -> list[StashColumn]:
    """The columns of a table; those of an alias type by the type that it stands for, as it may be dropped as well.

    Raises: the driver's own error.
    Source: Microsoft, "sys.columns", "sys.types".
    """
    return [_column(row) for row in session.query(COLUMNS, (_name(schema, table),))]


def _column(row: Row) -> StashColumn:
    name, kind, length, precision, scale, collation, is_filled, is_numbered = row
    type = type_of(kind, length, precision, scale)
    definition = f"{type} COLLATE {collation}" if collation else type
    return StashColumn(
        str(name), type, is_generated=bool(is_filled), definition=definition, is_numbered=bool(is_numbered)
    )


def key(session: Session, schema: str, table: str) -> tuple[str, ...]:
    """The primary key.

    Raises: the driver's own error.
    Source: Microsoft, "sys.indexes", "sys.index_columns".
    """
    return tuple(str(name) for (name,) in session.query(KEY, (_name(schema, table),)))


def followers(session: Session, schema: str, table: str) -> list[tuple[str, str]]:
    """Tables whose foreign key acts when a row goes.

    Raises: the driver's own error.
    Source: Microsoft, "sys.foreign_keys", delete_referential_action.
    """
    rows = session.query(FOLLOWERS, (_name(schema, table),))
    return [(_outside(of), str(name)) for of, name in rows]


def parents(session: Session, schema: str, table: str) -> list[Reference]:
    """The foreign keys of a table.

    Raises: the driver's own error.
    Source: Microsoft, "sys.foreign_key_columns".
    """
    found = []
    for _id, members in groupby(session.query(PARENTS, (_name(schema, table),)), key=lambda row: int(row[0])):
        parts = list(members)
        own, other = tuple(str(p[3]) for p in parts), tuple(str(p[4]) for p in parts)
        found.append(Reference(own, _outside(parts[0][1]), str(parts[0][2]), other))
    return found


def _outside(schema: object) -> str:
    return "" if str(schema).casefold() == "dbo" else str(schema)


def silence(session: Session, schema: str, table: str) -> list[str]:
    """Switch a table's own triggers off; the statements that switch them on.

    Raises: the driver's own error.
    Source: Microsoft, "sys.triggers", "DISABLE TRIGGER".
    """
    name = _name(schema, table)
    triggers = [_name(schema, str(row[0])) for row in session.query(TRIGGERS, (name,))]
    for trigger in triggers:
        session.execute(f"DISABLE TRIGGER {trigger} ON {name}")
    return [f"ENABLE TRIGGER {trigger} ON {name}" for trigger in triggers]


# Shared, by the whole table, to the end of the transaction: readers go on, writers wait.
# Source: Microsoft, "Table hints", TABLOCK and HOLDLOCK.
_LOCK = "SELECT TOP (1) 1 FROM {} WITH (TABLOCK, HOLDLOCK)"
# A trailing mark, as T-SQL takes texts for equal that differ in the spaces at their end.
# Source: Microsoft, "= (Equals)", comparison of strings; "SET operators - EXCEPT and INTERSECT", NULL.
_EXACT = "({} + N'.') COLLATE Latin1_General_BIN2"
WORDS = SqlserverWords(
    dialect="mssql", mark="?", short="nvarchar(255)", long="nvarchar(max)",
    table_exists="SELECT 1 WHERE OBJECT_ID(?, N'U') IS NOT NULL", as_text=_EXACT,
    same_values=f"EXISTS (SELECT {_EXACT.format('{0}')} INTERSECT SELECT {_EXACT.format('{1}')})",
    cast="CAST({0} AS {1})", overriding="", folds=True, locks=lambda table: (_LOCK.format(table),), columns=columns,
    key=key, followers=followers, parents=parents, silence=silence,
    settle_sequences=lambda session, schema, table: None, add_column="ADD",
)  # fmt: skip
