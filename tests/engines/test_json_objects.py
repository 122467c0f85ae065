"""Values as JSON: the examples of Microsoft's own pages on FOR JSON, and what the drivers of the other engines give."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from neoron.engines.json_objects import JsonKind, name_text, object_text, string_text, value_text

PLAIN, TRUTH, NUMBER, MOMENT, INSTANT = JsonKind


def test_the_documented_example_of_escapes() -> None:
    """Both slashes, the quotation mark and control characters, in names and in values.

    Source: Microsoft, "How FOR JSON escapes special characters and control characters", Example.
    """
    names = [name_text(name) for name in ('KEY\\/"', "0", "1", "31")]
    row = ('VALUE\\    /\r\n  "', "\0", "\1", "\x1f")
    assert object_text(names, [PLAIN] * 4, row) == (
        r'{"KEY\\\/\"":"VALUE\\    \/\r\n  \"","0":"\u0000","1":"\u0001","31":"\u001f"}'
    )


def test_the_documented_table_of_escapes() -> None:
    """Source: the same page, "Escape of special characters"."""
    assert string_text('"\\/\b\f\n\r\t') == r'"\"\\\/\b\f\n\r\t"'
    text = "".join(map(chr, range(0x2FF))) + "€😀"
    assert json.loads(string_text(text)) == text
    assert "€😀" in string_text(text)


def test_the_documented_example_of_nulls() -> None:
    """A NULL keeps its name. Source: Microsoft, "Include Null Values in JSON - INCLUDE_NULL_VALUES Option"."""
    names = [name_text(name) for name in ("name", "surname", "age", "phone")]
    assert object_text(names, [PLAIN] * 4, ("John", "Doe", None, None)) == (
        '{"name":"John","surname":"Doe","age":null,"phone":null}'
    )


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        # Source: Microsoft, "How FOR JSON converts SQL Server data types to JSON data types".
        ("abc", PLAIN, '"abc"'),
        (9223372036854775807, PLAIN, "9223372036854775807"),
        (Decimal("1.50"), PLAIN, "1.50"), (Decimal("1E+3"), PLAIN, "1000"), (Decimal("0.0000001"), PLAIN, "0.0000001"),
        (0.1, PLAIN, "0.1"), (1e300, PLAIN, "1e+300"),
        (1, TRUTH, "true"), (0, TRUTH, "false"), (b"\x01", TRUTH, "true"), ("f", TRUTH, "false"),
        ("true", TRUTH, "true"),
        (b"\x00\xff/", PLAIN, '"AP8v"'), (b"???", PLAIN, r'"Pz8\/"'), (b"", PLAIN, '""'),
        (date(2024, 2, 29), MOMENT, '"2024-02-29"'),
        (datetime(2024, 1, 2, 3, 4, 5), MOMENT, '"2024-01-02T03:04:05"'),
        (datetime(2024, 1, 2, 3, 4, 5, 120000), MOMENT, '"2024-01-02T03:04:05.12"'),
        (datetime(2024, 1, 2, 3, 4, 5, 120000), INSTANT, '"2024-01-02T03:04:05.12Z"'),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), PLAIN, '"2024-01-02T03:04:05Z"'),
        (datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=30))), PLAIN, '"2024-01-02T00:00:00+05:30"'),
        (time(3, 4, 5, 500000), MOMENT, '"03:04:05.5"'), (timedelta(hours=-30, seconds=-1), MOMENT, '"-30:00:01"'),
        # As the servers write them.
        ("2024-01-02 03:04:05.120000+00", MOMENT, '"2024-01-02T03:04:05.12Z"'),
        ("2024-01-02 03:04:05-03", MOMENT, '"2024-01-02T03:04:05-03:00"'),
        ("2024-01-02T03:04:05.1234567+05:45", MOMENT, '"2024-01-02T03:04:05.1234567+05:45"'),
        ("infinity", MOMENT, '"infinity"'), ("0044-03-15 BC", MOMENT, '"0044-03-15 BC"'),
        ("03:04:05.500", MOMENT, '"03:04:05.5"'),
        ("-12.500", NUMBER, "-12.500"), ("1e-07", NUMBER, "1e-07"), ("NaN", NUMBER, '"NaN"'),
        # What a file of SQLite may hold beside its declared types.
        (float("inf"), PLAIN, '"inf"'), (7, TRUTH, "7"), (1704164645, MOMENT, "1704164645"),
        ("no date", MOMENT, '"no date"'), (None, TRUTH, "null"), (None, INSTANT, "null"),
    ],
)  # fmt: skip
def test_a_value_becomes_json(value: Any, kind: JsonKind, text: str) -> None:
    """Numbers and truths stand bare, times are ISO 8601 with a T, bytes are Base64; what has no number is a text."""
    assert value_text(value, kind) == text
    json.loads(text)
