"""Backups on a storage such as S3, through fsspec: parts first, the manifest last, every part compared on its way."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from neoron.errors import BackupError, UsageError
from neoron.model.backup import BackupRecord
from neoron.model.encode import to_json
from neoron.records.backups import MANIFEST, parsed

PIECE_BYTES = 1 << 20
BLOCK_BYTES = 8 << 20
BLOCKS = 9_000
"""S3 takes 10,000 blocks an object; blocks of 8 MiB until a part needs larger ones (Amazon S3, Multipart limits)."""
LEFT_AFTER = timedelta(days=7)
_OPTIONS: dict[str, dict[str, Any]] = {
    "file": {"auto_mkdir": True},
    "local": {"auto_mkdir": True},
    # s3fs tries five times by itself; botocore's own five tries within each of them would take minutes.
    "s3": {"config_kwargs": {"retries": {"max_attempts": 1}}},
}
_ID = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{6}")
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s?*\[\]#@]*)")
Sent = Callable[[int, int], None]
"""Called with the bytes that have gone over, and how many there are."""


class DamagedPart(BackupError):
    """What lies on the storage is not what was sent there."""


@dataclass(frozen=True, slots=True)
class Storage:
    """A place on a file system of fsspec. Shape: root is the path that url names; one folder in it per backup."""

    url: str
    root: str
    files: Any

    def require(self) -> None:
        """Ask the storage once, before hours of work go into a backup. Raises: BackupError."""
        self._folders()

    def listed(self) -> list[BackupRecord]:
        """The backups with a readable manifest, oldest first. Raises: BackupError."""
        found = []
        for id in self._folders():
            with suppress(_NoManifest, _Unreadable):
                found.append(self.read(id))
        return found

    def read(self, id: str) -> BackupRecord:
        """The manifest of one backup. Raises: BackupError saying which it is not: there, readable, its own."""
        if not _ID.fullmatch(id):
            raise BackupError(f"no backup `{id}`", where=self.url, next="neoron backup list")
        where = f"{self.url}/{id}"
        try:
            with _told(where):
                text = self.files.cat_file(f"{self.root}/{id}/{MANIFEST}")
        except _NotThere:
            raise _NoManifest(f"no backup `{id}`", where=self.url, next="neoron backup list") from None
        try:
            record = parsed(text.decode("utf-8", errors="replace"), f"{where}/{MANIFEST}")
        except BackupError as error:
            raise _Unreadable(error.message, where=error.where, next=error.next) from None
        if record.id != id:
            raise _Unreadable("its manifest is that of another backup", where=where, next="neoron backup list")
        unsafe = next((n for n in (*record.files, *record.sealed) if not _is_inside(n)), None)
        if unsafe is not None:
            raise _Unreadable(f"its manifest names a part outside of it: {unsafe!r}", where=where)
        return record

    def send(self, folder: Path, record: BackupRecord, sent: Sent) -> None:
        """Send every part and then the manifest: until that one is there, it is no backup.

        Raises: BackupError; what was sent of it is removed as far as the storage still answers.
        """
        parts = record.sealed or record.files
        total = sum((folder / name).stat().st_size for name in parts)
        done = 0
        try:
            for name, digest in parts.items():
                with _told(f"{self.url}/{record.id}/{name}"):
                    done = self._send_part(folder / name, f"{record.id}/{name}", digest, Told(sent, done, total))
            self.write_manifest(record)
        except BaseException:
            with suppress(BackupError):
                self.discard(record.id)
            raise

    def _send_part(self, path: Path, name: str, digest: str, told: Told) -> int:
        size_bytes, found = path.stat().st_size, hashlib.sha256()
        block_bytes = max(BLOCK_BYTES, -(-size_bytes // BLOCKS))
        with path.open("rb") as file, self._written(name, block_bytes) as out:
            while piece := file.read(PIECE_BYTES):
                found.update(piece)
                out.write(piece)
                told.more(len(piece))
            if found.hexdigest() != digest:
                raise BackupError(f"{path.name} changed while it was sent", where=self.url, next="neoron backup create")
        return told.done

    @contextmanager
    def _written(self, name: str, block_bytes: int = BLOCK_BYTES) -> Iterator[Any]:
        """A file of the storage that is seen only when all of it is there."""
        out = self.files.open(f"{self.root}/{name}", "wb", block_size=block_bytes, autocommit=False)
        try:
            yield out
            out.close()
            out.commit()
        except BaseException:
            # The first error is the one to tell; a storage that is gone cannot take back either.
            with suppress(Exception):
                out.discard()
            out.closed = True
            raise

    def write_manifest(self, record: BackupRecord) -> None:
        """Put or replace a manifest, whole. Raises: BackupError."""
        with _told(f"{self.url}/{record.id}"), self._written(f"{record.id}/{MANIFEST}") as out:
            out.write(to_json(record, indent=2).encode())

    def fetch(self, record: BackupRecord, folder: Path, got: Sent) -> None:
        """Bring every part into an empty folder and compare it with its SHA-256.

        Raises: DamagedPart naming the part; BackupError.
        """
        where = f"{self.url}/{record.id}"
        parts, there = record.sealed or record.files, self._sizes(record.id)
        for name in [*parts, *there]:
            if name not in there:
                raise DamagedPart(f"{name} is missing", where=where)
            if name not in parts and name != MANIFEST:
                raise DamagedPart(f"{name} is not part of the backup", where=where)
        told = Told(got, 0, sum(there[name] for name in parts))
        for name, digest in parts.items():
            with _told(f"{where}/{name}"):
                self._fetch_part(f"{record.id}/{name}", folder / name, told)
            with (folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise DamagedPart(f"{name} was altered: its SHA-256 is not the recorded one", where=where)

    def _fetch_part(self, name: str, path: Path, told: Told) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        source = self.files.open(f"{self.root}/{name}", "rb", block_size=BLOCK_BYTES, cache_type="none")
        with source, path.open("wb") as out:
            while piece := source.read(BLOCK_BYTES):
                out.write(piece)
                told.more(len(piece))

    def discard(self, id: str) -> None:
        """Remove a backup or what was sent of one: first its manifest, so that half of one never looks like one.

        Raises: BackupError.
        """
        with suppress(_NotThere):
            names = sorted(self._sizes(id), key=lambda name: name != MANIFEST)
            for name in names:
                with _told(f"{self.url}/{id}"):
                    self.files.rm_file(f"{self.root}/{id}/{name}")
        with suppress(Exception):
            # Folders are real on some storages; on S3 there is none to remove.
            if self.files.isdir(f"{self.root}/{id}"):
                self.files.rm(f"{self.root}/{id}", recursive=True)

    def discard_unfinished(self, id: str) -> None:
        """Remove what a killed upload has left; a backup whose manifest is there stays. Raises: BackupError."""
        if _ID.fullmatch(id):
            try:
                self.read(id)
            except _NoManifest:
                self.discard(id)
            except _Unreadable:
                return

    def clear_old_parts(self) -> None:
        """Remove what uploads of other machines have left, once no such upload can still go on. Raises: BackupError."""
        for id in self._folders():
            began = datetime.strptime(id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            if began < datetime.now(UTC) - LEFT_AFTER:
                self.discard_unfinished(id)

    def _folders(self) -> list[str]:
        """The ids that have a folder, oldest first; whatever else lies there is passed over."""
        try:
            with _told(self.url):
                found = self.files.ls(self.root, detail=False)
        except _NotThere as error:
            if error.names_bucket:
                raise
            return []
        names = (PurePosixPath(str(path)).name for path in found)
        return sorted(name for name in names if _ID.fullmatch(name))

    def _sizes(self, id: str) -> dict[str, int]:
        """The names in a backup's folder and their sizes in bytes."""
        start = f"{self.root}/{id}/"
        with _told(f"{self.url}/{id}"):
            found = self.files.find(f"{self.root}/{id}", detail=True)
        return {path.removeprefix(start): int(at["size"]) for path, at in found.items() if path.startswith(start)}


