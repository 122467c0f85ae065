"""A local S3 server (moto), a bucket in it, and a wire to it that can be cut."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

KEY, SECRET = "AKIANEORONTEST000000", "s3cr3t-of-the-storage-0123456789abcdef"


@dataclass(frozen=True)
class Bucket:
    """One bucket. Shape: env is what a run of Neoron needs to reach it; wire lies between the two."""

    name: str
    client: Any
    wire: Wire
    env: dict[str, str]

    @property
    def keys(self) -> dict[str, int]:
        """Every object's key and its size in bytes."""
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {entry["Key"]: entry["Size"] for entry in found}

    def get(self, key: str) -> bytes:
        """An object's content."""
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    @property
    def uploads(self) -> list[str]:
        """Keys of uploads that were begun and not ended."""
        return [u["Key"] for u in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]


@dataclass
class Wire:
    """A TCP relay to the server. Shape: after limit more bytes towards the server, at_limit is called once."""

    server: int
    limit: int | None = None
    at_limit: Callable[[], None] = lambda: None
    is_cut: bool = False
    seen: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def after(self, size_bytes: int, do: Callable[[], None]) -> None:
        """Do something once, when so many more bytes have gone to the server."""
        self.limit, self.at_limit = self.seen + size_bytes, do

    def cut(self) -> None:
        """Let nothing through any more."""
        self.is_cut = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def run(self) -> None:
        """Accept until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.server))
                self._open += [near, far]
                threading.Thread(target=self._copy, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._copy, args=(far, near, False), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _copy(self, source: socket.socket, target: socket.socket, is_sending: bool) -> None:
        with suppress(OSError):
            while (piece := source.recv(1 << 16)) and not self.is_cut:
                self.seen += len(piece) if is_sending else 0
                if self.limit is not None and self.seen >= self.limit:
                    self.limit = None
                    self.at_limit()
                    continue
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """The port of a moto server that runs as long as the tests do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(server, port)
        yield port
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            pytest.fail(f"the S3 server ended with {server.returncode}")
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5):
            return
        threading.Event().wait(0.1)
    pytest.fail("the S3 server does not answer")


def require_keys(port: int, *, asked: bool) -> None:
    """Let the server ask for credentials that it knows, or take any."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0" if asked else b"1000000000", method="POST",
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


@pytest.fixture
def bucket(s3_port: int) -> Iterator[Bucket]:
    """An empty bucket of its own."""
    import boto3

    client = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{s3_port}", aws_access_key_id=KEY, aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )  # fmt: skip
    name = f"backups-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    wire = Wire(s3_port)
    threading.Thread(target=wire.run, daemon=True).start()
    env = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{wire.port}", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    try:
        yield Bucket(name, client, wire, env)
    finally:
        wire.close()
