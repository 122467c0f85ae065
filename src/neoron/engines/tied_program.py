"""Runs a program for as long as the pipe to its parent stays open, so that a killed parent leaves none behind.

A program of its own: `python -I -S tied_program.py SIGNAL UID GID COMMAND…` ends the command with that signal; a UID of
-1 keeps the user. It imports little, as a dump waits for it to start.
"""

import _thread
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn


def main(stop: int, uid: int, gid: int, command: list[str]) -> int:
    """Run the command until it ends or standard input does; its exit code. Raises: OSError."""
    child = os.fork()
    if not child:
        _become(uid, gid, command)

    def watch() -> None:
        os.read(0, 1)
        with suppress(ProcessLookupError):
            os.kill(child, stop)

    _thread.start_new_thread(watch, ())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _become(uid: int, gid: int, command: list[str]) -> NoReturn:
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and by no other program that is started
            signal.signal(ignored, signal.SIG_DFL)
        if uid >= 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        os.execvp(command[0], command)  # noqa: S606 - that is the point: no shell between
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
