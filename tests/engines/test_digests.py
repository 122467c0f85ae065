"""The SHA-256 of files that another hand still writes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from neoron.engines.proving import Digests


def expected(folder: Path) -> dict[str, str]:
    """Each file read once, at the end."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_files_that_grow_and_appear_between_two_looks_have_the_digest_of_the_whole(tmp_path: Path) -> None:
    """However often it looks, and however much was added."""
    (tmp_path / "dump").mkdir()
    digests = Digests(tmp_path)
    for round in range(5):
        for name in range(round + 1):
            with (tmp_path / "dump" / f"{name}.dat").open("ab") as file:
                file.write(bytes([round, name]) * (700_000 * (name % 2) + 3))
        if round % 2:
            digests.read_on(least_bytes=round - 1)
    (tmp_path / "toc.dat").write_bytes(b"")
    assert digests.ended() == expected(tmp_path)
    assert len(expected(tmp_path)) == 6


def test_a_file_that_was_begun_again_and_is_shorter_is_read_anew(tmp_path: Path) -> None:
    """As a program does that writes its table of contents twice."""
    (tmp_path / "toc.dat").write_bytes(b"first, and longer")
    digests = Digests(tmp_path)
    digests.read_on(least_bytes=0)
    (tmp_path / "toc.dat").write_bytes(b"second")
    assert digests.ended() == expected(tmp_path)


def test_little_that_is_new_is_left_to_the_end(tmp_path: Path) -> None:
    """Each look makes whoever writes the file wait for the disk."""
    path = tmp_path / "1.dat"
    path.write_bytes(b"a" * 100)
    digests = Digests(tmp_path)
    digests.read_on(least_bytes=101)
    path.write_bytes(b"b" * 100)
    digests.read_on(least_bytes=100)
    path.write_bytes(b"c" * 100 + b"d" * 5)
    kept = hashlib.sha256(b"b" * 100 + b"d" * 5).hexdigest()
    assert digests.ended() == {"1.dat": kept}
