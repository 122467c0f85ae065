"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
"""Stands where there is no value."""


def format_count(value: int | float) -> str:
    """A whole number with thousands separated."""
    return _signed(f"{value:,.0f}")


def format_bytes(value: int | float) -> str:
    """Bytes in the largest unit that keeps the number at one or more."""
    size, power = abs(value), 0
    while not _rounds_below(size, 1024) and power < len(_BYTE_UNITS) - 1:
        size, power = size / 1024, power + 1
    number = _three_digits(size) if power else f"{size:.0f}"
    return f"{_MINUS if value < 0 else ''}{number} {_BYTE_UNITS[power]}"


def format_ms(value: int | float) -> str:
    """Milliseconds as ms, s, minutes or hours, whichever reads best."""
    if value < 0:
        return _MINUS + format_ms(-value)
    if value < 1:
        return f"{value:.1f} ms" if value else "0 ms"
    if _rounds_below(value, 1000):
        return f"{value:.0f} ms"
    if value < 59_950:
        return f"{_three_digits(value / 1000)} s"
    return _clock(round(value / 1000))


def format_change(value: int | float, unit: str = "") -> str:
    """A difference with its sign; a zero has none."""
    text = format_value(value, unit)
    return f"+{text}" if value > 0 else text


def format_value(value: float | int | str | None, unit: str = "") -> str:
    """A measured value with its unit; an en dash where it was not measured."""
    if value is None:
        return NONE
    if isinstance(value, str):
        return f"{value} {unit}".strip()
    if unit in ("bytes", "byte", "B"):
        return format_bytes(value)
    if unit in ("ms", "s"):
        return format_ms(value * 1000 if unit == "s" else value)
    if unit == "rows" and abs(value) == 1:
        unit = "row"
    number = format_count(value) if float(value).is_integer() else _signed(f"{value:,.2f}")
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()


def format_time(text: str) -> str:
    """An ISO 8601 time as `2025-03-01 09:30:00 UTC`; any other text unchanged."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    # A time without a zone is UTC by the model's own rule, not the reader's local time.
    utc = time.astimezone(UTC) if time.tzinfo else time
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC"


def _signed(number: str) -> str:
    return "0" if number == "-0" else number.replace("-", _MINUS)


def _three_digits(number: float) -> str:
    decimals = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{decimals}f}"


def _rounds_below(number: float, limit: int) -> bool:
    # 1023.6 B would otherwise print as "1024 B", one step from "1.00 KiB".
    return round(number) < limit


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:,} h {minute:02} min" if hours else f"{minutes} min {second:02} s"
