"""What a statement would take away, from the actions that a reader finds in it."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.stash import Lost


def losses_in(statement: str, dialect: str) -> Iterator[Lost]:
    """The tables and columns that a statement takes something of, each as often as it is named.

    Shape: dialect is that of a reader of `neoron.sql.reading`.
    """
    from neoron.sql.actions import AlterType, Delete, Drop, DropColumn, Merge, Truncate, Update
    from neoron.sql.parts import Kind
    from neoron.sql.reading import reader_of

    for action in reader_of(dialect)(statement):
        if isinstance(action, (DropColumn, AlterType)):
            yield Lost(action.table.name, action.table.schema, (action.column,))
        elif isinstance(action, Update):
            yield Lost(action.table.name, action.table.schema, action.columns)
        elif isinstance(action, (Delete, Merge)):
            yield Lost(action.table.name, action.table.schema)
        elif isinstance(action, Truncate):
            yield from (Lost(name.name, name.schema) for name in action.tables)
        elif isinstance(action, Drop) and action.kind is Kind.TABLE and not action.is_temporary:
            yield from (Lost(name.name, name.schema) for name in action.names)
