"""One statement -> its verb and what it touches, from its tokens alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from neoron.sql.classified import Classified
from neoron.sql.commands import session_command, transaction_control
from neoron.sql.definition import read_alter, read_create, read_drop
from neoron.sql.query import CHANGES, QUERIES, calls_routine, main_verb, scan_query
from neoron.sql.reader import Reader

_HARMLESS = frozenset({
    "SET", "RESET", "SHOW", "PRAGMA", "BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT",
    "RELEASE", "DISCARD", "CHECKPOINT", "DEALLOCATE", "PREPARE", "PREPARE TRANSACTION", "DECLARE", "CLOSE", "FETCH",
    "MOVE", "LISTEN", "UNLISTEN", "NOTIFY", "ATTACH", "DETACH", "USE", "SECURITY LABEL",
})  # fmt: skip
_TWO_WORD_VERBS = (("START", "TRANSACTION"), ("PREPARE", "TRANSACTION"), ("SECURITY", "LABEL"), ("REASSIGN", "OWNED"))
_LONG_INSERT_CHARS = 10_000
_INSERT = re.compile(r"\s*(?:INSERT|REPLACE)\b", re.IGNORECASE)
# A row of mere literals behind a comma or a line break names nothing, and a long INSERT is made of them. What is cut
# has no line break and an even number of quotes, so that cutting it inside a string or a comment does no harm either.
_LITERAL_ROW = re.compile(
    r"(?:(?<=[,\n])|(?<=[,\n][ \t])|(?<=[,\n][ \t]{2})|(?<=[,\n][ \t]{4}))"
    r"\((?:[ \t,0-9.+]++|-(?!-)|'[^'\n]*+'|(?:NULL|TRUE|FALSE|DEFAULT)\b)*+\)[ \t]*+,",
    re.IGNORECASE,
)
_VACUUM_WORDS = ("FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE", "TABLE")


def classify(statement: str, dialect: str) -> Classified:
    """What can be read off one statement, without its `;`.

    Shape: an empty statement has an empty verb.
    Raises: ValueError for an unknown dialect.
    """
    is_long_insert = len(statement) > _LONG_INSERT_CHARS and _INSERT.match(statement)
    text = _LITERAL_ROW.sub("", statement) if is_long_insert else statement
    return _classify(Reader.of(text, dialect))


def _classify(reader: Reader) -> Classified:
    while reader.skip("("):
        pass
    verb = main_verb(reader)
    if verb in CHANGES or verb in QUERIES:
        return _query(reader, verb)
    read = _VERBS.get(verb)
    if read:
        reader.at += 1
        return read(reader)
    verb = next((" ".join(words) for words in _TWO_WORD_VERBS if reader.skip(*words)), verb)
    name = Reader(reader.source[reader.at + 1 :], reader.dialect).name() if verb == "PRAGMA" else ""
    return Classified(verb, object_name=name, is_opaque=not reader.is_done and verb not in _HARMLESS)


def _query(reader: Reader, verb: str) -> Classified:
    if reader.skip("TABLE"):
        table = reader.table()
        return Classified("TABLE", tables=(table,), reads=(table,))
    named = scan_query(reader)
    is_opaque = verb not in CHANGES and calls_routine(reader, named.local)
    return Classified(verb, named.tables, named.reads, is_dml=named.is_dml, is_opaque=is_opaque)


def _explain(reader: Reader) -> Classified:
    runs = _reads_analyze(reader)
    reader.skip("QUERY", "PLAN")
    inner = _classify(Reader(reader.source[reader.at :], reader.dialect))
    return replace(inner, verb="EXPLAIN") if runs else Classified("EXPLAIN", inner.tables, inner.tables)


def _reads_analyze(reader: Reader) -> bool:
    """Whether the explained statement is also run; reads past the options."""
    if reader.word() == "(" and reader.word(1) not in (*QUERIES, "WITH", "("):
        start = reader.at
        reader.skip_parentheses()
        options = Reader(reader.source[start + 1 : reader.at - 1], reader.dialect).actions()
        return any(o.word() in ("ANALYZE", "ANALYSE") and not _is_off(o) for o in options)
    runs = False
    while reader.word() in ("ANALYZE", "ANALYSE", "VERBOSE"):
        runs = runs or reader.word() != "VERBOSE"
        reader.at += 1
    return runs


def _is_off(option: Reader) -> bool:
    return len(option.source) > 1 and option.source[1].text.strip("'\"").lower() in ("off", "false", "0")


def _truncate(reader: Reader) -> Classified:
    reader.skip("TABLE")
    return Classified("TRUNCATE", reader.tables(), is_dml=True)


def _copy(reader: Reader) -> Classified:
    reader.skip("BINARY")
    if reader.word() == "(":
        named = scan_query(reader)
        return Classified("COPY", named.tables, named.reads, is_dml=True)
    table = reader.table()
    reads = (table,) if reader.find("FROM", "TO") and reader.word(-1) == "TO" else ()
    return Classified("COPY", (table,), reads, is_dml=True)


def _reindex(reader: Reader) -> Classified:
    reader.skip_parentheses()
    kind = reader.word() if reader.word() in ("INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM") else ""
    reader.skip(kind)
    concurrently = reader.skip("CONCURRENTLY")
    mark, verb = reader.at, f"REINDEX {kind}".strip()
    name, reader.at = reader.name(), mark
    tables = (reader.table(),) if kind == "TABLE" else ()
    return Classified(verb, tables, object_name=name, is_concurrent=concurrently)


def _refresh(reader: Reader) -> Classified:
    reader.skip("MATERIALIZED", "VIEW")
    concurrently = reader.skip("CONCURRENTLY")
    return Classified("REFRESH MATERIALIZED VIEW", object_name=reader.name(), is_concurrent=concurrently)


def _upkeep(verb: str) -> Callable[[Reader], Classified]:
    """A reader of VACUUM, ANALYZE, CLUSTER or LOCK: options, then tables, each perhaps with its columns."""

    def read(reader: Reader) -> Classified:
        reader.skip_parentheses()
        reader.skip_any(*_VACUUM_WORDS)
        names = []
        for item in reader.actions():
            if item.word() not in ("INTO", "IN"):
                names.append(item.table())
        return Classified(verb, tuple(n for n in names if n))

    return read


def _comment(reader: Reader) -> Classified:
    kind = reader.word(1)
    reader.at += 2
    parts = reader.parts()
    if kind == "COLUMN":
        return Classified("COMMENT", (reader.table_of(parts[:-1]),), object_name=".".join(parts))
    tables = (reader.table_of(parts),) if kind == "TABLE" else ()
    if reader.skip("ON"):
        tables = (reader.table(),)
    return Classified("COMMENT", tables, object_name=".".join(parts))


def _grant(verb: str) -> Callable[[Reader], Classified]:
    """A reader of GRANT or REVOKE; only rights on tables name tables."""

    def read(reader: Reader) -> Classified:
        if not reader.find("ON"):
            return Classified(verb)
        is_table = reader.skip("TABLE") or reader.word(1) in (".", ",", "TO", "FROM")
        return Classified(verb, reader.tables() if is_table else ())

    return read


def _opaque(verb: str) -> Callable[[Reader], Classified]:
    """A reader of what runs code of its own; a called routine is named."""

    def read(reader: Reader) -> Classified:
        return Classified(verb, object_name="" if verb == "DO" else reader.name(), is_opaque=True)

    return read


_VERBS: dict[str, Callable[[Reader], Classified]] = {
    "CREATE": read_create, "ALTER": read_alter, "DROP": read_drop, "EXPLAIN": _explain, "TRUNCATE": _truncate,
    "COPY": _copy, "REINDEX": _reindex, "REFRESH": _refresh, "VACUUM": _upkeep("VACUUM"),
    "ANALYZE": _upkeep("ANALYZE"), "ANALYSE": _upkeep("ANALYZE"), "CLUSTER": _upkeep("CLUSTER"),
    "LOCK": _upkeep("LOCK"), "COMMENT": _comment, "GRANT": _grant("GRANT"), "REVOKE": _grant("REVOKE"),
    "DO": _opaque("DO"), "CALL": _opaque("CALL"), "EXECUTE": _opaque("EXECUTE"),
}  # fmt: skip

__all__ = ["Classified", "classify", "session_command", "transaction_control"]
