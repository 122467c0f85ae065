"""A database that somebody uses is not dropped; one whose last session is just ending is."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace

import pytest

from neoron.engines.mysql import session as role
from neoron.engines.url import Url
from neoron.errors import TargetBusy


@pytest.fixture
def named(url: Url) -> Url:
    """The address of a database that is not there yet."""
    return replace(url, database=f"dropped_{secrets.token_hex(4)}")


def test_a_database_in_use_stays_and_its_user_is_named(named: Url) -> None:
    opened = role.connect(named, create=True)
    number = opened.query("SELECT CONNECTION_ID()")[0][0]
    with pytest.raises(TargetBusy, match=f"is in use by session {number} "):
        role.drop(named)
    assert role.exists(named)
    opened.close()
    role.drop(named)
    assert not role.exists(named)


def test_a_session_that_ends_a_moment_later_is_waited_for(named: Url) -> None:
    opened = role.connect(named, create=True)
    closing = threading.Timer(0.3, opened.close)
    closing.start()
    role.drop(named)
    closing.join()
    assert not role.exists(named)
