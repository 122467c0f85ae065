"""Physical backups of a second major version, whose own pg_verifybackup may not run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from test_restore_to_time import NOW, THEN, gone_on, make_shop, scratch

from fix_archiving import ArchivingServer
from fix_project import ProjectFolder

__all__ = ["scratch"]


@pytest.mark.nightly
def test_postgresql_18_goes_to_a_time(
    archiving_18_server: ArchivingServer, project: Callable[..., ProjectFolder], scratch: Path
) -> None:
    """It is proven by its parts, a server that starts and every table; it goes to a time; a cut part is named."""
    shop = make_shop(archiving_18_server, project, scratch)
    moment = gone_on(shop)
    assert "restored aside and equal" in shop.ok("backup", "verify")
    part = shop.manifest().parent / "physical" / "base.tar.gz"
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    assert "physical/base.tar.gz was altered" in shop.refused("restore", "latest", "--yes")
    assert shop.items == NOW
    part.write_bytes(whole)
    shop.ok("restore", "latest", "--to-time", moment, "--yes")
    assert shop.items == THEN
    assert list(scratch.iterdir()) == []
