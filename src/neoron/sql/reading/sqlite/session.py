"""Transactions, PRAGMA, VACUUM, ATTACH, and lines for the sqlite3 program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from neoron.sql.actions import Action, BackupChain, Load, ReadsOnly, Setting, Transaction, Unread, Upkeep
from neoron.sql.parts import Name
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.columns import Unreadable
from neoron.sql.reading.sqlite.names import folded, name, words_behind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HARMLESS_LINES = _words(
    """archive auth backup bail binary cd changes check databases dbinfo dump echo eqp exit explain expert
    fullschema headers header help indexes indices limit lint log mode nullvalue once output print progress
    prompt quit save scanstats schema separator sha3sum show stats tables timeout timer trace version vfsinfo
    vfslist width"""
)


def line_for_the_program(text: str) -> Iterator[Action]:
    """A line such as `.mode csv` or `.read other.sql`."""
    words = text[1:].split()
    command = words[0].lower() if words else ""
    if command in _HARMLESS_LINES:
        yield ReadsOnly(verb=f".{command}")
    elif command == "restore":
        yield BackupChain(work="restore", name=words[-1])
    elif command == "import" and len(words) > 2:
        yield Load(table=Name(folded(words[-1].strip("\"'"))))
    else:
        yield Unread(reason=f"`.{command}` is run by the sqlite3 program", words=command)


def transaction(reader: Reader) -> Iterator[Action]:
    """BEGIN, COMMIT, END, ROLLBACK, SAVEPOINT, RELEASE. Raises: Unreadable."""
    verb = reader.word()
    reader.at += 1
    options: frozenset[str] = frozenset()
    if verb == "BEGIN" and reader.word() in ("DEFERRED", "IMMEDIATE", "EXCLUSIVE"):
        options = frozenset({reader.word()})
        reader.at += 1
    if verb in ("BEGIN", "COMMIT", "END", "ROLLBACK"):
        reader.skip("TRANSACTION")
    told = {"END": "commit"}.get(verb, verb.lower())
    if verb == "ROLLBACK" and reader.skip("TO"):
        told = "rollback to"
    if told in ("savepoint", "release", "rollback to"):
        reader.skip("SAVEPOINT")
        name(reader)
    if not reader.is_done:
        raise Unreadable(f"{verb} {words_behind(reader, 2)}")
    yield Transaction(verb=told, options=options)


def pragma(reader: Reader) -> Iterator[Action]:
    """PRAGMA name, name = value, name(value)."""
    reader.at += 1
    offset, found = reader.offset, name(reader)
    is_set = reader.skip("=") or reader.skip("(")
    sign = "-" if reader.skip("-") else ""
    reader.skip("+")
    if not is_set or reader.is_done:
        yield ReadsOnly(verb=f"PRAGMA {found.name}")
        return
    value = folded(unquote_identifier(reader.source[reader.at].text, reader.dialect))
    yield Setting(name=found.name, value=sign + value, scope=found.schema, offset=offset)


def vacuum(reader: Reader) -> Iterator[Action]:
    """VACUUM, which writes the file anew, or VACUUM INTO, which reads it. Raises: Unreadable."""
    reader.at += 1
    if not reader.is_done and reader.word() != "INTO":
        name(reader)
    if reader.skip("INTO"):
        yield ReadsOnly(verb="VACUUM INTO")
        return
    if not reader.is_done:
        raise Unreadable(f"VACUUM {words_behind(reader, 2)}")
    yield Upkeep(work="vacuum full")


def reindex(reader: Reader) -> Iterator[Action]:
    """REINDEX of everything, a collation, a table or an index. Raises: Unreadable."""
    yield from _upkeep(reader, "reindex")


def analyze(reader: Reader) -> Iterator[Action]:
    """ANALYZE. Raises: Unreadable."""
    yield from _upkeep(reader, "analyze")


def _upkeep(reader: Reader, work: str) -> Iterator[Action]:
    reader.at += 1
    action = Upkeep(work=work, tables=() if reader.is_done else (name(reader),))
    if not reader.is_done:
        raise Unreadable(f"{work.upper()} … {words_behind(reader, 2)}")
    yield action


def attach(reader: Reader) -> Iterator[Action]:
    """ATTACH and DETACH: other files come and go, none changes."""
    yield ReadsOnly(verb=reader.word())


SESSION: Mapping[str, Callable[[Reader], Iterator[Action]]] = {
    "BEGIN": transaction, "COMMIT": transaction, "END": transaction, "ROLLBACK": transaction, "SAVEPOINT": transaction,
    "RELEASE": transaction, "PRAGMA": pragma, "VACUUM": vacuum, "REINDEX": reindex, "ANALYZE": analyze,
    "ATTACH": attach, "DETACH": attach,
}  # fmt: skip
