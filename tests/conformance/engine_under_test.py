"""What the suite must know of an engine that it runs on, and what it asks of one: all else is the same for each."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from fix_project import ProjectFolder, Ran
from neoron.sql.split import split

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Traits:
    """Facts of one engine, as data that the cases read.

    Shape: dialect is the language of its migrations; kills are the calls that reach the target, by
    `module:class`, of which a run may be killed at each;
    places says how many of them the quick run tries; after which calls a target is another than before, `lasting`
    says (empty: any); half_way is a part of the call at which an update and a rollback are left half done;
    back_to is where the rollback of the suite's project ends; scripted says how many of its migrations fit a
    script; commit matches the statement that commits, which
    the messages of the protocol carry (empty: it cannot be read on the way);
    holder is a pattern of the words that name who holds the deploy lock.
    """

    dialect: str
    kills: dict[str, tuple[str, ...]]
    places: int
    lasting: tuple[str, ...]
    half_way: tuple[str, str]
    back_to: str = "0"
    scripted: int = 3
    commit: str = "COMMIT$"
    protocol: str = ""
    holder: str = r"(@|user).*\b{pid}\b.*since \S*\d\d:\d\d"
    can: frozenset[str] = frozenset()
    """`copy` a target as it is; `wire`: its protocol can be cut at a statement; `ask`: tell later whether a lost
    transaction was committed; `notices`: a dead client in the middle of a statement; `refuses itself`: the lock a
    second time to one session; `skip`: an idempotent script passes over what is done, and takes the deploy lock;
    `schemas`, `links`: there are several of one database, or several names of one."""


class EngineUnderTest:
    """One engine. Shape: a context, at whose end the databases that it made are gone."""

    id: ClassVar[str]
    traits: ClassVar[Traits]
    private: ClassVar[str] = ""
    """The fixture of a server that the tests start, and the database there that any user reaches."""
    lobby: ClassVar[str] = ""
    is_nightly: ClassVar[bool] = False
    refuses: ClassVar[frozenset[str]] = frozenset()
    """Names of cases in its dialect that its server, another product or version, does not know."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._made:
            self.remove(name)

    @classmethod
    def setting(cls) -> str:
        """The variable that names a server of the user's own."""
        return f"NEORON_TEST_{cls.id.upper().replace('-', '_')}_URL"

    @classmethod
    def given(cls) -> str:
        """The URL in it, or an empty text."""
        return os.environ.get(cls.setting(), "")

    @classmethod
    def is_at_hand(cls) -> bool:
        """Whether there is a server to run on: one that the tests start, or one that was named."""
        return cls.is_started() or bool(cls.given())

    @classmethod
    def is_started(cls) -> bool:
        """Whether the tests have one of their own."""
        return bool(cls.private)

    def at(self, database: str) -> str:
        """The URL of a database on the server, with the options of the server's own URL."""
        return urlsplit(self.server)._replace(path=f"/{database}").geturl()

    def empty(self) -> str:
        """The URL of a new, empty target."""
        name = f"t_{secrets.token_hex(6)}"
        self._made.append(name)
        self.create(name)
        return self.at(name)

    def drop(self, url: str) -> None:
        """Throw a target away."""
        name = urlsplit(url).path.lstrip("/")
        self.remove(name)
        self._made.remove(name)

    def copy(self, url: str) -> str:
        """The URL of a copy of a target that nobody changes any more, for those that can `copy`."""
        raise NotImplementedError

    def create(self, name: str) -> None:
        """Make a database."""
        raise NotImplementedError

    def remove(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        raise NotImplementedError

    @staticmethod
    def ask(url: str, *statements: str) -> Rows:
        """Send statements by the engine's own driver over one connection, each for itself; the rows of the last."""
        raise NotImplementedError

    @staticmethod
    def remains(url: str) -> list[str]:
        """What a fault may have left and should not, in words."""
        raise NotImplementedError

    @staticmethod
    def has_table(url: str, name: str) -> bool:
        """Whether a table of this name is there."""
        raise NotImplementedError

    @staticmethod
    def slow_statement() -> str:
        """A statement that takes `pace.seconds`; nothing of the target is changed by it."""
        raise NotImplementedError

    @staticmethod
    def is_slow(url: str) -> bool:
        """Whether a run is in the middle of it."""
        raise NotImplementedError

    @staticmethod
    def is_free(url: str) -> bool:
        """Whether nobody holds the deploy lock, as the engine itself tells it."""
        raise NotImplementedError

    @classmethod
    def names_holder(cls, text: str, pid: int) -> bool:
        """Whether a message says who holds the deploy lock, as far as the engine knows."""
        return bool(re.search(cls.traits.holder.format(pid=pid), text))

    @staticmethod
    def write(folder: ProjectFolder) -> tuple[str, ...]:
        """Write the suite's migrations, which show when anything of them happens twice; their versions in order."""
        raise NotImplementedError

    @classmethod
    def statements(cls, script: str) -> list[str]:
        """The statements of a script, as a driver is given them."""
        return [statement.text for statement in split(script, cls.traits.dialect)]

    @staticmethod
    def run_script(url: str, text: str) -> Ran:
        """Run a script by the engine's own client with its default settings."""
        raise NotImplementedError

    def version(self) -> str:
        """What the server says of itself."""
        raise NotImplementedError
