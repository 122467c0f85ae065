"""Transactions, settings, rights, storage, and the objects that need one line each."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import (
    Action,
    Alter,
    Create,
    CreateTable,
    Drop,
    DropOwned,
    LockTables,
    Permission,
    Setting,
    TableChange,
    Transaction,
    Upkeep,
)
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.postgresql.expressions import constant, shown
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import Source, dotted, only, relation

_VERBS = {
    "TRANS_STMT_BEGIN": "begin", "TRANS_STMT_START": "begin", "TRANS_STMT_COMMIT": "commit",
    "TRANS_STMT_ROLLBACK": "rollback", "TRANS_STMT_SAVEPOINT": "savepoint", "TRANS_STMT_RELEASE": "release",
    "TRANS_STMT_ROLLBACK_TO": "rollback to", "TRANS_STMT_PREPARE": "prepare",
    "TRANS_STMT_COMMIT_PREPARED": "commit prepared", "TRANS_STMT_ROLLBACK_PREPARED": "rollback prepared",
}  # fmt: skip
_MODES = ("", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE",
          "EXCLUSIVE", "ACCESS EXCLUSIVE")  # fmt: skip
_OFF = ("off", "false", 0, "0", "no")


def transaction(node: Tree, source: Source) -> Iterator[Action]:
    """BEGIN, COMMIT and the rest."""
    yield Transaction(verb=_VERBS.get(node.get("kind", ""), ""))


def setting(node: Tree, source: Source, scope: str = "") -> Iterator[Action]:
    """SET, RESET."""
    values = ",".join(str(v) if (v := constant(a)) is not None else shown(a) for a in node.get("args", ()))
    is_local = "local" if node.get("is_local") else "session"
    value = "" if node.get("kind") in ("VAR_RESET", "VAR_SET_DEFAULT", "VAR_RESET_ALL") else values
    yield Setting(name=str(node.get("name", "")).lower(), value=value, scope=scope or is_local)


def database_setting(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER DATABASE … SET."""
    yield from setting(node.get("setstmt", {}), source, "database")


