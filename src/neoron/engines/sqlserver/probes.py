"""Queries that tell what an interrupted statement outside a transaction has left behind."""

from __future__ import annotations

from neoron.sql.quote import quote_identifier, quote_literal
from neoron.sql.reader import Reader


def probe(statement: str) -> str:
    """A query with one value, `done`, `undone`, or a statement that clears the remains; empty when none is known.

    Source: Microsoft, "sys.indexes", "sys.index_resumable_operations", "sys.fulltext_catalogs", "sys.databases".
    """
    reader = Reader.of(statement, "mssql")
    makes = reader.word() == "CREATE"
    if reader.word() not in ("CREATE", "DROP"):
        return ""
    reader.at += 1
    if reader.skip("FULLTEXT", "CATALOG"):
        return _there(reader, "SELECT 1 FROM sys.fulltext_catalogs WHERE name = {}", makes)
    if reader.skip("DATABASE"):
        return _there(reader, "SELECT 1 FROM sys.databases WHERE name = {}", makes)
    return _index(reader) if makes else ""


def _there(reader: Reader, query: str, makes: bool) -> str:
    name = (reader.parts() or [""])[-1]
    # One statement alone can be asked about: of what follows it the query knows nothing.
    if not name or any(word in ("CREATE", "DROP", "ALTER") for word in reader.words[reader.at :]):
        return ""
    found, missing = ("done", "undone") if makes else ("undone", "done")
    there = query.format(quote_literal(name, "mssql"))
    return f"SELECT CASE WHEN EXISTS ({there}) THEN N'{found}' ELSE N'{missing}' END"


def _index(reader: Reader) -> str:
    reader.skip_any("UNIQUE", "CLUSTERED", "NONCLUSTERED", "COLUMNSTORE")
    if not reader.skip("INDEX"):
        return ""
    name = (reader.parts() or [""])[-1]
    if not name or not reader.skip("ON"):
        return ""
    table = ".".join(quote_identifier(part, "mssql") for part in reader.parts())
    if not table:
        return ""
    where = f"object_id = OBJECT_ID({quote_literal(table, 'mssql')}) AND name = {quote_literal(name, 'mssql')}"
    abort = quote_literal(f"ALTER INDEX {quote_identifier(name, 'mssql')} ON {table} ABORT", "mssql")
    return (
        f"SELECT CASE WHEN EXISTS (SELECT 1 FROM sys.index_resumable_operations WHERE {where}) THEN {abort} "
        f"WHEN EXISTS (SELECT 1 FROM sys.indexes WHERE {where}) THEN N'done' ELSE N'undone' END"
    )
