"""Addresses that are mistyped, unreadable, or lead nowhere (B04 to B07)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from bad_inputs.refusals import refused
from cli.calls import Calls
from fix_postgres_server import PostgresServer

MakeCalls = Callable[..., Calls]
CANARY = "c4n4ry"
UPDATE = ("database", "update")


@pytest.fixture
def shop(calls: MakeCalls, sqlite_url: str) -> Calls:
    """A project on SQLite with nothing in it."""
    return calls(sqlite_url)


@pytest.mark.parametrize(
    ("url", "nearest"),
    [
        (f"postgre://u:{CANARY}@h/d", "postgres"),
        (f"Sqllite:///{CANARY}.db", "sqlite"),
        ("postgrsql://h/d", "postgresql"),
    ],
)
def test_a_mistyped_scheme_names_the_nearest(shop: Calls, url: str, nearest: str) -> None:
    """An unknown scheme is answered with the nearest one and those there are (B04)."""
    says = ("--url: no engine", f"did you mean {nearest}?", "supported are sqlite, postgresql")
    error = refused(shop, "--url", url, *UPDATE, code=64, kind="usage", says=says)
    assert CANARY not in str(error)


def test_an_engine_that_is_not_there_yet_is_named(shop: Calls) -> None:
    """A database product that Neoron does not know is named with those it knows (B04)."""
    refused(shop, "--url", "oracle://h/d", *UPDATE, code=64, kind="usage", says=("no engine `oracle`", "supported are"))


def test_a_wrong_url_says_which_layer_it_came_from(shop: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL that cannot be read is traced to the flag, the variable or the line of the settings (B04)."""
    (shop.shop.path / "neoron.toml").write_text("[project]\n")
    monkeypatch.setenv("DATABASE_URL", "app.db")
    refused(shop, *UPDATE, code=64, kind="usage", says=("DATABASE_URL: the target is not a URL", "sqlite:///app.db"))
    (shop.shop.path / "neoron.toml").write_text('[environments.dev]\nurl = "app.db"\n')
    refused(shop, *UPDATE, code=64, kind="usage", says=("neoron.toml [environments.dev]: the target is not a URL",))


@pytest.mark.parametrize("mark", ["@", ":", "/", "%", "#"])
def test_a_raw_mark_in_a_password_is_explained_and_never_echoed(shop: Calls, mark: str) -> None:
    """A password with @ : / % or # in a URL is refused with the way to write it, and without any part of it (B05)."""
    url = f"postgresql://app:{CANARY}{mark}{CANARY[::-1]}@127.0.0.1:1/d"
    says = ("cannot parse the postgresql URL", "percent-encode", "%40", "password_env")
    error = refused(shop, "--url", url, *UPDATE, code=64, kind="usage", says=says)
    assert CANARY not in str(error)
    assert CANARY[::-1] not in str(error)


def test_a_password_may_stand_apart_from_the_url(
    calls: MakeCalls, postgres_url: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`password_env` gives the password as it is, without any encoding (B05)."""
    bare = postgres_url.replace(f":{postgres_server.password}@", "@")
    shop = calls(bare, 'password_env = "SHOP_PASSWORD"')
    shop.shop.sql("1", "a", "CREATE TABLE a (i INT);", "DROP TABLE a;")
    says = ("takes its password from SHOP_PASSWORD, which is not set", "export SHOP_PASSWORD")
    refused(shop, *UPDATE, code=64, kind="usage", says=says, url="none")
    monkeypatch.setenv("SHOP_PASSWORD", f"{CANARY}@:/?#%")
    login = f"login refused for user {postgres_server.user} at 127.0.0.1:{postgres_server.port}"
    error = refused(shop, *UPDATE, code=69, kind="unavailable", says=(login,), url="none")
    assert CANARY not in str(error)
    monkeypatch.setenv("SHOP_PASSWORD", postgres_server.password)
    assert "0 → 1" in shop.ok(*UPDATE)


def test_a_password_in_two_places_is_refused(calls: MakeCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL with a password and `password_env` at once is refused: one of them would silently lose (B05)."""
    shop = calls(f"postgresql://app:{CANARY}@127.0.0.1:1/d", 'password_env = "SHOP_PASSWORD"')
    monkeypatch.setenv("SHOP_PASSWORD", "other")
    refused(shop, *UPDATE, code=64, kind="usage", says=("the URL holds a password, and password_env names another",))


def test_a_wrong_password_names_user_and_place(
    shop: Calls, postgres_url: str, postgres_server: PostgresServer
) -> None:
    """A refused login names user, host and port, and not the password that was tried (B06)."""
    wrong = f"{CANARY}@%:/#ä"
    url = postgres_url.replace(postgres_server.password, quote(wrong, safe=""))
    says = (f"login refused for user postgres at 127.0.0.1:{postgres_server.port}", "correct the user or password")
    for command in (UPDATE, ("deploy",), ("database", "status"), ("migrations", "list"), ("backup", "create")):
        error = refused(shop, "--url", url, *command, code=69, kind="unavailable", says=says)
        assert CANARY not in str(error)


def test_an_unknown_host_is_told_from_a_closed_port(shop: Calls) -> None:
    """Neoron says whether the host is unknown or its port is closed, at once (B07)."""
    started = time.monotonic()
    unknown = f"postgresql://u:{CANARY}@no-such-host.invalid/d"
    says = ("the host name no-such-host.invalid is unknown", "correct the host")
    refused(shop, "--url", unknown, *UPDATE, code=69, kind="unavailable", says=says)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    says = (f"127.0.0.1:{port} is not listening", "the port is closed", "start the server")
    refused(shop, "--url", f"postgresql://u@127.0.0.1:{port}/d", *UPDATE, code=69, kind="unavailable", says=says)
    assert time.monotonic() - started < 10


def test_a_server_that_never_answers_is_given_up(shop: Calls) -> None:
    """A black hole is given up when the time limit of the connection ends (B07)."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://u:{CANARY}@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=2"
        started = time.monotonic()
        ran = shop.run("--url", url, *UPDATE)
        elapsed_s = time.monotonic() - started
    assert ran.exit_code == 69
    assert "no answer from 127.0.0.1" in ran.stderr
    assert "within the time limit" in ran.stderr
    assert CANARY not in ran.output
    assert elapsed_s < 8


def test_an_unknown_option_of_a_url_is_named(shop: Calls, tmp_path: Path) -> None:
    """An option that the driver does not know is named before anybody is asked (B04)."""
    assert not (tmp_path / "target.db").exists()
    says = ('unknown option "sslmod"', "such as sslmode")
    refused(shop, "--url", "postgresql://u@127.0.0.1/d?sslmod=x", *UPDATE, code=64, kind="usage", says=says)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_who_accepts_and_says_nothing_is_not_waited_for(shop: Calls, scheme: str) -> None:
    """A port that is open and stays silent is left after `connect_timeout` as one that does not open (B06)."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://u:{CANARY}@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=2"
        began = time.monotonic()
        error = refused(shop, "--url", url, *UPDATE, code=69, kind="unavailable", says=("127.0.0.1",))
        assert time.monotonic() - began < 20
    assert CANARY not in str(error)
