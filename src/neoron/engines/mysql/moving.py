"""The tables of two databases exchanged in one statement, and what cannot be renamed made again where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neoron.engines.mysql.faults import errors
from neoron.engines.mysql.loading import quieted
from neoron.engines.mysql.session import connect
from neoron.engines.roles import Session
from neoron.engines.url import Url
from neoron.sql.quote import quote_identifier

NOTES = "neoron_restore_notes"
"""The table beside the target that holds what a killed swap still has to make; it goes with that database."""
_TABLE = (
    f"CREATE TABLE IF NOT EXISTS {NOTES} (place BIGINT PRIMARY KEY AUTO_INCREMENT, side VARCHAR(10) NOT NULL,"
    " kind VARCHAR(20) NOT NULL, name VARCHAR(80) NOT NULL, sql_mode TEXT NOT NULL, zone VARCHAR(80) NOT NULL,"
    " text LONGTEXT NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
)
_KINDS = ("TRIGGER", "VIEW", "FUNCTION", "PROCEDURE", "EVENT", "PACKAGE", "PACKAGE BODY")
_LISTS = {
    "TRIGGER": "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
               " ORDER BY event_object_table, action_timing, event_manipulation, action_order",
    "VIEW": "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1",
    "EVENT": "SELECT event_name FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY 1",
}  # fmt: skip
_ROUTINES = (
    "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() AND routine_type = '{}'"
    " ORDER BY 1"
)
# Where SHOW CREATE puts the SQL mode, the time zone and the text; -1 for nowhere.
_PARTS = {"TRIGGER": (1, -1, 2), "VIEW": (-1, -1, 1), "EVENT": (1, 2, 3)}
_ROUTINE_PARTS = (1, -1, 2)
_OLD, _NEW, _ENABLED, _READY = "old", "new", "enabled", "ready"


def note_enabled(copy: Session, events: Sequence[str]) -> None:
    """Write down which events of a copy are to be switched on once it is in place.

    Changes: the copy.
    Raises: the driver's own error.
    """
    copy.execute(_TABLE)
    copy.execute(f"DELETE FROM {NOTES}")
    for name in events:
        _note(copy, _ENABLED, "EVENT", name, ("", "", ""))


def _note(copy: Session, side: str, kind: str, name: str, parts: tuple[str, str, str]) -> None:
    copy.execute(
        f"INSERT INTO {NOTES} (side, kind, name, sql_mode, zone, text) VALUES (%s, %s, %s, %s, %s, %s)",
        (side, kind, name, *parts),
    )


def move(url: Url, aside: str, safety: str) -> None:
    """Exchange the tables, and make triggers, views, routines and events again; whatever a killed call has done.

    Changes: all three databases.
    Raises: the driver's own error.
    Source: MariaDB manual, "RENAME TABLE": a table with triggers and a view do not move to another database.
    """
    opened = [connect(replace(url, database=name)) for name in (aside, url.database, safety)]
    for session in opened:
        session.set_timeouts(lock_timeout_ms=10_000, statement_timeout_ms=0)
    try:
        _move(*opened)
    finally:
        for session in opened:
            session.close()


def _move(copy: Session, target: Session, kept: Session) -> None:
    copy.execute(_TABLE)
    if not copy.query(f"SELECT 1 FROM {NOTES} WHERE side = '{_READY}'"):
        copy.execute(f"DELETE FROM {NOTES} WHERE side <> '{_ENABLED}'")
        for side, session in ((_NEW, copy), (_OLD, target)):
            for kind in _KINDS:
                for name in _named(session, kind):
                    _note(copy, side, kind, name, _defined(session, kind, name))
        _note(copy, _READY, "", str(len(_tables(copy))), ("", "", ""))
    if not copy.query(f"SELECT 1 FROM {NOTES} WHERE side = 'moved'"):
        # From here until the rename the target has no triggers; a killed call is ended by the next.
        for session in (copy, target):
            _drop_all(session, "TRIGGER")
        _rename(copy, target, kept)
        _note(copy, "moved", "", "", ("", "", ""))
    for kind in _KINDS:
        _drop_all(target, kind)
    _make_all(copy, target, _NEW, must=True)
    _make_all(copy, kept, _OLD, must=False)
    for (name,) in copy.query(f"SELECT name FROM {NOTES} WHERE side = '{_ENABLED}'"):
        target.execute(f"ALTER EVENT {quote_identifier(str(name), 'mysql')} ENABLE")


def _named(session: Session, kind: str) -> list[str]:
    return [str(name) for (name,) in session.query(_LISTS.get(kind) or _ROUTINES.format(kind))]


def _defined(session: Session, kind: str, name: str) -> tuple[str, str, str]:
    row = session.query(f"SHOW CREATE {kind} {quote_identifier(name, 'mysql')}")[0]
    mode, zone, text = _PARTS.get(kind, _ROUTINE_PARTS)
    return str(row[mode]) if mode >= 0 else "", str(row[zone]) if zone >= 0 else "", str(row[text])


def _drop_all(session: Session, kind: str) -> None:
    for name in _named(session, kind):
        session.execute(f"DROP {kind} IF EXISTS {quote_identifier(name, 'mysql')}")


def _tables(session: Session) -> list[str]:
    query = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        f" AND table_type NOT LIKE '%VIEW' AND table_name <> '{NOTES}' ORDER BY table_name"
    )
    return [str(name) for (name,) in session.query(query)]


def _rename(copy: Session, target: Session, kept: Session) -> None:
    """Every table of both databases in one statement, done wholly or not at all.

    Whether a killed call had done it shows: the copy is empty then, or where it always was, the safety copy is not.
    """
    new, old = _tables(copy), _tables(target)
    was_filled = copy.query(f"SELECT name FROM {NOTES} WHERE side = '{_READY}'")[0][0] != "0"
    if (not new if was_filled else bool(_tables(kept)) or not old):
        return
    a, b, c = (quote_identifier(s.url.database, "mysql") for s in (copy, target, kept))
    quoted = {name: quote_identifier(name, "mysql") for name in (*new, *old)}
    moves = [f"{b}.{quoted[n]} TO {c}.{quoted[n]}" for n in old] + [f"{a}.{quoted[n]} TO {b}.{quoted[n]}" for n in new]
    copy.execute("SET SESSION foreign_key_checks = 0")
    copy.execute(f"RENAME TABLE {', '.join(moves)}")


def _make_all(copy: Session, session: Session, side: str, *, must: bool) -> None:
    """Make what was written down; views may need other views, so until none is left or none succeeds.

    Shape: without `must`, what does not succeed stays where it was written down, in words, in the safety copy.
    """
    waiting = copy.query(
        f"SELECT kind, name, sql_mode, zone, text FROM {NOTES} WHERE side = '{side}'"
        f" ORDER BY FIELD(kind, 'FUNCTION', 'PROCEDURE', 'PACKAGE', 'PACKAGE BODY', 'VIEW', 'TRIGGER', 'EVENT'), place"
    )
    waiting = [row for row in waiting if str(row[1]) not in _named(session, str(row[0]))]
    first: BaseException | None = None
    while waiting:
        left, first = [], None
        for row in waiting:
            try:
                _make(session, row)
            except errors() as error:
                first = first or error
                left.append(row)
        if len(left) == len(waiting):
            break
        waiting = left
    if waiting and must and first:
        raise first
    if waiting:
        session.execute(_TABLE)
        for kind, name, mode, zone, text in waiting:
            _note(session, side, str(kind), str(name), (str(mode), str(zone), str(text)))


def _make(session: Session, row: Sequence[object]) -> None:
    _kind, _name, mode, zone, text = map(str, row)
    session.execute("SET SESSION sql_mode = %s, time_zone = %s", (mode, zone or "+00:00"))
    session.execute(quieted(text.encode()).decode())
