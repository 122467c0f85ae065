"""Backups encrypted with age: every part sealed for its recipients, and opened into a folder that does not stay."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from neoron.errors import BackupError, UsageError
from neoron.model.backup import BackupRecord
from neoron.records.unfinished import room

AGE, ENDING = "age", ".age"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys are: a file of recipients to seal for, and a file of the identity that opens; None for none."""

    recipients: Path | None = None
    identity: Path | None = None


def seal(folder: Path, record: BackupRecord, keys: Keys) -> BackupRecord:
    """Encrypt every part in place; without recipients nothing is done.

    Changes: the folder; its plain parts are gone. A key that opens it, where one is named, is tried on each part.
    Raises: BackupError; UsageError when a file of keys is missing.
    """
    if keys.recipients is None:
        return record
    _require(keys.recipients, "age_recipients")
    sealed = {}
    for name, digest in record.files.items():
        plain, closed = folder / name, folder / f"{name}{ENDING}"
        _age(["--encrypt", "--recipients-file", str(keys.recipients), "--output", str(closed), str(plain)], closed.name)
        if keys.identity and _opened_digest(closed, keys.identity) != digest:
            raise BackupError(f"{closed.name} does not open to what was sealed", where=record.id)
        _sync(closed)
        sealed[f"{name}{ENDING}"] = _sha256(closed)
        plain.unlink()
    size_bytes = sum((folder / name).stat().st_size for name in sealed)
    return replace(record, encryption=AGE, sealed=sealed, size_bytes=size_bytes)


@contextmanager
def opened(folder: Path, record: BackupRecord, keys: Keys) -> Iterator[Path]:
    """The folder with the backup's parts in plain: itself, or one beside it that is removed at the end.

    Shape: what a killed run leaves is removed by the next one that opens or takes a backup.
    Raises: BackupError when a part was altered, or no key or the wrong one is at hand.
    """
    if not record.encryption:
        yield folder
        return
    if record.encryption != AGE:
        raise BackupError(f"it is encrypted ({record.encryption}), which this version cannot open", where=str(folder))
    if keys.identity is None:
        raise BackupError(
            "it is encrypted (age), and no key is configured", where=str(folder),
            next="set age_identity under [backup] to the file that holds its key",
        )  # fmt: skip
    _require(keys.identity, "age_identity")
    _check(folder, record)
    with ExitStack() as opening:
        try:
            aside = opening.enter_context(room(folder.parent, f"open-{record.id}-{os.getpid()}"))
            for name in record.files:
                plain = aside / name
                plain.parent.mkdir(parents=True, exist_ok=True)
                closed = folder / f"{name}{ENDING}"
                _age(["--decrypt", "--identity", str(keys.identity), "--output", str(plain), str(closed)], closed.name)
        except OSError as error:
            message = f"it cannot be opened beside itself: {error.strerror}"
            raise BackupError(message, where=str(folder.parent)) from None
        yield aside


def _check(folder: Path, record: BackupRecord) -> None:
    """Compare every sealed part with its SHA-256. Raises: BackupError naming the first that differs."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    for name, digest in record.sealed.items():
        if name not in found or found[name].is_symlink():
            raise BackupError(f"{name} is {'a link' if name in found else 'missing'}", where=folder.name)
        if _sha256(found[name]) != digest:
            raise BackupError(f"{name} was altered: its SHA-256 is not the recorded one", where=folder.name)
    extra = sorted(set(found) - set(record.sealed) - {MANIFEST})
    if extra or {f"{name}{ENDING}" for name in record.files} != set(record.sealed):
        raise BackupError(f"{extra[0] if extra else 'its list of parts'} is not part of the backup", where=folder.name)


def _require(file: Path, key: str) -> None:
    if not file.is_file():
        raise UsageError(f"there is no file {file}", where=f"[backup] {key}", next="write the path of a file of keys")


def _age(arguments: list[str], part: str) -> None:
    """Run age, which reads keys from files alone. Raises: BackupError with its reason."""
    done = _ran(arguments, subprocess.DEVNULL)
    if done.returncode:
        raise _refused(done.stderr.decode(errors="replace"), part, arguments)


def _ran(arguments: list[str], output: int) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [AGE, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, check=False
        )
    except FileNotFoundError:
        raise BackupError("age was not found", next="install age (https://age-encryption.org)") from None


def _refused(text: str, part: str, arguments: list[str]) -> BackupError:
    reason = next((line.partition("error: ")[2] for line in text.splitlines() if "error: " in line), text.strip())
    if "no identity matched" in reason:
        return BackupError(
            f"the key in {arguments[2]} does not open {part}", next="set age_identity to the file that holds its key"
        )
    return BackupError(f"age cannot {arguments[0].strip('-')} {part}: {reason}")


def _opened_digest(closed: Path, identity: Path) -> str:
    """The SHA-256 of what a sealed part opens to; nothing is written."""
    _require(identity, "age_identity")
    arguments = ["--decrypt", "--identity", str(identity), str(closed)]
    with subprocess.Popen([AGE, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stderr is not None
        digest = hashlib.sha256()
        while piece := child.stdout.read(1 << 20):
            digest.update(piece)
        text = child.stderr.read().decode(errors="replace")
    if child.returncode:
        raise _refused(text, closed.name, arguments)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