@dataclass(slots=True)
class Told:
    """How far a transfer is. Units: bytes."""

    hear: Sent
    done: int
    total: int

    def more(self, size_bytes: int) -> None:
        """Hear of some more."""
        self.done += size_bytes
        self.hear(self.done, self.total)


def open_storage(url: str) -> Storage:
    """The storage that `[backup] storage` names; nothing is asked of it yet.

    Shape: options and credentials come from where the scheme's own library looks for them, never from the URL.
    Raises: UsageError when the URL is none, holds a secret, or its library is not installed.
    """
    found = _URL.fullmatch(url)
    if not found or ".." in found[2].split("/"):
        raise UsageError(
            "`storage` must be SCHEME://BUCKET/PREFIX, without a user, a password or options",
            where="[backup] storage", next="put credentials into the environment, such as AWS_PROFILE",
        )  # fmt: skip
    try:
        from fsspec.core import url_to_fs

        options = _OPTIONS.get(found[1], {})
        files, root = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True, **options)
    except ImportError as error:
        library = f"{error.name or 'its library'} is not installed"
        raise UsageError(
            f"{found[1]}:// cannot be opened: {library}", where="[backup] storage", next='pip install "neoron[storage]"'
        ) from None
    except ValueError as error:
        known = f"{found[1]}:// is not known" if "Protocol not known" in str(error) else "it cannot be opened"
        raise UsageError(known, where="[backup] storage", next="use s3://BUCKET/PREFIX") from None
    if not root.strip("/"):
        raise UsageError("`storage` names no bucket or folder", where="[backup] storage", next="use s3://BUCKET/PREFIX")
    if getattr(files, "async_impl", False):
        # What a task behind a failed request says as well would be printed, with frames; the request's error is ours.
        files.loop.set_exception_handler(lambda loop, context: None)
    return Storage(url.rstrip("/"), root.rstrip("/"), files)


