"""Starts programs that end when this process does: a killed parent leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from neoron.engines import tied_program


def tied(command: Sequence[str], *, stop: int = signal.SIGTERM, uid: int = -1, gid: int = -1) -> list[str]:
    """The words that run a command for as long as the pipe at their standard input stays open.

    Shape: on Windows, where a service runs the servers, the command itself.
    """
    if sys.platform == "win32":
        return list(command)
    return [sys.executable, "-I", "-S", tied_program.__file__, str(int(stop)), str(uid), str(gid), *command]


def finished(
    command: Sequence[str], env: Mapping[str, str] | None = None, *, uid: int = -1, gid: int = -1
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, or to ours; its exit code and all it wrote. Raises: OSError."""
    reading, holding = os.pipe()
    try:
        # In a session of its own Ctrl-C reaches us alone, and the command is then ended as by our death.
        with subprocess.Popen(
            tied(command, uid=uid, gid=gid), stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", cwd="/", env=env, start_new_session=True,
        ) as child:  # fmt: skip
            try:
                stdout, stderr = child.communicate()
            except BaseException:
                os.close(holding)
                holding = -1
                raise
    finally:
        for end in (reading, holding):
            if end >= 0:
                os.close(end)
    return subprocess.CompletedProcess(command, child.returncode, stdout, stderr)
