"""Use the tables as the message API does, in one transaction that is rolled back: nothing stays.

`python -m message_store.smoke` reads NEORON_URL. It looks at the columns that are there, so that it
works on every version of the schema.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import UTC, datetime

import sqlalchemy as sa

from message_store.models import message_audits, messages

DRIVERS = {
    "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql",
}
AUTHOR_ID = 7
REPLY = 19


class SmokeFailed(Exception):
    """The application would not work; the text says which part."""


class MessageApi:
    """What the message API does with the tables, on one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.columns = {c["name"] for c in sa.inspect(connection).get_columns(messages.name)}
        newest = connection.scalar(sa.select(sa.func.max(messages.c.MessageId)))
        self.next_id = (newest or 0) + 1
        self.channel_id = self.next_id

    def post(self, content: str, **more: object) -> int:
        message_id, self.next_id = self.next_id, self.next_id + 1
        row = {
            "MessageId": message_id, "ChannelId": self.channel_id, "GuildId": 1, "AuthorId": AUTHOR_ID,
            "Content": content, "MessageType": 0, "CreatedAt": datetime.now(UTC), **more,
        }
        self.connection.execute(messages.insert().values(row))
        return message_id

    def change(self, message_id: int, action: str, old: str | None, new: str | None, **values: object) -> None:
        self.connection.execute(messages.update().where(messages.c.MessageId == message_id).values(values))
        self.connection.execute(
            message_audits.insert().values(
                MessageId=message_id, Action=action, ChangedBy=AUTHOR_ID, ChangedAt=datetime.now(UTC),
                OldValue=old, NewValue=new,
            )
        )

    def read(self, message_id: int, *columns: sa.Column) -> sa.Row:
        return self.connection.execute(sa.select(*columns).where(messages.c.MessageId == message_id)).one()

    def page(self, before_id: int, size: int) -> list[int]:
        here = (messages.c.ChannelId == self.channel_id, messages.c.DeletedAt.is_(None))
        page = sa.select(messages.c.MessageId).where(*here, messages.c.MessageId < before_id)
        return list(self.connection.scalars(page.order_by(messages.c.MessageId.desc()).limit(size)))


def expect(is_met: bool, what: str) -> None:
    """Raise SmokeFailed unless it is so."""
    if not is_met:
        raise SmokeFailed(what)


def check_post(api: MessageApi) -> None:
    text = "Grüße, 世界! 👋 it's \"quoted\"\nand two lines"
    message_id = api.post(text)
    row = api.read(message_id, messages.c.Content, messages.c.CreatedAt)
    expect(row.Content == text, "a posted message reads back differently")
    expect(abs(as_utc(row.CreatedAt) - datetime.now(UTC)).total_seconds() < 600, "a moment reads back differently")
    if "Flags" in api.columns:
        expect(api.read(message_id, messages.c.Flags).Flags == 0, "a message without flags has some")


def check_edit(api: MessageApi) -> None:
    message_id = api.post("draft")
    api.change(message_id, "edit", "draft", "final", Content="final", EditedAt=datetime.now(UTC))
    row = api.read(message_id, messages.c.Content, messages.c.EditedAt)
    audit = api.connection.execute(sa.select(message_audits).where(message_audits.c.MessageId == message_id)).one()
    expect(row.Content == "final" and row.EditedAt is not None, "an edit is lost")
    expect((audit.OldValue, audit.NewValue) == ("draft", "final"), "the audit of an edit is wrong")


def check_delete(api: MessageApi) -> None:
    message_id = api.post("regretted")
    api.change(message_id, "delete", "regretted", None, DeletedAt=datetime.now(UTC))
    expect(api.read(message_id, messages.c.Content).Content == "regretted", "a soft delete took the row away")
    expect(message_id not in api.page(api.next_id, 50), "a deleted message is still shown")


def check_page(api: MessageApi) -> None:
    posted = [api.post(f"number {n}") for n in range(5)]
    newest = api.page(api.next_id, 3)
    older = api.page(newest[-1], 2)
    expect(newest + older == posted[::-1], "the pages of a channel have gaps or repeats")


def check_reply(api: MessageApi) -> None:
    question = api.post("does it work?")
    if "ReplyToId" in api.columns:
        reply = api.post("it does", MessageType=REPLY, ReplyToId=question, ThreadId=question)
        answered = api.read(reply, messages.c.ReplyToId).ReplyToId
    else:
        # Before 1.1 a reply is shown under the message before it.
        answered = api.page(api.post("it does", MessageType=REPLY), 1)[0]
    expect(api.read(answered, messages.c.Content).Content == "does it work?", "a reply leads to another message")


CHECKS = (check_post, check_edit, check_delete, check_page, check_reply)


def as_utc(moment: datetime) -> datetime:
    """The moment with its offset, which MySQL and MariaDB do not keep."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def connect_to(url_text: str) -> sa.Engine:
    """An engine for a URL without a driver name; foreign keys are enforced on SQLite too."""
    url = sa.make_url(url_text)
    engine = sa.create_engine(url.set(drivername=DRIVERS.get(url.drivername, url.drivername)))
    sa.event.listen(engine, "connect", enforce_foreign_keys)
    return engine


def enforce_foreign_keys(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA foreign_keys = ON")


def run(url_text: str) -> int:
    """Run every check and roll back; how many passed. Raises: SmokeFailed or SQLAlchemyError."""
    engine = connect_to(url_text)
    with engine.connect() as connection, connection.begin() as transaction:
        api = MessageApi(connection)
        for check in CHECKS:
            check(api)
        transaction.rollback()
    engine.dispose()
    return len(CHECKS)


def main() -> int:
    """Say in one line whether the application works."""
    url_text = os.environ.get("NEORON_URL", "")
    if not url_text:
        sys.stderr.write("smoke: set NEORON_URL to the database's URL\n")
        return 1
    try:
        passed = run(url_text)
    except (SmokeFailed, sa.exc.SQLAlchemyError) as error:
        sys.stderr.write(f"smoke: failed: {str(error).splitlines()[0]}\n")
        return 1
    sys.stdout.write(f"smoke: {passed} checks passed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
