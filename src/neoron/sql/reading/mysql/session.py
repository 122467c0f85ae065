"""Settings, transactions, locks, rights, logs."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.sql.actions import (
    Action,
    BackupChain,
    Drop,
    LockTables,
    Permission,
    ReadsOnly,
    Rename,
    Setting,
    Transaction,
    Unread,
)
from neoron.sql.lexer import Kind as Token
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.mysql.cursor import Cursor, Source, folded, string_value
from neoron.sql.reading.mysql.texts import made

_SCOPES = ("GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY")


def settings(cursor: Cursor, source: Source) -> Iterator[Action]:
    """SET of variables of the server and of one's own; the texts of these are remembered for PREPARE."""
    cursor.skip("SET")
    if cursor.word() in ("PASSWORD", "ROLE", "RESOURCE") or (cursor.word() == "DEFAULT" and cursor.word(1) == "ROLE"):
        yield ReadsOnly(verb="SET")
        return
    found = False
    for item in cursor.items():
        action = _one_setting(item, source)
        if action is not None:
            found = True
            yield action
    if not found:
        yield ReadsOnly(verb="SET")


def _one_setting(item: Cursor, source: Source) -> Action | None:
    offset = item.offset
    scope = ""
    if item.word() in _SCOPES:
        scope = item.word().lower()
        item.at += 1
    if item.word() in ("NAMES", "CHARACTER", "CHARSET", "TRANSACTION"):
        return None
    token = item.token()
    if token is None:
        return None
    if token.kind is Token.PARAMETER and token.text.startswith("@@"):
        words = token.text[2:].lower().split(".")
        scope = words[0] if len(words) > 1 and words[0].upper() in _SCOPES else scope
        name = words[-1]
        item.at += 1
        if not name and item.is_kind(Token.IDENTIFIER):
            name = item.column_name()
    elif token.kind is Token.PARAMETER:
        item.at += 1
        _remember(source, folded(token.text), item)
        return None
    else:
        name = item.column_name()
        if folded(name) in source.variables:
            _remember(source, folded(name), item)
            return None
    item.skip("=")
    item.skip(":=")
    value = _value(item)
    if name in ("read_only", "super_read_only") and value.lower() in ("1", "on", "true"):
        return LockTables(tables=(), mode="READ", offset=offset)
    return Setting(name=name, value=value, scope="global" if scope.startswith("persist") else scope, offset=offset)


def _remember(source: Source, name: str, item: Cursor) -> None:
    if source.texts is not None:
        item.skip("=")
        item.skip(":=")
        found = made(item.part(item.at), source)
        source.texts[name] = "\0".join(found) if found else None


def _value(item: Cursor) -> str:
    if len(item.words) - item.at == 1 and item.is_kind(Token.STRING):
        return string_value(item.source[item.at].text)
    return item.shown(item.at, len(item.words))


def transaction(cursor: Cursor) -> Iterator[Action]:
    """START TRANSACTION, BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, XA."""
    verb = cursor.word()
    if verb == "START":
        is_begin = cursor.word(1) == "TRANSACTION"
        yield Transaction(verb="begin") if is_begin else ReadsOnly(verb="START")
    elif verb in ("BEGIN", "SAVEPOINT", "RELEASE"):
        yield Transaction(verb=verb.lower())
    elif verb == "ROLLBACK" and cursor.has("TO"):
        yield Transaction(verb="rollback to")
    elif verb in ("COMMIT", "ROLLBACK"):
        yield Transaction(verb=verb.lower())
        if cursor.has("CHAIN") and not cursor.has("NO"):
            yield Transaction(verb="begin")
    else:
        yield ReadsOnly(verb=verb)


def lock(cursor: Cursor) -> Iterator[Action]:
    """LOCK TABLES; the mode is the strongest of its tables'."""
    offset = cursor.offset
    cursor.skip("LOCK")
    if not (cursor.skip("TABLES") or cursor.skip("TABLE")):
        yield ReadsOnly(verb="LOCK")
        return
    by_mode: dict[str, list[Name]] = {}
    for item in cursor.items():
        table = item.object_name()
        if table.name:
            by_mode.setdefault("WRITE" if item.has("WRITE") else "READ", []).append(table)
    for mode, tables in by_mode.items():
        yield LockTables(tables=tuple(tables), mode=mode, offset=offset)


def flush(cursor: Cursor) -> Iterator[Action]:
    """FLUSH TABLES WITH READ LOCK and FOR EXPORT lock; the rest does not."""
    offset = cursor.offset
    cursor.skip("FLUSH")
    cursor.skip_any("NO_WRITE_TO_BINLOG", "LOCAL")
    if not (cursor.skip("TABLES") or cursor.skip("TABLE")):
        yield ReadsOnly(verb="FLUSH")
        return
    names = () if cursor.word() in ("WITH", "FOR", "") else cursor.names()
    if cursor.has("LOCK", "EXPORT"):
        yield LockTables(tables=names, mode="READ", offset=offset)
    else:
        yield ReadsOnly(verb="FLUSH")


def rights(cursor: Cursor) -> Iterator[Action]:
    """GRANT and REVOKE."""
    verb, offset = cursor.word().lower(), cursor.offset
    on: tuple[Name, ...] = ()
    if cursor.find("ON"):
        cursor.skip_any("TABLE", "FUNCTION", "PROCEDURE")
        name = cursor.object_name()
        on = (name,) if name.name and cursor.word() not in (".", "*") else ()
    yield Permission(verb=verb, on=on, offset=offset)


def logs(cursor: Cursor) -> Iterator[Action]:
    """PURGE BINARY LOGS, RESET MASTER."""
    verb, offset = cursor.word(), cursor.offset
    is_log = cursor.has("MASTER", "BINARY", "LOGS")
    if verb == "PURGE" or (verb == "RESET" and is_log):
        yield BackupChain(work="purge logs" if verb == "PURGE" else "reset logs", offset=offset)
    else:
        yield ReadsOnly(verb=verb)


def accounts(cursor: Cursor) -> Iterator[Action]:
    """DROP USER, DROP ROLE, RENAME USER."""
    verb, offset = cursor.word(), cursor.offset
    cursor.at += 2
    cursor.skip("IF", "EXISTS")
    if verb == "DROP":
        yield Drop(kind=Kind.ROLE, names=tuple(Name(account(item)) for item in cursor.items()), offset=offset)
        return
    for item in cursor.items():
        old = account(item)
        item.skip("TO")
        yield Rename(kind=Kind.ROLE, old=Name(old), new=account(item), offset=offset)


def account(cursor: Cursor) -> str:
    """Read 'user'@'host'; the user, without quotes."""
    token = cursor.token()
    cursor.at += 1
    host = cursor.token()
    if host is not None and host.kind is Token.PARAMETER and host.text.startswith("@"):
        cursor.at += 1
        if host.text == "@":
            cursor.at += 1
    return token.text.strip("'\"`") if token else ""


def unknown(cursor: Cursor) -> Action:
    """A statement that nothing is known about."""
    words = " ".join(token.text for token in cursor.source[cursor.at : cursor.at + 3])
    return Unread(reason=f"no reader for `{words[:60]}`", words=words[:60], offset=cursor.offset)
