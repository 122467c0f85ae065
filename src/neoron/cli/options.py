"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def no_stash_option(function: F) -> F:
    """Add `--no-stash REASON`."""
    return click.option(
        "--no-stash", default="", metavar="REASON", callback=_reason,
        help="Keep nothing of what is destroyed: \"because …\", which goes into the journal.",
    )(function)  # fmt: skip


def _reason(context: click.Context, option: click.Parameter, value: str) -> str:
    reason = value.strip().removeprefix("because").strip()
    if value and not reason:
        raise click.BadParameter("a reason is needed, such as --no-stash \"because the column was never filled\"")
    return reason
