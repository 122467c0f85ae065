"""What SQLite makes of values when a column has another type."""

from __future__ import annotations

from neoron.sql.parts import DataType

_RULES = (
    (("int",), "integer"), (("char", "clob", "text"), "text"), (("blob",), "blob"), (("real", "floa", "doub"), "real"),
)  # fmt: skip
_NUMBERS = ("integer", "real", "numeric")


def affinity(kind: str) -> str:
    """What a column of that type turns values into: integer, text, blob, real or numeric.

    Source: SQLite, "Datatypes In SQLite", 3.1 Determination Of Column Affinity.
    """
    name = kind.lower()
    if not name:
        return "blob"
    return next((found for parts, found in _RULES if any(part in name for part in parts)), "numeric")


def loss_by_cast(old: DataType | None, cast: str) -> str:
    """What a CAST to that type, or a function that cuts, loses; empty for nothing, or when the old type is not known.

    Source: SQLite, "SQL Language Expressions", 12 CAST expressions.
    """
    if cast in ("substr", "substring", "left", "round"):
        return f"{cast}() cuts them"
    had, gets = affinity(old.name) if old else "", affinity(cast)
    if gets == "integer" and had != "integer":
        return "CAST cuts what stands behind the point, and makes 0 of text that is no number"
    if gets in _NUMBERS and had == "text":
        return "CAST makes 0 of text that is no number"
    return ""


def loss_by_type(old: DataType, new: DataType) -> str:
    """What the type of the new column does to text that is copied into it; a date is no number to SQLite."""
    is_moment = any(part in new.name for part in ("date", "time", "bool"))
    if affinity(old.name) == "text" and affinity(new.name) in _NUMBERS and not is_moment:
        return "text that looks like a number becomes one: '007' becomes 7"
    return ""
