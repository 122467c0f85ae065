"""The demo's message store, with rows in it, through every one of its migrations there and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.engine_under_test import EngineUnderTest
from fix_project import ProjectFolder
from lifecycle.ride import deploy, look, rollback, update
from neoron import Project
from neoron.demo.generator import AUDIT_COLUMNS, MESSAGE_COLUMNS, generate_batches
from neoron.demo.layout import lay_out
from neoron.engines.lookup import open_url

VERSIONS = {"1.0": "20240101000000", "1.1": "20240301000000", "1.2": "20240601000000"}
MESSAGES = 300


@pytest.fixture
def store(engine: EngineUnderTest, tmp_path: Path) -> ProjectFolder:
    """The demo project for this target, without its application check, which takes a second."""
    url, folder = engine.empty(), tmp_path / "store"
    lay_out(folder, dialect=open_url(url, tmp_path)[0].dialect)
    settings = folder / "neoron.toml"
    text = settings.read_text().replace('"sqlite:///message_store.db"', json.dumps(url))
    settings.write_text("\n".join(line for line in text.splitlines() if not line.startswith("smoke")))
    return ProjectFolder(folder, url)


def _fill(store: ProjectFolder, schema: str) -> None:
    engine, url = open_url(store.url, store.path)
    session = engine.session.connect(url)
    session.begin()
    for batch in generate_batches(MESSAGES, schema=schema):
        engine.rows.insert(session, "Messages", MESSAGE_COLUMNS[schema], batch.messages)
        engine.rows.insert(session, "MessageAudits", AUDIT_COLUMNS, batch.audits)
    session.commit()
    session.close()


@pytest.mark.parametrize(("start", "end"), [("1.0", "1.1"), ("1.1", "1.2"), ("1.0", "1.2")])
def test_a_version_of_the_message_store_goes_there_and_back(store: ProjectFolder, start: str, end: str) -> None:
    """The message store with 300 messages is deployed, rolled back and deployed with equal schema and equal rows."""
    update(store, VERSIONS[start])
    _fill(store, start)
    before = look(store.url)
    deploy(store, VERSIONS[end])
    first = look(store.url)
    assert first.schema != before.schema
    assert first.rows["MessageAudits"] == before.rows["MessageAudits"]
    assert first.rows["Messages"][0] == before.rows["Messages"][0] == MESSAGES
    rollback(store, VERSIONS[start])
    assert look(store.url) == before
    deploy(store, VERSIONS[end])
    assert look(store.url) == first


def test_the_first_version_goes_there_and_back(store: ProjectFolder) -> None:
    """Version 1.0 with its backup makes the tables, is taken back to nothing and made again the same."""
    report = deploy(store, VERSIONS["1.0"], takes_backup=True)
    assert report.backup is not None
    assert report.backup.verified_at
    first = look(store.url)
    _fill(store, "1.0")
    rollback(store, "0")
    assert look(store.url).rows == {}
    deploy(store, VERSIONS["1.0"])
    assert look(store.url) == first
    assert Project.open(store.path).migrations_check() == ()
