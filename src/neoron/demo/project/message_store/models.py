"""The tables as the application wants them, on SQLite, PostgreSQL, MySQL, MariaDB and SQL Server."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, sqlite

metadata = sa.MetaData()


class OffsetDateTime(sqlite.DATETIME):
    """A moment on SQLite, which has no such type: text in UTC that names its offset, so that it also sorts."""

    def bind_processor(self, dialect):
        return lambda moment: moment and moment.astimezone(UTC).isoformat(" ", "microseconds")

    def result_processor(self, dialect, coltype):
        return lambda text: text and datetime.fromisoformat(text)


Moment = (
    sa.DateTime(timezone=True)
    .with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    .with_variant(OffsetDateTime(), "sqlite")
)
LongText = (
    sa.UnicodeText()
    .with_variant(mssql.NVARCHAR("max"), "mssql")
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
)
# SQLite numbers rows by itself only in a column that is exactly INTEGER.
RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

messages = sa.Table(
    "Messages",
    metadata,
    sa.Column("MessageId", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("ChannelId", sa.BigInteger(), nullable=False),
    sa.Column("GuildId", sa.BigInteger(), nullable=False),
    sa.Column("AuthorId", sa.BigInteger(), nullable=False),
    sa.Column("Content", LongText),
    sa.Column("MessageType", sa.Integer(), nullable=False),
    sa.Column("CreatedAt", Moment, nullable=False),
    sa.Column("EditedAt", Moment),
    sa.Column("DeletedAt", Moment),
    sa.Column("ReplyToId", sa.BigInteger(), sa.ForeignKey("Messages.MessageId", name="FK_Messages_ReplyTo")),
    sa.Column("ThreadId", sa.BigInteger(), sa.ForeignKey("Messages.MessageId", name="FK_Messages_Thread")),
    sa.Column("EmbeddedContent", LongText),
    sa.Column("Attachments", LongText),
    sa.Column("Flags", sa.Integer(), nullable=False, server_default=sa.text("0")),
    sa.Index("IX_Messages_ChannelId", "ChannelId"),
    sa.Index("IX_Messages_GuildId", "GuildId"),
    sa.Index("IX_Messages_AuthorId", "AuthorId"),
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

message_audits = sa.Table(
    "MessageAudits",
    metadata,
    sa.Column("AuditId", RowNumber, primary_key=True),
    sa.Column(
        "MessageId",
        sa.BigInteger(),
        sa.ForeignKey("Messages.MessageId", name="FK_MessageAudits_Messages"),
        nullable=False,
    ),
    sa.Column("Action", sa.String(50), nullable=False),
    sa.Column("ChangedBy", sa.BigInteger(), nullable=False),
    sa.Column("ChangedAt", Moment, nullable=False),
    sa.Column("OldValue", LongText),
    sa.Column("NewValue", LongText),
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
