"""The demo project is copied whole, and never over something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from neoron.demo.layout import lay_out
from neoron.errors import UsageError


def test_new_folder_gets_the_project(tmp_path: Path) -> None:
    """A new folder holds a whole project, and no leftovers of Python."""
    written = lay_out(tmp_path / "new" / "store")
    names = {p.relative_to(tmp_path / "new" / "store").as_posix() for p in written}
    assert {"neoron.toml", "README.md", "message_store/models.py", "message_store/smoke.py"} <= names
    assert len([n for n in names if n.startswith("migrations/2024")]) == 3
    assert len([n for n in names if n.startswith("validations/")]) == 6
    assert not [n for n in names if "__pycache__" in n]
    assert all(p.is_file() for p in written)


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    """An empty folder that is there already is used."""
    assert tmp_path / "neoron.toml" in lay_out(tmp_path)


def test_files_in_the_way_are_kept(tmp_path: Path) -> None:
    """A folder that holds anything is refused by name, with the next command, and left as it was."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError) as caught:
        lay_out(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "mine.txt" in str(caught.value)
    assert "neoron demo" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A file of the folder's name is refused."""
    (tmp_path / "store").write_text("")
    with pytest.raises(UsageError, match="file of that name"):
        lay_out(tmp_path / "store")
