"""What a killed run has left running: processes by the words of their command line."""

from __future__ import annotations

import time
from pathlib import Path


def running(*marks: str) -> list[str]:
    """The command lines that hold each of these. Source: Linux manual, proc(5); a dead process has none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line and all(mark in line for mark in marks):
            found.append(line)
    return found


def wait_until_ended(*marks: str, wait_s: float = 15) -> list[str]:
    """The same, once there are none, or after that time."""
    deadline = time.monotonic() + wait_s
    while (left := running(*marks)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def wait_until_started(*marks: str, wait_s: float = 30) -> bool:
    """Whether there was one within that time."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if running(*marks):
            return True
        time.sleep(0.002)
    return False
