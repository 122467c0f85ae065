"""A fresh SQLite file per test, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neoron.engines.sqlite.session import Session, connect
from neoron.engines.url import Url


@pytest.fixture
def url(tmp_path: Path) -> Url:
    """The address of a file that is not there yet, in a folder of its own with awkward characters."""
    folder = tmp_path / "a b#c?d%20"
    folder.mkdir()
    return Url("sqlite", str(folder / "app.db"))


@pytest.fixture
def session(url: Url) -> Iterator[Session]:
    """A session on a new file."""
    opened = connect(url, create=True)
    yield opened
    opened.close()
