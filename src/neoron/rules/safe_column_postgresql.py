"""The safe sequence of a risky PostgreSQL ADD COLUMN: bare column, default, filling, then its constraints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import cast

from neoron.rules.names_postgresql import free_name, written
from neoron.rules.remedy import Part, Phase, Remedy
from neoron.rules.safe_postgresql import bare_constraint, indexed, proven, unchecked
from neoron.sql.actions import AddColumn
from neoron.sql.parts import Constraint, ConstraintKind, ValueKind
from neoron.sql.reading.postgresql.grammar import NotParsed, Tree, statements

_EVEN = (ValueKind.NULL, ValueKind.CONSTANT, ValueKind.STABLE)
_CHECKED = {"CONSTR_CHECK": ConstraintKind.CHECK, "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY}
_INDEXED = {"CONSTR_UNIQUE": ConstraintKind.UNIQUE, "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY}
_FILL = """DO $fill$
DECLARE
  page bigint;
  changed bigint := -1;
  before bigint;
  found bigint;
BEGIN
  LOOP
    page := 0;
    before := changed;
    changed := 0;
    WHILE page * current_setting('block_size')::bigint < pg_relation_size('{quoted}') LOOP
      UPDATE {table} SET {column} = DEFAULT
        WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 1000)::tid AND {column} IS NULL;
      GET DIAGNOSTICS found = ROW_COUNT;
      changed := changed + found;
      page := page + 1000;
      COMMIT;
    END LOOP;
    EXIT WHEN changed IN (0, before);
  END LOOP;
END $fill$"""
"""Page by page, each batch committed, until a pass finds nothing left, or as much as the one before it.

Source: PostgreSQL manual, 43.8 Transaction Management; 5.5 System Columns.
"""


@dataclass(slots=True)
class _Piece:
    """A constraint of a column definition as written; `kind` is the grammar's."""

    kind: str
    text: str
    constraint: Constraint | None = None


@dataclass(slots=True)
class _Plan:
    """What has been put together so far."""

    clauses: list[str] = field(default_factory=list)
    later: list[Remedy] = field(default_factory=list)
    keys: list[Remedy] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def is_filled_row_by_row(part: Part) -> bool:
    """Whether the default is written into each row."""
    default = cast(AddColumn, part.action).column.default
    return default is not None and default.kind is not ValueKind.NULL and not (
        part.scene.version >= (11,) and default.kind in _EVEN
    )


def safe_column(part: Part) -> Remedy | str:
    """The column alone, then its values, then its constraints, each in the way that blocks nobody."""
    action = cast(AddColumn, part.action)
    column, is_filled = action.column, is_filled_row_by_row(part)
    if action.if_not_exists:
        return "whether the column is there is not known (IF NOT EXISTS)"
    if column.is_identity or column.generated:
        return "its values are made by the server: add a plain column, fill it, then switch"
    if is_filled and part.scene.table(action.table).is_partitioned:
        return "the rows of a partitioned table are filled partition by partition"
    if is_filled and part.scene.table(action.table).triggers:
        return "its triggers would run for each row that is filled"
    cut = _pieces(part.clause)
    if cut is None:
        return "its definition could not be taken apart"
    return _built(part, cut[0], cut[1], is_filled=is_filled)


def _built(part: Part, bare: str, pieces: list[_Piece], *, is_filled: bool) -> Remedy | str:
    action = cast(AddColumn, part.action)
    has_value = action.column.default is not None and action.column.default.kind is not ValueKind.NULL
    plan, kept, name = _Plan(), [bare], written(action.column.name)
    for piece in pieces:
        if piece.kind in _INDEXED:
            if piece.kind == "CONSTR_PRIMARY" and not is_filled:
                return "a key of one value for all rows cannot be built; add the column, fill it, then the key"
            text = bare_constraint(piece.text)
            constraint = _named(_constraint(piece, action), part, plan.names)
            key = indexed(part, action.table, constraint, text, action.column.name)
            if isinstance(key, str):
                return key
            plan.keys.append(key)
        elif piece.kind == "CONSTR_CHECK" or (piece.kind == "CONSTR_FOREIGN" and has_value):
            if piece.kind == "CONSTR_FOREIGN" and part.scene.table(action.table).is_partitioned:
                return "a partitioned table takes no foreign key that is NOT VALID"
            text = bare_constraint(piece.text)
            text = f"FOREIGN KEY ({name}) {text}" if piece.kind == "CONSTR_FOREIGN" else text
            constraint = _named(_constraint(piece, action), part, plan.names)
            plan.later.append(unchecked(part, action.table, constraint, text))
        elif is_filled and piece.kind == "CONSTR_DEFAULT":
            plan.clauses.append(f"ALTER COLUMN {name} SET {bare_constraint(piece.text)}")
        elif not (is_filled and piece.kind == "CONSTR_NOTNULL"):
            kept.append(piece.text)
    if is_filled and action.column.is_nullable is False:
        plan.later.append(proven(part, action.table, action.column.name))
    return _phases(part, " ".join(kept), plan, is_filled=is_filled)


