"""What a statement keeps others from doing, and whether it commits by itself.

Each DDL statement commits what was open before it and is then done wholly or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neoron.engines.mysql.probes import probe
from neoron.engines.mysql.storage import unheld
from neoron.engines.roles import Effect
from neoron.model.plan import LockLevel
from neoron.sql.reader import Reader

__all__ = ["effect", "has_transactional_ddl", "surround", "unheld"]
has_transactional_ddl = False

NONE, WRITES, ALL, UNKNOWN = LockLevel.NONE, LockLevel.WRITES, LockLevel.ALL, LockLevel.UNKNOWN

# What may stand in a transaction without ending it; everything else commits, or may call what does.
# Source: MariaDB manual, "SQL statements That Cause an Implicit Commit"; MySQL manual, the same title.
INSIDE = re.compile(
    r"(?:INSERT|UPDATE|DELETE|REPLACE|SELECT|WITH|VALUES|TABLE|DO|LOAD|SHOW|EXPLAIN|DESCRIBE|DESC|HANDLER|SAVEPOINT"
    r"|RELEASE|ROLLBACK|PREPARE|DEALLOCATE|HELP|SIGNAL|USE|\()(?!\w)"
    r"|(?:CREATE (?:OR REPLACE )?|DROP )TEMPORARY TABLE|SET (?!PASSWORD|DEFAULT ROLE)"
)
_SESSION = re.compile(r"SET (?!PASSWORD|DEFAULT ROLE|GLOBAL|PERSIST|STATEMENT)|PREPARE |DEALLOCATE ")
# InnoDB's online DDL lets reads and writes go on, but for the moment in which it swaps the definitions.
# Source: MariaDB manual, "InnoDB Online DDL Overview" and its pages; MySQL manual, "Online DDL Operations".
_LOCKS = [(re.compile(rf"(?:{pattern})(?!\w)"), level) for pattern, level in (
    (r"ALTER TABLE .*\b(CONVERT TO|MODIFY|CHANGE|ADD (CONSTRAINT \S+ )?FOREIGN KEY|ENGINE|FORCE|PARTITION)\b", WRITES),
    (r"CREATE (OR REPLACE )?(FULLTEXT|SPATIAL) INDEX|OPTIMIZE|REPAIR", WRITES),
    (r"DROP (TABLE|DATABASE|SCHEMA|VIEW)|RENAME|TRUNCATE|LOCK", ALL),
    (r"CREATE (OR REPLACE )?(UNIQUE )?INDEX|DROP INDEX|ALTER TABLE|ANALYZE|CREATE|DROP|ALTER|GRANT|REVOKE|SET", NONE),
    (r"INSERT|UPDATE|DELETE|REPLACE|SELECT|WITH|VALUES|DO|SHOW|EXPLAIN", NONE),
)]  # fmt: skip
_REFUSED = (
    (re.compile(r"(UN)?LOCK (TABLE|TABLES)\b"), "LOCK TABLES ends the transaction that holds the history"),
    (re.compile(r"XA\b"), "XA: the runner owns the transaction"),
)
_WHOLE = re.compile(r"ALTER (?:ONLINE |IGNORE )*TABLE |RENAME TABLE |TRUNCATE |CREATE ")
_VERSIONED = re.compile(r"/\*M?!\d*|\*/")


def effect(statement: str) -> Effect:
    """The effect of one statement: its lock, whether it commits by itself, and how to ask what it left.

    Source: MariaDB manual, "SQL statements That Cause an Implicit Commit"; "Atomic DDL".
    """
    plain = _VERSIONED.sub(" ", statement) if statement.startswith("/*") else statement
    reader = Reader.of(plain[:20_000], "mysql")
    words = " ".join(word or "x" for word in reader.words)
    is_inside = INSIDE.match(words) is not None
    return Effect(
        lock=next((level for pattern, level in _LOCKS if pattern.match(words)), UNKNOWN),
        can_run_in_transaction=is_inside,
        probe="" if is_inside or plain is not statement else probe(reader),
        refused=next((why for pattern, why in _REFUSED if pattern.match(words)), ""),
        is_session=_SESSION.match(words) is not None,
        is_whole=not is_inside and _WHOLE.match(words) is not None,
    )


def surround(statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Nothing: a transaction needs no settings here.

    Source: MariaDB manual, "START TRANSACTION".
    """
    return (), (), ()
