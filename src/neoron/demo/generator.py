"""Rows for the message store: the same rows for the same seed, as many as wanted, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any, TypeVar

from neoron.demo import phrases

Row = tuple[Any, ...]
_Story = tuple[Row, tuple[Row, ...]]
_T = TypeVar("_T")

_COLUMNS_1_0 = (
    "MessageId", "ChannelId", "GuildId", "AuthorId", "Content", "MessageType", "CreatedAt", "EditedAt", "DeletedAt",
)  # fmt: skip
MESSAGE_COLUMNS = {
    "1.0": _COLUMNS_1_0,
    "1.1": (*_COLUMNS_1_0, "ReplyToId", "ThreadId"),
    "1.2": (*_COLUMNS_1_0, "ReplyToId", "ThreadId", "EmbeddedContent", "Attachments", "Flags"),
}
"""The columns of a message row for each version of the schema."""
AUDIT_COLUMNS = ("MessageId", "Action", "ChangedBy", "ChangedAt", "OldValue", "NewValue")
"""The columns of an audit row; the database numbers AuditId itself."""

EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015 in Unix time, from which message ids count."""
FIRST_ID = (1_672_531_200_000 - EPOCH_MS) << 22
"""The id of the first moment of 2023: generated messages come after it."""

GUILDS, CHANNELS, AUTHORS = 60, 400, 8_000
POST, JOIN, REPLY = 0, 7, 19
MEAN_GAP_MS = 2_000

# What becomes of a message: bits that combine. An enum's flags would cost more than the rest of a row.
_LONG, _JOIN, _REPLY, _EDITED, _DELETED, _EMBED, _FILE, _SILENT = (1 << n for n in range(8))
_CHANGED = _EDITED | _DELETED
_SHARES = (
    (_LONG, 0.10), (_JOIN, 0.02), (_REPLY, 0.18), (_EDITED, 0.08),
    (_DELETED, 0.03), (_EMBED, 0.03), (_FILE, 0.05), (_SILENT, 0.01),
)  # fmt: skip