def role_setting(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER ROLE … SET."""
    yield from setting(node.get("setstmt", {}), source, "role")


def alter_role(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER ROLE … WITH: the options as words, those that are switched off with NO before them."""
    options = [o.get("DefElem", {}) for o in node.get("options", ())]
    words = {("NO" if _is_off(o) else "") + str(o.get("defname", "")).upper() for o in options}
    yield Alter(kind=Kind.ROLE, name=Name(node.get("role", {}).get("rolename", "")), change="options",
                options=frozenset(words))  # fmt: skip


def _is_off(option: Tree) -> bool:
    kind, value = only(option.get("arg", {"": {}}))
    return kind == "Boolean" and not value.get("boolval")


def system_setting(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER SYSTEM SET."""
    yield from setting(node.get("setstmt", {}), source, "global")


def lock(node: Tree, source: Source) -> Iterator[Action]:
    """LOCK TABLE."""
    names = tuple(relation(f) for _k, f in map(only, node.get("relations", ())))
    yield LockTables(tables=names, mode=_MODES[node.get("mode", 8)])


def vacuum(node: Tree, source: Source) -> Iterator[Action]:
    """VACUUM, ANALYZE."""
    tables = tuple(relation(f.get("relation")) for _k, f in map(only, node.get("rels", ())))
    work = "vacuum" if node.get("is_vacuumcmd") else "analyze"
    yield Upkeep(work="vacuum full" if work == "vacuum" and _has(node.get("options"), "full") else work, tables=tables)


def _has(options: list[Tree] | None, name: str) -> bool:
    for option in options or ():
        element = option.get("DefElem", {})
        if element.get("defname") == name:
            argument = element.get("arg")
            said = constant(argument) if argument else True
            words = next(iter(argument.values())).get("sval", said) if isinstance(argument, dict) else said
            return words not in _OFF
    return False


def is_analyzed(node: Tree) -> bool:
    """Whether an EXPLAIN runs what it explains."""
    return _has(node.get("options"), "analyze")


def reindex(node: Tree, source: Source) -> Iterator[Action]:
    """REINDEX."""
    table = node.get("relation")
    is_concurrent = _has(node.get("params"), "concurrently")
    named = Name(node.get("name", "")) if node.get("name") else None
    names = (relation(table),) if table else (named,) if named else ()
    yield Upkeep(work="reindex", tables=names, is_concurrent=is_concurrent,
                 options=frozenset({node.get("kind", "").removeprefix("REINDEX_OBJECT_")}))  # fmt: skip


def cluster(node: Tree, source: Source) -> Iterator[Action]:
    """CLUSTER."""
    yield Upkeep(work="cluster", tables=(relation(node["relation"]),) if node.get("relation") else ())


def refresh(node: Tree, source: Source) -> Iterator[Action]:
    """REFRESH MATERIALIZED VIEW."""
    options = frozenset({"WITH NO DATA"} if node.get("skipData") else ())
    yield Upkeep(work="refresh", tables=(relation(node.get("relation")),), options=options,
                 is_concurrent=bool(node.get("concurrent")))  # fmt: skip


def grant(node: Tree, source: Source) -> Iterator[Action]:
    """GRANT, REVOKE on objects."""
    names = [_granted(kind, fields) for kind, fields in map(only, node.get("objects", ()))]
    yield Permission(verb="grant" if node.get("is_grant") else "revoke", on=tuple(n for n in names if n.name))


def _granted(kind: str, fields: Tree) -> Name:
    if kind == "RangeVar":
        return relation(fields)
    if kind == "ObjectWithArgs":
        return dotted(fields.get("objname"))
    return Name(fields.get("sval", "")) if kind == "String" else dotted(fields.get("items"))


def grant_role(node: Tree, source: Source) -> Iterator[Action]:
    """GRANT, REVOKE of roles."""
    yield Permission(verb="grant" if node.get("is_grant") else "revoke")


def default_privileges(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER DEFAULT PRIVILEGES: about objects to come."""
    yield Permission(verb="default privileges")


def drop_owned(node: Tree, source: Source) -> Iterator[Action]:
    """DROP OWNED BY."""
    yield DropOwned(roles=tuple(r.get("RoleSpec", {}).get("rolename", "") for r in node.get("roles", ())))


def drop_database(node: Tree, source: Source) -> Iterator[Action]:
    """DROP DATABASE."""
    name = Name(node.get("dbname", ""))
    yield Drop(kind=Kind.DATABASE, names=(name,), if_exists=bool(node.get("missing_ok")),
               offset=source.find(name.name))  # fmt: skip


def drop_role(node: Tree, source: Source) -> Iterator[Action]:
    """DROP ROLE."""
    names = tuple(Name(r.get("RoleSpec", {}).get("rolename", "")) for r in node.get("roles", ()))
    yield Drop(kind=Kind.ROLE, names=names, if_exists=bool(node.get("missing_ok")))


def drop_subscription(node: Tree, source: Source) -> Iterator[Action]:
    """DROP SUBSCRIPTION."""
    yield Drop(kind=Kind.OTHER, names=(Name(node.get("subname", "")),))


def alter_policy(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER POLICY."""
    yield Alter(kind=Kind.POLICY, name=Name(node.get("policy_name", "")), change="options")


def alter_extension(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER EXTENSION … UPDATE."""
    yield Alter(kind=Kind.EXTENSION, name=Name(node.get("extname", "")), change="update")


def alter_publication(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER PUBLICATION."""
    change = {"AP_DropObjects": "drop", "AP_SetObjects": "set"}.get(node.get("action", ""), "options")
    yield Alter(kind=Kind.PUBLICATION, name=Name(node.get("pubname", "")), change=change)


def alter_function(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER FUNCTION … options."""
    name = dotted(node.get("func", {}).get("objname"))
    yield Alter(kind=Kind.FUNCTION, name=name, change="options")


def move_all(node: Tree, source: Source) -> Iterator[Action]:
    """ALTER TABLE ALL IN TABLESPACE."""
    name = Name(f"every table in {node.get('orig_tablespacename', '')}")
    yield TableChange(table=name, change="tablespace", value=node.get("new_tablespacename", ""))


def create_schema(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE SCHEMA; what stands inside it is read on its own."""
    yield Create(kind=Kind.SCHEMA, name=Name(node.get("schemaname", "")))


def create_enum(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TYPE … AS ENUM."""
    yield Create(kind=Kind.TYPE, name=dotted(node.get("typeName")), options=frozenset({"ENUM"}))


def create_range(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TYPE … AS RANGE."""
    yield Create(kind=Kind.TYPE, name=dotted(node.get("typeName")))


def create_composite(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE TYPE … AS (…)."""
    yield Create(kind=Kind.TYPE, name=relation(node.get("typevar")))


def create_sequence(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE SEQUENCE."""
    yield Create(kind=Kind.SEQUENCE, name=relation(node.get("sequence")))


def create_extension(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE EXTENSION."""
    yield Create(kind=Kind.EXTENSION, name=Name(node.get("extname", "")))


def create_statistics(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE STATISTICS."""
    yield Create(kind=Kind.STATISTICS, name=dotted(node.get("defnames")))


def create_foreign_table(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE FOREIGN TABLE."""
    yield CreateTable(table=relation(node.get("base", {}).get("relation")))


def create_materialized_view(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE MATERIALIZED VIEW."""
    name = node.get("into", {}).get("rel", {})
    yield Create(kind=Kind.MATERIALIZED_VIEW, name=relation(name), offset=source.at(name))


def define(node: Tree, source: Source) -> Iterator[Action]:
    """CREATE AGGREGATE, OPERATOR, TYPE and so on."""
    kind = Kind.AGGREGATE if node.get("kind") == "OBJECT_AGGREGATE" else Kind.TYPE
    yield Create(kind=kind, name=dotted(node.get("defnames")))
