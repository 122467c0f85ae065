"""The shape of a live database, as far as the stages need it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column: type is the engine's own spelling."""

    name: str
    type: str
    is_nullable: bool = True
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index; is_valid is False when a build was interrupted or failed."""

    name: str
    table: str
    is_unique: bool = False
    is_valid: bool = True
    definition: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key; is_validated is False where old rows were never checked."""

    name: str
    table: str
    references: str
    is_validated: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns in order and the names of its primary key columns.

    Shape: name is qualified with its schema only outside the default one.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """All user tables, indexes and foreign keys; never Neoron's own tables.

    Shape: triggered names the tables that have a trigger.
    """

    tables: tuple[Table, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    triggered: tuple[str, ...] = ()

    def table(self, name: str) -> Table | None:
        """The table of that name, or None."""
        return next((t for t in self.tables if t.name == name), None)


@dataclass(frozen=True, slots=True)
class TableSize:
    """How large a table is: row_count is an estimate where the engine keeps one."""

    table: str
    row_count: int
    size_bytes: int
    index_bytes: int = 0


@dataclass(frozen=True, slots=True)
class TableContent:
    """Row count and order-independent checksum of a table over the named columns; empty where none was computed."""

    table: str
    columns: tuple[str, ...]
    row_count: int
    checksum: str
