"""EXEC: of a text, of a procedure of the server's, of one of the database's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from neoron.sql.actions import (
    Action,
    Call,
    Drop,
    MoveToSchema,
    Permission,
    ReadsOnly,
    Rename,
    TableChange,
    Unread,
    Upkeep,
)
from neoron.sql.lexer import Kind as TokenKind
from neoron.sql.parts import Kind, Name
from neoron.sql.reading.tsql.cursor import Cursor, Place, as_name, named_in
from neoron.sql.reading.tsql.texts import HOLE, Variables, texts_of

ReadText = Callable[[str, Place], Iterator[Action]]
MAX_DEPTH = 6
_CONSTRAINT_MARKS = ("pk_", "fk_", "df_", "ck_", "uq_", "ix_", "ak_", "chk_", "uk_")
_NOT_HERE = ("xp_cmdshell", "sp_oacreate", "sp_oamethod", "sp_execute_external_script", "sp_start_job")
_RENAMED = {"column": Kind.COLUMN, "index": Kind.INDEX, "userdatatype": Kind.TYPE, "database": Kind.DATABASE,
            "statistics": Kind.STATISTICS}  # fmt: skip


class Arguments:
    """The arguments of a call, by position and by name."""

    def __init__(self, cursor: Cursor, variables: Variables) -> None:
        self._variables = variables
        self.positional: list[Cursor] = []
        self.named: dict[str, Cursor] = {}
        for part in cursor.cut(","):
            if part.kind() is TokenKind.PARAMETER and part.word(1) == "=":
                name = part.raw().lower()
                part.at += 2
                self.named[name] = part.remaining()
            elif not part.is_done:
                self.positional.append(part)

    def expression(self, position: int, *names: str) -> Cursor | None:
        """The argument at a position or of a name."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.positional[position] if position < len(self.positional) else None

    def texts(self, position: int, *names: str) -> tuple[str, ...]:
        """What the argument may say; empty when nobody can tell."""
        part = self.expression(position, *names)
        if part is None:
            return ()
        if part.kind() in (TokenKind.WORD, TokenKind.IDENTIFIER):  # EXEC sp_help orders: a word is a string here
            return (part.remaining().text(),)
        return texts_of(part.remaining(), self._variables)

    def text(self, position: int, *names: str) -> str:
        """The first of those."""
        return next(iter(self.texts(position, *names)), "")


def execute(cursor: Cursor, variables: Variables, read: ReadText) -> Iterator[Action]:
    """EXEC, the cursor behind that word."""
    offset = cursor.where()
    if cursor.skip("AS"):
        yield ReadsOnly(verb="EXECUTE AS", offset=offset)
    elif cursor.word() == "(":
        yield from _run(texts_of(cursor.inner(), variables), cursor.place, offset, read)
    else:
        if cursor.kind() is TokenKind.PARAMETER and cursor.word(1) == "=":
            cursor.at += 2
        if cursor.kind() is TokenKind.PARAMETER:
            yield Unread(reason=f"which procedure {cursor.raw()} names is not known here", offset=offset)
            return
        yield from _procedure(cursor, cursor.name_parts(), offset, variables, read)


def _run(texts: tuple[str, ...], place: Place, offset: int, read: ReadText) -> Iterator[Action]:
    """The statements of a text that is put together here."""
    if not texts:
        yield Unread(reason="its SQL is put together at run time", offset=offset, inside=place.inside)
        return
    if place.depth >= MAX_DEPTH:
        yield Unread(reason="SQL inside SQL goes too deep", offset=offset, inside=place.inside)
        return
    inner = Place(0, place.inside or "exec", place.depth + 1, offset)
    seen: set[Action] = set()
    for text in texts:
        if not text.replace(HOLE, "").strip(" ;[]().,'\r\n\t"):
            yield Unread(reason="its SQL is put together at run time", offset=offset, inside=place.inside)
            continue
        for action in read(text, inner):
            if action not in seen:
                seen.add(action)
                yield action


