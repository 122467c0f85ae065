"""The safe sequence of a risky PostgreSQL constraint or NOT NULL, made from its own words."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from neoron.rules.names_postgresql import free_name, made_name, written
from neoron.rules.remedy import Part, Phase, Remedy
from neoron.sql.actions import AddConstraint, AlterColumn
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.parts import Constraint, ConstraintKind, Name
from neoron.sql.quote import unquote_identifier

_ATTRIBUTES = ("DEFERRABLE", "NOT", "INITIALLY")


def safe_constraint(part: Part) -> Remedy | str:
    """A FOREIGN KEY or CHECK: NOT VALID first, VALIDATE once that is committed."""
    action = cast(AddConstraint, part.action)
    constraint = action.constraint
    if constraint.kind is ConstraintKind.FOREIGN_KEY and part.scene.table(action.table).is_partitioned:
        return "a partitioned table takes no foreign key that is NOT VALID"
    return unchecked(part, action.table, constraint, bare_constraint(part.clause))


def unchecked(part: Part, table: Name, constraint: Constraint, text: str) -> Remedy:
    """A constraint, from `CHECK …` or `FOREIGN KEY …` on, that is added unchecked and validated later."""
    name = written(constraint.name or free_name(table, constraint, part.scene))
    return Remedy(
        clauses=(f"ADD CONSTRAINT {name} {text} NOT VALID",),
        then=(Phase(scans=(part.alter(f"VALIDATE CONSTRAINT {name}"),)),),
    )  # fmt: skip


def bare_constraint(clause: str) -> str:
    """What follows `ADD [CONSTRAINT name]`."""
    found = _read(clause)
    at = 1 if found and found[0].text.upper() == "ADD" else 0
    if at < len(found) and found[at].text.upper() == "CONSTRAINT":
        at += 2
    return clause[found[at].start :] if at < len(found) else clause


def safe_unique(part: Part) -> Remedy | str:
    """The index first, concurrently, then the constraint that takes it over."""
    action = cast(AddConstraint, part.action)
    return indexed(part, action.table, action.constraint, bare_constraint(part.clause))


def safe_primary_key(part: Part) -> Remedy | str:
    """NOT NULL for each column that may be NULL, through a CHECK; then as for a unique constraint."""
    action = cast(AddConstraint, part.action)
    table = part.scene.table(action.table)
    if action.constraint.using_index or not action.constraint.columns:
        return "make its columns NOT NULL first, each through a CHECK that was validated"
    index = indexed(part, action.table, action.constraint, bare_constraint(part.clause))
    if isinstance(index, str):
        return index
    is_set = {name for name, column in table.columns.items() if column.is_nullable is False}
    proofs = [proven(part, action.table, name) for name in action.constraint.columns if name not in is_set]
    if not proofs:
        return index
    checks = Phase(
        tuple(s for p in proofs for s in p.then[0].scans), tuple(s for p in proofs for s in p.then[0].brief)
    )
    return Remedy(
        tuple(c for p in proofs for c in p.clauses), (), (checks, *index.then), tuple(u for p in proofs for u in p.undo)
    )


def indexed(part: Part, table: Name, constraint: Constraint, text: str, column: str = "") -> Remedy | str:
    """A UNIQUE or PRIMARY KEY, from that word on, whose index is built concurrently; column where it names none."""
    if part.scene.table(table).is_partitioned:
        return "an index of a partitioned table is built partition by partition: CREATE INDEX ON ONLY, then ATTACH"
    if " EXISTS" in part.head.upper():
        return "whether the table is there is not known (IF EXISTS)"
    columns, include, index_options, attributes = _index_text(text)
    named_by = replace(constraint, columns=(*constraint.columns, *_names_in(include)))
    name = constraint.name or free_name(table, named_by, part.scene)
    kind = constraint.kind.value.upper()
    own = written(name)
    using = f"ADD CONSTRAINT {own} {kind} USING INDEX {own}{attributes}"
    keys = columns or f"({written(column)})"
    build = f"CREATE UNIQUE INDEX CONCURRENTLY {own} ON {written(table)} {keys}{include}{index_options}"
    return Remedy(then=(
        Phase(brief=(build,), is_outside=True, undo=(_drop_index(Name(name, table.schema)),)),
        Phase(brief=(part.alter(using),), undo=(part.alter(f"DROP CONSTRAINT IF EXISTS {own}"),)),
    ))  # fmt: skip


def _drop_index(name: Name) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {written(name)}"


def _index_text(text: str) -> tuple[str, str, str, str]:
    """`UNIQUE …` as the columns, those it includes, the options of its index, and the attributes of the constraint."""
    found = _read(text)
    at = 2 if found[0].text.upper() == "PRIMARY" else 1
    nulls, at = _while(text, found, at, ("NULLS", "NOT", "DISTINCT"))
    columns, at = _parenthesis(text, found, at)
    include = storage = space = ""
    while at < len(found):
        word = found[at].text.upper()
        if word == "INCLUDE":
            include, at = _parenthesis(text, found, at + 1)
            include = f" INCLUDE {include}"
        elif word == "WITH":
            storage, at = _parenthesis(text, found, at + 1)
            storage = f" WITH {storage}"
        elif word == "USING":  # USING INDEX TABLESPACE name
            space, at = f" TABLESPACE {found[at + 3].text}", at + 4
        else:
            break
    attributes = f" {text[found[at].start :]}" if at < len(found) else ""
    return columns, include, f"{nulls}{storage}{space}", attributes


def _names_in(text: str) -> tuple[str, ...]:
    """The names in a list in parentheses, as the server compares them."""
    return tuple(
        unquote_identifier(t.text, "postgresql") if t.kind is Kind.IDENTIFIER else t.text.lower()
        for t in _read(text) if t.kind in (Kind.IDENTIFIER, Kind.WORD) and t.text.upper() != "INCLUDE"
    )  # fmt: skip


def _while(text: str, found: list[Token], at: int, words: tuple[str, ...]) -> tuple[str, int]:
    start = at
    while at < len(found) and found[at].text.upper() in words and (at > start or found[at].text.upper() == words[0]):
        at += 1
    taken = "".join(f" {t.text.upper()}" for t in found[start:at])
    return taken, at


def _parenthesis(text: str, found: list[Token], at: int) -> tuple[str, int]:
    if at >= len(found) or found[at].text != "(":
        return "", at
    start, depth = at, 0
    while at < len(found):
        depth += (found[at].text == "(") - (found[at].text == ")")
        at += 1
        if not depth:
            break
    return text[found[start].start : found[at - 1].start + 1], at


def safe_not_null(part: Part) -> Remedy | str:
    """A CHECK that is validated apart proves it; since 18 a NOT NULL may be validated apart itself."""
    if isinstance(part.action, AddConstraint):
        action = part.action
        return unchecked(part, action.table, action.constraint, bare_constraint(part.clause))
    if part.scene.version < (12,):
        return "a CHECK proves nothing to SET NOT NULL before PostgreSQL 12"
    changed = cast(AlterColumn, part.action)
    return proven(part, changed.table, changed.column)


def proven(part: Part, table: Name, column: str) -> Remedy:
    """SET NOT NULL through a CHECK that goes again."""
    name = written(made_name(table.name, column, "is_set"))
    return Remedy(
        clauses=(f"ADD CONSTRAINT {name} CHECK ({written(column)} IS NOT NULL) NOT VALID",),
        then=(Phase(
            scans=(part.alter(f"VALIDATE CONSTRAINT {name}"),),
            brief=(part.alter(f"ALTER COLUMN {written(column)} SET NOT NULL"), part.alter(f"DROP CONSTRAINT {name}")),
        ),),
        undo=(part.alter(f"DROP CONSTRAINT IF EXISTS {name}"),),
    )  # fmt: skip




def later(part: Part) -> Remedy:
    """The same words, once what stands before them is committed."""
    if part.head:
        return Remedy(then=(Phase(scans=(part.alter(part.clause),)),))
    return Remedy(then=(Phase(scans=(part.statement,)),))


def _read(text: str) -> list[Token]:
    return [t for t in tokens(text, "postgresql") if t.kind is not Kind.COMMENT]


