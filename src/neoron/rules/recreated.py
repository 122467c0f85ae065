"""Whether what is dropped is made again further down in the same script."""

from __future__ import annotations

from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import Create, CreateIndex, CreateTable, Rename
from neoron.sql.parts import Kind, Name

_VIEWS = (Kind.VIEW, Kind.MATERIALIZED_VIEW)


def made_again(kind: Kind, name: Name, scene: Scene) -> bool:
    """A later statement creates, or renames something to, that name; a table may take a view's place."""
    for action in scene.later:
        if isinstance(action, Create) and scene.is_same(action.name, name) and _is_alike(kind, action.kind):
            return True
        if isinstance(action, CreateTable) and kind in _VIEWS and scene.is_same(action.table, name):
            return True
        if isinstance(action, Rename) and scene.is_same(Name(action.new, action.old.schema), name):
            return True
    return False


def _is_alike(dropped: Kind, made: Kind) -> bool:
    return dropped is made or (dropped in _VIEWS and made in _VIEWS)


def index_made_again(name: Name, table: TableState, scene: Scene) -> bool:
    """An index of that name is made later, or the table has or gets another one that begins with its columns."""
    columns = table.indexes[name.name].columns
    others = [i for n, i in table.indexes.items() if n != name.name]
    for action in scene.later:
        if isinstance(action, CreateIndex) and scene.key(action.index.table) == scene.key(table.name):
            others.append(action.index)
    return any(i.name == name.name or (columns and i.columns[: len(columns)] == columns) for i in others)
