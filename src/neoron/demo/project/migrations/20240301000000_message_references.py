"""1.1: a message may reply to another one, and belong to a thread.

Revision ID: 20240301000000
Revises: 20240101000000
Create Date: 2024-03-01 00:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "20240301000000"
down_revision = "20240101000000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_reference("ReplyToId", "FK_Messages_ReplyTo")
    add_reference("ThreadId", "FK_Messages_Thread")


def downgrade() -> None:
    drop_reference("ThreadId", "FK_Messages_Thread")
    drop_reference("ReplyToId", "FK_Messages_ReplyTo")


def add_reference(column: str, constraint: str) -> None:
    """Add a nullable column that points at another message."""
    if op.get_context().dialect.supports_alter:
        op.add_column("Messages", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(constraint, "Messages", "Messages", [column], ["MessageId"])
    else:
        # SQLite cannot add a constraint to a table, but a column may bring its own.
        # A batch operation would copy the whole table to the same end.
        op.execute(
            f'ALTER TABLE "Messages" ADD COLUMN "{column}" BIGINT'
            f' CONSTRAINT "{constraint}" REFERENCES "Messages" ("MessageId")'
        )


def drop_reference(column: str, constraint: str) -> None:
    """Drop that column; on SQLite its constraint leaves with it."""
    if op.get_context().dialect.supports_alter:
        op.drop_constraint(constraint, "Messages", type_="foreignkey")
    op.drop_column("Messages", column)
