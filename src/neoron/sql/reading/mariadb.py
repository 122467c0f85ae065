"""MariaDB statements -> actions: MySQL's reader with what differs."""

from __future__ import annotations

from neoron.sql.actions import Action, Reading
from neoron.sql.reading.mysql import Read, read_as, read_script_as, reader_as
from neoron.sql.reading.mysql.cursor import Flavour

# MariaDB passes over /*!50700 … */ to /*!99999 … */, which are for MySQL alone.
MARIADB = Flavour("mariadb", ((0, 50_700), (100_000, 200_000)), runs_m=True)


def read(text: str) -> tuple[Action, ...]:
    """What one statement does."""
    return read_as(text, MARIADB)


def reader() -> Read:
    """A reader that remembers what PREPARE and user variables hold from one statement to the next."""
    return reader_as(MARIADB)


def read_script(text: str) -> list[Reading] | None:
    """All statements of a script; what PREPARE and user variables hold is carried along."""
    return read_script_as(text, MARIADB)
