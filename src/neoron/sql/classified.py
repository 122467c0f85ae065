"""What can be read off one statement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Classified:
    """A statement's verb and the objects it names.

    Shape: verb is upper case without modifiers (`CREATE INDEX`, `INSERT`); names are without quotes, as the database
    stores them; tables are all those touched, those written or locked first, and reads those only read; the
    default schema is left out of tables, while object_name keeps a schema that is written; lost_columns are
    (table, column) pairs that are dropped, renamed or change their type, lost_tables those dropped, renamed or moved.
    is_opaque means that running it may do more than its text says.
    """

    verb: str
    tables: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    object_name: str = ""
    is_concurrent: bool = False
    is_dml: bool = False
    is_opaque: bool = False
    lost_columns: tuple[tuple[str, str], ...] = ()
    lost_tables: tuple[str, ...] = ()
