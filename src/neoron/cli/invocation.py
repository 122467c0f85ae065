"""One call of the command line: its global flags, and how results, notes and errors leave it."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neoron.cli.commands import COMMANDS
from neoron.cli.lazy import Command
from neoron.errors import MigrationError, PlanRefused

if TYPE_CHECKING:
    from neoron.api import Project
    from neoron.model.report import Report
    from neoron.render.style import Style

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--project", "-p"), {"metavar": "DIR", "default": None, "help": "The project's folder (default: this one)."}),
    (("--env", "-e"), {"metavar": "NAME", "default": None, "help": "The environment in neoron.toml (or NEORON_ENV)."}),
    (("--url",), {"metavar": "URL", "default": None, "help": "The target, instead of the environment's."}),
    (("--json", "as_json"), {"is_flag": True, "help": "One JSON object on standard output."}),
    (("--quiet", "-q"), {"is_flag": True, "help": "No notes and no progress."}),
    (("--verbose", "-v"), {"is_flag": True, "help": "Tracebacks of unforeseen errors."}),
    (("--no-color",), {"is_flag": True, "help": "No colour (or NO_COLOR)."}),
    (("--yes", "-y"), {"is_flag": True, "help": "Yes to every question."}),
)
_WITH_VALUE = {name for names, settings in _FLAGS if "metavar" in settings for name in names}


def global_options(function: F) -> F:
    """Add the global flags, which every command takes as well."""
    for names, settings in reversed(_FLAGS):
        function = click.option(*names, **settings)(function)
    return function


@dataclass(frozen=True, slots=True)
class Invocation:
    """The flags of one call, and its way out.

    Shape: command is the words after `neoron`, such as `database update`.
    """

    command: str
    project_folder: str = "."
    environment: str = ""
    url: str = ""
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    yes: bool = False

    @staticmethod
    def of_words(words: Sequence[str]) -> Invocation:
        """The least that is known of a call which could not be parsed."""
        command: list[str] = []
        place: Any = COMMANDS
        for before, word in pairwise(("", *words)):
            if word.startswith("-") or before in _WITH_VALUE:
                continue
            if not isinstance(place, dict) or word not in place:
                break
            command.append(word)
            place = place[word][0]
        return Invocation(" ".join(command), as_json="--json" in words, no_color="--no-color" in words)

    def project(self) -> Project:
        """The project of this call. Raises: UsageError."""
        from neoron.api import Project

        return Project.open(
            self.project_folder, environment=self.environment, url=self.url, notice=self.note
        )

    def note(self, text: str) -> None:
        """A sentence for the user on standard error."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def emit(self, result: Any, text: str, *, exit_code: int = 0) -> int:
        """Give the result: JSON when asked for, text otherwise."""
        if self.as_json:
            self._print_json(result, None, exit_code)
        elif text:
            print(text)
        return exit_code

    def emit_report(self, report: Report, *, page: str = "") -> int:
        """Give a run's report; its verdict is the exit code."""
        from neoron.render.text import render_report

        if self.as_json:
            error = None
            if not report.is_ok:
                names = ("message", "where", "state", "next")
                error = {"code": report.verdict.name.lower(), **{name: getattr(report, name) for name in names}}
            self._print_json({**_report_json(report), "page": page}, error, report.exit_code)
        else:
            print(render_report(report, self.style(), width=_width()))
            if page:
                print(f"Report: {page}")
        return report.exit_code

    def fail(self, error: MigrationError, exit_code: int) -> None:
        """Give an error: one line on standard error, or one JSON object on standard output."""
        if self.as_json:
            shape = {"code": error.code, "message": error.message, "where": error.where}
            self._print_json({}, {**shape, "state": error.state, "next": error.next}, exit_code)
        else:
            print(f"neoron: {error}", file=sys.stderr)

    def _print_json(self, result: Any, error: dict[str, Any] | None, exit_code: int) -> None:
        from neoron.model.encode import SCHEMA, plain

        shape = {"schema": SCHEMA, "command": self.command, "ok": error is None and exit_code in (0, 1)}
        whole = {**shape, "exit_code": exit_code, "result": plain(result), "error": error}
        print(json.dumps(whole, ensure_ascii=False))

    def style(self) -> Style:
        """Colour when standard output is a terminal and nobody minds."""
        from neoron.render.style import Style

        plain = self.no_color or bool(os.environ.get("NO_COLOR")) or not is_terminal(sys.stdout)
        return Style.PLAIN if plain else Style.COLOR

    def can_ask(self) -> bool:
        """Whether a person sits at a terminal; a closed stream is none."""
        return not self.as_json and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def consent(self, question: str) -> bool:
        """Yes by flag or by a person at a terminal; never by silence."""
        if self.yes:
            return True
        if not self.can_ask():
            return False
        return click.confirm(f"{question}. Go on?", default=False, err=True)

    @property
    def again(self) -> str:
        """This command for the same environment, as a person would type it."""
        return f"neoron{f' --env {self.environment}' if self.environment else ''} {self.command}"

    def require_protected_name(self, project: Project) -> None:
        """Let a person type the database's name where the environment is protected. Raises: as `require_name`."""
        environment = project.settings.environment
        if environment.protected:
            name = database_name(project)
            self.require_name(name, f"`{environment.name}` is protected, and this changes its database `{name}`")

    def require_name(self, name: str, action: str) -> None:
        """Let a person type the name of what would be destroyed.

        Raises: PlanRefused without a terminal and without --yes, or when another name was typed.
        """
        if self.yes:
            return
        if not self.can_ask():
            raise PlanRefused(f"{action}; without a terminal that needs --yes", next=f"{self.again} --yes")
        typed = click.prompt(f"{action}. Type its name to go on", err=True, default="", show_default=False)
        if typed != name:
            raise PlanRefused(f"`{typed}` is not `{name}`", next=self.again)


