"""A TCP proxy in front of a server that reads the client's messages and cuts the connection at a chosen one.

Source: PostgreSQL manual, "Frontend/Backend Protocol", "Message Formats"; MariaDB manual, "Protocol: 0 - Packet",
"COM_QUERY".
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SIMPLE, PARSE = b"Q", b"P"
COM_QUERY = 3
Message = tuple[str | None, bytes]
"""A message's statement, if it has one, and its bytes."""


@dataclass
class Trip:
    """Where to cut.

    Shape: the nth statement that matches; after means that the server has done it already; strike is called
    at that moment, before the statement goes on.
    """

    pattern: str
    nth: int = 1
    when: str = "before"
    refuses: bool = False
    strike: Callable[[], None] | None = None
    count: int = 0

    def strikes(self, statement: str) -> bool:
        """Whether this statement is the one."""
        self.count += bool(re.match(self.pattern, statement))
        return self.count == self.nth and bool(re.match(self.pattern, statement))


@dataclass
class TripWire:
    """The proxy in front of a server's URL, as a context.

    Shape: seen are all statements; has_cut tells whether the trip was met.
    """

    server: str
    protocol: str
    trip: Trip | None = None
    seen: list[str] = field(default_factory=list)
    has_cut: bool = False
    is_refusing: bool = False

    def __enter__(self) -> TripWire:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._muted: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A mere close would leave the thread waiting, and the next listener may get the same descriptor: the old
        # thread then took connections of the new one, past its trip.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(timeout=5)
        self._listener.close()
        for pair in self._pairs:
            _close(*pair)

    def url(self, url: str) -> str:
        """A server's URL, led through here and without TLS."""
        through = re.sub(r"@[^/]*/", f"@127.0.0.1:{self._listener.getsockname()[1]}/", url)
        return through + _PLAIN[self.protocol]

    def arm(
        self, pattern: str, nth: int = 1, *, when: str = "before", refuses: bool = False,
        strike: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        """Cut at a statement from now on; refuses means that nobody gets through afterwards."""
        self.trip, self.has_cut, self.is_refusing = Trip(pattern, nth, when, refuses, strike), False, False

    def disarm(self) -> None:
        """Let everything through again."""
        self.trip, self.is_refusing = None, False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = None if self.is_refusing else self._reached()
                if server is None:
                    client.close()
                    continue
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pairs.append((client, server))
                threading.Thread(target=self._upward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._downward, args=(client, server), daemon=True).start()

    def _reached(self) -> socket.socket | None:
        try:
            address = urlsplit(self.server)
            return socket.create_connection((address.hostname or "", address.port or _PORTS[self.protocol]))
        except ConnectionError:  # the server is down
            return None

    def _upward(self, client: socket.socket, server: socket.socket) -> None:
        """Client to server, message by message."""
        with suppress(OSError, EOFError):
            for statement, message in _MESSAGES[self.protocol](client):
                if statement is not None and self._is_tripped(" ".join(statement.split())):
                    self._cut(client)
                server.sendall(message)
        _close(client, server)

    def _is_tripped(self, statement: str) -> bool:
        self.seen.append(statement)
        return self.trip is not None and not self.has_cut and self.trip.strikes(statement)

    def _cut(self, client: socket.socket) -> None:
        """Break off now, or let the rest of the request through and close the way for the reply."""
        assert self.trip
        self.has_cut, self.is_refusing = True, self.trip.refuses
        if self.trip.strike:
            self.trip.strike()
        if self.trip.when == "before":
            raise EOFError
        self._muted.add(client)

    def _downward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while (answer := server.recv(65536)) and client not in self._muted:
                client.sendall(answer)
        _close(client, server)


def _of_postgresql(client: socket.socket) -> Iterator[Message]:
    length = _exactly(client, 4)
    yield None, length + _exactly(client, int.from_bytes(length, "big") - 4)
    while True:
        kind, length = _exactly(client, 1), _exactly(client, 4)
        body = _exactly(client, int.from_bytes(length, "big") - 4)
        text = body if kind == SIMPLE else body.partition(b"\0")[2] if kind == PARSE else None
        yield None if text is None else text.partition(b"\0")[0].decode(), kind + length + body


def _of_mysql(client: socket.socket) -> Iterator[Message]:
    while True:
        header = _exactly(client, 4)
        body = _exactly(client, int.from_bytes(header[:3], "little"))
        is_query = header[3] == 0 and body[:1] == bytes([COM_QUERY])
        yield body[1:].decode(errors="replace") if is_query else None, header + body


_MESSAGES: dict[str, Callable[[socket.socket], Iterator[Message]]] = {
    "postgresql": _of_postgresql, "mysql": _of_mysql,
}  # fmt: skip
_PORTS = {"postgresql": 5432, "mysql": 3306}
_PLAIN = {"postgresql": "?sslmode=disable&gssencmode=disable", "mysql": "?ssl_disabled=true"}


def _exactly(client: socket.socket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = client.recv(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts


def _close(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
