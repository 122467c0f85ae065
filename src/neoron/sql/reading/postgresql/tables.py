"""CREATE TABLE, ALTER TABLE and CREATE INDEX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from neoron.sql.actions import (
    Action,
    AddColumn,
    AddConstraint,
    Alter,
    AlterColumn,
    AlterIndex,
    AlterType,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    PartitionChange,
    ReadsOnly,
    ResetSequence,
    TableChange,
    Unread,
    ValidateConstraint,
)
from neoron.sql.parts import Constraint, ConstraintKind, Kind, Name
from neoron.sql.reading.postgresql.columns import collation_of, column, constraint, data_type, index
from neoron.sql.reading.postgresql.expressions import shown, value
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import Source, only, relation, strings

_COLUMN_CHANGES = {
    "AT_SetNotNull": "set not null", "AT_DropNotNull": "drop not null", "AT_AddIdentity": "add identity",
    "AT_DropIdentity": "drop identity", "AT_SetIdentity": "set generated", "AT_DropExpression": "drop expression",
    "AT_SetExpression": "set expression", "AT_SetStatistics": "set statistics", "AT_SetStorage": "set storage",
    "AT_SetCompression": "set compression", "AT_SetOptions": "set options", "AT_ResetOptions": "set options",
}  # fmt: skip
_TABLE_CHANGES = {
    "AT_ChangeOwner": "owner", "AT_ClusterOn": "cluster on", "AT_DropCluster": "cluster on", "AT_SetLogged": "logged",
    "AT_SetUnLogged": "unlogged", "AT_SetAccessMethod": "access method", "AT_SetTableSpace": "tablespace",
    "AT_SetRelOptions": "storage parameters", "AT_ResetRelOptions": "storage parameters",
    "AT_ReplaceRelOptions": "storage parameters", "AT_EnableTrig": "trigger on", "AT_EnableAlwaysTrig": "trigger on",
    "AT_EnableReplicaTrig": "trigger on", "AT_EnableTrigAll": "trigger on", "AT_EnableTrigUser": "trigger on",
    "AT_DisableTrig": "trigger off", "AT_DisableTrigAll": "trigger off", "AT_DisableTrigUser": "trigger off",
    "AT_EnableRule": "rule on", "AT_EnableAlwaysRule": "rule on", "AT_EnableReplicaRule": "rule on",
    "AT_DisableRule": "rule off", "AT_AddInherit": "inherit", "AT_DropInherit": "no inherit", "AT_AddOf": "of type",
    "AT_DropOf": "of type", "AT_ReplicaIdentity": "replica identity", "AT_EnableRowSecurity": "rls on",
    "AT_DisableRowSecurity": "rls off", "AT_ForceRowSecurity": "force rls", "AT_NoForceRowSecurity": "no force rls",
    "AT_DropOids": "other", "AT_AlterConstraint": "other", "AT_GenericOptions": "other",
}  # fmt: skip
_OF_INDEX = {"AT_SetRelOptions": "options", "AT_ResetRelOptions": "options", "AT_AttachPartition": "attach"}
_PERSISTENCE = {"t": "is_temporary", "u": "is_unlogged"}


def create_table(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TABLE in all its forms but AS."""
    relation_node = node.get("relation", {})
    elements = [only(e) for e in node.get("tableElts", ())]
    inherited = tuple(relation(p.get("RangeVar")) for p in node.get("inhRelations", ()))
    is_partition = "partbound" in node
    like = next((relation(f.get("relation")) for k, f in elements if k == "TableLikeClause"), None)
    persistence = relation_node.get("relpersistence")
    yield CreateTable(
        table=relation(relation_node), columns=tuple(column(f) for k, f in elements if k == "ColumnDef"),
        constraints=tuple(constraint(f) for k, f in elements if k == "Constraint" and f.get("contype") in _KEPT),
        is_temporary=persistence == "t", if_not_exists=bool(node.get("if_not_exists")), like=like,
        partition_of=inherited[0] if is_partition and inherited else None,
        inherits=() if is_partition else inherited, is_partitioned="partspec" in node,
        is_unlogged=persistence == "u", offset=source.at(relation_node),
        options=frozenset({"DEFAULT"} if node.get("partbound", {}).get("is_default") else ()),
    )  # fmt: skip