class _NotThere(BackupError):
    names_bucket = False


class _NoManifest(BackupError):
    pass


class _Unreadable(BackupError):
    pass


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    is_plain = path.as_posix() == name and not path.is_absolute() and "\\" not in name and ":" not in name
    return is_plain and name not in ("", ".", MANIFEST) and ".." not in path.parts


_REFUSED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "403")
_LOST = ("Connection", "Timeout", "HTTPClient", "IncompleteRead", "ClientPayload", "Disconnected", "ClientOSError")


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what a storage's library raises into our words.

    Its own texts are left out: a library may quote headers, and with them a key.
    """
    try:
        yield
    except (BackupError, UsageError):
        raise
    except Exception as error:  # noqa: BLE001  each library has its own errors, and no root in common
        raise _worded(error, where) from None


def _worded(error: Exception, where: str) -> BackupError:
    chain = list(_causes(error))
    codes = {_code(e) for e in chain}
    names = {kind.__name__ for e in chain for kind in type(e).__mro__}
    if isinstance(error, FileNotFoundError):
        is_bucket = "NoSuchBucket" in codes or "bucket does not exist" in str(error)
        found = _NotThere("there is no such bucket" if is_bucket else "it is not there", where=where)
        found.names_bucket, found.next = is_bucket, "make the bucket, or name another under [backup] storage"
        return found
    if "NoCredentialsError" in names or "PartialCredentialsError" in names:
        message, next = "no credentials were found", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    elif isinstance(error, PermissionError) or codes & set(_REFUSED):
        message, next = "the storage refused the credentials, or they lack the right", "look at the credentials"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        message, next = "no space is left", "make room, and run the same command again"
    elif isinstance(error, ConnectionError | TimeoutError) or any(word in name for name in names for word in _LOST):
        message, next = "the connection to the storage was lost", "run the same command again"
    else:
        shown = ", ".join(sorted(codes - {""})) or type(error).__name__
        message, next = f"the storage failed: {shown}", "run the same command again"
    return BackupError(message, where=where, next=next)


def _code(error: BaseException) -> str:
    """The code of an answer of S3, such as `AccessDenied`; empty for an error that is no answer."""
    answer = getattr(error, "response", None)
    return str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
