"""What an export has written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """One table in a file.

    Shape: file is its name beside the manifest; sha256 is the file's; checksum is that of the rows, as the engine makes
    it, whatever their order; columns maps names to the engine's own types; order_by is the primary key.
    Units: size_bytes bytes.
    """

    table: str
    file: str
    row_count: int
    size_bytes: int
    sha256: str
    checksum: str
    columns: dict[str, str]
    order_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """An export, as its manifest says it.

    Shape: target is shown without its password; is_one_moment says that all tables are of one moment; root is the name
    around the rows of a `json` file, empty for none.
    Units: created_at ISO 8601 in UTC, elapsed_ms milliseconds.
    """

    engine: str
    engine_version: str
    target: str
    format: str
    created_at: str
    elapsed_ms: int
    is_one_moment: bool
    tables: tuple[ExportedTable, ...]
    root: str = ""
