"""What a rule may know besides the action itself: schema and session as they stand before it, version, sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from neoron.sql.actions import Action, Create
from neoron.sql.parts import ColumnDefinition, Constraint, IndexDefinition, Kind, Name

VersionTuple = tuple[int, ...]
SMALL_ROWS = 10_000
"""A table with fewer rows is read, indexed or rewritten in a few milliseconds."""

TEMPORARY_MARKS: Mapping[str, tuple[str, ...]] = {"sqlserver": ("#", "@")}
"""Engine -> what the names of temporary tables and table variables begin with, wherever they were made."""


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as the statements so far have left it.

    Shape: is_new says that the same plan created it: empty, and nobody uses it; is_known says that a CREATE TABLE
    told its columns; columns, constraints and indexes are by their folded names; added_columns came with this plan;
    holds_rows says that rows of a table in use were copied into this new one, is_rebuilt that it has also taken the
    place of such a table in this plan, so that programs use it, while the cost of filling it is being paid anyway;
    written is its name with its case, empty when the texts of its parts do not say any more what they are; options
    are those it was made with, as `KEY=VALUE`.
    """

    name: Name
    is_new: bool = False
    is_temporary: bool = False
    is_known: bool = True
    is_partitioned: bool = False
    partition_of: Name | None = None
    columns: Mapping[str, ColumnDefinition] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    indexes: Mapping[str, IndexDefinition] = field(default_factory=dict)
    added_columns: frozenset[str] = frozenset()
    holds_rows: bool = False
    is_rebuilt: bool = False
    written: str = ""
    options: frozenset[str] = frozenset()
    triggers: frozenset[str] = frozenset()

    @property
    def is_busy(self) -> bool:
        """Whether anybody else may be using it: it was there before this plan, and others can see it."""
        return self.is_rebuilt or not (self.is_new or self.is_temporary)

    def holds_key(self, columns: Sequence[str]) -> bool:
        """Whether these columns tell rows apart already, because a key of the table is among them."""
        found = [c.columns for c in self.constraints.values() if c.kind.value in ("primary key", "unique")]
        found += [i.columns for i in self.indexes.values() if i.is_unique and not i.is_filtered]
        return any(key and set(key) <= set(columns) for key in found)

    def key_columns(self) -> frozenset[str]:
        """The columns that are the first of a primary key, a unique constraint or a unique index."""
        found = [c.columns for c in self.constraints.values() if c.kind.value in ("primary key", "unique")]
        found += [i.columns for i in self.indexes.values() if i.is_unique]
        return frozenset(columns[0] for columns in found if columns)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything around one action.

    Shape: engine is its name, version the server's or the default one that is reviewed for; tables are by `key`;
    in_transaction says that the action runs in an open transaction, held the tables that it already holds locked
    against readers and writers, with what took the lock, earlier the actions of that transaction, or of the
    statement itself, so far; rows are
    row counts where known; script holds all actions and at is the place of this one, so that `later` follow it;
    created are the objects other than tables that this plan made, constrained_domains the domains with a CHECK or
    NOT NULL, objects the views and triggers that are known, with what they read; a table of temporary_schema goes
    before one of its name elsewhere.
    """

    engine: str
    version: VersionTuple
    edition: str = ""
    tables: Mapping[str, TableState] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    in_transaction: bool = False
    earlier: Sequence[Action] = ()
    script: Sequence[Action] = ()
    at: int = 0
    held: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    sizes_bytes: Mapping[str, int] = field(default_factory=dict)
    created: AbstractSet[tuple[Kind, str]] = frozenset()
    known: AbstractSet[tuple[Kind, str]] = frozenset()
    constrained_domains: AbstractSet[str] = frozenset()
    default_schema: str = ""
    temporary_schema: str = ""
    objects: Mapping[tuple[Kind, str], Create] = field(default_factory=dict)

    @property
    def later(self) -> Sequence[Action]:
        """The actions that follow in the same script."""
        return self.script[self.at + 1 :]

    def key(self, name: Name) -> str:
        """How a table is found in `tables`: without the default schema."""
        if self.temporary_schema and not name.schema and f"{self.temporary_schema}.{name.name}" in self.tables:
            return f"{self.temporary_schema}.{name.name}"
        return f"{name.schema}.{name.name}" if name.schema and name.schema != self.default_schema else name.name

    def is_same(self, one: Name, other: Name) -> bool:
        """Whether two names mean the same; where no database is known to be meant, one without it fits any."""
        if self.key(one) == self.key(other):
            return True
        return one.name == other.name and not self.default_schema and not (one.schema and other.schema)

    def table(self, name: Name) -> TableState:
        """The table of that name; one that no statement made is there, large and busy, with unknown columns."""
        found = self.tables.get(self.key(name))
        if found is None and name.schema and not self.default_schema:
            # No statement told which database is meant: one that is there already is taken for this one.
            bare = self.tables.get(name.name)
            found = bare if bare is not None and bare.is_busy else None
        if found is None and "." in name.schema:
            # Written with its database: that is this one, unless this plan made the table that is called so here.
            here = self.tables.get(self.key(Name(name.name, name.schema.rsplit(".", 1)[1])))
            found = here if here is not None and here.is_busy else None
        is_temporary = name.name[:1] in TEMPORARY_MARKS.get(self.engine, ())
        return found or TableState(name, is_known=False, is_temporary=is_temporary)

    def column(self, table: Name, column: str) -> ColumnDefinition | None:
        """The column as it was last defined, or None when no statement told."""
        return self.table(table).columns.get(column)

    def is_busy(self, table: Name) -> bool:
        """Whether anybody else may be using that table."""
        return self.table(table).is_busy

    def is_heavy(self, table: Name) -> bool:
        """Whether reading or rewriting that table is felt by others: it is busy, and not known to be small."""
        return self.is_busy(table) and not self.table(table).is_rebuilt and self.row_count(table) >= SMALL_ROWS

    def row_count(self, table: Name) -> int:
        """How many rows it has; where nobody said, enough to be felt. Case and the default schema do not matter."""
        key = self.key(table).casefold()
        wanted = {key} if "." in key else {key, f"{self.default_schema}.{key}".casefold()}
        return next((n for name, n in self.rows.items() if name.casefold() in wanted), SMALL_ROWS)

    def may_be_alike(self, table: Name, columns: Sequence[str]) -> bool:
        """Whether rows may have the same values in these columns: none is new, and no key is among them."""
        is_new = any(self.is_added_column(table, column) for column in columns)
        return not is_new and not self.table(table).holds_key(columns)

    def is_added_column(self, table: Name, column: str) -> bool:
        """Whether this plan added that column, so that it is empty and nobody uses it."""
        return column in self.table(table).added_columns

    def is_created(self, kind: Kind, name: Name) -> bool:
        """Whether this plan made that object."""
        is_temporary = bool(self.temporary_schema) and not name.schema
        shadow = (kind, f"{self.temporary_schema}.{name.name}")
        return (kind, self.key(name)) in self.created or (is_temporary and shadow in self.created)

    def with_(self, **changes: object) -> Scene:
        """The same scene with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]
