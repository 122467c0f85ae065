"""DROP, RENAME, CREATE and ALTER of everything that is no table."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import (
    Action,
    AddConstraint,
    Alter,
    Create,
    Drop,
    DropConstraint,
    MoveToSchema,
    Rename,
    ResetSequence,
    TableChange,
    ValidateConstraint,
)
from neoron.sql.parts import Constraint, ConstraintKind, Kind, Name
from neoron.sql.reading.postgresql.columns import constraint, data_type
from neoron.sql.reading.postgresql.expressions import references
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import Source, dotted, nodes, only, relation, strings

KINDS = {
    "OBJECT_TABLE": Kind.TABLE, "OBJECT_FOREIGN_TABLE": Kind.TABLE, "OBJECT_COLUMN": Kind.COLUMN,
    "OBJECT_INDEX": Kind.INDEX, "OBJECT_TABCONSTRAINT": Kind.CONSTRAINT, "OBJECT_DOMCONSTRAINT": Kind.CONSTRAINT,
    "OBJECT_VIEW": Kind.VIEW, "OBJECT_MATVIEW": Kind.MATERIALIZED_VIEW, "OBJECT_SEQUENCE": Kind.SEQUENCE,
    "OBJECT_FUNCTION": Kind.FUNCTION, "OBJECT_PROCEDURE": Kind.PROCEDURE, "OBJECT_ROUTINE": Kind.FUNCTION,
    "OBJECT_AGGREGATE": Kind.AGGREGATE, "OBJECT_TRIGGER": Kind.TRIGGER, "OBJECT_EVENT_TRIGGER": Kind.TRIGGER,
    "OBJECT_RULE": Kind.RULE, "OBJECT_POLICY": Kind.POLICY, "OBJECT_TYPE": Kind.TYPE, "OBJECT_DOMAIN": Kind.DOMAIN,
    "OBJECT_EXTENSION": Kind.EXTENSION, "OBJECT_SCHEMA": Kind.SCHEMA, "OBJECT_DATABASE": Kind.DATABASE,
    "OBJECT_ROLE": Kind.ROLE, "OBJECT_TABLESPACE": Kind.TABLESPACE, "OBJECT_STATISTIC_EXT": Kind.STATISTICS,
    "OBJECT_ATTRIBUTE": Kind.ATTRIBUTE, "OBJECT_PUBLICATION": Kind.PUBLICATION,
}  # fmt: skip
_ON_TABLE = (Kind.TRIGGER, Kind.RULE, Kind.POLICY)


def drop(node: Tree, source: Source) -> Iterator[Action]:
    """DROP of any list of objects."""
    kind = KINDS.get(node.get("removeType", ""), Kind.OTHER)
    is_cascade = node.get("behavior") == "DROP_CASCADE"
    if_exists = bool(node.get("missing_ok"))
    for item in node.get("objects", ()):
        parts = _parts(item)
        table = None
        if kind in _ON_TABLE and node.get("removeType") != "OBJECT_EVENT_TRIGGER":
            table = Name(parts[-2], parts[-3] if len(parts) > 2 else "") if len(parts) > 1 else None
            name = Name(parts[-1])
        else:
            name = Name(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "")
        yield Drop(
            kind=kind, names=(name,), table=table, is_cascade=is_cascade, if_exists=if_exists,
            is_concurrent=bool(node.get("concurrent")), offset=source.find(name.name),
            is_temporary=name.schema == "pg_temp",
        )  # fmt: skip


def _parts(item: Tree) -> list[str]:
    kind, fields = only(item)
    match kind:
        case "List":
            return strings(fields.get("items"))
        case "TypeName":
            return strings(fields.get("names"))
        case "ObjectWithArgs":
            return strings(fields.get("objname"))
    return [str(fields.get("sval", ""))]


def object_name(node: Tree) -> Name:
    """The name of the object that a RENAME, SET SCHEMA or OWNER TO is about."""
    if node.get("relation"):
        return relation(node["relation"])
    parts = _parts(node.get("object", {})) if node.get("object") else [node.get("subname", "")]
    return Name(parts[-1] if parts else "", parts[-2] if len(parts) > 1 else "")


def rename(node: Tree, source: Source) -> Iterator[Action]:
    """RENAME of anything."""
    kind = KINDS.get(node.get("renameType", ""), Kind.OTHER)
    new, sub = node.get("newname", ""), node.get("subname", "")
    at = source.at(node.get("relation", {})) if node.get("relation") else source.find(sub)
    if kind in (Kind.COLUMN, Kind.CONSTRAINT, Kind.TRIGGER, Kind.POLICY, Kind.RULE, Kind.ATTRIBUTE):
        of = object_name(node)
        is_table = node.get("relationType", "OBJECT_TABLE") in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE")
        if kind is Kind.COLUMN and not is_table:
            yield Alter(kind=KINDS.get(node["relationType"], Kind.VIEW), name=of, change="rename column", offset=at)
        else:
            yield Rename(kind=kind, old=Name(sub), new=new, table=of, offset=at)
    else:
        yield Rename(kind=kind, old=object_name(node), new=new, offset=at)


def set_schema(node: Tree, source: Source) -> Iterator[Action]:
    """SET SCHEMA."""
    kind = KINDS.get(node.get("objectType", ""), Kind.OTHER)
    yield MoveToSchema(kind=kind, name=object_name(node), schema=node.get("newschema", ""))


def owner(node: Tree, source: Source) -> Iterator[Action]:
    """OWNER TO."""
    kind = KINDS.get(node.get("objectType", ""), Kind.OTHER)
    name = object_name(node)
    yield TableChange(table=name, change="owner") if kind is Kind.TABLE else Alter(kind=kind, name=name, change="owner")


def create_domain(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE DOMAIN, with its constraints as its body."""
    name = dotted(node.get("domainname"))
    made = [c["Constraint"] for c in node.get("constraints", ()) if "Constraint" in c]
    body = tuple(
        AddConstraint(table=name, constraint=constraint(c), domain=name)
        for c in made
        if c.get("contype") in ("CONSTR_CHECK", "CONSTR_NOTNULL")
    )
    yield Create(kind=Kind.DOMAIN, name=name, type=data_type(node.get("typeName")), body=body)


