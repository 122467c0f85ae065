"""What a rule may know besides the action itself: schema and session as they stand before it, version, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from neoron.sql.actions import Action
from neoron.sql.parts import ColumnDefinition, Constraint, IndexDefinition, Name

VersionTuple = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as the statements so far have left it.

    Shape: is_new says that the same plan created it: empty, and nobody uses it; columns, constraints and indexes
    are by their folded names; added_columns came with this plan.
    """

    name: Name
    is_new: bool = False
    is_temporary: bool = False
    is_known: bool = True
    columns: Mapping[str, ColumnDefinition] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    indexes: Mapping[str, IndexDefinition] = field(default_factory=dict)
    added_columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything around one action.

    Shape: engine is its name, version the server's or the default one that is reviewed for; tables are by folded
    name; in_transaction says that the action runs in an open transaction, locked the tables that it already holds
    locked against readers, earlier the actions of that transaction so far; rows are row counts where known;
    later are the actions that follow in the same script.
    """

    engine: str
    version: VersionTuple
    edition: str = ""
    tables: Mapping[str, TableState] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    in_transaction: bool = False
    earlier: tuple[Action, ...] = ()
    later: tuple[Action, ...] = ()
    locked: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=dict)

    def with_(self, **changes: object) -> Scene:
        """The same scene with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]
