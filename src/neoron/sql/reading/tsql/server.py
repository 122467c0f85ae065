"""Statements about the session, the database and the server: SET, transactions, DBCC, BACKUP, rights."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import (
    Action,
    Alter,
    BackupChain,
    Permission,
    ReadsOnly,
    Rename,
    ResetSequence,
    Setting,
    TableChange,
    Transaction,
    Unread,
    Upkeep,
)
from neoron.sql.lexer import Kind as TokenKind
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.tsql.cursor import Cursor, as_name, named_in, string_value, word_set

_TWO_WORD_SETTINGS = ("STATISTICS", "TRANSACTION")
_LOOKS = word_set(
    """CHECKDB CHECKTABLE CHECKALLOC CHECKCATALOG CHECKCONSTRAINTS CHECKFILEGROUP SHOW_STATISTICS SHOWCONTIG
    INPUTBUFFER OUTPUTBUFFER OPENTRAN SQLPERF TRACEON TRACEOFF TRACESTATUS USEROPTIONS HELP PROCCACHE
    LOGINFO PAGE IND UPDATEUSAGE CLEANTABLE CLONEDATABASE STACKDUMP MEMORYSTATUS DBINFO"""
)
_CACHES = ("FREEPROCCACHE", "DROPCLEANBUFFERS", "FREESYSTEMCACHE", "FREESESSIONCACHE", "FLUSHPROCINDB",
           "FLUSHAUTHCACHE")  # fmt: skip


def setting(cursor: Cursor) -> Iterator[Action]:
    """SET of an option of the session, the cursor behind that word."""
    offset = cursor.where()
    name = cursor.word().lower()
    cursor.at += 1
    if name.upper() in _TWO_WORD_SETTINGS and cursor.word():
        name = f"{name} {cursor.word().lower()}"
        cursor.at += 1
    value = cursor.text().lower()
    yield Setting(name=name, value=value, scope="session", offset=offset)


def transaction(verb: str, cursor: Cursor, savepoints: set[str], *, may_not_run: bool) -> Iterator[Action]:
    """BEGIN TRAN, COMMIT, ROLLBACK, SAVE TRAN, the cursor behind the first word.

    Shape: savepoints are the names of those that the batch made; a ROLLBACK that an IF or CATCH guards is for the case
    that something fails, so it ends nothing here.
    Changes: savepoints.
    """
    offset = cursor.where()
    cursor.take("DISTRIBUTED")
    is_transaction = bool(cursor.take("TRAN", "TRANSACTION", "WORK"))
    if verb == "BEGIN":
        yield Transaction(verb="begin", offset=offset) if is_transaction else ReadsOnly(verb="BEGIN", offset=offset)
    elif verb == "SAVE":
        savepoints.add(cursor.raw().lower())
        yield Transaction(verb="savepoint", offset=offset)
    elif verb == "ROLLBACK" and is_transaction and cursor.raw().lower() in savepoints:
        yield Transaction(verb="rollback to", offset=offset)
    elif verb == "ROLLBACK" and may_not_run:
        yield ReadsOnly(verb="ROLLBACK", offset=offset)
    else:
        yield Transaction(verb=verb.lower(), offset=offset)


def permission(verb: str, cursor: Cursor) -> Iterator[Action]:
    """GRANT, REVOKE, DENY, the cursor behind that word."""
    offset = cursor.where()
    is_option = list(cursor.words[cursor.at : cursor.at + 3]) == ["GRANT", "OPTION", "FOR"]
    if verb == "REVOKE" and is_option and "CASCADE" not in cursor.words:
        verb = "REVOKE GRANT OPTION"
    on: tuple[Name, ...] = ()
    if cursor.seek("ON"):
        cursor.at += 1
        if cursor.word(1) == "::" and cursor.word() != "OBJECT":
            on = ()
        else:
            cursor.skip("OBJECT", "::")
            on = (cursor.object_name(),)
    yield Permission(verb=verb.lower(), on=on, offset=offset)


def dbcc(cursor: Cursor) -> Iterator[Action]:
    """DBCC command ( … ), the cursor behind that word."""
    offset = cursor.where()
    command = cursor.word()
    cursor.at += 1
    inner = cursor.inner()
    arguments = [_argument(part) for part in inner.cut(",")]
    words = set(inner.words)
    if command in ("SHRINKDATABASE", "SHRINKFILE"):
        yield Upkeep(work="shrink", offset=offset, options=frozenset({"TRUNCATEONLY"} & words))
    elif command == "CHECKIDENT":
        name = as_name(named_in(arguments[0])) if arguments else Name("")
        resets = "RESEED" in words and len(arguments) > 2
        yield ResetSequence(name=name, offset=offset) if resets else ReadsOnly(verb="DBCC CHECKIDENT", offset=offset)
    elif command in ("DBREINDEX", "INDEXDEFRAG"):
        table = as_name(named_in(arguments[0 if command == "DBREINDEX" else 1])) if len(arguments) > 0 else Name("")
        yield Upkeep(work="rebuild", tables=(table,), is_concurrent=command == "INDEXDEFRAG", offset=offset)
    elif command in ("CHECKDB", "CHECKTABLE", "CHECKALLOC") and "REPAIR_ALLOW_DATA_LOSS" in words:
        yield Upkeep(work="repair", offset=offset, options=frozenset({"REPAIR_ALLOW_DATA_LOSS"}))
    elif command in _CACHES:
        yield Alter(kind=Kind.OTHER, name=Name("caches"), change="clear caches", value=command, offset=offset)
    elif command == "WRITEPAGE":
        yield Unread(reason="DBCC WRITEPAGE writes past everything that protects the data", offset=offset)
    elif command in _LOOKS:
        yield ReadsOnly(verb=f"DBCC {command}", offset=offset)
    else:
        yield Unread(reason=f"DBCC {command} is not known", words=command, offset=offset)


def _argument(part: Cursor) -> str:
    return string_value(part.raw()) if part.kind() is TokenKind.STRING else part.text()


def backup(cursor: Cursor) -> Iterator[Action]:
    """BACKUP DATABASE, BACKUP LOG, and keys, the cursor behind that word."""
    offset = cursor.where()
    what = cursor.take("DATABASE", "LOG")
    name = cursor.one_name() if what else ""
    devices = [string_value(token.text).lower() for token in cursor.source if token.kind is TokenKind.STRING]
    options = frozenset(w for w in cursor.words if w in ("COPY_ONLY", "TRUNCATE_ONLY", "NO_LOG", "FORMAT", "INIT"))
    is_gone = any(device.rstrip(":") == "nul" for device in devices)
    is_lost = what == "LOG" and (is_gone or options & {"TRUNCATE_ONLY", "NO_LOG"})
    is_lost = is_lost or (what == "DATABASE" and is_gone and "COPY_ONLY" not in options)
    yield BackupChain(work="purge logs" if is_lost else "backup", name=name, options=options, offset=offset)


def restore(cursor: Cursor) -> Iterator[Action]:
    """RESTORE, the cursor behind that word."""
    offset = cursor.where()
    what = cursor.take("DATABASE", "LOG")
    if not what:
        yield ReadsOnly(verb=f"RESTORE {cursor.word()}".strip(), offset=offset)
        return
    name = cursor.one_name()
    words = cursor.words
    options = frozenset(w for w in words if w in ("REPLACE", "DATABASE_SNAPSHOT", "MOVE", "RECOVERY", "NORECOVERY"))
    has_source = "FROM" in words
    yield BackupChain(work="restore" if has_source else "recover", name=name, options=options, offset=offset)


def alter_database(cursor: Cursor, offset: int) -> Iterator[Action]:
    """ALTER DATABASE d SET …, MODIFY NAME, files and the rest."""
    if cursor.word() in ("SCOPED", "AUDIT", "ENCRYPTION"):
        clears = "PROCEDURE_CACHE" in cursor.words
        change = "clear caches" if clears else "scoped configuration"
        yield Alter(kind=Kind.OTHER, name=Name("caches" if clears else "database"), change=change, offset=offset)
        return
    name = cursor.object_name()
    if cursor.skip("MODIFY", "NAME"):
        cursor.skip("=")
        yield Rename(kind=Kind.DATABASE, old=name, new=cursor.one_name(), offset=offset)
    elif cursor.skip("COLLATE"):
        yield Alter(kind=Kind.DATABASE, name=name, change="collate", value=cursor.word(), offset=offset)
    elif cursor.word() == "REMOVE":
        yield Alter(kind=Kind.DATABASE, name=name, change="remove file", value=cursor.text(), offset=offset)
    elif cursor.skip("SET"):
        yield from _database_options(cursor, name, offset)
    else:
        yield Alter(kind=Kind.DATABASE, name=name, change="files", offset=offset)


def _database_options(cursor: Cursor, name: Name, offset: int) -> Iterator[Action]:
    ending = {"ROLLBACK", "IMMEDIATE", "NO_WAIT"} & set(cursor.words)
    start = cursor.at
    cursor.seek("WITH")
    for part in cursor.piece(start, cursor.at).cut(","):
        option, value = part.word(), part.word(1) if part.word(1) != "=" else part.word(2)
        if not option:
            yield Unread(reason="which option of the database is set is not known", offset=offset)
        elif option == "RECOVERY" and value in ("SIMPLE", "BULK_LOGGED"):
            work = "recovery simple" if value == "SIMPLE" else "recovery bulk"
            yield BackupChain(work=work, name=name.name, offset=offset)
        else:
            yield Alter(kind=Kind.DATABASE, name=name, change="set", value=f"{option} {value}".strip(), offset=offset,
                        options=frozenset(ending))  # fmt: skip


def switch_trigger(cursor: Cursor, *, is_on: bool) -> Iterator[Action]:
    """ENABLE TRIGGER, DISABLE TRIGGER … ON t | DATABASE | ALL SERVER."""
    offset = cursor.where()
    cursor.skip("TRIGGER")
    start = cursor.at
    cursor.seek("ON")
    names = cursor.piece(start, cursor.at).text()
    cursor.skip("ON")
    table = cursor.object_name() if cursor.word() not in ("DATABASE", "ALL") else Name("the database")
    yield TableChange(table=table, change="trigger on" if is_on else "trigger off", value=names, offset=offset)

