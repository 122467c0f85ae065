"""What a database is made of beside its rows, as one digest for each object: a dump may leave objects out unseen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, cast

from neoron.engines.roles import Session
from neoron.errors import BackupError
from neoron.sql.quote import quote_identifier

_OBJECTS = """
SELECT IF(table_type = 'SEQUENCE', 'SEQUENCE', IF(table_type LIKE '%VIEW', 'VIEW', 'TABLE')), table_name
FROM information_schema.tables WHERE table_schema = DATABASE()
UNION ALL SELECT 'TRIGGER', trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()
UNION ALL SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()
UNION ALL SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = DATABASE()
"""
# Where SHOW CREATE puts the text. Source: MariaDB manual, "SHOW CREATE TRIGGER", "SHOW CREATE EVENT" and the others.
_TEXT_AT = {"TABLE": 1, "VIEW": 1, "SEQUENCE": 1, "TRIGGER": 2, "PROCEDURE": 2, "FUNCTION": 2, "EVENT": 3,
            "PACKAGE": 2, "PACKAGE BODY": 2}  # fmt: skip
# The next number follows from the rows; a copy's events are switched off.
_PASSING = re.compile(r" AUTO_INCREMENT=\d+| (?:ENABLE|DISABLE)(?= (?:COMMENT|DO) )")
# MySQL names a column's character set or not, as the column was made by ALTER, by CREATE or by a dump; the collation
# implies it.
_IMPLIED = re.compile(r" CHARACTER SET \w+(?= COLLATE )")


def definitions(session: Session) -> dict[str, str]:
    """A digest of each object's definition, by its kind and name.

    Raises: BackupError when the user may not see one of them; the driver's own error.
    Source: MariaDB manual, "SHOW CREATE TABLE" and the pages beside it; "Information Schema Tables".
    """
    found = {}
    for kind, name in sorted((str(kind), str(name)) for kind, name in session.query(_OBJECTS)):
        row = session.query(f"SHOW CREATE {kind} {quote_identifier(name, 'mysql')}")[0]
        text = row[_TEXT_AT[kind]]
        if text is None:
            message = f"user {session.url.user} may not see the text of {kind.lower()} {name}: no dump would hold it"
            raise BackupError(message, where=str(session.url), next="GRANT SELECT ON mysql.proc TO …")
        lasting = _PASSING.sub("", str(text))
        if not cast(Any, session).is_mariadb:
            lasting = _IMPLIED.sub("", lasting)
        found[f"{kind.lower()} {name}"] = hashlib.sha256(lasting.encode()).hexdigest()
    return found


def differences(expected: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    """What is missing, changed or more than expected, in words."""
    for name, digest in expected.items():
        if name not in found:
            yield f"{name} is not in the backup"
        elif found[name] != digest:
            yield f"{name} came back with another definition"
    yield from (f"{name} came back and was not there" for name in found if name not in expected)


def enabled_events(session: Session) -> list[str]:
    """The events that are switched on. Raises: the driver's own error."""
    query = "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE() AND status = 'ENABLED'"
    return [str(name) for (name,) in session.query(f"{query} ORDER BY 1")]
