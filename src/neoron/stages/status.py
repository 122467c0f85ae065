"""What is applied, what is pending, and what does not fit: files held against the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from neoron.errors import PlanRefused, SourceError
from neoron.model.history import AppliedMigration, History, Progress, State
from neoron.model.migration import Migration, Version
from neoron.model.plan import BASE
from neoron.source.compiler import Compiler
from neoron.stages.plan import adopted_versions, taken_back_versions


@dataclass(frozen=True, slots=True)
class MigrationState:
    """One migration and where it stands; detail is a note such as `only its layout changed`."""

    id: Version
    name: str
    state: State
    path: str = ""
    checksum: str = ""
    applied_at: str = ""
    elapsed_ms: int = 0
    detail: str = ""


def states(migrations: Sequence[Migration], history: History, compiler: Compiler) -> tuple[MigrationState, ...]:
    """Every migration that the files or the target know, files first in their order.

    Raises: SourceError for a changed file that cannot be read.
    """
    rows = {a.version: a for a in history.applied}
    adopted = set(adopted_versions(history, migrations))
    found = [_state(m, rows.get(m.version), m.version in adopted, compiler) for m in migrations]
    gone = set(taken_back_versions(history, migrations))
    found = [replace(s, detail="alembic_version no longer has it") if s.id in gone else s for s in found]
    known = {m.version for m in migrations}
    last_known = max((a.position for a in history.applied if a.version in known), default=0)
    for applied in history.applied:
        if applied.version not in known:
            state = State.AHEAD if applied.position > last_known else State.MISSING
            found.append(_of(applied, state, "no file has this version"))
    for version in sorted(set(history.alembic or ()) - known - set(rows)):
        found.append(MigrationState(version, "", State.AHEAD, detail="alembic_version names it, and no file has it"))
    return tuple(found)


def _state(
    migration: Migration, applied: AppliedMigration | None, is_adopted: bool, compiler: Compiler
) -> MigrationState:
    if applied is None:
        state = State.APPLIED if is_adopted else State.PENDING
        detail = "by Alembic" if is_adopted else ""
        return MigrationState(migration.version, migration.name, state, migration.path, detail=detail)
    if applied.progress is not Progress.APPLIED:
        detail = f"{applied.progress.value}: {applied.steps_done} steps done"
        return replace(_of(applied, State.PARTIAL, detail), path=migration.path)
    if applied.file_digest == migration.file_digest:
        return replace(_of(applied, State.APPLIED, ""), path=migration.path)
    checksum = compiler.compile(migration.version).checksum
    if checksum == applied.checksum:
        return replace(_of(applied, State.APPLIED, "only its layout changed"), path=migration.path)
    detail = f"applied as {applied.checksum[:12]}, the file is now {checksum[:12]}"
    return replace(_of(applied, State.ALTERED, detail), path=migration.path)


def _of(applied: AppliedMigration, state: State, detail: str) -> MigrationState:
    return MigrationState(
        applied.version, applied.name, state, "", applied.checksum, applied.applied_at, applied.elapsed_ms, detail
    )


def current_version(history: History, migrations: Sequence[Migration] = ()) -> Version:
    """The newest applied version, or `0`."""
    adopted = adopted_versions(history, migrations)
    complete = history.complete
    return complete[-1].version if complete else adopted[-1] if adopted else BASE


def applied_versions(history: History, migrations: Sequence[Migration]) -> set[Version]:
    """Versions that need not be applied again."""
    return {a.version for a in history.complete} | set(adopted_versions(history, migrations))


def require_fitting(found: Sequence[MigrationState], target: str) -> None:
    """Refuse to go on when files and target contradict each other.

    Raises: SourceError naming the versions and the way out.
    """
    ahead = [s for s in found if s.state is State.AHEAD]
    if ahead:
        named = ", ".join(f"{s.id} {s.name}".strip() for s in ahead)
        raise SourceError(
            f"the database is ahead by {named}: no file here has it", where=target,
            next=f"check out the version that has it, or take it back: neoron rollback {_before(found, ahead[0])}",
        )  # fmt: skip
    for state in found:
        if state.state is State.MISSING:
            raise SourceError(
                f"the file of the applied migration {state.id} {state.name} is gone", where=target,
                next="bring the file back from version control",
            )  # fmt: skip
        if state.state is State.ALTERED:
            raise SourceError(
                f"{state.id} was edited after it was applied ({state.detail})", where=state.path,
                next=f"undo the edit and write a new migration; or keep it: neoron migrations accept {state.id}",
            )  # fmt: skip


def _before(found: Sequence[MigrationState], state: MigrationState) -> Version:
    applied = [s.id for s in found if s.state is State.APPLIED and s is not state]
    return applied[-1] if applied else BASE


def pending_until(
    migrations: Sequence[Migration], history: History, end: Version, *, out_of_order: str
) -> tuple[Migration, ...]:
    """The migrations to apply so that `end` is applied, in order.

    Raises: PlanRefused naming files older than the newest applied one, unless out_of_order is `allow`.
    """
    versions = [m.version for m in migrations]
    last = versions.index(end) if end in versions else -1
    done = applied_versions(history, migrations)
    pending = tuple(m for m in migrations[: last + 1] if m.version not in done)
    newest = max((i for i, v in enumerate(versions) if v in done), default=-1)
    late = [m for m in pending if versions.index(m.version) < newest]
    if late and out_of_order != "allow":
        named = ", ".join(m.path for m in late)
        raise PlanRefused(
            f"{named} is older than the newest applied migration {versions[newest]}",
            next="give it a new id (neoron migrations add), or set `out_of_order = \"allow\"` under [project]",
        )  # fmt: skip
    return pending
