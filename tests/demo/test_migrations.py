"""The demo's three migrations on every engine they promise."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

DIALECTS = ("postgresql", "mysql", "mariadb", "mssql")
NAMES = ("FK_MessageAudits_Messages", "FK_Messages_ReplyTo", "FK_Messages_Thread")
INDEXES = ("IX_Messages_ChannelId", "IX_Messages_GuildId", "IX_Messages_AuthorId")


def sqlite_schema(path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid").fetchall()


def test_ids_and_order(revisions: Any, project: Path) -> None:
    """Three revisions follow each other, and each file is named after its id."""
    found = [(m.revision, m.down_revision) for m in revisions.modules]
    assert found == [
        ("20240101000000", None),
        ("20240301000000", "20240101000000"),
        ("20240601000000", "20240301000000"),
    ]
    files = sorted((project / "migrations").glob("*.py"))
    pairs = zip(revisions.modules, files, strict=True)
    assert all(re.fullmatch(rf"{module.revision}_[a-z_]+\.py", file.name) for module, file in pairs)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_compiles_offline(revisions: Any, dialect: str) -> None:
    """Both directions become SQL without a connection, with every constraint under its own name."""
    up, down = revisions.offline_sql(dialect, "upgrade"), revisions.offline_sql(dialect, "downgrade")
    assert all(name in up for name in (*NAMES, *INDEXES))
    assert [name for name in NAMES if name in down] == ["FK_Messages_ReplyTo", "FK_Messages_Thread"]
    assert all(f"DROP TABLE {quoted}" in down for quoted in quoted_tables(dialect))


def quoted_tables(dialect: str) -> tuple[str, str]:
    left, right = {"mssql": "[]", "mysql": "``", "mariadb": "``"}.get(dialect, '""')
    return f"{left}Messages{right}", f"{left}MessageAudits{right}"


def test_sql_server_has_the_guides_types(revisions: Any) -> None:
    """On SQL Server the columns are what the guide wrote."""
    up = revisions.offline_sql("mssql", "upgrade")
    assert "[MessageId] BIGINT NOT NULL, \n    [ChannelId] BIGINT NOT NULL" in up
    assert "[Content] NVARCHAR(max) NULL" in up
    assert "[CreatedAt] DATETIMEOFFSET NOT NULL" in up
    assert "[EditedAt] DATETIMEOFFSET NULL" in up
    assert "[AuditId] BIGINT NOT NULL IDENTITY(1,1)" in up
    assert "[Action] VARCHAR(50) NOT NULL" in up
    assert "ADD [EmbeddedContent] NVARCHAR(max) NULL" in up
    assert "NTEXT" not in up


def test_sql_server_default_has_a_name(revisions: Any) -> None:
    """The default of Flags can be dropped again, because it is named, and is dropped before its column."""
    up, down = revisions.offline_sql("mssql", "upgrade"), revisions.offline_sql("mssql", "downgrade")
    assert "ADD [Flags] INTEGER NOT NULL CONSTRAINT [DF_Messages_Flags] DEFAULT 0" in up
    assert down.index("DROP CONSTRAINT [DF_Messages_Flags]") < down.index("DROP COLUMN [Flags]")


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
def test_mysql_keeps_long_text_and_fractions(revisions: Any, dialect: str) -> None:
    """On MySQL and MariaDB text is unlimited and Unicode, and moments keep their microseconds."""
    up = revisions.offline_sql(dialect, "upgrade")
    assert up.count("LONGTEXT") == 5
    assert up.count("DATETIME(6)") == 4
    assert up.count("utf8mb4") == 2
    assert "`AuditId` BIGINT NOT NULL AUTO_INCREMENT" in up


def test_postgresql_types(revisions: Any) -> None:
    """On PostgreSQL moments carry their zone and the server numbers the audits."""
    up = revisions.offline_sql("postgresql", "upgrade")
    assert up.count("TIMESTAMP WITH TIME ZONE") == 4
    assert '"AuditId" BIGSERIAL NOT NULL' in up


@pytest.mark.parametrize("enforcement", ["ON", "OFF"])
def test_sqlite_comes_back_identical(sqlite_file: Path, revisions: Any, enforcement: str) -> None:
    """On SQLite, going down to 1.0 and up again leaves the very same schema text, with rows in the tables."""
    engine = sa.create_engine(f"sqlite:///{sqlite_file}")
    seen = []
    with engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {enforcement}")
        revisions.up(connection, 0, 0)
        add_message(connection)
        connection.commit()
        seen.append(sqlite_schema(sqlite_file))
        for _ in range(2):
            revisions.up(connection, 1, 2)
            connection.commit()
            seen.append(sqlite_schema(sqlite_file))
            revisions.down(connection, 2, 1)
            connection.commit()
            seen.append(sqlite_schema(sqlite_file))
        kept = connection.exec_driver_sql('SELECT count(*) FROM "Messages"').scalar()
        revisions.down(connection, 0, 0)
        connection.commit()
    assert seen[0] == seen[2] == seen[4]
    assert seen[1] == seen[3] != seen[0]
    assert kept == 1
    assert sqlite_schema(sqlite_file) == []


def add_message(connection: sa.Connection) -> None:
    moment = "2024-01-02 03:04:05.678901+00:00"
    connection.exec_driver_sql('INSERT INTO "Messages" VALUES (1, 2, 3, 4, \'hi\', 0, ?, NULL, NULL)', (moment,))
    connection.exec_driver_sql("INSERT INTO \"MessageAudits\" VALUES (1, 1, 'post', 4, ?, NULL, 'hi')", (moment,))


def test_sqlite_references(migrated: Any) -> None:
    """On SQLite all three foreign keys point at Messages and refuse what is not there."""
    with sqlite3.connect(migrated(2)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        keys = [
            (table, key[3], key[2], key[4])
            for table in ("Messages", "MessageAudits")
            for key in connection.execute(f"PRAGMA foreign_key_list('{table}')")
        ]
        text = " ".join(row[0] or "" for row in connection.execute("SELECT sql FROM sqlite_master"))
        moment = "2024-01-02 03:04:05.678901+00:00"
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute(
                'INSERT INTO "Messages" ("MessageId", "ChannelId", "GuildId", "AuthorId", "MessageType", "CreatedAt",'
                ' "ReplyToId") VALUES (1, 1, 1, 1, 0, ?, 99)',
                (moment,),
            )
    assert sorted(keys) == [
        ("MessageAudits", "MessageId", "Messages", "MessageId"),
        ("Messages", "ReplyToId", "Messages", "MessageId"),
        ("Messages", "ThreadId", "Messages", "MessageId"),
    ]
    assert "_alembic_tmp" not in text
    assert all(name in text for name in (*NAMES, *INDEXES))


def differences(connection: sa.Connection, models: ModuleType) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, models.metadata))


def test_models_agree_on_sqlite(migrated: Any, models: ModuleType) -> None:
    """After 1.2 autogenerate finds nothing to do on SQLite."""
    engine = sa.create_engine(f"sqlite:///{migrated(2)}")
    with engine.connect() as connection:
        assert differences(connection, models) == []


@pytest.mark.postgresql
def test_postgresql_up_down_up(postgres_url: str, revisions: Any, models: ModuleType) -> None:
    """On PostgreSQL the migrations go up, down and up, and then autogenerate finds nothing to do."""
    engine = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        revisions.up(connection)
        revisions.down(connection)
        assert sa.inspect(connection).get_table_names() == []
        revisions.up(connection)
        assert differences(connection, models) == []
        found = sa.inspect(connection)
        keys = [key["name"] for table in ("Messages", "MessageAudits") for key in found.get_foreign_keys(table)]
    engine.dispose()
    assert sorted(keys) == sorted(NAMES)