_SUPPRESS_NOTIFICATIONS = 4096
_LONGEST_EDIT_MS, _LONGEST_LIFE_MS = 600_000, 86_400_000
_YEAR_MS = 31_557_600_000
_UNIX_DAY_0 = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the order of their ids, and the audit rows of these messages.

    Shape: rows of MESSAGE_COLUMNS of the asked schema and of AUDIT_COLUMNS; moments are ISO 8601 texts in
    UTC, such as `2023-01-02 03:04:05.678000+00:00`.
    """

    messages: list[Row]
    audits: list[Row]


@dataclass(frozen=True, slots=True)
class _World:
    """Everything a row is drawn from; the sizes are powers of two, so that bits choose.

    Shape: channels are (channel, guild) pairs; channels and authors repeat by popularity.
    """

    channels: list[tuple[int, int]]  # 4096
    authors: list[int]  # 16384
    gaps_ms: list[int]  # 256
    fates: list[int]  # 4096
    openings: list[str]  # 1024
    closings: list[str]  # 256
    long_texts: list[str]  # 512


def generate_batches(
    count: int, *, seed: int = 1, start_id: int = FIRST_ID, schema: str = "1.0", batch_rows: int = 10_000
) -> Iterator[Batch]:
    """Make messages together with their audit rows, batch by batch.

    Shape: schema is a key of MESSAGE_COLUMNS; ids grow and are above start_id, replies point at earlier ids
    of the same call. The first columns do not depend on the schema, nor the rows on batch_rows.
    """
    width = len(MESSAGE_COLUMNS[schema])
    stream = _stories(count, seed, start_id)
    while stories := list(islice(stream, batch_rows)):
        messages = [message[:width] for message, _ in stories]
        yield Batch(messages, [audit for _, audits in stories for audit in audits])


def generate_messages(
    count: int, *, seed: int = 1, start_id: int = FIRST_ID, schema: str = "1.0"
) -> Iterator[Row]:
    """Make message rows only, in the columns of MESSAGE_COLUMNS[schema]."""
    width = len(MESSAGE_COLUMNS[schema])
    return (message[:width] for message, _ in _stories(count, seed, start_id))


def generate_audits(count: int, *, seed: int = 1, start_id: int = FIRST_ID) -> Iterator[Row]:
    """Make the audit rows that belong to `generate_messages` of the same arguments.

    Shape: count counts messages. A message that was never touched has no audit row; the first change
    writes the post it started from.
    """
    return (audit for _, audits in _stories(count, seed, start_id) for audit in audits)


def _stories(count: int, seed: int, start_id: int) -> Iterator[_Story]:
    chat = _Chat(seed, start_id)
    return (chat.next_story() for _ in range(count))


class _Chat:
    """A chat as it goes on; one draw of 64 bits decides a message.

    Shape: bits from the lowest: 8 gap, 12 channel, 14 author, 12 fate, 10 opening, 8 closing.
    """

    def __init__(self, seed: int, start_id: int) -> None:
        self._world = _world(seed)
        self._draw = Random(seed).getrandbits
        self._now_ms = (start_id >> 22) + EPOCH_MS
        self._time_text = _Clock().text
        self._latest: dict[int, tuple[int, int]] = {}

    def next_story(self) -> _Story:
        """The next message with all columns, and its audit rows."""
        world, bits = self._world, self._draw(64)
        now_ms = self._now_ms = self._now_ms + world.gaps_ms[bits & 255]
        # A gap is never 0 ms, so that ids grow whatever their low bits are.
        message_id = (now_ms - EPOCH_MS) << 22 | bits >> 42
        channel_id, guild_id = world.channels[bits >> 8 & 4095]
        author_id = world.authors[bits >> 20 & 16383]
        fate = world.fates[bits >> 34 & 4095]
        content = world.openings[bits >> 46 & 1023] + world.closings[bits >> 56]
        row = (message_id, channel_id, guild_id, author_id)
        created_at = self._time_text(now_ms)
        if not fate:
            self._latest[channel_id] = message_id, message_id
            return (*row, content, POST, created_at, None, None, None, None, None, None, 0), ()
        if fate & _JOIN:
            self._latest[channel_id] = message_id, message_id
            return (*row, None, JOIN, created_at, None, None, None, None, None, None, 0), ()
        if fate & _LONG:
            content = world.long_texts[bits >> 46 & 511] + world.closings[bits >> 56]
        content, edited_at, deleted_at, audits = self._change(message_id, author_id, content, created_at, fate, bits)
        reply_to_id, thread_id = self._place(message_id, channel_id, fate)
        kind = REPLY if reply_to_id else POST
        changed = (content, kind, created_at, edited_at, deleted_at, reply_to_id, thread_id)
        return (*row, *changed, *_metadata(message_id, fate)), audits

    def _place(self, message_id: int, channel_id: int, fate: int) -> tuple[int | None, int | None]:
        """The message it replies to and the first of its thread."""
        if fate & _REPLY and channel_id in self._latest:
            place = self._latest[channel_id]
            self._latest[channel_id] = message_id, place[1]
            return place
        self._latest[channel_id] = message_id, message_id
        return None, None

    def _change(
        self, message_id: int, author_id: int, content: str, created_at: str, fate: int, bits: int
    ) -> tuple[str, str | None, str | None, tuple[Row, ...]]:
        """The content, EditedAt and DeletedAt it ends with, and the audit of how it came so."""
        if not fate & _CHANGED:
            return content, None, None, ()
        edited_at = deleted_at = None
        audits: tuple[Row, ...] = ((message_id, "post", author_id, created_at, None, content),)
        if fate & _EDITED:
            edited_at = self._time_text(self._now_ms + 1_000 + bits % _LONGEST_EDIT_MS)
            before, content = content, f"{content} {phrases.EDITS[bits % len(phrases.EDITS)]}"
            audits = (*audits, (message_id, "edit", author_id, edited_at, before, content))
        if fate & _DELETED:
            deleted_at = self._time_text(self._now_ms + 1_000 + _LONGEST_EDIT_MS + bits % _LONGEST_LIFE_MS)
            by = author_id if bits & 1 else self._world.authors[0]
            audits = (*audits, (message_id, "delete", by, deleted_at, content, None))
        return content, edited_at, deleted_at, audits


def _metadata(message_id: int, fate: int) -> tuple[str | None, str | None, int]:
    """EmbeddedContent, Attachments and Flags."""
    page = f"https://example.org/{message_id % 9973}"
    embed = f'{{"type": "link", "url": "{page}", "title": "№ {message_id % 9973} · 記事"}}' if fate & _EMBED else None
    name = f"photo_{message_id % 9973}.png"
    files = f'[{{"filename": "{name}", "size": {message_id % 8_000_000}}}]' if fate & _FILE else None
    return embed, files, _SUPPRESS_NOTIFICATIONS if fate & _SILENT else 0


class _Clock:
    """Moments as texts; formatting a date for every row would cost more than the rest of the row."""

    def __init__(self) -> None:
        self._days: dict[int, str] = {}
        self._seconds, self._fractions = _clock_texts()

    def text(self, unix_ms: int) -> str:
        """The moment in ISO 8601, in UTC with its offset."""
        second, ms = divmod(unix_ms, 1000)
        day, second = divmod(second, 86_400)
        day_text = self._days.get(day) or self._add_day(day)
        return day_text + self._seconds[second] + self._fractions[ms]

    def _add_day(self, day: int) -> str:
        return self._days.setdefault(day, (_UNIX_DAY_0 + timedelta(days=day)).isoformat())


@lru_cache(maxsize=1)
def _clock_texts() -> tuple[list[str], list[str]]:
    seconds = [f" {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)]
    return seconds, [f".{ms:03}000+00:00" for ms in range(1000)]


@lru_cache(maxsize=4)
def _world(seed: int) -> _World:
    choose = Random(f"message store {seed}")
    guilds = [_old_id(choose) for _ in range(GUILDS)]
    channels = [(_old_id(choose), guilds[n % GUILDS]) for n in range(CHANNELS)]
    return _World(
        channels=_by_popularity(channels, 4096),
        authors=_by_popularity([_old_id(choose) for _ in range(AUTHORS)], 16384),
        gaps_ms=[1 + int(choose.expovariate(1 / MEAN_GAP_MS)) for _ in range(256)],
        fates=[_fate(choose) for _ in range(4096)],
        openings=phrases.short_texts(choose, 1024),
        closings=phrases.closings(choose, 256),
        long_texts=phrases.long_texts(choose, 512),
    )


def _old_id(choose: Random) -> int:
    """The id of something made between 2016 and 2022."""
    return choose.randrange(_YEAR_MS, 7 * _YEAR_MS) << 22 | choose.getrandbits(22)


def _by_popularity(items: list[_T], slots: int) -> list[_T]:
    """The items repeated so that the n-th has about 1/n of the share of the first, but each at least one slot."""
    spare = slots - len(items)
    total = sum(1 / n for n in range(1, len(items) + 1))
    shares = [1 + int(spare / total / n) for n in range(1, len(items) + 1)]
    repeated = [item for item, share in zip(items, shares, strict=True) for _ in range(share)]
    return repeated + items[:1] * (slots - len(repeated))


def _fate(choose: Random) -> int:
    fate = sum(flag for flag, share in _SHARES if choose.random() < share)
    return _JOIN if fate & _JOIN else fate
