"""The stash's words for MariaDB and MySQL, and what it asks their catalog.

Texts are kept in utf8mb4_bin, so that they compare by the letter and with any collation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from neoron.engines.roles import Session
from neoron.engines.stash_words import ENTRIES, Kept, Reference, StashColumn, StashWords
from neoron.sql.quote import quote_literal

EMPTY = "empty"
"""The state of a kept thing that holds nothing any more: its table is dropped when no transaction is open."""
_TEXT = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"})
_LONGEST_KEY_TEXT = 190
_COLUMNS = """
SELECT column_name, column_type, data_type, COALESCE(character_maximum_length, 0), is_nullable,
       COALESCE(character_set_name, ''), COALESCE(collation_name, ''), COALESCE(generation_expression, ''), extra
FROM information_schema.columns WHERE table_schema = {} AND BINARY table_name = %s
  AND table_name IN (SELECT table_name FROM information_schema.tables WHERE table_schema = {}
                     AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED'))
ORDER BY ordinal_position
"""
_FOREIGN_KEYS = """
SELECT k.constraint_name, k.table_schema, k.table_name, k.column_name, k.referenced_table_schema,
       k.referenced_table_name, k.referenced_column_name
FROM information_schema.key_column_usage k WHERE k.referenced_table_name IS NOT NULL AND {}
ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
"""
_ACTING = """
SELECT DISTINCT k.table_schema, k.table_name FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
  ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
 AND r.table_name = k.table_name
WHERE k.referenced_table_schema = {} AND BINARY k.referenced_table_name = %s
  AND (r.delete_rule NOT IN ('RESTRICT', 'NO ACTION') OR r.update_rule NOT IN ('RESTRICT', 'NO ACTION'))
"""


@dataclass(frozen=True)
class MysqlWords(StashWords):
    """Words where DDL ends a transaction, and each row is checked by itself."""

    def update_from(self, target: str, source: str, match: str, sets: Sequence[str], where: str) -> str:
        """The statement that sets columns of a table from matching rows of another; each is named with its alias."""
        return f"UPDATE {target} JOIN {source} ON {match} SET {', '.join(sets)} WHERE {where}"

    def set_to(self, alias: str, column: str, value: str) -> str:
        """A part of `update_from`'s sets."""
        return f"{alias}.{column} = {value}"

    def delete_from(self, name: str, where: str) -> str:
        """The statement that deletes rows, called s, of a kept thing."""
        return f"DELETE s FROM {name} AS s WHERE {where}"

    def fill(self, session: Session, target: str, values: Mapping[str, str], name: str, where: Sequence[str]) -> int:
        """Insert the rows, called s, of a kept thing whose keys are free; how many.

        Shape: again and again, as rows may wait for their parents in the same table.
        """
        same = f"{target}.{next(iter(values))}"
        sql = (
            f"INSERT INTO {target} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {name} s"
            f" WHERE {' AND '.join(where)} ON DUPLICATE KEY UPDATE {same} = {same}"
        )
        total = count = session.execute(sql)
        while count > 0 and any(f"FROM {target} p" in condition for condition in where):
            count = session.execute(sql)
            total += count
        return total

    def has_own_parent(self, target: str, kept: Kept, reference: Reference, values: Mapping[int, str]) -> str:
        """A condition: the row has no parent in its own table, or that is there, or it is its own."""
        at = [kept.columns.index(c) for c in reference.columns]
        empty = " OR ".join(f"s.o{i} IS NULL" for i in at)
        pairs = list(zip(reference.parent_columns, at, strict=True))
        there = " AND ".join(f"p.{self.quoted(column)} = {values[i]}" for column, i in pairs)
        folded = [self.folded(c) for c in kept.columns]
        known = [(folded.index(self.folded(c)), i) for c, i in pairs if self.folded(c) in folded]
        itself = " AND ".join(f"s.o{own} = s.o{i}" for own, i in known) if len(known) == len(pairs) else "1 = 0"
        return f"({empty} OR ({itself}) OR EXISTS (SELECT 1 FROM {target} p WHERE {there}))"

    def steady(self, session: Session, kept: Kept) -> list[str]:
        """Columns with ON UPDATE CURRENT_TIMESTAMP."""
        rows = session.query(_COLUMNS.format(*(_schema(kept.schema),) * 2), (kept.table,))
        return [str(row[0]) for row in rows if "on update" in str(row[8]).lower()]

    def forget(self, session: Session, kept: Kept) -> None:
        """Note that a kept thing holds nothing any more; `tidy` drops its table, which would end a transaction."""
        session.execute(f"UPDATE {ENTRIES} SET state = %s, row_count = 0 WHERE id = %s", (EMPTY, kept.id))


def _schema(schema: str) -> str:
    return quote_literal(schema, "mysql").replace("%", "%%") if schema else "DATABASE()"


def columns(session: Session, schema: str, table: str) -> list[StashColumn]:
    """The columns of a table; none where it is no table. Shape: type holds all that a value depends on.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema COLUMNS Table".
    """
    rows = session.query(_COLUMNS.format(*(_schema(schema),) * 2), (table,))
    return [
        StashColumn(
            str(name), " ".join(map(_text, (full, nullable, charset, collation))).strip(), bool(_text(expression)),
        )
        for name, full, _data, _length, nullable, charset, collation, expression, _extra in rows
    ]  # fmt: skip


def kept_types(session: Session, schema: str, table: str) -> dict[str, tuple[str, str]]:
    """The types in which the values of columns are kept: by name, as part of an index and otherwise.

    Raises: the driver's own error.
    """
    found = {}
    for name, full, data, length, *_rest in session.query(_COLUMNS.format(*(_schema(schema),) * 2), (table,)):
        if _text(data).lower() in _TEXT:
            of_key = f"VARCHAR({int(length)})" if int(length) <= _LONGEST_KEY_TEXT else ""
            charset = " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            found[str(name)] = (of_key and of_key + charset, f"LONGTEXT{charset}")
        else:
            is_indexed = not _text(data).lower().endswith(("blob", "json", "geometry"))
            found[str(name)] = (_text(full) if is_indexed else "", _text(full))
    return found


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def key(session: Session, schema: str, table: str) -> tuple[str, ...]:
    """The primary key.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema STATISTICS Table".
    """
    rows = session.query(
        f"SELECT column_name FROM information_schema.statistics WHERE table_schema = {_schema(schema)}"
        " AND BINARY table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index", (table,),
    )  # fmt: skip
    return tuple(str(name) for (name,) in rows)


def followers(session: Session, schema: str, table: str) -> list[tuple[str, str]]:
    """Tables whose foreign key acts when a row goes.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema REFERENTIAL_CONSTRAINTS Table".
    """
    here = str(session.query("SELECT DATABASE()")[0][0])
    rows = session.query(_ACTING.format(_schema(schema)), (table,))
    found = [("" if str(s) == here else str(s), str(name)) for s, name in rows]
    return [one for one in found if one != (schema, table)]


def parents(session: Session, schema: str, table: str) -> list[Reference]:
    """The foreign keys of a table.

    Raises: the driver's own error.
    Source: MariaDB manual, "Information Schema KEY_COLUMN_USAGE Table".
    """
    where = f"k.table_schema = {_schema(schema)} AND BINARY k.table_name = %s"
    rows = session.query(_FOREIGN_KEYS.format(where), (table,))
    found = []
    for _name, members in groupby(rows, key=lambda row: str(row[0])):
        parts = list(members)
        to_schema = "" if parts[0][4] == parts[0][1] and not schema else str(parts[0][4])
        own, other = tuple(str(p[3]) for p in parts), tuple(str(p[6]) for p in parts)
        found.append(Reference(own, to_schema, str(parts[0][5]), other))
    return found


def silence(session: Session, schema: str, table: str) -> list[str]:
    """Let a 0 that comes back stay a 0, where it would become the next number; the statement that ends that.

    Source: MariaDB manual, "SQL_MODE" (NO_AUTO_VALUE_ON_ZERO). A table's triggers cannot be switched off there.
    """
    before = _text(session.query("SELECT @@SESSION.sql_mode")[0][0])
    session.execute("SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
    return [f"SET SESSION sql_mode = {quote_literal(before, 'mysql')}"]


WORDS = MysqlWords(
    dialect="mysql", mark="%s", short="VARCHAR(255)", long="LONGTEXT",
    table_exists="SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
    # Collations pad texts with spaces: the length tells `a` from `a `.
    as_text="{}", same_values="({0} <=> {1} AND CHAR_LENGTH({0}) <=> CHAR_LENGTH({1}))", cast="{0}", overriding="",
    folds=True, locks=lambda table: (), columns=columns, key=key, followers=followers, parents=parents,
    silence=silence, settle_sequences=lambda session, schema, table: None,
    table_options=" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
)  # fmt: skip
