"""The other end of the wire for the SQL Server driver: it speaks its protocol and answers what a test tells it.

It runs no SQL and knows no rights: it shows what the real driver sends, and what we make of what a server may answer.
Source: Microsoft, "[MS-TDS]: Tabular Data Stream Protocol", version 7.4.
"""

from __future__ import annotations

import importlib.util
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress

import pytest

from fix_tsql import give_up

Cell = int | str | None
_COLLATION = bytes([9, 4, 0xD0, 0, 0x34])
_DONE, _DONE_PROC, _DONE_IN_PROC = 0xFD, 0xFE, 0xFF
_MORE, _ERROR, _COUNT = 1, 2, 16


def done(count: int = -1, *, more: bool = False, token: int = _DONE, is_error: bool = False) -> bytes:
    """The end of one statement; count is that of the rows it touched, -1 for none."""
    status = (_MORE if more else 0) | (_ERROR if is_error else 0) | (_COUNT if count >= 0 else 0)
    return struct.pack("<BHHQ", token, status, 0xC3, max(count, 0))


def rows(*values: Sequence[Cell], more: bool = False) -> bytes:
    """A result; its columns are numbers or texts, as in its first row."""
    first = values[0] if values else (0,)
    head = struct.pack("<BH", 0x81, len(first))
    for place, value in enumerate(first):
        kind = bytes([0x26, 8]) if isinstance(value, int) else b"\xe7" + struct.pack("<H", 8000) + _COLLATION
        head += struct.pack("<IH", 0, 9) + kind + _short(f"c{place}")
    body = b"".join(b"\xd1" + b"".join(_cell(value) for value in row) for row in values)
    return head + body + done(len(values), more=more)


def _cell(value: Cell) -> bytes:
    if isinstance(value, int):
        return b"\x08" + struct.pack("<q", value)
    if value is None:
        return b"\xff\xff"
    text = value.encode("utf-16-le")
    return struct.pack("<H", len(text)) + text


def error(number: int, text: str, *, severity: int = 16) -> bytes:
    """An error of the server, which ends what was sent."""
    words = text.encode("utf-16-le")
    said = struct.pack("<H", len(words) // 2) + words + _short("server") + _short("") + struct.pack("<i", 1)
    body = struct.pack("<iBB", number, 1, severity) + said
    return struct.pack("<BH", 0xAA, len(body)) + body + done(is_error=True)


CUT = b""
"""No answer: the connection is cut instead."""


class TdsServer:
    """Listens on a port of its own. Shape: sent is what arrived, in order; closed counts connections that ended."""

    def __init__(self, answer: Callable[[str], bytes], login: bytes = b"") -> None:
        self.sent: list[str] = []
        self.closed = 0
        self._answer, self._login = answer, login
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str = "shop") -> str:
        """How to reach it."""
        return f"mssql://sa:geheim@127.0.0.1:{self.port}/{database}"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            while message := _message(client):
                kind, data = message
                answer = {0x12: _prelogin, 0x10: self._logged_in, 1: self._batch, 3: self._call}[kind](data)
                if not answer:
                    break
                client.sendall(_packets(answer))
        self.closed += 1

    def _logged_in(self, _data: bytes) -> bytes:
        if self._login:
            return self._login
        product = _short("Microsoft SQL Server") + bytes([16, 0, 3, 232])
        acknowledged = b"\x01" + struct.pack(">I", 0x74000004) + product
        changes = _change(1, _short("shop") + _short("master")) + _change(7, b"\x05" + _COLLATION + b"\0")
        return changes + b"\xad" + struct.pack("<H", len(acknowledged)) + acknowledged + done()

    def _batch(self, data: bytes) -> bytes:
        header = struct.unpack("<I", data[:4])[0]
        return self._answered(data[header:].decode("utf-16-le"))

    def _call(self, data: bytes) -> bytes:
        """A statement with parameters, which the driver sends as a call of sp_prepexec and the like."""
        called = data[struct.unpack("<I", data[:4])[0] :]
        texts = (called[shift:].decode("utf-16-le", "ignore") for shift in (0, 1))
        found = next(filter(None, (re.search(r"(?:SELECT|INSERT|UPDATE|DELETE|IF)[ -~\n]+", t) for t in texts)), None)
        answer = self._answered(found.group() if found else "")
        if not answer:
            return CUT
        ended = answer[:-13] + bytes([_DONE_IN_PROC]) + answer[-12:]
        handle = b"\xac\0\0\0\x01" + struct.pack("<IH", 0, 0) + bytes([0x26, 4, 4]) + struct.pack("<i", 1)
        return ended + b"\x79" + struct.pack("<i", 0) + handle + done(token=_DONE_PROC)

    def _answered(self, sql: str) -> bytes:
        self.sent.append(sql)
        return self._answer(sql)


def _message(client: socket.socket) -> tuple[int, bytes] | None:
    data = b""
    while head := _exactly(client, 8):
        kind, status, length = struct.unpack(">BBH", head[:4])
        data += _exactly(client, length - 8)
        if status & 1:
            return kind, data
    return None


def _exactly(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = client.recv(count - len(found))
        if not part:
            return b""
        found += part
    return found


def _packets(data: bytes) -> bytes:
    parts = [data[at : at + 4088] for at in range(0, len(data), 4088)]
    return b"".join(
        struct.pack(">BBHHBB", 4, int(number == len(parts)), len(part) + 8, 0, number & 255, 0) + part
        for number, part in enumerate(parts, 1)
    )


def _prelogin(_data: bytes) -> bytes:
    """Version 16, and no encryption."""
    options = [(0, struct.pack(">BBHH", 16, 0, 1000, 0)), (1, b"\x02"), (2, b"\0"), (3, b""), (4, b"\0")]
    head, body = b"", b""
    for number, value in options:
        head += struct.pack(">BHH", number, 5 * len(options) + 1 + len(body), len(value))
        body += value
    return head + b"\xff" + body


def _change(kind: int, values: bytes) -> bytes:
    return b"\xe3" + struct.pack("<H", len(values) + 1) + bytes([kind]) + values


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")


@pytest.fixture
def tds() -> Iterator[Callable[..., TdsServer]]:
    """`tds(answer, login=b"")` listens until the test ends; skipped by name where the driver is not installed."""
    if importlib.util.find_spec("mssql_python") is None:
        give_up("the driver of SQL Server is not installed: make tsql")
    started: list[TdsServer] = []

    def start(answer: Callable[[str], bytes], login: bytes = b"") -> TdsServer:
        started.append(TdsServer(answer, login))
        return started[-1]

    yield start
    for server in started:
        server.close()