def _procedure(
    cursor: Cursor, parts: list[str], offset: int, variables: Variables, read: ReadText
) -> Iterator[Action]:
    name = parts[-1] if parts else ""
    cursor_end = cursor.piece(cursor.at, _before_with(cursor))
    arguments = Arguments(cursor_end, variables)
    if name in ("sp_executesql", "sp_prepexec", "sp_execute_remote"):
        position = 2 if name == "sp_prepexec" else 0
        yield from _run(arguments.texts(position, "@stmt", "@statement"), cursor.place, offset, read)
    elif name in ("sp_msforeachtable", "sp_msforeachdb"):
        commands = (arguments.texts(0, "@command1"), arguments.texts(9, "@command2"), arguments.texts(9, "@command3"))
        for texts in commands:
            if texts or texts is commands[0]:
                told = tuple(text.replace("[?]", "?").replace("?", HOLE) for text in texts)
                yield from _run(told, cursor.place, offset, read)
    elif name in _SYSTEM:
        for action in _SYSTEM[name](arguments):
            yield replace(action, offset=offset, inside=cursor.place.inside)
    elif HOLE in name:
        yield Unread(reason="which procedure it calls is only known at run time", offset=offset)
    elif name in _NOT_HERE:
        yield Unread(reason=f"{name} runs what is not in this text", words=name, offset=offset)
    elif name.startswith(("sp_", "xp_", "fn_")) or (len(parts) > 1 and parts[-2] == "sys"):
        yield ReadsOnly(verb=name, offset=offset)
    elif name:
        yield Call(name=as_name(parts), offset=offset)
    else:
        yield Unread(reason="EXEC of something that is not known", offset=offset)


def _before_with(cursor: Cursor) -> int:
    return next((at for at in cursor.outside(cursor.at) if cursor.words[at] == "WITH"), len(cursor.words))


def _rename(arguments: Arguments) -> Iterator[Action]:
    """sp_rename."""
    old, new = named_in(arguments.text(0, "@objname")), arguments.text(1, "@newname").lower()
    said = arguments.text(2, "@objtype").lower()
    if not old or not new:
        yield Unread(reason="what sp_rename renames is not known here", words="sp_rename")
        return
    kind = _RENAMED.get(said, Kind.COLUMN if len(old) > 2 and said != "object" else Kind.TABLE)
    new = new.strip("[]\"")
    if kind in (Kind.COLUMN, Kind.INDEX, Kind.STATISTICS):
        yield Rename(kind=kind, old=Name(old[-1]), new=new, table=as_name(old[:-1]))
    elif kind is Kind.TABLE and (old[-1].startswith(_CONSTRAINT_MARKS) or "constraint" in old[-1]):
        yield Rename(kind=Kind.CONSTRAINT, old=as_name(old), new=new)
    else:
        yield Rename(kind=kind, old=as_name(old), new=new)


def _change_owner(arguments: Arguments) -> Iterator[Action]:
    yield MoveToSchema(kind=Kind.TABLE, name=as_name(named_in(arguments.text(0, "@objname"))),
                       schema=arguments.text(1, "@newowner"))  # fmt: skip


def _capture_off(arguments: Arguments) -> Iterator[Action]:
    schema, table = arguments.text(0, "@source_schema").lower(), arguments.text(1, "@source_name").lower()
    yield TableChange(table=Name(table, schema), change="change tracking", value="cdc off")


def _revoked(arguments: Arguments) -> Iterator[Action]:
    yield Permission(verb="revoke")


def _drop(kind: Kind) -> Callable[[Arguments], Iterator[Action]]:
    def read(arguments: Arguments) -> Iterator[Action]:
        first = next((a for a in (*arguments.positional, *arguments.named.values())), None)
        name = named_in(arguments.text(0, "@dbname", "@typename", "@loginame", "@name_in_db")) if first else []
        yield Drop(kind=kind, names=(as_name(name),))

    return read


def _reindexed(arguments: Arguments) -> Iterator[Action]:
    yield Upkeep(work="analyze")


_SYSTEM: Mapping[str, Callable[[Arguments], Iterator[Action]]] = {
    "sp_rename": _rename, "sp_renamedb": lambda a: iter((
        Rename(kind=Kind.DATABASE, old=Name(a.text(0, "@dbname").lower()), new=a.text(1, "@newname").lower()),)),
    "sp_changeobjectowner": _change_owner, "sp_cdc_disable_table": _capture_off, "sp_cdc_disable_db": _capture_off,
    "sp_droprolemember": _revoked, "sp_dropsrvrolemember": _revoked, "sp_revokedbaccess": _revoked,
    "sp_droptype": _drop(Kind.TYPE), "sp_dropuser": _drop(Kind.ROLE), "sp_droplogin": _drop(Kind.ROLE),
    "sp_detach_db": _drop(Kind.DATABASE), "sp_updatestats": _reindexed,
}  # fmt: skip
