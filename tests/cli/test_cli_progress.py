"""Progress where no terminal is: one line now and then, about its own piece of work."""

from __future__ import annotations

import re
import time

import pytest

from neoron.cli import progress
from neoron.cli.invocation import Invocation


def test_a_line_tells_the_rate_and_the_time_left_of_its_own_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came before does not slow it down, and less than one in a second has no rate."""
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with progress.ShownProgress(Invocation("deploy")) as shown:
        time.sleep(0.5)
        shown.work("rows", 0, 2_000)
        time.sleep(0.1)
        shown.work("rows", 1_000, 2_000)
        shown.work("tables", 0, 2)
    first, second, third = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"rows: 0 of 2,000, 0 %, \d+ s", first)
    told = re.fullmatch(r"rows: 1,000 of 2,000, 50 %, ([\d,]+)/s, \d+ s, about (\d+) s left", second)
    assert told
    assert int(told[1].replace(",", "")) <= 10_000
    assert re.fullmatch(r"tables: 0 of 2, 0 %, \d+ s", third)
