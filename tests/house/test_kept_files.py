"""What is committed works on any machine: no path of ours, no host of a package registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from house.tree import ROOT, kept_files

# Written in pieces, so that this file may be committed too.
OUR_FOLDERS = ("/" + "work/", "/" + "root/", "/" + "tmp/bash", "/" + "opt/py")
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "crates" + ".io")
MACHINE = re.compile("|".join(rf"(?<![\w.$}}*]){re.escape(folder)}" for folder in OUR_FOLDERS))
REGISTRY = re.compile("|".join(map(re.escape, REGISTRIES)))


def machine_words(text: str) -> list[str]:
    """Paths of one machine and names of package registries."""
    return [match.group() for pattern in (MACHINE, REGISTRY) for match in pattern.finditer(text)]


def test_no_kept_file_names_a_machine_or_a_registry() -> None:
    """No file in git holds a path of the machine it was written on, or a registry's host."""
    files = kept_files()
    if files is None:
        pytest.skip("not a git checkout")
    texts = {path.relative_to(ROOT): _text(path) for path in files}
    assert {str(path): words for path, text in texts.items() if (words := machine_words(text))} == {}


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("word", [*OUR_FOLDERS, *REGISTRIES])
def test_the_machine_check_can_fail(word: str) -> None:
    """Each of the words is found where it stands for itself."""
    assert machine_words(f'path = "{word}x"')


def test_a_relative_folder_is_fine() -> None:
    """A folder of the project may have any name."""
    assert machine_words("src" + OUR_FOLDERS[0] + "x") == []
