"""The driver's connection below a session of this engine."""

from __future__ import annotations

import sqlite3

from neoron.engines.roles import Session


def raw(session: Session) -> sqlite3.Connection:
    """The sqlite3 connection of a session that this engine opened."""
    connection: sqlite3.Connection = getattr(session, "raw")
    return connection
