"""What tables are made of, as statements write it: names, types, columns, constraints, indexes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Name:
    """A name with the qualifier that was written; `schema` is empty where none was."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


class Kind(Enum):
    """What sort of object an action is about."""

    TABLE = "table"
    COLUMN = "column"
    INDEX = "index"
    CONSTRAINT = "constraint"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    SEQUENCE = "sequence"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    TRIGGER = "trigger"
    EVENT = "event"
    RULE = "rule"
    POLICY = "policy"
    TYPE = "type"
    DOMAIN = "domain"
    EXTENSION = "extension"
    SCHEMA = "schema"
    DATABASE = "database"
    ROLE = "role"
    TABLESPACE = "tablespace"
    SYNONYM = "synonym"
    STATISTICS = "statistics"
    PARTITION = "partition"
    PARTITION_SCHEME = "partition scheme"
    ENUM_VALUE = "enum value"
    ATTRIBUTE = "attribute"
    PUBLICATION = "publication"
    OTHER = "object"


class ValueKind(Enum):
    """How an expression comes to its value, as far as it matters to a default or a condition."""

    NULL = "null"
    CONSTANT = "constant"
    STABLE = "stable"
    VOLATILE = "volatile"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Value:
    """An expression as written, and how it comes to its value."""

    text: str
    kind: ValueKind = ValueKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class DataType:
    """A column's type.

    Shape: name is lower case and the dialect's canonical one (`varchar`, `bigint`, `timestamptz`, `nvarchar`);
    arguments are those in parentheses, `max` as -1; labels are those of an ENUM or SET; text is as written.
    """

    name: str
    arguments: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    is_array: bool = False
    is_unsigned: bool = False
    charset: str = ""
    collation: str = ""
    text: str = ""


class ConstraintKind(Enum):
    """The kinds of constraints."""

    PRIMARY_KEY = "primary key"
    UNIQUE = "unique"
    CHECK = "check"
    FOREIGN_KEY = "foreign key"
    EXCLUSION = "exclusion"
    NOT_NULL = "not null"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table or of one column.

    Shape: is_valid is False for NOT VALID, WITH NOCHECK and NOT ENFORCED; using_index names an index that is there;
    expression is the text of a CHECK; not_null_columns are those that a CHECK (c IS NOT NULL) proves; text is what was
    written, of a table's constraint and where its reader keeps it.
    """

    kind: ConstraintKind
    name: str = ""
    columns: tuple[str, ...] = ()
    expression: str = ""
    not_null_columns: tuple[str, ...] = ()
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    is_valid: bool = True
    is_deferrable: bool = False
    using_index: str = ""
    options: frozenset[str] = frozenset()
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Generated:
    """GENERATED … AS (expression): stored (PERSISTED) or computed when read."""

    expression: str
    is_stored: bool


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column as CREATE TABLE, ADD, MODIFY or T-SQL's ALTER COLUMN write it.

    Shape: is_nullable is None where neither NULL nor NOT NULL was written; is_identity covers serial, IDENTITY and
    AUTO_INCREMENT; position is `first`, `after NAME` or empty;
    text is the whole definition as written, where its reader keeps it.
    """

    name: str
    type: DataType
    is_nullable: bool | None = None
    default: Value | None = None
    is_identity: bool = False
    generated: Generated | None = None
    constraints: tuple[Constraint, ...] = ()
    comment: str | None = None
    position: str = ""
    options: frozenset[str] = frozenset()
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """An index.

    Shape: columns are plain column names, `""` for an expression; method is btree, gin, fulltext, spatial,
    clustered, columnstore and so on; options are upper-case words that were written (`ONLINE`, `RESUMABLE`,
    `WAIT_AT_LOW_PRIORITY`, `ONLY`);
    text is what was written behind the table's name, where its reader keeps it.
    """

    name: str
    table: Name
    columns: tuple[str, ...] = ()
    is_unique: bool = False
    is_concurrent: bool = False
    if_not_exists: bool = False
    is_filtered: bool = False
    method: str = ""
    options: frozenset[str] = frozenset()
    text: str = field(default="", compare=False)
