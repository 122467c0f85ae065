"""A folder of migration files -> migrations in order; reads headers only, so that it stays fast."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from neoron.errors import SourceError, UsageError
from neoron.model.migration import Form, Migration, Version
from neoron.source.alembic_file import read_header
from neoron.source.order import in_order

_SQL_NAME = re.compile(r"(\d+)_([\w\-]+)\.sql")
_PARENT = re.compile(r"^--\s*migrate:parent[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)
_IGNORED = {"__init__.py", "__pycache__", "README", "README.md"}
PATTERN = "<yyyyMMddHHmmss>_<name>.sql or .py"


def read_folder(project: Path, folder: str, *, max_file_bytes: int = 64_000_000) -> tuple[Migration, ...]:
    """Read every migration of a folder, oldest first.

    Shape: folder is relative to project and must lie inside it.
    Raises: UsageError when the folder is missing; SourceError for a file that cannot be read or ordered.
    """
    root = _inside(project, folder)
    if not root.is_dir():
        raise UsageError(f"no migrations folder `{folder}`", where=str(project), next="neoron init")
    found: list[Migration] = []
    with os.scandir(root) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name in _IGNORED or entry.name.startswith("."):
                continue
            found.append(_read(project.resolve(), entry, f"{folder.rstrip('/')}/{entry.name}", max_file_bytes))
    return in_order(_with_implied_parents(found))


def with_texts(migrations: Sequence[Migration], texts: Mapping[str, str]) -> tuple[Migration, ...]:
    """The migrations as they would be with other, or more, `.sql` files; texts are by path.

    Raises: SourceError for files that cannot be ordered.
    """
    kept = [without_implied(m) for m in migrations if m.path not in texts]
    return in_order(_with_implied_parents([*kept, *(sql_migration(path, text) for path, text in texts.items())]))


def without_implied(migration: Migration) -> Migration:
    """The migration with the parents that its file itself names."""
    if migration.form is not Form.SQL:
        return migration
    return sql_migration(migration.path, migration.text, migration.file_digest)


def sql_migration(path: str, text: str, digest: str = "") -> Migration:
    """A `.sql` migration from its path and text. Raises: SourceError for a name off the pattern."""
    match = _SQL_NAME.fullmatch(Path(path).name)
    if not match:
        raise SourceError(f"the file name is off the pattern {PATTERN}", where=path, next="rename it, or move it away")
    digest = digest or hashlib.sha256(text.encode()).hexdigest()
    return Migration(match.group(1), match.group(2), path, Form.SQL, named_parents(text), digest, text)


def named_parents(text: str) -> tuple[Version, ...]:
    """The versions that `-- migrate:parent` lines name."""
    return tuple(p.strip() for line in _PARENT.findall(text) for p in line.split(",") if p.strip())


def _inside(project: Path, folder: str) -> Path:
    root = (project / folder).resolve()
    if not root.is_relative_to(project.resolve()):
        raise UsageError(
            f"`migrations = \"{folder}\"` is outside the project folder",
            where="neoron.toml", next="move the folder into the project",
        )  # fmt: skip
    return root


def _read(root: Path, entry: os.DirEntry[str], path: str, max_file_bytes: int) -> Migration:
    text, digest = read_text(root, Path(entry.path), path, max_file_bytes)
    if entry.name.endswith(".py"):
        return read_header(path, text, digest)
    return sql_migration(path, text, digest)


def read_text(root: Path, file: Path, path: str, max_file_bytes: int) -> tuple[str, str]:
    """The decoded text of one file inside a folder, and the SHA-256 of its bytes.

    Raises: SourceError naming the file and, for bad bytes, their offset.
    """
    try:
        status = file.lstat()
        if stat.S_ISLNK(status.st_mode):
            if not Path(os.path.realpath(file)).is_relative_to(root):
                raise SourceError("it leads outside the project folder", where=path, next="move the file itself here")
            status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SourceError("not an ordinary file", where=path, next=f"move it out of {Path(path).parent}")
        if status.st_size > max_file_bytes:
            raise SourceError(
                f"{status.st_size:,} bytes is over the limit of {max_file_bytes:,}",
                where=path, next="raise `max_file_bytes` under [project] in neoron.toml",
            )  # fmt: skip
        content = file.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=path, next="mend or remove it") from None
    return _decode(content, path), hashlib.sha256(content).hexdigest()


def _decode(content: bytes, path: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError("UTF-16, not UTF-8 (byte 0)", where=path, next="save it as UTF-8")
    nul = content.find(b"\0")
    if nul >= 0:
        raise SourceError(f"a NUL byte at byte {nul}", where=path, next="save it as UTF-8 text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + 3 * content.startswith(b"\xef\xbb\xbf")
        raise SourceError(f"not UTF-8 at byte {offset}", where=path, next="save it as UTF-8") from None


def _with_implied_parents(found: list[Migration]) -> list[Migration]:
    """A `.sql` file without a parent line follows the next lower id of the folder."""
    from dataclasses import replace

    result = []
    previous = ""
    for migration in sorted(found, key=lambda m: m.version.zfill(20) if m.version.isdigit() else m.version):
        implied = migration.form is Form.SQL and not migration.parents and previous and previous != migration.version
        result.append(replace(migration, parents=(previous,)) if implied else migration)
        previous = migration.version
    return result
