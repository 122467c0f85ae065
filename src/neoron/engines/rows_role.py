"""The role that moves rows: many in, many out, never all in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from neoron.model.schema import Table

if TYPE_CHECKING:
    from neoron.engines.roles import Row, Session


class RowsRole(Protocol):
    """engines/*/rows.py: rows in and out in bulk."""

    def insert(self, session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
        """Insert rows in the open transaction; how many. Raises: the driver's own error."""

    def freeze(self, session: Session) -> bool:
        """Begin a transaction that only reads, and whether all that it reads is of one moment.

        Raises: the driver's own error.
        """

    def objects(self, session: Session, table: Table) -> Iterator[str]:
        """Every row of a table as a JSON object, by the primary key, a few at a time, in the open transaction.

        Raises: the driver's own error.
        """
