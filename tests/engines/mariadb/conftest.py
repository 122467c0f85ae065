"""Sessions of this engine on a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neoron.engines.mysql.session import Session, connect
from neoron.engines.url import Url, parse_url


@pytest.fixture
def url(mariadb_url: str) -> Url:
    """The address of a fresh database, parsed."""
    return parse_url(mariadb_url)


@pytest.fixture
def session(url: Url) -> Iterator[Session]:
    """A session on it."""
    opened = connect(url)
    yield opened
    opened.close()


@pytest.fixture
def other(url: Url) -> Iterator[Session]:
    """A second session on the same database."""
    opened = connect(url)
    yield opened
    opened.close()