_KEPT = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_CHECK", "CONSTR_FOREIGN", "CONSTR_EXCLUSION",
                   "CONSTR_NOTNULL"})  # fmt: skip


def create_table_as(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TABLE … AS, SELECT … INTO; a materialized view is made elsewhere."""
    into = node.get("into", {})
    name = into.get("rel", {})
    yield CreateTable(
        table=relation(name), is_temporary=name.get("relpersistence") == "t",
        if_not_exists=bool(node.get("if_not_exists")), is_from_query=True, offset=source.at(name),
    )  # fmt: skip


def create_index(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE INDEX."""
    yield CreateIndex(index=index(node), offset=source.at(node.get("relation", {})))


def alter_table(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER TABLE and what shares its grammar: indexes, views, sequences, composite types."""
    table = relation(node.get("relation"))
    at = source.at(node.get("relation", {}))
    kind = node.get("objtype", "OBJECT_TABLE")
    for item in node.get("cmds", ()):
        command = item.get("AlterTableCmd", {})
        at = _offset(command, source, at)
        if kind in ("OBJECT_TABLE", "OBJECT_FOREIGN_TABLE"):
            yield from _table_command(command, table, at)
        elif kind == "OBJECT_INDEX":
            subtype = command.get("subtype", "")
            change = "tablespace" if subtype == "AT_SetTableSpace" else _OF_INDEX.get(subtype, "other")
            yield AlterIndex(name=table.name, table=None, change=change, offset=at)
        else:
            yield _other_command(command, table, kind, at)


def _offset(command: Tree, source: Source, before: int) -> int:
    fields = only(command.get("def", {}))[1]
    if "location" in fields:
        return source.at(fields)
    return source.find(command.get("name", ""), before)


def _other_command(command: Tree, name: Name, kind: str, at: int) -> Action:
    subtype = command.get("subtype", "")
    if kind == "OBJECT_TYPE":
        change = {"AT_AddColumn": "add attribute", "AT_DropColumn": "drop attribute",
                  "AT_AlterColumnType": "alter attribute"}.get(subtype, "options")  # fmt: skip
        return Alter(kind=Kind.TYPE, name=name, change=change, value=command.get("name", ""), offset=at)
    kinds = {"OBJECT_VIEW": Kind.VIEW, "OBJECT_MATVIEW": Kind.MATERIALIZED_VIEW, "OBJECT_SEQUENCE": Kind.SEQUENCE}
    change = "owner" if subtype == "AT_ChangeOwner" else "set default" if subtype == "AT_ColumnDefault" else "options"
    return Alter(kind=kinds.get(kind, Kind.OTHER), name=name, change=change, offset=at)


def _table_command(command: Tree, table: Name, at: int) -> Iterator[Action]:
    subtype = command.get("subtype", "")
    name = command.get("name", "")
    read = _COMMANDS.get(subtype)
    if read:
        yield from read(command, table, at)
    elif subtype in _COLUMN_CHANGES:
        change = _COLUMN_CHANGES[subtype]
        yield AlterColumn(table=table, column=name, change=change, offset=at)
        if subtype == "AT_SetIdentity" and _restarts(command):
            yield ResetSequence(name=Name(f"{table.name}_{name}_seq", table.schema), offset=at)
    elif subtype in _TABLE_CHANGES:
        yield TableChange(table=table, change=_TABLE_CHANGES[subtype], value=_value(command), offset=at)
    else:
        yield Unread(reason=f"ALTER TABLE with {subtype.removeprefix('AT_')} is not known", offset=at)


def _restarts(command: Tree) -> bool:
    items = command.get("def", {}).get("List", {}).get("items", ())
    return any(i.get("DefElem", {}).get("defname") == "restart" for i in items)


def _value(command: Tree) -> str:
    kind, fields = only(command.get("def", {}))
    if kind == "ReplicaIdentityStmt":
        return {"n": "nothing", "f": "full", "d": "default", "i": "index"}.get(fields.get("identity_type", ""), "")
    if kind == "RangeVar":
        return str(relation(fields))
    return str(command.get("name", ""))


def _add_column(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield AddColumn(
        table=table, column=column(command["def"]["ColumnDef"]), if_not_exists=bool(command.get("missing_ok")),
        offset=at,
    )  # fmt: skip


def _drop_column(command: Tree, table: Name, at: int) -> Iterator[Action]:
    is_cascade = command.get("behavior") == "DROP_CASCADE"
    yield DropColumn(table=table, column=command.get("name", ""), is_cascade=is_cascade, offset=at)


def _alter_type(command: Tree, table: Name, at: int) -> Iterator[Action]:
    definition = command["def"]["ColumnDef"]
    using = definition.get("raw_default")
    yield AlterType(
        table=table, column=command.get("name", ""), type=data_type(definition.get("typeName"),
                                                                    collation_of(definition)),
        using=shown(using) if using else "", offset=at,
    )  # fmt: skip


def _default(command: Tree, table: Name, at: int) -> Iterator[Action]:
    expression = command.get("def")
    change = "set default" if expression else "drop default"
    yield AlterColumn(
        table=table, column=command.get("name", ""), change=change, value=value(expression) if expression else None,
        offset=at,
    )  # fmt: skip


def _add_constraint(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield AddConstraint(table=table, constraint=constraint(command["def"]["Constraint"]), offset=at)


def _add_index_constraint(command: Tree, table: Name, at: int) -> Iterator[Action]:
    definition = command.get("def", {}).get("IndexStmt", {})
    kind = ConstraintKind.PRIMARY_KEY if definition.get("primary") else ConstraintKind.UNIQUE
    yield AddConstraint(
        table=table, constraint=Constraint(kind, definition.get("idxname", ""), tuple(strings(None))), offset=at
    )


def _drop_constraint(command: Tree, table: Name, at: int) -> Iterator[Action]:
    is_cascade = command.get("behavior") == "DROP_CASCADE"
    yield DropConstraint(table=table, name=command.get("name", ""), is_cascade=is_cascade, offset=at)


def _validate(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield ValidateConstraint(table=table, name=command.get("name", ""), offset=at)


def _attach(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield from _partition(command, table, at, "attach")


def _detach(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield from _partition(command, table, at, "detach")


def _partition(command: Tree, table: Name, at: int, change: str) -> Iterator[Action]:
    partition = command.get("def", {}).get("PartitionCmd", {})
    other = relation(partition.get("name"))
    options = {"CONCURRENTLY"} if partition.get("concurrent") else set()
    yield PartitionChange(
        table=table, change=change, names=(other.name,), other=other, offset=at, options=frozenset(options),
        is_default=bool(partition.get("bound", {}).get("is_default")),
    )  # fmt: skip


def _harmless(command: Tree, table: Name, at: int) -> Iterator[Action]:
    yield ReadsOnly(verb="ALTER TABLE", tables=(table,), offset=at)


_COMMANDS: Mapping[str, Callable[[Tree, Name, int], Iterator[Action]]] = {
    "AT_AddColumn": _add_column, "AT_DropColumn": _drop_column, "AT_AlterColumnType": _alter_type,
    "AT_ColumnDefault": _default, "AT_AddConstraint": _add_constraint, "AT_AddIndexConstraint": _add_index_constraint,
    "AT_DropConstraint": _drop_constraint, "AT_ValidateConstraint": _validate, "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach, "AT_DetachPartitionFinalize": _harmless,
}  # fmt: skip
