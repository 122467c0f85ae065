"""Runs a server for as long as the pipe to its parent stays open, so that a killed parent leaves no server behind.

A program of its own: `python -I server_child.py UID GID COMMAND…`; a UID of -1 keeps the user.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence

_LOOK_EVERY_S = 0.2


def main(uid: int, gid: int, command: Sequence[str]) -> int:
    """Run the command until it ends or standard input does; its exit code.

    Source: PostgreSQL manual, "Shutting Down the Server": SIGQUIT is the immediate shutdown.
    """
    account = {} if uid < 0 else {"user": uid, "group": gid, "extra_groups": []}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", **account) as child:  # type: ignore[call-overload]
        while child.poll() is None:
            readable, _, _ = select.select([0], [], [], _LOOK_EVERY_S)
            if readable and not os.read(0, 1):
                child.send_signal(signal.SIGQUIT)
                return int(child.wait())
        return int(child.returncode)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
