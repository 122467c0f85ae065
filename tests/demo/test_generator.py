"""The demo's rows: the same for the same seed, whole in their references, and quickly made."""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from neoron.demo.generator import (
    AUDIT_COLUMNS,
    EPOCH_MS,
    FIRST_ID,
    MESSAGE_COLUMNS,
    generate_audits,
    generate_batches,
    generate_messages,
)

LEAST_MESSAGES_PER_S = 50_000


def fill(path: Path, count: int, schema: str, **more: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for batch in generate_batches(count, schema=schema, **more):
            insert(connection, "Messages", MESSAGE_COLUMNS[schema], batch.messages)
            insert(connection, "MessageAudits", AUDIT_COLUMNS, batch.audits)


def insert(connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" for _ in columns)
    connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


def test_same_seed_same_rows() -> None:
    """One seed gives one set of rows, whatever the batch size, and another seed another set."""
    once = list(generate_messages(3_000, seed=7, schema="1.2"))
    again = [row for batch in generate_batches(3_000, seed=7, schema="1.2", batch_rows=700) for row in batch.messages]
    assert once == again
    assert list(generate_audits(3_000, seed=7)) == [a for b in generate_batches(3_000, seed=7) for a in b.audits]
    assert once != list(generate_messages(3_000, seed=8, schema="1.2"))


def test_first_row_of_seed_1_never_changes() -> None:
    """The rows are the same on every machine and Python version, so that checksums can be compared."""
    row = next(generate_messages(1))
    assert row[:4] == (1058897346016079318, 638659714442985567, 176968480876857126, 917045702828210650)
    assert row[6] == "2023-01-01 00:00:00.651000+00:00"


def test_columns_of_each_schema() -> None:
    """A message has the same first columns in every version of the schema."""
    rows = {schema: list(generate_messages(500, schema=schema)) for schema in MESSAGE_COLUMNS}
    assert [len(rows[s][0]) for s in ("1.0", "1.1", "1.2")] == [9, 11, 14]
    assert [r[:9] for r in rows["1.2"]] == rows["1.0"]
    assert [r[:11] for r in rows["1.2"]] == rows["1.1"]


def test_ids_are_snowflakes() -> None:
    """Ids grow, and the time in each id is the time of its message."""
    rows = list(generate_messages(5_000))
    assert all(earlier[0] < later[0] for earlier, later in pairwise(rows))
    assert all((row[0] >> 22) + EPOCH_MS == round(datetime.fromisoformat(row[6]).timestamp() * 1000) for row in rows)


def test_start_id_continues() -> None:
    """A second load that starts at the last id of the first one adds new ids only."""
    first = list(generate_messages(1_000))
    second = list(generate_messages(1_000, start_id=first[-1][0]))
    assert first[0][0] > FIRST_ID
    assert second[0][0] > first[-1][0]


def test_shares_are_realistic() -> None:
    """About a tenth of the messages is long; some are empty, replies, edited, deleted; few places get most."""
    rows = list(generate_messages(40_000, schema="1.2"))
    lengths = [len(row[4]) for row in rows if row[4] is not None]
    share = {
        "long": sum(length >= 500 for length in lengths) / len(rows),
        "empty": 1 - len(lengths) / len(rows),
        "reply": sum(row[9] is not None for row in rows) / len(rows),
        "edited": sum(row[7] is not None for row in rows) / len(rows),
        "deleted": sum(row[8] is not None for row in rows) / len(rows),
    }
    print(share)
    assert 0.08 < share["long"] < 0.12
    assert max(lengths) <= 4_000
    assert 0.01 < share["empty"] < 0.03
    assert 0.12 < share["reply"] < 0.20
    assert 0.06 < share["edited"] < 0.10
    assert 0.02 < share["deleted"] < 0.04
    authors = sorted((sum(1 for _ in g) for g in grouped(row[3] for row in rows)), reverse=True)
    assert sum(authors[:100]) > 0.25 * len(rows)
    assert len(authors) > 3_000


def grouped(values: Any) -> list[list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for value in values:
        groups.setdefault(value, []).append(value)
    return list(groups.values())


def test_text_is_of_the_world() -> None:
    """Messages hold several scripts, emoji, quotes, line breaks, tabs and backslashes."""
    text = "".join(row[4] or "" for row in islice(generate_messages(5_000), 5_000))
    scripts = ("你好", "こんにちは", "안녕", "привет", "नमस्ते", "مرحبا", "שלום", "👩‍💻")
    assert [mark for mark in (*scripts, "'", '"', "\n", "\t", "\\") if mark not in text] == []
    assert "\0" not in text


def test_references_hold_on_every_schema(migrated: Any, project: Path) -> None:
    """With foreign keys enforced every row goes in, and no validation of the project finds a wrong row."""
    path = migrated(2)
    fill(path, 20_000, "1.2")
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for query in sorted((project / "validations").glob("*.sql")):
            assert connection.execute(query.read_text()).fetchall() == [], query.name
        replies = connection.execute('SELECT count(*) FROM "Messages" WHERE "ReplyToId" IS NOT NULL').fetchone()[0]
    assert replies > 2_000


def test_1_0_rows_migrate(migrated: Any, revisions: Any) -> None:
    """Rows of 1.0 survive the way to 1.2 unchanged."""
    import sqlalchemy as sa

    path = migrated(0)
    fill(path, 2_000, "1.0")
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        revisions.up(connection, 1, 2)
    with sqlite3.connect(path) as connection:
        kept = connection.execute(f"SELECT {', '.join(MESSAGE_COLUMNS['1.0'])}, Flags FROM Messages").fetchall()
    assert kept == [(*row, 0) for row in generate_messages(2_000)]


def test_audits_tell_what_happened() -> None:
    """The last audit of a changed message agrees with the message, and time runs forward."""
    for batch in generate_batches(10_000):
        messages = {row[0]: row for row in batch.messages}
        last = {audit[0]: audit for audit in batch.audits}
        changed = {row[0] for row in batch.messages if row[7] or row[8]}
        assert set(last) == changed
        for message_id, (_, action, _, changed_at, old, new) in last.items():
            row = messages[message_id]
            assert (action, changed_at) == (("delete", row[8]) if row[8] else ("edit", row[7]))
            assert row[4] == (old if action == "delete" else new)
            assert changed_at > row[6]


def test_validations_find_wrong_rows(migrated: Any, project: Path) -> None:
    """Each validation of the project returns the rows that break its rule."""
    path = migrated(2)
    fill(path, 2_000, "1.2")
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            PRAGMA foreign_keys = OFF;
            UPDATE "MessageAudits" SET "Action" = 'ponder' WHERE "AuditId" = 1;
            UPDATE "MessageAudits" SET "MessageId" = 5 WHERE "AuditId" = 2;
            UPDATE "Messages" SET "EditedAt" = '2001-01-01 00:00:00.000000+00:00'
                WHERE "MessageId" = (SELECT min("MessageId") FROM "Messages");
            UPDATE "Messages" SET "ReplyToId" = "MessageId"
                WHERE "MessageId" = (SELECT max("MessageId") FROM "Messages");
            UPDATE "Messages" SET "Flags" = -1 WHERE "MessageId" = (SELECT min("MessageId") FROM "Messages");
        """)
        found = {q.stem: len(connection.execute(q.read_text()).fetchall()) for q in (project / "validations").glob("*")}
    assert found.pop("edits_without_audit") >= 1
    assert set(found.values()) == {1}, found


def test_rate() -> None:
    """Messages with their audits are made at 50,000 a second or more on one core."""
    next(generate_batches(1))
    rates = [one_rate(50_000) for _ in range(3)]
    print(f"generator: {max(rates):,.0f} messages/s with audits")
    assert max(rates) >= LEAST_MESSAGES_PER_S


def one_rate(count: int) -> float:
    start = time.perf_counter()
    made = sum(len(batch.messages) for batch in generate_batches(count))
    assert made == count
    return count / (time.perf_counter() - start)


@pytest.mark.parametrize("count", [0, 1, 10_000, 10_001])
def test_count_is_exact(count: int) -> None:
    """As many messages come as were asked for."""
    assert sum(len(batch.messages) for batch in generate_batches(count)) == count
