"""One migration whose safe sequence takes several transactions -> that migration and its follow-ups, as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from neoron.model.migration import Migration, Version
from neoron.rules.offering import clauses_of, owners
from neoron.source.sections import SqlParts
from neoron.sql.actions import Action, Reading, Setting
from neoron.sql.chunks import Chunk, chunks
from neoron.sql.reading import reader_of, readings
from neoron.stages.arranging import Group
from neoron.stages.fix_text import written_line
from neoron.stages.taking_back import group_of, touched

_OUTSIDE = " transaction:false"


@dataclass(slots=True)
class Down:
    """The way down of one of the files: statements as written, then what takes helpers back."""

    pieces: list[Chunk] = field(default_factory=list)
    undo: list[str] = field(default_factory=list)


def split_files(
    migration: Migration, parts: SqlParts, cut: tuple[list[Chunk], str], groups: Sequence[Group], dialect: str,
    versions: Sequence[Version],
) -> dict[str, str] | str:  # fmt: skip
    """Path -> text of the migration and of one follow-up for each further group, or why it cannot be divided.

    Shape: cut are the chunks of its up section, versions the ids of the follow-ups.
    """
    downs = _downs(parts, groups, dialect)
    if downs is None:
        return "its way down could not be taken apart"
    carried = _settings(cut[0], groups, dialect)
    first = replace(
        parts, up_options=_OUTSIDE if groups[0].is_outside else parts.up_options,
        up=_body(cut[0], groups[0], ()) + cut[1], down=None if downs == [] else _down_text(downs[0], parts),
    )  # fmt: skip
    texts = {migration.path: first.text()}
    before = migration.version
    for number, (group, version) in enumerate(zip(groups[1:], versions, strict=True), 2):
        name = f"{version}_{migration.name}_{number}.sql"
        path = str(PurePosixPath(migration.path).with_name(name))
        settings = () if group.is_outside else carried
        texts[path] = _follow_up(migration, before, group, _body(cut[0], group, settings),
                                 downs[number - 1] if downs else None, parts)  # fmt: skip
        before = version
    return texts


def _body(pieces: Sequence[Chunk], group: Group, carried: Sequence[str]) -> str:
    texts = [f"\n{text};" for text in carried]
    for line in group.lines:
        piece = pieces[line.number] if line.number is not None else Chunk("\n", "", "")
        texts.append(_kept(piece) if line.is_kept else written_line(piece, line.text))
    return "".join(texts)


def _kept(piece: Chunk) -> str:
    return piece.whole if piece.tail else f"{piece.whole};"


def _settings(pieces: Sequence[Chunk], groups: Sequence[Group], dialect: str) -> list[str]:
    """What the first group sets for its transaction, to be set again in the others."""
    read = reader_of(dialect)
    kept = [pieces[line.number].text for line in groups[0].lines if line.is_kept and line.number is not None]
    return [text for text in kept if any(isinstance(action, Setting) for action in read(text))]


def _follow_up(
    migration: Migration, before: Version, group: Group, body: str, down: Down | None, parts: SqlParts
) -> str:
    head = f"-- {migration.name}: what has to follow once {before} is committed\n-- migrate:parent {before}\n\n"
    up = f"-- migrate:up{_OUTSIDE if group.is_outside else ''}\n{body.strip()}\n"
    if down is None:
        return head + up
    is_outside = not down.pieces and any(" CONCURRENTLY " in text for text in down.undo)
    options = _OUTSIDE if is_outside else parts.down_options if down.pieces else ""
    return f"{head}{up}\n-- migrate:down{options}\n{_down_text(down, parts, is_outside=is_outside).strip()}\n"


def _down_text(down: Down, parts: SqlParts, *, is_outside: bool = False) -> str:
    may_wait = is_outside or "false" in parts.down_options
    undo = down.undo if may_wait else [text.replace(" CONCURRENTLY", "") for text in down.undo]
    return "".join(_kept(piece) for piece in down.pieces) + "".join(f"\n{text};" for text in undo) + "\n"


def _downs(parts: SqlParts, groups: Sequence[Group], dialect: str) -> list[Down] | None:
    """The way down, each statement in the file whose work it takes back; [] for none, None where it is not readable."""
    if parts.down is None:
        return []
    read = reader_of(dialect)
    statements: list[Reading] = readings(parts.down, dialect) if parts.down.strip() else []
    cut = chunks(parts.down, [s.text for s in statements], dialect)
    if cut is None:
        return None
    ups = [[a for line in group.lines for a in read(line.text)] for group in groups]
    downs = [Down() for _group in groups]
    for reading, piece in zip(statements, cut[0], strict=True):
        for number, part in _divided(reading, piece, ups, dialect):
            downs[number].pieces.append(part)
    if cut[1].strip():
        downs[0].pieces.append(Chunk(cut[1], "", " "))
    for down, group in zip(downs, groups, strict=True):
        done = touched([a for piece in down.pieces for a in read(piece.text)])
        down.undo = [text for text in reversed(group.undo) if not touched(read(text)) & done]
    return downs


def _divided(
    reading: Reading, piece: Chunk, ups: Sequence[Sequence[Action]], dialect: str
) -> Iterator[tuple[int, Chunk]]:
    """A statement of the way down, an ALTER TABLE clause by clause where they belong into several files."""
    cut = clauses_of(reading, dialect)
    groups = [group_of([action], ups) for action in owners(reading)] if cut else []
    if cut is None or len(set(groups)) < 2:
        yield group_of(reading.actions, ups), piece
        return
    for group in dict.fromkeys(groups):
        clauses = [clause for at, clause in zip(groups, cut.clauses, strict=True) if at == group]
        lead = piece.lead if group == groups[0] else "\n"
        yield group, Chunk(lead, f"{cut.head} {', '.join(clauses)}", piece.tail or ";")


def next_versions(
    version: Version, count: int, taken: Sequence[Version], below: Version | None
) -> list[Version] | None:
    """Ids for follow-ups right after a version, and below another; None where there is no room."""
    found: list[Version] = []
    while len(found) < count:
        version = _next(version)
        if below is not None and int(version) >= int(below):
            return None
        if version not in taken:
            found.append(version)
    return found


def _next(version: Version) -> Version:
    try:
        later = datetime.strptime(version, "%Y%m%d%H%M%S") + timedelta(seconds=1)
        return later.strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError):
        return str(int(version) + 1).zfill(len(version))


