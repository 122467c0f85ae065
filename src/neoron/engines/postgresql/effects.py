"""What a statement keeps others from doing, and how it may be run.

The lock modes were measured on PostgreSQL 10 to 18; where the manual and a server differed, the server won.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from neoron.engines.postgresql.probes import commits, probe
from neoron.engines.postgresql.reader import index_build
from neoron.engines.roles import Effect
from neoron.model.plan import LockLevel
from neoron.sql.lexer import Kind, tokens
from neoron.sql.quote import unquote_identifier

has_transactional_ddl = True

NONE, WRITES, ALL, UNKNOWN = LockLevel.NONE, LockLevel.WRITES, LockLevel.ALL, LockLevel.UNKNOWN

# The words of a statement -> what it blocks; the first pattern that matches decides. NONE stands for
# SHARE UPDATE EXCLUSIVE and weaker, WRITES for SHARE, SHARE ROW EXCLUSIVE and EXCLUSIVE, ALL for ACCESS
# EXCLUSIVE. Source: PostgreSQL manual, "Explicit Locking", and the notes of each command.
LOCKS: tuple[tuple[str, LockLevel], ...] = (
    (r"CREATE (UNIQUE )?INDEX CONCURRENTLY", NONE),
    (r"CREATE (UNIQUE )?INDEX", WRITES),
    (r"DROP INDEX CONCURRENTLY", NONE),
    (r"REINDEX .*\bCONCURRENTLY\b", NONE),
    # Its own lock lets reads through, yet planning any query on the table waits for the index.
    (r"REINDEX|DROP INDEX|CLUSTER|VACUUM (\( )?FULL|VACUUM \( .*\bFULL\b", ALL),
    (r"VACUUM|ANALYZE|COMMENT|CREATE STATISTICS|ALTER INDEX .*\b(RENAME|SET \(|RESET \(|ALTER COLUMN)", NONE),
    (r"CREATE TABLE .*\bPARTITION OF\b", ALL),
    (r"CREATE (UNLOGGED )?TABLE .*\bREFERENCES\b", WRITES),
    (r"CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER", WRITES),
    (r"REFRESH MATERIALIZED VIEW CONCURRENTLY", WRITES),
    (r"ALTER DOMAIN .*\bADD\b", WRITES),
    (r"ALTER TYPE .*\b(ADD|RENAME) VALUE\b", NONE),
    (r"LOCK .*\bIN (ACCESS SHARE|ROW SHARE|ROW EXCLUSIVE|SHARE UPDATE EXCLUSIVE) MODE", NONE),
    (r"LOCK .*\bIN (SHARE|SHARE ROW EXCLUSIVE|EXCLUSIVE) MODE", WRITES),
    (r"CREATE OR REPLACE (RECURSIVE )?VIEW|CREATE (OR REPLACE )?RULE|(CREATE|ALTER|DROP) POLICY", ALL),
    (r"DROP (TABLE|VIEW|MATERIALIZED|SEQUENCE|SCHEMA|TRIGGER|RULE|TYPE|DOMAIN|EXTENSION|OWNED|FOREIGN)", ALL),
    (r"TRUNCATE|LOCK|REFRESH|ALTER (INDEX|VIEW|MATERIALIZED|SEQUENCE|FOREIGN TABLE|TYPE)", ALL),
    (r"CREATE (TEMP|TEMPORARY|UNLOGGED|TABLE|VIEW|MATERIALIZED|SEQUENCE|SCHEMA|TYPE|DOMAIN|ROLE|USER|DATABASE)", NONE),
    (r"(CREATE|DROP|ALTER) (OR REPLACE )?(FUNCTION|PROCEDURE|AGGREGATE|ROLE|PUBLICATION|DATABASE|TABLESPACE)", NONE),
    # Rows are locked, tables are not.
    (r"INSERT|UPDATE|DELETE|MERGE|COPY|WITH|VALUES|TABLE|GRANT|REVOKE|SET|RESET|SHOW|EXPLAIN|ALTER SYSTEM", NONE),
    (r"SELECT", NONE),
)

# The actions of ALTER TABLE that take less than ACCESS EXCLUSIVE. Source: PostgreSQL manual, ALTER TABLE.
ACTIONS: tuple[tuple[str, LockLevel], ...] = (
    (r"VALIDATE CONSTRAINT", NONE),
    (r"DETACH PARTITION .*\b(CONCURRENTLY|FINALIZE)\b", NONE),
    (r"SET \(|RESET \(|CLUSTER ON|SET WITHOUT CLUSTER|ALTER (COLUMN )?\S+ (SET STATISTICS|SET \(|RESET \()", NONE),
    (r"ADD (CONSTRAINT \S+ )?FOREIGN KEY", WRITES),
    (r"(ENABLE|DISABLE) (REPLICA |ALWAYS )?TRIGGER", WRITES),
)

# Source: PostgreSQL manual, the notes of each command: "cannot be executed inside a transaction block".
OUTSIDE = re.compile(
    r"CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY|REINDEX .*\bCONCURRENTLY\b"
    r"|REINDEX (\( .* \) )?(DATABASE|SYSTEM|SCHEMA)|VACUUM|CLUSTER( \( .* \))?( VERBOSE)?$"
    r"|(CREATE|DROP) (DATABASE|TABLESPACE|SUBSCRIPTION)|ALTER DATABASE .* SET TABLESPACE|ALTER SYSTEM|DISCARD ALL"
    r"|ALTER TABLE .*\bDETACH PARTITION .*\bCONCURRENTLY\b"
)
_NAME_BYTES = 63
# Whether a name may be that long, told without reading tokens: long data must not be read twice.
_MAY_BE_LONG = re.compile(
    r'[\w$]{64}|"[^"]{64}|[^\x00-\x7f][\w$]{8}|[\w$]{8}[^\x00-\x7f]|"(?=[^"]{0,63}[^\x00-\x7f])[^"]{16}'
)

_LEVELS = (NONE, WRITES, ALL)
_SHORT = {Kind.STRING: "''", Kind.DOLLAR: "''", Kind.IDENTIFIER: "x", Kind.NUMBER: "0"}


def words(statement: str) -> str:
    """The statement as keywords in upper case: no comments, `''` for a string, `x` for a quoted name.

    Source: PostgreSQL manual, "Lexical Structure".
    """
    found = (token for token in tokens(statement, "postgresql") if token.kind is not Kind.COMMENT)
    return " ".join(_SHORT.get(token.kind, token.text.upper()) for token in found if token.text != ";")


def effect(statement: str) -> Effect:
    """The effect of one statement: its lock, whether a transaction may hold it, and how to ask what it left.

    Source: PostgreSQL manual, "Explicit Locking"; the notes of each command.
    """
    text = words(statement)
    is_outside = OUTSIDE.match(text) is not None or (text.startswith("DO ") and commits(statement))
    return Effect(
        lock=_lock(text),
        can_run_in_transaction=not is_outside,
        probe=probe(statement, text) if is_outside else "",
        refused=_refused(statement),
    )


def _refused(statement: str) -> str:
    build = index_build(statement) if "CONCURRENTLY" in statement.upper() else None
    if build and build.is_concurrent and not build.name:
        return "name the index, so that an interrupted build can be found"
    return _cut_name(statement) if _MAY_BE_LONG.search(statement) else ""


def _cut_name(statement: str) -> str:
    """Why a name is refused that the server would silently cut off, and then not find again."""
    names = (t for t in tokens(statement, "postgresql") if t.kind in (Kind.WORD, Kind.IDENTIFIER))
    for token in names:
        name = unquote_identifier(token.text, "postgresql")
        if len(name.encode()) > _NAME_BYTES:
            return f"the name {name[:20]}… has {len(name.encode())} bytes, and PostgreSQL keeps {_NAME_BYTES}"
    return ""


def _lock(text: str) -> LockLevel:
    if text.startswith("ALTER TABLE"):
        return _alter_table_lock(text)
    return next((level for pattern, level in _lock_patterns() if pattern.match(text)), UNKNOWN)


@cache
def _lock_patterns() -> list[tuple[re.Pattern[str], LockLevel]]:
    return [(re.compile(rf"(?:{pattern})(?!\w)"), level) for pattern, level in LOCKS]


@cache
def _action_patterns() -> list[tuple[re.Pattern[str], LockLevel]]:
    return [(re.compile(pattern), level) for pattern, level in ACTIONS]


def _alter_table_lock(text: str) -> LockLevel:
    """The strongest lock of its actions, which the server takes for all of them."""
    head = re.match(r"ALTER TABLE (IF EXISTS )?(ONLY )?\S+( \. \S+)?( \*)? ", text)
    actions = _split_actions(text[head.end() :] if head else text)
    levels = [next((level for p, level in _action_patterns() if p.match(action)), ALL) for action in actions]
    return max(levels, key=_LEVELS.index)


def _split_actions(text: str) -> list[str]:
    actions, depth = [""], 0
    for word in text.split(" "):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            actions.append("")
        else:
            actions[-1] = f"{actions[-1]} {word}".strip()
    return actions


_SETS_PATH = re.compile(r"\bsearch_path\b", re.IGNORECASE)
_PATH_BACK = (
    "SELECT 'the search path cannot be set back' FROM pg_catalog.pg_settings WHERE name = 'search_path' "
    "AND set_config('search_path', reset_val, true) IS NULL"
)


def unheld(statement: str, names: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """Never: a transaction takes back the rows of every table.

    Source: PostgreSQL manual, "Transactions".
    """
    return False, names


def surround(statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Nothing before; where the statements change the search path, it comes back before the history is written.

    Shape: the check never fails: it is there for what it sets, and a transaction rollback undoes that too.
    Source: PostgreSQL manual, "The Schema Search Path"; "pg_settings" (reset_val).
    """
    if not any(_SETS_PATH.search(statement) for statement in statements):
        return (), (), ()
    return (), (_PATH_BACK,), ("RESET search_path",)
