"""Write tables to files as JSON: of one moment, a few rows at a time, under their names only when they are whole."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from neoron.engines.json_objects import string_text
from neoron.engines.roles import Progress, Session
from neoron.errors import MigrationError, TargetUnavailable, UsageError
from neoron.model.encode import plain
from neoron.model.export import Export, ExportedTable
from neoron.model.schema import Schema, Table
from neoron.records import unfinished
from neoron.records.written import sync_folder
from neoron.stages.workspace import Workspace

FORMATS = ("json", "jsonl")
MANIFEST = "manifest.json"
_BLOCK = 1 << 20
_TELL_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Shape: path is the file or folder, manifest the file beside it or in it, checksum that of the manifest.
    """

    export: Export
    path: Path
    manifest: Path
    checksum: str


@dataclass(frozen=True, slots=True)
class _Work:
    workspace: Workspace
    session: Session
    form: str
    root: str
    progress: Progress
    is_one_moment: bool = True


def export(
    workspace: Workspace, tables: Sequence[str], path: Path, *, form: str, root: str = "", progress: Progress
) -> Exported:
    """Write one table to the file `path`, or several to files of a folder of that name, and a manifest.

    Changes: the file or folder, which must not be there yet, and the manifest; killed, neither has its name.
    Raises: UsageError; TargetUnavailable; MigrationError where it cannot be written.
    """
    _require(path, form, root)
    session = workspace.connect()
    try:
        with unfinished.room(path.parent, f"{path.name}-{os.getpid()}") as room:
            made = _written(_Work(workspace, session, form, root, progress), tables, path, room)
            return _placed(made, path, room, is_one=len(tables) == 1)
    except workspace.engine.faults.errors() as error:
        message = workspace.engine.faults.translate(error).message
        raise TargetUnavailable(message, where=str(workspace.url), state="Nothing was exported.") from None
    except OSError as error:
        raise MigrationError(
            f"cannot be written: {error.strerror or error}", where=str(path), state="Nothing was exported."
        ) from None
    finally:
        session.close()


def _require(path: Path, form: str, root: str) -> None:
    """Raises: UsageError for what cannot be done."""
    if form not in FORMATS:
        raise UsageError(f"unknown format `{form}`", next=f"one of {', '.join(FORMATS)}")
    if root and form != "json":
        raise UsageError("only a file of the format json has a root", next="leave out --root, or --format json")
    if path.exists() or path.is_symlink():
        raise UsageError("it is there already", where=str(path), next="choose another name, or remove it")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent), next="make it first")


def _written(work: _Work, tables: Sequence[str], path: Path, room: Path) -> Export:
    """The tables in the room, read in one transaction."""
    engine, session, start = work.workspace.engine, work.session, time.monotonic()
    created_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    work = replace(work, is_one_moment=engine.rows.freeze(session))
    if not work.is_one_moment:
        work.workspace.notice("what others write meanwhile may be in it: ALLOW_SNAPSHOT_ISOLATION is off here")
    schema = engine.catalog.schema(session)
    chosen = [_found(schema, name) for name in tables]
    if not chosen or len({table.name for table in chosen}) < len(chosen):
        raise UsageError("each table is named once", next="name the tables")
    made = []
    for table in chosen:
        name = path.name if len(chosen) == 1 else f"{table.name.replace('/', '_')}.{work.form}"
        made.append(_table(work, table, room / name))
    session.rollback()
    return Export(
        engine.name, engine.session.server_version(session), str(work.workspace.url), work.form, created_at,
        round((time.monotonic() - start) * 1000), work.is_one_moment, tuple(made), work.root,
    )  # fmt: skip


def _found(schema: Schema, name: str) -> Table:
    """The table of that name, or the only one that differs in case. Raises: UsageError."""
    table = schema.table(name)
    alike = [t for t in schema.tables if t.name.casefold() == name.casefold()]
    if table or len(alike) == 1:
        return table or alike[0]
    near = difflib.get_close_matches(name, [t.name for t in schema.tables], n=1)
    raise UsageError(f"no table `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""), next="name a table")


def _table(work: _Work, table: Table, file: Path) -> ExportedTable:
    """One table in one file, on the disk when this returns."""
    engine, session = work.workspace.engine, work.session
    names, checksum, total = [column.name for column in table.columns], "", 0
    if work.is_one_moment:
        content = engine.catalog.content(session, table, names)
        checksum, total = content.checksum, content.row_count
    before, between, after = _around(work.form, work.root)
    with _File(file) as written:
        written.add(before)
        count = 0
        for count, text in enumerate(engine.rows.objects(session, table), 1):
            written.add(between + text if count > 1 else text)
            if count % _TELL_EVERY == 0:
                work.progress(f"rows of {table.name}", count, total)
        written.add(after if count or work.form == "json" else "")
    if work.is_one_moment and count != total:
        raise MigrationError(
            f"{count} rows of {table.name} were written, and {total} counted", where=str(file.name),
            state="Nothing was exported.", next="only tables of a transactional storage are read as of one moment",
        )  # fmt: skip
    return ExportedTable(
        table.name, file.name, count, written.size_bytes, written.sha256, checksum,
        {column.name: column.type for column in table.columns}, table.primary_key,
    )  # fmt: skip


def _around(form: str, root: str) -> tuple[str, str, str]:
    """What stands before the rows, between two, and after them."""
    if form == "jsonl":
        return "", "\n", "\n"
    return ("[", ",", "]") if not root else (f"{{{string_text(root)}:[", ",", "]}")


class _File:
    """A new file that is written in blocks, and on the disk at the end. Shape: its size and SHA-256 grow with it."""

    def __init__(self, path: Path) -> None:
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        self._target = path.open("xb")
        self._waiting: list[str] = []
        self._length = 0

    def __enter__(self) -> _File:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        with self._target:
            if error is None:
                self._flush()
                self._target.flush()
                os.fsync(self._target.fileno())

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()

    def add(self, text: str) -> None:
        """Write text, later."""
        self._waiting.append(text)
        self._length += len(text)
        if self._length > _BLOCK:
            self._flush()

    def _flush(self) -> None:
        data = "".join(self._waiting).encode()
        self._hash.update(data)
        self.size_bytes += self._target.write(data)
        self._waiting, self._length = [], 0


def _placed(export: Export, path: Path, room: Path, *, is_one: bool) -> Exported:
    """Give what lies in the room its name: the manifest first, so that no data stands without one."""
    text = json.dumps({"schema": "neoron-export/1", **plain(export)}, indent=1, ensure_ascii=False) + "\n"
    note = room / MANIFEST
    with _File(note) as written:
        written.add(text)
    if is_one:
        manifest = path.with_name(f"{path.name}.{MANIFEST}")
        note.replace(manifest)
        (room / path.name).replace(path)
    else:
        manifest, folder = path / MANIFEST, room / "whole"
        folder.mkdir()
        for name in (*(table.file for table in export.tables), MANIFEST):
            (room / name).replace(folder / name)
        sync_folder(folder)
        folder.rename(path)
    sync_folder(path.parent)
    return Exported(export, path, manifest, written.sha256)
