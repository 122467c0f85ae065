"""A row as one JSON object, as SQL Server's FOR JSON PATH, INCLUDE_NULL_VALUES writes it.

Source: Microsoft, "How FOR JSON converts SQL Server data types to JSON data types", "How FOR JSON escapes special
characters and control characters", "Include Null Values in JSON".
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from neoron.engines.roles import Row
from neoron.model.schema import Table
from neoron.sql.quote import quote_identifier


def select_text(table: Table, dialect: str) -> str:
    """The query for every column of a table, in the order of its primary key where it has one."""
    columns = ", ".join(quote_identifier(column.name, dialect) for column in table.columns)
    order = ", ".join(quote_identifier(column, dialect) for column in table.primary_key)
    return f"SELECT {columns} FROM {quote_identifier(table.name, dialect)}" + (f" ORDER BY {order}" if order else "")


class JsonKind(Enum):
    """What a column's type makes of a value, where the value itself does not tell.

    TRUTH: 0 and 1 are false and true. MOMENT: a date or time; INSTANT: one that is in UTC without saying so.
    NUMBER: a text is a number. PLAIN: as the value is.
    """

    PLAIN = "plain"
    TRUTH = "truth"
    NUMBER = "number"
    MOMENT = "moment"
    INSTANT = "instant"


_SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = {**{chr(code): f"\\u{code:04x}" for code in range(32)}, **_SHORT}
_SPECIAL = re.compile(r'["\\/\x00-\x1f]')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?\s*(Z|[-+]\d\d(?::?\d\d)?)?")
_TRUTHS = {0: "false", 1: "true", "f": "false", "t": "true", "false": "false", "true": "true", b"\0": "false",
           b"\1": "true"}  # fmt: skip


def object_text(names: Sequence[str], kinds: Sequence[JsonKind], row: Row) -> str:
    """A row as an object; a value that is NULL keeps its name. Shape: names are written by `name_text`."""
    parts = (f"{n}{value_text(value, kind)}" for n, kind, value in zip(names, kinds, row, strict=True))
    return "{" + ",".join(parts) + "}"


def name_text(name: str) -> str:
    """A column's name as a key, with what stands between it and its value."""
    return f"{string_text(name)}:"


def string_text(text: str) -> str:
    """A string: quotation mark, both slashes and control characters are escaped, every other character stands."""
    return '"' + _SPECIAL.sub(lambda found: _ESCAPES[found.group()], text) + '"'


def value_text(value: Any, kind: JsonKind) -> str:
    """A value as JSON; bytes are Base64, a number is written with all digits that it has."""
    if value is None:
        return "null"
    if kind is JsonKind.TRUTH and value in _TRUTHS:
        return _TRUTHS[value]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (float, Decimal)):
        text = repr(value) if isinstance(value, float) else format(value, "f")
        return text if math.isfinite(value) else string_text(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return string_text(base64.b64encode(bytes(value)).decode("ascii"))
    if isinstance(value, timedelta):
        return string_text(_duration(value))
    text = value.isoformat() if isinstance(value, (date, time)) else str(value)
    if kind is JsonKind.NUMBER and _NUMBER.fullmatch(text):
        return text
    is_moment = kind in (JsonKind.MOMENT, JsonKind.INSTANT) or isinstance(value, (datetime, time))
    return string_text(_moment(text, is_utc=kind is JsonKind.INSTANT) if is_moment else text)


def _moment(text: str, *, is_utc: bool) -> str:
    """ISO 8601 with a T, without zeros at the end of a fraction, and UTC as Z; other texts stand."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return re.sub(r"(\.\d*?)0+(?=$|[-+Z])", lambda m: m.group(1).rstrip("."), text) if ":" in text else text
    day, clock, fraction, zone = found.groups()
    zone = zone or ("Z" if is_utc else "")
    if zone and zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = "Z" if digits == "0000" else f"{zone[0]}{digits[:2]}:{digits[2:]}"
    rest = (fraction or "").rstrip("0")
    return f"{day}T{clock}{'.' + rest if rest else ''}{zone}"


def _duration(value: timedelta) -> str:
    """A time of day, or more than a day, as hours, minutes and seconds."""
    total = abs(value)
    hours, rest = divmod(total, timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    fraction = f".{rest.microseconds:06}".rstrip("0").rstrip(".") if rest.microseconds else ""
    return f"{'-' if value < timedelta() else ''}{hours:02}:{minutes:02}:{rest.seconds:02}{fraction}"
