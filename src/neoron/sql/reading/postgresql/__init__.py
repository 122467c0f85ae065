"""PostgreSQL statements -> actions, through PostgreSQL's own grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from neoron.sql.actions import Action, Call, Reading, ReadsOnly, Unread
from neoron.sql.lexer import tokens
from neoron.sql.reading.postgresql import bodies, objects, rows, session, tables
from neoron.sql.reading.postgresql.grammar import NotParsed, Tree, statements
from neoron.sql.reading.postgresql.source import Source, dotted, only

_BLANK = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|;|/\*(?:[^*/]+|\*(?!/)|/(?!\*))*\*/)+")
_COPY = re.compile(r"COPY\b", re.IGNORECASE)
_CLIENT_LINE = re.compile(r"\\\w+[^\n]*\Z")


def read(text: str) -> tuple[Action, ...]:
    """What one statement does."""
    return tuple(_read_text(text, Source(text)))


def read_script(text: str) -> list[Reading] | None:
    """All statements of a script in one parse; None when the grammar refuses some part of it."""
    try:
        found = statements(text)
    except NotParsed:
        return None
    raw = b"" if text.isascii() else text.encode()
    readings, line, counted = [], 1, 0
    for item in found:
        start = item.get("stmt_location", 0)
        length = item.get("stmt_len", 0)
        piece = _cut(text, raw, start, length)
        skipped = _BLANK.match(piece)
        begin = skipped.end() if skipped else 0
        at = _chars(text, raw, start) + begin
        line += text.count("\n", counted, at)
        counted = at
        statement = piece[begin:].rstrip()
        base = start + (begin if not raw else len(piece[:begin].encode()))
        readings.append(Reading(statement, line, tuple(_guarded(item["stmt"], Source(statement, base)))))
    return readings


def _cut(text: str, raw: bytes, start: int, length: int) -> str:
    if not raw:
        return text[start : start + length] if length else text[start:]
    return (raw[start : start + length] if length else raw[start:]).decode()


def _chars(text: str, raw: bytes, offset: int) -> int:
    return len(raw[:offset].decode()) if raw else offset


def _read_text(text: str, source: Source) -> Iterator[Action]:
    if _CLIENT_LINE.match(text):
        yield _client_line(text)
        return
    try:
        found = statements(_without_data(text))
    except NotParsed as fault:
        offset = fault.offset if source.origin is None else source.origin
        yield Unread(reason=f"PostgreSQL's grammar refuses it: {fault.message}", offset=offset, inside=source.inside)
        return
    for item in found:
        yield from _guarded(item.get("stmt", {}), source)


def _without_data(text: str) -> str:
    """A COPY … FROM STDIN without the lines that are its data."""
    if not _COPY.match(text):
        return text
    end = next((t.start for t in tokens(text, "postgresql") if t.text == ";"), len(text))
    return text[:end]


def _client_line(text: str) -> Action:
    word = text[1:].split()[0].lower()
    if word in ("i", "ir", "include", "include_relative", "gexec", "copy"):
        return Unread(reason=f"\\{word} is run by psql, and what it does is not in this text", words=word)
    return ReadsOnly(verb=f"\\{word}")


def _guarded(stmt: Tree, source: Source) -> Iterator[Action]:
    """The actions of a statement; a tree that is otherwise than we think is said to be unread, never an error."""
    try:
        yield from _actions(stmt, source)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        yield Unread(reason=f"its syntax tree is not understood ({type(error).__name__})", inside=source.inside)


def _actions(stmt: Tree, source: Source) -> Iterator[Action]:
    kind, node = only(stmt)
    simple = _READERS.get(kind)
    if simple:
        yield from simple(node, source)
    elif kind in rows.CHANGES or kind == "SelectStmt":
        yield from rows.rows_statement(node, source, kind)
    elif kind == "DoStmt":
        yield from bodies.do_block(node, source, _read_text)
    elif kind == "CreateFunctionStmt":
        yield from bodies.create_function(node, source, _read_text)
    elif kind == "ExplainStmt":
        yield from _actions(node.get("query", {}), source) if session.is_analyzed(node) else (
            ReadsOnly(verb="EXPLAIN"),
        )
    elif kind == "PrepareStmt":
        # It runs when it is executed; a migration that prepares something means to.
        yield from _actions(node.get("query", {}), source)
    elif kind == "CreateTableAsStmt":
        is_view = node.get("objtype") == "OBJECT_MATVIEW"
        yield from (session.create_materialized_view if is_view else tables.create_table_as)(node, source)
    elif kind == "CreateSchemaStmt":
        yield from session.create_schema(node, source)
        for element in node.get("schemaElts", ()):
            yield from _actions(element, source)
    elif kind == "CallStmt":
        yield Call(name=dotted(node.get("funccall", {}).get("funcname")))
    elif kind in _HARMLESS:
        yield ReadsOnly(verb=kind.removesuffix("Stmt"))
    else:
        yield Unread(reason=f"no reader for {kind or 'this statement'}")


_READERS: Mapping[str, Callable[[Tree, Source], Iterator[Action]]] = {
    "CreateStmt": tables.create_table, "AlterTableStmt": tables.alter_table, "IndexStmt": tables.create_index,
    "CreateForeignTableStmt": session.create_foreign_table, "AlterTableMoveAllStmt": session.move_all,
    "DropStmt": objects.drop, "RenameStmt": objects.rename, "AlterObjectSchemaStmt": objects.set_schema,
    "AlterOwnerStmt": objects.owner, "CreateDomainStmt": objects.create_domain,
    "AlterDomainStmt": objects.alter_domain, "AlterEnumStmt": objects.alter_enum,
    "AlterSeqStmt": objects.alter_sequence, "CreateTrigStmt": objects.create_trigger,
    "ViewStmt": objects.create_view, "RuleStmt": objects.create_rule, "CreatePolicyStmt": objects.create_policy,
    "AlterPolicyStmt": session.alter_policy, "TruncateStmt": rows.truncate, "CopyStmt": rows.copy,
    "TransactionStmt": session.transaction, "VariableSetStmt": session.setting,
    "AlterDatabaseSetStmt": session.database_setting, "AlterRoleSetStmt": session.role_setting,
    "AlterRoleStmt": session.alter_role,
    "AlterSystemStmt": session.system_setting, "LockStmt": session.lock, "VacuumStmt": session.vacuum,
    "ReindexStmt": session.reindex, "ClusterStmt": session.cluster, "RefreshMatViewStmt": session.refresh,
    "GrantStmt": session.grant, "GrantRoleStmt": session.grant_role,
    "AlterDefaultPrivilegesStmt": session.default_privileges, "DropOwnedStmt": session.drop_owned,
    "DropdbStmt": session.drop_database, "DropRoleStmt": session.drop_role,
    "DropSubscriptionStmt": session.drop_subscription, "AlterExtensionStmt": session.alter_extension,
    "AlterPublicationStmt": session.alter_publication, "AlterFunctionStmt": session.alter_function,
    "CreateEnumStmt": session.create_enum, "CreateRangeStmt": session.create_range,
    "CompositeTypeStmt": session.create_composite, "CreateSeqStmt": session.create_sequence,
    "CreateExtensionStmt": session.create_extension, "CreateStatsStmt": session.create_statistics,
    "DefineStmt": session.define,
}  # fmt: skip

_HARMLESS = frozenset({
    "VariableShowStmt", "CommentStmt", "SecLabelStmt", "DeclareCursorStmt", "ClosePortalStmt", "FetchStmt",
    "NotifyStmt", "ListenStmt", "UnlistenStmt", "LoadStmt", "CheckPointStmt", "DiscardStmt", "ConstraintsSetStmt",
    "ExecuteStmt", "DeallocateStmt", "CreateRoleStmt", "CreateTableSpaceStmt", "CreatedbStmt",
    "AlterDatabaseStmt", "AlterDatabaseRefreshCollStmt", "CreatePublicationStmt", "CreateSubscriptionStmt",
    "AlterSubscriptionStmt", "CreateFdwStmt", "AlterFdwStmt", "CreateForeignServerStmt", "AlterForeignServerStmt",
    "CreateUserMappingStmt", "AlterUserMappingStmt", "DropUserMappingStmt", "ImportForeignSchemaStmt",
    "CreateAmStmt", "CreateEventTrigStmt", "AlterEventTrigStmt", "CreatePLangStmt", "CreateOpClassStmt",
    "CreateOpFamilyStmt", "AlterOpFamilyStmt", "CreateConversionStmt", "CreateCastStmt", "CreateTransformStmt",
    "AlterCollationStmt", "AlterOperatorStmt", "AlterTypeStmt", "AlterStatsStmt", "AlterExtensionContentsStmt",
    "AlterObjectDependsStmt", "ReassignOwnedStmt", "AlterTSDictionaryStmt", "AlterTSConfigurationStmt",
    "AlterTableSpaceOptionsStmt", "DropTableSpaceStmt", "ReplicaIdentityStmt",
})  # fmt: skip
"""Statements that lose nothing, lock nothing for long and break no application."""
