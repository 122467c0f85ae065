"""The guide is written for SQL Server: what its schema says holds in the T-SQL of the demo's migrations."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import pytest

import neoron
from fix_tsql import TsqlCheck
from neoron import Project

# The guide's own schema, version 1.2. It names no key, default or audit reference; the server would make up names.
GUIDE = """
CREATE TABLE Messages (
    MessageId BIGINT NOT NULL CONSTRAINT PK_Messages PRIMARY KEY,
    ChannelId BIGINT NOT NULL,
    GuildId BIGINT NOT NULL,
    AuthorId BIGINT NOT NULL,
    Content NVARCHAR(MAX),
    MessageType INT NOT NULL,
    CreatedAt DATETIMEOFFSET NOT NULL,
    EditedAt DATETIMEOFFSET NULL,
    DeletedAt DATETIMEOFFSET NULL,
    ReplyToId BIGINT NULL CONSTRAINT FK_Messages_ReplyTo FOREIGN KEY REFERENCES Messages(MessageId),
    ThreadId BIGINT NULL CONSTRAINT FK_Messages_Thread FOREIGN KEY REFERENCES Messages(MessageId),
    EmbeddedContent NVARCHAR(MAX) NULL,
    Attachments NVARCHAR(MAX) NULL,
    Flags INT NOT NULL CONSTRAINT DF_Messages_Flags DEFAULT 0,
    INDEX IX_Messages_ChannelId (ChannelId),
    INDEX IX_Messages_GuildId (GuildId),
    INDEX IX_Messages_AuthorId (AuthorId)
);
CREATE TABLE MessageAudits (
    AuditId BIGINT IDENTITY(1,1) CONSTRAINT PK_MessageAudits PRIMARY KEY,
    MessageId BIGINT NOT NULL,
    Action VARCHAR(50) NOT NULL,
    ChangedBy BIGINT NOT NULL,
    ChangedAt DATETIMEOFFSET NOT NULL,
    OldValue NVARCHAR(MAX),
    NewValue NVARCHAR(MAX),
    CONSTRAINT FK_MessageAudits_Messages FOREIGN KEY (MessageId) REFERENCES Messages(MessageId)
);
"""
VERSIONS = ("0", "20240101000000", "20240301000000", "20240601000000")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demo's project, for no target."""
    folder = tmp_path_factory.mktemp("demo") / "store"
    shutil.copytree(Path(neoron.__file__).parent / "demo" / "project", folder)
    return Project.open(folder)


def _script(demo: Project, start: str = "0", end: str = "head", *, is_idempotent: bool = True) -> str:
    return demo.migrations_script(start, end, is_idempotent=is_idempotent, engine="sqlserver")


@pytest.fixture(scope="module")
def up(demo: Project) -> str:
    """The idempotent script from nothing to the newest version."""
    return _script(demo)


def test_the_migrated_schema_is_the_guides(up: str, tsql: TsqlCheck) -> None:
    """DacFx finds no difference between what the script makes and what the guide declares, history apart."""
    history = re.findall(r"CREATE TABLE neoron_\w+ \(.*?\);\n", up)
    assert len(history) == 2
    assert tsql.chain(up).changes_from(tsql.chain(GUIDE, "\nGO\n".join(history)))[0] == []


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_every_range_compiles_both_ways(demo: Project, is_idempotent: bool, tsql: TsqlCheck) -> None:
    """Version by version up, then down, then at once up and down: each script compiles where the last one ended."""
    steps = list(itertools.pairwise(VERSIONS))
    scripts = [_script(demo, a, b, is_idempotent=is_idempotent) for a, b in steps]
    scripts += [_script(demo, b, a, is_idempotent=is_idempotent) for a, b in reversed(steps)]
    scripts += [_script(demo, is_idempotent=is_idempotent), _script(demo, "head", "0", is_idempotent=is_idempotent)]
    assert tsql.compile(*scripts) == []


def test_long_texts_are_nvarchar_max(up: str) -> None:
    """Content, EmbeddedContent, Attachments, OldValue and NewValue are NVARCHAR(MAX)."""
    names = ("Content", "EmbeddedContent", "Attachments", "OldValue", "NewValue")
    assert all(re.search(rf"\[{name}\] NVARCHAR\(MAX\) NULL", up, re.IGNORECASE) for name in names)


def test_moments_keep_their_offset(up: str) -> None:
    """CreatedAt, EditedAt, DeletedAt and ChangedAt are DATETIMEOFFSET."""
    assert all(f"[{name}] DATETIMEOFFSET" in up for name in ("CreatedAt", "EditedAt", "DeletedAt", "ChangedAt"))


def test_audits_are_numbered_by_the_server(up: str) -> None:
    """AuditId is IDENTITY(1,1), and MessageId, which the application gives, is not."""
    assert "[AuditId] BIGINT NOT NULL IDENTITY(1,1)" in up
    assert up.count("IDENTITY(1,1)") == 1


def test_the_three_indexes_are_there(up: str) -> None:
    """Each index of the guide is made by its name."""
    for column in ("ChannelId", "GuildId", "AuthorId"):
        assert f"CREATE INDEX [IX_Messages_{column}] ON [Messages] ([{column}])" in up


def test_foreign_keys_have_their_names(up: str) -> None:
    """Both references of a message and that of an audit are named, so that they can be dropped by name."""
    names = ("FK_Messages_ReplyTo", "FK_Messages_Thread", "FK_MessageAudits_Messages")
    assert all(f"CONSTRAINT [{name}]" in up for name in names)


def test_the_default_has_a_name(demo: Project, up: str, tsql: TsqlCheck) -> None:
    """Flags has a named default, and the way back drops it by that name before the column."""
    assert "[Flags] INTEGER NOT NULL CONSTRAINT [DF_Messages_Flags] DEFAULT 0" in up
    down = _script(demo, VERSIONS[3], VERSIONS[2])
    assert down.index("DROP CONSTRAINT [DF_Messages_Flags]") < down.index("DROP COLUMN [Flags]")
    assert tsql.compile(up, down) == []
    bare = down.replace("EXEC(N'ALTER TABLE [Messages] DROP CONSTRAINT [DF_Messages_Flags]');", "").replace(
        "EXEC(@sql)", "PRINT @sql"
    )
    assert any("DF_Messages_Flags" in error for error in tsql.compile(up, bare))
