"""Types by their names, and values as texts that are exact to the last digit."""

from __future__ import annotations

_PER_CHARACTER = {"nvarchar": 2, "nchar": 2, "varchar": 1, "char": 1, "varbinary": 1, "binary": 1}
_SCALED = {"decimal", "numeric"}
_FRACTIONAL = {"datetime2", "datetimeoffset", "time"}
_FORMS = (
    ({"date", "time", "datetime", "datetime2", "datetimeoffset", "smalldatetime"}, "CONVERT(nvarchar(max), {}, 121)"),
    ({"float", "real"}, "CONVERT(nvarchar(max), {}, 3)"),
    ({"money", "smallmoney"}, "CONVERT(nvarchar(max), {}, 2)"),
    ({"char", "varchar", "nchar", "nvarchar", "text", "ntext", "uniqueidentifier", "sysname", "int", "bigint",
      "smallint", "tinyint", "bit", "decimal", "numeric", "xml", "json"}, "CAST({} AS nvarchar(max))"),
)  # fmt: skip


# A variant is its base type and its bytes, which are 8,000 at most and no longer type takes.
_VARIANT = (
    "CAST(SQL_VARIANT_PROPERTY({0}, N'BaseType') AS nvarchar(128)) + "
    "CONVERT(nvarchar(max), CAST({0} AS varbinary(8000)), 1)"
)


def type_of(name: object, length: object, precision: object, scale: object) -> str:
    """A type as T-SQL writes it, from what the catalog says of a column.

    Shape: length is in bytes, -1 for max.
    Source: Microsoft, "sys.columns", max_length.
    """
    kind, bytes = str(name), int(str(length))
    if kind in _PER_CHARACTER:
        return f"{kind}(max)" if bytes <= 0 else f"{kind}({bytes // _PER_CHARACTER[kind]})"
    if kind in _SCALED:
        return f"{kind}({precision},{scale})"
    return f"{kind}({scale})" if kind in _FRACTIONAL else kind


def form_of(type: str) -> str:
    """The expression, with `{}` for a value of a type, that is its text; empty for a type that has none of its own.

    Source: Microsoft, "CAST and CONVERT", styles 2, 3 and 121.
    """
    name = type.partition("(")[0].lower()
    return next((form for names, form in _FORMS if name in names), "")


def text_of(value: str, type: str) -> str:
    """A value of any type as nvarchar(max), equal only for equal values; bytes in hexadecimal.

    Source: Microsoft, "CAST and CONVERT", style 1 for binary; "sql_variant", "SQL_VARIANT_PROPERTY".
    """
    bytes = _VARIANT if type == "sql_variant" else "CONVERT(nvarchar(max), CAST({} AS varbinary(max)), 1)"
    return (form_of(type) or bytes).format(value)
