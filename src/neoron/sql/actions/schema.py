"""Actions on tables, their parts, and other objects of a schema."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.actions.action import Action
from neoron.sql.parts import ColumnDefinition, Constraint, ConstraintKind, DataType, IndexDefinition, Kind, Name, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Action):
    """CREATE TABLE; replaces is CREATE OR REPLACE, like names the table it copies its shape from.

    Shape: sources, drops_rows and selected are those of the query in CREATE TABLE … AS, as in Insert; written is its
    name with its case, where its reader keeps it.
    """

    table: Name
    columns: tuple[ColumnDefinition, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    is_temporary: bool = False
    if_not_exists: bool = False
    replaces: bool = False
    is_from_query: bool = False
    like: Name | None = None
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    is_partitioned: bool = False
    is_unlogged: bool = False
    sources: tuple[Name, ...] = ()
    drops_rows: bool = False
    selected: tuple[str, ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn(Action):
    """ALTER TABLE … ADD COLUMN."""

    table: Name
    column: ColumnDefinition
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropColumn(Action):
    """ALTER TABLE … DROP COLUMN."""

    table: Name
    column: str
    is_cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterType(Action):
    """A column gets another type; definition is the whole restated column where the dialect asks for that.

    Shape: using is the text of USING; restated is None where only the type was written (PostgreSQL).
    """

    table: Name
    column: str
    type: DataType
    using: str = ""
    restated: ColumnDefinition | None = None
    new_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterColumn(Action):
    """A column changes in another way than its type.

    Shape: change is one of `set not null`, `drop not null`, `set default`, `drop default`, `add identity`,
    `drop identity`, `set generated`, `drop expression`, `set expression`, `set statistics`, `set storage`,
    `set compression`, `restart`, `comment`, `set options`, `add persisted`, `drop persisted`, `sparse`, `mask`,
    `visibility`.
    """

    table: Name
    column: str
    change: str
    value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddConstraint(Action):
    """ALTER TABLE … ADD CONSTRAINT; also what stands inside CREATE DOMAIN or ALTER DOMAIN when domain is set."""

    table: Name
    constraint: Constraint
    domain: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConstraint(Action):
    """ALTER TABLE … DROP CONSTRAINT, DROP PRIMARY KEY, DROP FOREIGN KEY, DROP CHECK; kind None: not said."""

    table: Name
    name: str = ""
    kind: ConstraintKind | None = None
    is_cascade: bool = False
    domain: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateConstraint(Action):
    """VALIDATE CONSTRAINT, or T-SQL's WITH CHECK CHECK CONSTRAINT; name is empty for ALL."""

    table: Name
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchConstraint(Action):
    """A constraint is switched on or off; is_checked says that its old rows are checked (T-SQL WITH CHECK)."""

    table: Name
    name: str
    is_enabled: bool
    is_checked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Action):
    """An object gets another name; table is set for columns, indexes and constraints. Exchanges are several."""

    kind: Kind
    old: Name
    new: str
    table: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToSchema(Action):
    """SET SCHEMA, ALTER SCHEMA … TRANSFER, RENAME TABLE a.t TO b.t."""

    kind: Kind
    name: Name
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange(Action):
    """An option of a table changes.

    Shape: change is one of `engine`, `row format`, `charset`, `convert charset`, `tablespace`, `filegroup`, `logged`,
    `unlogged`, `rls on`, `rls off`, `force rls`, `no force rls`, `replica identity`, `inherit`, `no inherit`,
    `of type`, `owner`, `storage parameters`, `cluster on`, `access method`, `auto increment`, `comment`, `force`,
    `order by`, `trigger on`, `trigger off`, `rule on`, `rule off`, `key block size`, `stats`, `compression`,
    `encryption`, `system versioning on`, `system versioning off`, `change tracking`, `lock escalation`, `partition by`,
    `remove partitioning`, `discard tablespace`, `import tablespace`, `period`, `delete history`, `keys on`, `keys off`,
    `other`.
    """

    table: Name
    change: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionChange(Action):
    """A partition changes.

    Shape: change is `attach`, `detach`, `add`, `drop`, `truncate`, `exchange`, `switch`, `reorganize`, `coalesce`,
    `rebuild`, `optimize`, `split`, `merge`, `analyze`; names are the partitions, other the table on the other side.
    """

    table: Name
    change: str
    names: tuple[str, ...] = ()
    other: Name | None = None
    is_default: bool = False


# Indexes.


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(Action):
    """CREATE INDEX, or ALTER TABLE … ADD INDEX."""

    index: IndexDefinition
    in_alter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterIndex(Action):
    """Another change of an index: `rebuild`, `reorganize`, `disable`, `visible`, `invisible`, `attach`, `options`."""

    name: str
    table: Name | None
    change: str


# Other objects.


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Action):
    """DROP of whole objects, tables and indexes included; table is what an index or trigger belongs to."""

    kind: Kind
    names: tuple[Name, ...]
    table: Name | None = None
    is_cascade: bool = False
    if_exists: bool = False
    is_concurrent: bool = False
    is_temporary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOwned(Action):
    """DROP OWNED BY."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Action):
    """CREATE of anything but a table or an index; table is what a trigger, rule or policy is on.

    Shape: body holds the actions inside a procedure, function or trigger: they run when it is called, not now; reads
    are the tables that a view or trigger names; columns are those of a view, where they are written down; uses are
    the names of columns in its query, `*` for all of them; text is the statement, where its reader keeps it.
    """

    kind: Kind
    name: Name
    replaces: bool = False
    table: Name | None = None
    body: tuple[Action, ...] = ()
    type: DataType | None = None
    reads: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alter(Action):
    """ALTER of anything but a table or an index.

    Shape: change is what it does in lower case words: `add value`, `rename value`, `drop attribute`, `add attribute`,
    `alter attribute`, `set default`, `restart`, `owner`, `options`, `update`, `set not null`, `recovery`, and so on.
    """

    kind: Kind
    name: Name
    change: str = ""
    value: str = ""
