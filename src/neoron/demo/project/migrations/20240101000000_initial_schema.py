"""1.0: messages, and the audit of their changes.

Revision ID: 20240101000000
Revises:
Create Date: 2024-01-01 00:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mssql, mysql

revision = "20240101000000"
down_revision = None
branch_labels = None
depends_on = None

moment = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
long_text = (
    sa.UnicodeText()
    .with_variant(mssql.NVARCHAR("max"), "mssql")
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
)
# SQLite numbers rows by itself only in a column that is exactly INTEGER.
row_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# The other engines number a whole-number key by themselves; SQL Server's IDENTITY is spelled out.
SPELLS_IDENTITY = ("mssql",)


def upgrade() -> None:
    spells_identity = op.get_context().dialect.name in SPELLS_IDENTITY
    numbering = [sa.Identity(start=1, increment=1)] if spells_identity else []
    op.create_table(
        "Messages",
        sa.Column("MessageId", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ChannelId", sa.BigInteger(), nullable=False),
        sa.Column("GuildId", sa.BigInteger(), nullable=False),
        sa.Column("AuthorId", sa.BigInteger(), nullable=False),
        sa.Column("Content", long_text, nullable=True),
        sa.Column("MessageType", sa.Integer(), nullable=False),
        sa.Column("CreatedAt", moment, nullable=False),
        sa.Column("EditedAt", moment, nullable=True),
        sa.Column("DeletedAt", moment, nullable=True),
        sa.PrimaryKeyConstraint("MessageId"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    op.create_index("IX_Messages_ChannelId", "Messages", ["ChannelId"])
    op.create_index("IX_Messages_GuildId", "Messages", ["GuildId"])
    op.create_index("IX_Messages_AuthorId", "Messages", ["AuthorId"])
    op.create_table(
        "MessageAudits",
        sa.Column("AuditId", row_number, *numbering, nullable=False),
        sa.Column("MessageId", sa.BigInteger(), nullable=False),
        sa.Column("Action", sa.String(50), nullable=False),
        sa.Column("ChangedBy", sa.BigInteger(), nullable=False),
        sa.Column("ChangedAt", moment, nullable=False),
        sa.Column("OldValue", long_text, nullable=True),
        sa.Column("NewValue", long_text, nullable=True),
        sa.PrimaryKeyConstraint("AuditId"),
        sa.ForeignKeyConstraint(["MessageId"], ["Messages.MessageId"], name="FK_MessageAudits_Messages"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )


def downgrade() -> None:
    op.drop_table("MessageAudits")
    op.drop_table("Messages")
