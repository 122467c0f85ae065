"""The project's own checks: queries that return wrong rows, and programs that act as the application does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from neoron.config import target_url
from neoron.engines.roles import Engine, Session
from neoron.engines.url import shown
from neoron.errors import SourceError
from neoron.model.check import Check, Status
from neoron.model.migration import Version
from neoron.source.folder import read_text
from neoron.sql.split import SplitError
from neoron.stages.status import applied_versions
from neoron.stages.workspace import Workspace

_FROM = re.compile(r"\A\ufeff?--\s*neoron:\s*from\s+(\S+)")
SMOKE_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Validation:
    """One query of the validations folder: each row it returns is a fault; since is the version that it needs."""

    name: str
    since: Version
    sql: str


def read_validations(workspace: Workspace) -> tuple[Validation, ...]:
    """The queries of the validations folder, in the order of their names.

    Shape: a first line `-- neoron: from VERSION` keeps a query back until that version is applied.
    Raises: SourceError for a file that cannot be read or is not one query.
    """
    folder = workspace.settings.folder / workspace.settings.validations
    files = sorted(folder.glob("*.sql")) if folder.is_dir() else []
    return tuple(_read(workspace, file.name) for file in files)


def _read(workspace: Workspace, name: str) -> Validation:
    settings = workspace.settings
    path = f"{settings.validations}/{name}"
    try:
        text, _digest = read_text(settings.folder, settings.folder / path, path, settings.max_file_bytes)
        statements = workspace.engine.split(text, workspace.engine.dialect)
    except SplitError as error:
        raise SourceError(str(error), where=f"{path}:{error.line}", next=f"edit {path}") from None
    if len(statements) != 1:
        raise SourceError(f"{len(statements)} statements; a validation is one query", where=path, next=f"edit {path}")
    since = _FROM.match(text)
    return Validation(name.removesuffix(".sql"), since.group(1) if since else "", statements[0].text)


def validate(workspace: Workspace, session: Session, validations: Sequence[Validation]) -> list[Check]:
    """Run the queries whose version is applied, each in a transaction that is rolled back.

    Raises: the driver's own error when the history cannot be read; a query that fails is a failed check.
    """
    done = applied_versions(workspace.engine.history.read(session), workspace.migrations)
    ready = [v for v in validations if not v.since or v.since in done]
    return [_validation(workspace.engine, session, v.name, v.sql) for v in ready]


def _validation(engine: Engine, session: Session, name: str, sql: str) -> Check:
    try:
        session.begin()
        wrong = session.query(sql)
    except engine.faults.errors() as error:
        detail = engine.faults.translate(error).message
        return Check(f"validation {name}", Status.FAIL, None, "rows", 0, f"could not run: {detail}")
    finally:
        session.rollback()
    first = f"first: {', '.join(str(v) for v in wrong[0][:4])[:120]}" if wrong else "none wrong"
    return Check(f"validation {name}", Status.FAIL if wrong else Status.OK, len(wrong), "rows", 0, first)


def smoke(workspace: Workspace) -> list[Check]:
    """Run the project's application checks with NEORON_URL set; exit code 0 passes.

    Raises nothing: a program that cannot start is a failed check.
    """
    url = target_url(workspace.settings)
    if workspace.engine.is_embedded:
        url = f"{workspace.url.scheme}:///{workspace.url.database}"
    return [_smoke(workspace, command, url) for command in workspace.settings.smoke]


def _smoke(workspace: Workspace, command: str, url: str) -> Check:
    try:
        words = shlex.split(command)
    except ValueError as error:
        return Check(f"smoke {command}", Status.FAIL, None, "exit code", 0, f"cannot be read: {error}")
    if words and words[0] in ("python", "python3"):
        words[0] = sys.executable
    environment = {**os.environ, "NEORON_URL": url}
    try:
        done = subprocess.run(
            words, cwd=workspace.settings.folder, env=environment, capture_output=True, text=True,
            timeout=SMOKE_TIMEOUT_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(f"smoke {command}", Status.FAIL, None, "exit code", 0, type(error).__name__)
    lines = (done.stdout + done.stderr).strip().splitlines()
    said = shown(lines[-1] if lines else "", workspace.url)
    return Check(
        f"smoke {command}", Status.FAIL if done.returncode else Status.OK, done.returncode, "exit code", 0, said
    )
