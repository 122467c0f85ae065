"""Numbers and times are shown as people read them."""

import pytest

from neoron.model.plural import plural
from neoron.render.units import format_bytes, format_change, format_count, format_ms, format_time, format_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1023.7, "1.00 KiB"),
        (1024, "1.00 KiB"),
        (10_240, "10.0 KiB"),
        (1024**2 - 1, "1.00 MiB"),
        (102_400, "100 KiB"),
        (5 * 1024**3, "5.00 GiB"),
        (3000 * 1024**5, "3000 PiB"),
        (-2048, "−2.00 KiB"),
    ],
)
def test_bytes(value: float, text: str) -> None:
    """A size has three digits and the unit that keeps it at one or more."""
    assert format_bytes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ms"),
        (0.42, "0.4 ms"),
        (12, "12 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (1234, "1.23 s"),
        (59_940, "59.9 s"),
        (59_990, "1 min 00 s"),
        (125_000, "2 min 05 s"),
        (3_599_600, "1 h 00 min"),
        (90_000_000, "25 h 00 min"),
        (-5, "−5 ms"),
    ],
)
def test_milliseconds(value: float, text: str) -> None:
    """A duration is never shown as 60 seconds or 60 minutes."""
    assert format_ms(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "bytes", "–"),
        (2048, "bytes", "2.00 KiB"),
        (90, "s", "1 min 30 s"),
        (1234, "rows", "1,234 rows"),
        (1, "rows", "1 row"),
        (12.5, "%", "12.50%"),
        ("15.8", "", "15.8"),
        (0, "broken", "0 broken"),
        (True, "", "1"),
    ],
)
def test_values(value: float | str | None, unit: str, text: str) -> None:
    """A measurement carries its unit, and a missing one is a dash."""
    assert format_value(value, unit) == text


def test_changes_are_signed() -> None:
    """A gain has a plus, a loss a minus and no change neither."""
    assert [format_change(n) for n in (3, 0, -1200)] == ["+3", "0", "−1,200"]
    assert format_change(-1024, "bytes") == "−1.00 KiB"


def test_times_are_utc() -> None:
    """A time in any zone is shown in UTC, and what is not a time is shown as it came."""
    assert format_time("2025-03-01T10:30:00+01:00") == "2025-03-01 09:30:00 UTC"
    assert format_time("2025-03-01T09:30:00") == "2025-03-01 09:30:00 UTC"
    assert format_time("yesterday") == "yesterday"


def test_counts_and_plurals() -> None:
    """Large counts have thousands separated and one is singular."""
    assert format_count(1_204_331) == "1,204,331"
    assert [plural(n, "step") for n in (0, 1, 2000)] == ["0 steps", "1 step", "2,000 steps"]