def _named(constraint: Constraint, part: Part, names: set[str]) -> Constraint:
    """The constraint with a name that no other of the same column has."""
    name = constraint.name or free_name(cast(AddColumn, part.action).table, constraint, part.scene, names)
    names.add(name)
    return replace(constraint, name=name)


def _phases(part: Part, bare: str, plan: _Plan, *, is_filled: bool) -> Remedy:
    checks = [clause for one in plan.later for clause in one.clauses]
    then: list[Phase] = [_filling(part)] if is_filled else []
    undo = tuple(u for one in plan.later for u in one.undo)
    if is_filled and checks:
        then.append(Phase(brief=(part.alter(", ".join(checks)),), undo=undo))
    validating = [phase for one in plan.later for phase in one.then]
    if validating:
        then.append(Phase(tuple(_all(validating, "scans")), tuple(_all(validating, "brief"))))
    then += [phase for one in plan.keys for phase in one.then if phase.is_outside]
    attached = [phase for one in plan.keys for phase in one.then if not phase.is_outside]
    if attached:
        then.append(Phase(brief=tuple(_all(attached, "brief")), undo=tuple(_all(attached, "undo"))))
    clauses = (bare, *plan.clauses, *(() if is_filled else checks))
    return Remedy(clauses, (), tuple(then), () if is_filled else undo)


def _all(phases: list[Phase], name: str) -> Iterator[str]:
    for phase in phases:
        yield from getattr(phase, name)


def _filling(part: Part) -> Phase:
    action = cast(AddColumn, part.action)
    table = written(action.table)
    text = _FILL.format(table=table, column=written(action.column.name), quoted=table.replace("'", "''"))
    return Phase(brief=(text,), is_outside=True)


def _constraint(piece: _Piece, action: AddColumn) -> Constraint:
    kind = {**_CHECKED, **_INDEXED}[piece.kind]
    mine = [c for c in action.column.constraints if c.kind is kind]
    named = bare_constraint(piece.text) != piece.text
    found = next((c for c in mine if bool(c.name) == named and (not named or c.name in piece.text)), mine[0])
    return replace(found, columns=found.columns or (action.column.name,))


def _pieces(clause: str) -> tuple[str, list[_Piece]] | None:
    """`ADD COLUMN name type`, and the constraints behind it with their attributes."""
    lead = b"ALTER TABLE t "
    try:
        tree = statements(lead.decode() + clause)[0]["stmt"]["AlterTableStmt"]["cmds"][0]["AlterTableCmd"]
    except (NotParsed, LookupError):
        return None
    raw, marks = clause.encode(), _marks(tree["def"]["ColumnDef"])
    ends = [*(at for at, _kind in marks), len(lead) + len(raw)]
    bare = raw[: ends[0] - len(lead)].decode().strip()
    pieces: list[_Piece] = []
    for (at, kind), end in zip(marks, ends[1:], strict=True):
        text = raw[at - len(lead) : end - len(lead)].decode().strip()
        if kind.startswith("CONSTR_ATTR") and pieces:
            pieces[-1].text += f" {text}"
        else:
            pieces.append(_Piece(kind, text))
    return bare, pieces


def _marks(definition: Tree) -> list[tuple[int, str]]:
    found = [(c["Constraint"]["location"], c["Constraint"]["contype"]) for c in definition.get("constraints", ())]
    if "collClause" in definition:
        found.append((definition["collClause"]["location"], "COLLATE"))
    return sorted(found)


