"""A whole transaction as one message: BEGIN, its statements, COMMIT, on one round trip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus
from psycopg.pq.abc import PGresult

from neoron.engines.roles import FailedAt, Row, Sent

# A commit that another one follows need not wait for the disk: the later one's flush writes the log up to itself.
_FOLLOWED = "SET LOCAL synchronous_commit = off"


def send_whole(raw: psycopg.Connection[Row], statements: Sequence[Sent], *, is_followed: bool) -> int:
    """Send them and wait for the end; the rows that the first touched, or -1.

    Shape: parameters are written `%s`, and are texts or whole numbers; a statement without any is sent as it is.
    Raises: FailedAt with the driver's own error. What follows an error is not run, and the transaction stays open.
    """
    escape = Escaping(raw.pgconn).escape_literal
    before = ["BEGIN", _FOLLOWED] if is_followed else ["BEGIN"]
    texts = [*before, *(_with_values(escape, sql, values) for sql, values in statements), "COMMIT"]
    # A line break before each `;`: a text may end in a comment.
    try:
        raw.pgconn.send_query("\n;".join(texts).encode(raw.info.encoding))
        results = raw.wait(generators.execute(raw.pgconn))
    except psycopg.Error as error:
        raise FailedAt(len(statements), error) from None
    for number, result in enumerate(results):
        if result.status == ExecStatus.FATAL_ERROR:
            # The server parses the whole message first: a syntax error stands before BEGIN, and is the first text's.
            raise FailedAt(max(number - len(before), 0), error_from_result(result, raw.info.encoding))
    if results[-1].command_status != b"COMMIT":
        undone = psycopg.errors.InFailedSqlTransaction("rolled back: an earlier statement of it had failed")
        raise FailedAt(len(statements), undone)
    return _rows(results[len(before)])


def _rows(result: PGresult) -> int:
    rows = result.command_tuples
    return -1 if rows is None else rows


def _with_values(escape: Callable[[bytes], bytes], sql: str, values: Sequence[Any]) -> str:
    """The text with its values as literals, escaped by the client library for this very session."""
    if not values:
        return sql
    return sql % tuple(
        [str(value) if isinstance(value, int) else bytes(escape(value.encode())).decode() for value in values]
    )
