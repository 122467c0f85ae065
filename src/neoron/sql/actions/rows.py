"""Actions on rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from neoron.sql.actions.action import Action
from neoron.sql.parts import Name


class Where(Enum):
    """What bounds the rows of a DELETE or UPDATE."""

    MISSING = "missing"
    ALWAYS_TRUE = "always true"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Action):
    """DELETE; sources are the other tables it reads, is_joined says that a condition ties them to the table.

    Shape: bounded_columns are those that the condition holds to few values (`=`, IN, BETWEEN, two bounds);
    not_null_test is the column of a condition that is nothing but `column IS NOT NULL`, positive_test of one that is
    `column > 0` or the like.
    """

    table: Name
    where: Where
    has_limit: bool = False
    has_key_condition: bool = False
    sources: tuple[Name, ...] = ()
    is_joined: bool = True
    bounded_columns: tuple[str, ...] = ()
    not_null_test: str = ""
    positive_test: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Action):
    """UPDATE, with the columns that it sets; conflict is `replace`, `ignore` or empty; the rest as in Delete."""

    table: Name
    where: Where
    columns: tuple[str, ...] = ()
    conflict: str = ""
    has_limit: bool = False
    has_key_condition: bool = False
    sources: tuple[Name, ...] = ()
    is_joined: bool = True
    bounded_columns: tuple[str, ...] = ()
    not_null_test: str = ""
    positive_test: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(Action):
    """INSERT; conflict is `replace`, `ignore`, `update`, `nothing` or empty.

    Shape: sources are the tables that its query reads, is_bounded says that a condition or LIMIT holds that to a part,
    drops_rows that a condition, DISTINCT, GROUP BY, LIMIT or join may leave rows of its source out; columns are those
    that are named; selected are the columns of its query, `*` for all of a table, `""` for an expression; cuts are
    the columns that a CAST or a function such as substr cuts, with the type or the function.
    """

    table: Name
    conflict: str = ""
    is_from_query: bool = False
    names_columns: bool = True
    row_count: int = 0
    sources: tuple[Name, ...] = ()
    is_bounded: bool = True
    drops_rows: bool = False
    columns: tuple[str, ...] = ()
    selected: tuple[str, ...] = ()
    cuts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Action):
    """MERGE, with the changes it may make: `insert`, `update`, `delete`."""

    table: Name
    changes: frozenset[str] = frozenset()
    deletes_unmatched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(Action):
    """TRUNCATE."""

    tables: tuple[Name, ...]
    is_cascade: bool = False
    restarts_identity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Action):
    """COPY … FROM, LOAD DATA, BULK INSERT."""

    table: Name
    conflict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetSequence(Action):
    """setval(), ALTER SEQUENCE … RESTART, DBCC CHECKIDENT RESEED, AUTO_INCREMENT = n."""

    name: Name
