"""1.2: embeds, attachments and flags of a message.

Revision ID: 20240601000000
Revises: 20240301000000
Create Date: 2024-06-01 00:00:00
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mssql, mysql

revision = "20240601000000"
down_revision = "20240301000000"
branch_labels = None
depends_on = None

long_text = (
    sa.UnicodeText()
    .with_variant(mssql.NVARCHAR("max"), "mssql")
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
)
# SQL Server keeps a default as a constraint, and drops it by name only: so it needs a name we know.
NAMES_DEFAULTS = ("mssql",)


def upgrade() -> None:
    op.add_column("Messages", sa.Column("EmbeddedContent", long_text, nullable=True))
    op.add_column("Messages", sa.Column("Attachments", long_text, nullable=True))
    if op.get_context().dialect.name in NAMES_DEFAULTS:
        op.execute("ALTER TABLE [Messages] ADD [Flags] INTEGER NOT NULL CONSTRAINT [DF_Messages_Flags] DEFAULT 0")
    else:
        op.add_column("Messages", sa.Column("Flags", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    if op.get_context().dialect.name in NAMES_DEFAULTS:
        op.execute("ALTER TABLE [Messages] DROP CONSTRAINT [DF_Messages_Flags]")
    op.drop_column("Messages", "Flags")
    op.drop_column("Messages", "Attachments")
    op.drop_column("Messages", "EmbeddedContent")
