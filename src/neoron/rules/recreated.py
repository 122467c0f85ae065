"""Whether what is dropped is made again further down in the same script."""

from __future__ import annotations

from neoron.rules.scene import Scene
from neoron.sql.actions import Create, CreateTable, Rename
from neoron.sql.parts import Kind, Name

_VIEWS = (Kind.VIEW, Kind.MATERIALIZED_VIEW)


def made_again(kind: Kind, name: Name, scene: Scene) -> bool:
    """A later statement creates, or renames something to, that name; a table may take a view's place."""
    key = scene.key(name)
    for action in scene.later:
        if isinstance(action, Create) and scene.key(action.name) == key and _is_alike(kind, action.kind):
            return True
        if isinstance(action, CreateTable) and kind in _VIEWS and scene.key(action.table) == key:
            return True
        if isinstance(action, Rename) and scene.key(Name(action.new, action.old.schema)) == key:
            return True
    return False


def _is_alike(dropped: Kind, made: Kind) -> bool:
    return dropped is made or (dropped in _VIEWS and made in _VIEWS)
