"""`kill -9` while a physical backup is taken, proven or brought back: nothing half counts, nothing is left running."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_restore_to_time import BACKED_UP, NOW, Shop, gone_on, scratch, shop

from conformance.forked_runs import Driver
from fix_archiving import RepositoryServer
from fix_left_running import wait_until_ended, wait_until_started
from fix_project import ProjectFolder

__all__ = ["scratch", "shop"]
POINTS = 20
CREATE, VERIFY, RESTORE = ("backup", "create"), ("backup", "verify", "latest"), ("restore", "latest", "--yes")
Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Watched:
    """A database with one good backup, and the look at it after a kill."""

    shop: Shop
    driver: Driver
    scratch: Path

    @property
    def store(self) -> Path:
        """Where the backups lie."""
        return self.shop.folder.path / ".neoron" / "backups"

    def complete(self) -> set[str]:
        """The backups that have a manifest."""
        return {file.parent.name for file in self.store.glob("[0-9]*/manifest.json")}

    def unended(self) -> list[str]:
        """What still runs for a run that is dead: programs, a server aside, sessions, slots."""
        left = [line for place in (self.store, self.scratch) for line in wait_until_ended(str(place))]
        left += wait_until_ended("tied_program", str(self.shop.server.server.folder))
        query = (
            "SELECT 'slot ' || slot_name FROM pg_replication_slots UNION ALL"
            " SELECT 'sender ' || application_name FROM pg_stat_replication"
        )
        return left + [str(row[0]) for row in self.shop.server.ask("postgres", query)]

    def wrong_after(self, exit_code: int, words: tuple[str, ...], before: set[str]) -> list[str]:
        """What is not as it should be after a kill, and after the same command again."""
        unended, items, found = self.unended(), self.shop.items, self.complete()
        again = self.driver.run(self.shop.folder, *words)
        listed = self.driver.run(self.shop.folder, "backup", "list").stdout
        partial = [str(f.relative_to(self.store)) for f in (*self.store.glob(".*"), *self.store.glob("*/.verify*"))]
        came_back = BACKED_UP if words == RESTORE else NOW
        wrong = [
            f"exit {exit_code}" if exit_code != -signal.SIGKILL else "", *unended, *partial,
            f"a mix: {items}" if items not in (NOW, came_back) else "",
            f"again {again.exit_code}: {again.output}" if again.exit_code else "",
            "" if self.shop.items == came_back else f"then {self.shop.items}",
            "" if before <= found and all(f"{name}  good" in listed for name in self.complete()) else listed,
            *(str(name) for name in self.shop.beside() if "_restore_" in str(name) or "verify" in str(name)),
            *(f.name for f in self.scratch.iterdir()), *self.unended(),
        ]  # fmt: skip
        if words == RESTORE and not again.exit_code:
            self.start_over()
        return [text for text in wrong if text]

    def start_over(self) -> None:
        """Let the safety copy go and bring back the rows that a restore took."""
        self.shop.ok("restore", "latest", "--discard-safety-copy", "--yes")
        self.go_on()

    def go_on(self) -> None:
        """The rows that a restore takes back."""
        self.shop.send("DELETE FROM items", *(f"INSERT INTO items VALUES {row}" for row in NOW))

    def killed_at(self, points: int, words: tuple[str, ...]) -> list[str]:
        """Kill it before spread calls and changes of files; what was wrong, by call."""
        undisturbed = self.driver.run(self.shop.folder, *words, counts=True, has_files=True)
        assert undisturbed.exit_code == 0, undisturbed.output
        if words == RESTORE:
            self.start_over()
        count, failures = len(undisturbed.calls), []
        for at in sorted({1 + round(i * (count - 2) / (points - 1)) for i in range(points)}):
            before = self.complete()
            killed = self.driver.run(self.shop.folder, *words, at=at, has_files=True)
            wrong = self.wrong_after(killed.exit_code, words, before)
            failures += [f"call {at} of {count} ({undisturbed.calls[at - 1]}): {text}" for text in wrong]
        return failures

    def killed_while(self, words: tuple[str, ...], *marks: str) -> list[str]:
        """Kill it once a program with these words in its command line runs; what was wrong."""
        before = self.complete()
        process = self.shop.folder.start(*words)
        try:
            has_started = wait_until_started(*marks)
        finally:
            process.kill()
            process.communicate()
        assert has_started, marks
        return [f"while {marks}: {text}" for text in self.wrong_after(process.returncode, words, before)]


@pytest.fixture
def watched(shop: Shop, driver: Driver, scratch: Path) -> Watched:
    """Physical backups in parts of our own."""
    gone_on(shop)
    return Watched(shop, driver, scratch)


@pytest.mark.nightly
@pytest.mark.parametrize("words", [CREATE, VERIFY], ids=["create", "verify"])
def test_a_killed_physical_backup_leaves_nothing_half(
    watched: Watched, words: tuple[str, ...], record_property: Record
) -> None:
    """SIGKILL at spread points: target and older backups stay, no program, server or slot is left, again it ends."""
    failures = watched.killed_at(POINTS, words)
    record_property("figure", f"{' '.join(words)} killed at {POINTS} points, {len(failures)} wrong")
    assert failures == []


def test_a_copy_of_the_server_ends_with_its_run(watched: Watched) -> None:
    """Killed while pg_basebackup copies, the run takes it along, and the same command ends well."""
    assert watched.killed_while(CREATE, "pg_basebackup", f"--pgdata={watched.store}") == []


@pytest.fixture
def in_repository(
    repository_server: RepositoryServer, project: Callable[..., ProjectFolder], driver: Driver, scratch: Path
) -> Watched:
    """Backups in a pgBackRest repository."""
    server = repository_server
    server.send("postgres", "DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop")
    settings = (
        f'[backup]\nprovider = "pgbackrest"\nstanza = "main"\npgbackrest_config = "{server.config}"\n'
        f'scratch = "{scratch}"'
    )
    shop = Shop(server, "shop", project(server.url("shop"), settings))
    shop.folder.sql("1", "items", "CREATE TABLE items (id INT PRIMARY KEY, name TEXT); CREATE TABLE empty (x INT);")
    shop.ok("database", "update")
    shop.send("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    gone_on(shop)
    return Watched(shop, driver, scratch)


@pytest.mark.nightly
@pytest.mark.parametrize("words", [CREATE, VERIFY, RESTORE], ids=["create", "verify", "restore"])
def test_a_killed_run_on_a_repository_leaves_nothing_half(
    in_repository: Watched, words: tuple[str, ...], record_property: Record
) -> None:
    """SIGKILL at spread points: target and older backups stay, no pgBackRest is left, the same command ends it."""
    failures = in_repository.killed_at(POINTS, words)
    program = "backup" if words == CREATE else "restore"
    for _ in range(3):
        failures += in_repository.killed_while(words, "tied_program", "--stanza=main", f" {program}")
    record_property("figure", f"{' '.join(words)} killed at {POINTS + 3} points, {len(failures)} wrong")
    assert failures == []
