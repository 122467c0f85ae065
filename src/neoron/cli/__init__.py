"""The command line: one file per command, loaded when it is called."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from neoron import __version__
from neoron.cli.commands import COMMANDS
from neoron.cli.invocation import Invocation, global_options
from neoron.cli.lazy import LazyGroup
from neoron.errors import MigrationError, UsageError

INTERNAL = 70


@click.group(cls=LazyGroup, commands_table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="neoron")
@global_options
def cli(**flags: object) -> None:
    """Take a database from the version it has to the version it should have, and prove each step.

    \b
    author    migrations add · list · remove · merge · check
    look      database status · preflight · migrations script · database update --dry-run
    run       deploy · database update
    prove     verify · backup create · backup verify
    undo      rollback
    """
    context = click.get_current_context()
    context.obj = flags
    if context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one line on standard error, or one JSON object."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # A run lives for seconds and keeps nearly all it makes; looking for cycles took a tenth of its time.
    gc.set_threshold(100_000, 50, 1_000)
    with suppress(ValueError):  # outside the main thread signals are its owner's
        # A stopped run rolls back and says so, whether a person or a service manager stops it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        result = cli.main(args=words, prog_name="neoron", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return _failed(words, MigrationError("stopped"), 130)
    except click.ClickException as error:
        return _failed(words, _usage(error), UsageError.exit_code)
    except MigrationError as error:
        return _failed(words, error, error.exit_code)
    except KeyboardInterrupt:
        return _failed(words, MigrationError("interrupted", state="", next="neoron database status"), 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours is one line too, with its way to more
        return _unforeseen(words, error)


def _usage(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    text = " ".join(error.format_message().split())
    return UsageError(text, next=f"{context.command_path if context else 'neoron'} --help")


def _unforeseen(words: Sequence[str], error: Exception) -> int:
    from neoron.engines.lookup import translated

    known = translated(error)
    if known:
        return _failed(words, known, known.exit_code)
    if "-v" in words or "--verbose" in words:
        import traceback

        traceback.print_exception(error)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    unforeseen = MigrationError(
        f"an error of Neoron itself: {text}", state="", next="neoron database status; -v shows the traceback"
    )
    return _failed(words, unforeseen, INTERNAL)


def _failed(words: Sequence[str], error: MigrationError, exit_code: int) -> int:
    Invocation.of_words(words).fail(error, exit_code)
    return exit_code
