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


def index_made_again(name: Name, table: TableState | None, scene: Scene) -> bool:
    """An index of that name is made later, or the table has or gets another one that begins with its columns."""
    later = [action.index for action in scene.later if isinstance(action, CreateIndex)]
    if any(index.name == name.name for index in later):
        return True
    columns = table.indexes[name.name].columns if table else ()
    others = [i for n, i in table.indexes.items() if n != name.name] if table else []
    others += [i for i in later if table and scene.key(i.table) == scene.key(table.name)]
    return bool(columns) and any(i.columns[: len(columns)] == columns for i in others)