def alter_domain(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER DOMAIN."""
    name = dotted(node.get("typeName"))
    sub = node.get("name", "")
    definition = node.get("def", {}).get("Constraint", {})
    at = source.at(definition) if definition else source.find(name.name)
    match node.get("subtype"):
        case "C":
            yield AddConstraint(table=name, constraint=constraint(definition), domain=name, offset=at)
        case "O":
            # The grammar says the same for a foreign constraint: not null is one more kind.
            yield AddConstraint(table=name, constraint=_not_null(), domain=name, offset=at)
        case "V":
            yield ValidateConstraint(table=name, name=sub, offset=at)
        case "X":
            yield DropConstraint(table=name, name=sub, domain=name, offset=at)
        case "N":
            yield Alter(kind=Kind.DOMAIN, name=name, change="drop not null", offset=at)
        case _:
            yield Alter(kind=Kind.DOMAIN, name=name, change="set default" if node.get("def") else "drop default")


def _not_null() -> Constraint:
    return Constraint(ConstraintKind.NOT_NULL)


def alter_enum(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER TYPE … ADD VALUE, RENAME VALUE."""
    name = dotted(node.get("typeName"))
    if node.get("oldVal"):
        yield Rename(kind=Kind.ENUM_VALUE, old=Name(node["oldVal"], name.name), new=node.get("newVal", ""), table=name)
    else:
        yield Alter(kind=Kind.TYPE, name=name, change="add value", value=node.get("newVal", ""))


def alter_sequence(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER SEQUENCE."""
    name = relation(node.get("sequence"))
    options = [o.get("DefElem", {}).get("defname") for o in node.get("options", ())]
    if "restart" in options:
        yield ResetSequence(name=name, offset=source.at(node.get("sequence", {})))
    else:
        yield Alter(kind=Kind.SEQUENCE, name=name, change="options")


def create_trigger(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TRIGGER."""
    yield Create(
        kind=Kind.TRIGGER, name=Name(node.get("trigname", "")), table=relation(node.get("relation")),
        replaces=bool(node.get("replace")), offset=source.at(node.get("relation", {})),
    )  # fmt: skip


def create_view(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE VIEW."""
    name, query = node.get("view", {}), node.get("query", {})
    yield Create(
        kind=Kind.VIEW, name=relation(name), replaces=bool(node.get("replace")), offset=source.at(name),
        options=frozenset({"TEMPORARY"} if name.get("relpersistence") == "t" else ()),
        reads=tuple(relation(fields) for _kind, fields in nodes(query, "RangeVar")),
        uses=frozenset(references(query) | {"*" for _star in nodes(query, "A_Star")}),
    )  # fmt: skip


def create_rule(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE RULE."""
    event = str(node.get("event", "")).removeprefix("CMD_")
    yield Create(
        kind=Kind.RULE, name=Name(node.get("rulename", "")), table=relation(node.get("relation")),
        replaces=bool(node.get("replace")), options=frozenset({event, "INSTEAD"} if node.get("instead") else {event}),
        offset=source.at(node.get("relation", {})),
    )  # fmt: skip


def create_policy(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE POLICY, ALTER POLICY."""
    options = frozenset() if node.get("permissive", True) else frozenset({"RESTRICTIVE"})
    yield Create(
        kind=Kind.POLICY, name=Name(node.get("policy_name", "")), table=relation(node.get("table")),
        offset=source.at(node.get("table", {})), options=options,
    )  # fmt: skip
