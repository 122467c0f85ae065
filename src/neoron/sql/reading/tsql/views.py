"""The columns of a view, where they are written down."""

from __future__ import annotations

from neoron.sql.lexer import Kind
from neoron.sql.reading.tsql.columns import listed_columns
from neoron.sql.reading.tsql.cursor import Cursor


def view_columns(cursor: Cursor) -> tuple[str, ...]:
    """The names of the columns, the cursor behind the view's name; empty when a `*` or an expression hides one."""
    if cursor.word() == "(":
        return listed_columns(cursor.inner())
    query = _query(cursor)
    if query is None:
        return ()
    start = query.at
    query.seek("FROM", "UNION", "EXCEPT", "INTERSECT", "WHERE")
    names = [_called(item) for item in query.piece(start, query.at).cut(",")]
    return tuple(names) if all(names) else ()


def _query(cursor: Cursor) -> Cursor | None:
    """The view's SELECT, behind that word and what may follow it; None behind a WITH."""
    query = cursor.piece(cursor.at, len(cursor.words))
    if not (query.seek("AS") and query.skip("AS") and query.skip("SELECT")):
        return None
    query.take("DISTINCT", "ALL")
    if query.skip("TOP"):
        query.at += query.word() != "("
        query.skip_call()
        query.skip("PERCENT")
        query.skip("WITH", "TIES")
    return query


def _called(item: Cursor) -> str:
    """How a part of a SELECT list is called: its alias, or the column that it is; empty for `*` and expressions."""
    words = item.words
    if words[1:2] == ["="]:
        return item.one_name()
    if "AS" in words:
        last = len(words) - 1 - words[::-1].index("AS")
        return item.piece(last + 1, len(words)).one_name()
    parts = item.name_parts()
    if parts and item.kind() in (Kind.WORD, Kind.IDENTIFIER):
        return item.one_name()
    return parts[-1] if parts and item.is_done else ""