def database_name(project: Project) -> str:
    """What a person types to show that this target is meant: the database's name, or its file's.

    Raises: UsageError.
    """
    from pathlib import PurePath

    from neoron.config import target_url
    from neoron.engines.url import parse_url

    return PurePath(parse_url(target_url(project.settings)).database).name


def is_terminal(stream: Any) -> bool:
    """Whether a person sits at it; a closed stream is None and no terminal."""
    return stream is not None and stream.isatty()


def _width() -> int:
    import shutil

    return max(60, shutil.get_terminal_size((100, 24)).columns)


def _report_json(report: Report) -> dict[str, Any]:
    from neoron.model.encode import plain

    whole: dict[str, Any] = plain(report)
    steps = [
        {**result["step"], **{key: value for key, value in result.items() if key != "step"}}
        for result in whole.pop("results")
    ]
    verdict = whole.pop("verdict")
    return {
        **whole, "from": whole["from_version"], "to": whole["to_version"], "outcome": report.verdict.name.lower(),
        "exit_code": verdict, "steps": steps,
    }  # fmt: skip


def command(**settings: Any) -> Callable[[Callable[..., int]], click.Command]:
    """Make a function a command: it gets the `Invocation` first and returns the exit code."""

    def wrap(function: Callable[..., int]) -> click.Command:
        @functools.wraps(function)
        def call(**options: Any) -> int:
            context = click.get_current_context()
            own = {name: options.pop(name) for name in ("project", "env", "url", "as_json", "quiet", "verbose",
                                                        "no_color", "yes")}  # fmt: skip
            flags = context.find_root().obj or {}
            merged = {name: own[name] or flags.get(name) for name in own}
            words = context.command_path.split()[1:]
            return function(_invocation(" ".join(words), merged), **options)

        made: click.Command = click.command(cls=Command, **settings)(global_options(call))
        return made

    return wrap


def _invocation(words: str, flags: dict[str, Any]) -> Invocation:
    return Invocation(
        words, flags["project"] or ".", flags["env"] or "", flags["url"] or "", bool(flags["as_json"]),
        bool(flags["quiet"]), bool(flags["verbose"]), bool(flags["no_color"]), bool(flags["yes"]),
    )  # fmt: skip
