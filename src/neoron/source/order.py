"""The one order of migrations: parents first, and every fault of the graph named with its files."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence

from neoron.errors import SourceError, UsageError
from neoron.model.migration import Form, Migration, Version
from neoron.model.plan import BASE

HEAD = "head"
_PARENT_LINE = {Form.PYTHON: "`down_revision`", Form.SQL: "`-- migrate:parent`"}


def in_order(found: Iterable[Migration]) -> tuple[Migration, ...]:
    """Migrations with parents before children, ties by id.

    Raises: SourceError for one id twice, a missing parent, or a cycle.
    """
    by_version: dict[Version, Migration] = {}
    for migration in found:
        other = by_version.setdefault(migration.version, migration)
        if other is not migration:
            raise SourceError(
                f"two files have the version {migration.version}: {other.path} and {migration.path}",
                next=f"give one of them an id of its own{_and_inside(migration)}",
            )
    for migration in by_version.values():
        for parent in migration.parents:
            if parent not in by_version:
                raise SourceError(
                    f"follows {parent}, which no file has", where=migration.path,
                    next=f"bring that file back, or point {migration.path} at the migration before it",
                )  # fmt: skip
    return _sorted(by_version)


def _sorted(by_version: dict[Version, Migration]) -> tuple[Migration, ...]:
    waiting = {m.version: len(set(m.parents)) for m in by_version.values()}
    children: dict[Version, list[Version]] = defaultdict(list)
    for migration in by_version.values():
        for parent in set(migration.parents):
            children[parent].append(migration.version)
    ready = [version for version, count in waiting.items() if not count]
    heapq.heapify(ready)
    ordered: list[Migration] = []
    while ready:
        version = heapq.heappop(ready)
        ordered.append(by_version[version])
        for child in children[version]:
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(ready, child)
    if len(ordered) < len(by_version):
        _refuse_cycle(by_version, {m.version for m in ordered})
    return tuple(ordered)


def _refuse_cycle(by_version: dict[Version, Migration], sorted_versions: set[Version]) -> None:
    version = min(v for v in by_version if v not in sorted_versions)
    chain: list[Version] = []
    while version not in chain:
        chain.append(version)
        version = next(p for p in by_version[version].parents if p not in sorted_versions)
    loop = [*chain[chain.index(version) :], version]
    files = ", ".join(by_version[v].path for v in loop[:-1])
    raise SourceError(
        f"migrations follow each other in a circle: {' → '.join(loop)} ({files})",
        next=f"edit the {_PARENT_LINE[by_version[loop[0]].form]} of {by_version[loop[0]].path}",
    )


def _and_inside(migration: Migration) -> str:
    return ", in its name and in its `revision`" if migration.form is Form.PYTHON else ", in its name"


def heads(migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    """The migrations that nothing follows."""
    followed = {parent for m in migrations for parent in m.parents}
    return tuple(m for m in migrations if m.version not in followed)


def require_one_head(migrations: Sequence[Migration]) -> Version:
    """The newest version, or `0` for an empty folder.

    Raises: SourceError naming both heads and the command that joins them.
    """
    ends = heads(migrations)
    if len(ends) > 1:
        named = " and ".join(f"{m.version} ({m.path})" for m in ends)
        raise SourceError(f"two heads: {named}", next="neoron migrations merge")
    return ends[0].version if ends else BASE


def resolve(text: str, migrations: Sequence[Migration], *, current: Version = BASE) -> Version:
    """The version a user means by an id, the start of one, a name, `0`, `head`, or `-1` (steps back from current).

    Raises: UsageError naming the candidates when none or several fit.
    """
    if text == BASE:
        return BASE
    if text == HEAD:
        return require_one_head(migrations)
    if text.startswith("-") and text[1:].isdigit():
        return _steps_back(int(text[1:]), migrations, current)
    for fits in (_same_id, _same_name, _id_start, _name_part):
        found = [m for m in migrations if fits(m, text)]
        if len(found) == 1:
            return found[0].version
        if found:
            named = ", ".join(f"{m.version} {m.name}" for m in found[:5])
            raise UsageError(f"`{text}` fits {len(found)} migrations: {named}", next="give the id")
    raise UsageError(f"no migration `{text}`{_closest(text, migrations)}", next="neoron migrations list")


def _same_id(migration: Migration, text: str) -> bool:
    return migration.version == text


def _same_name(migration: Migration, text: str) -> bool:
    return migration.name.casefold() == text.casefold().replace(" ", "_")


def _id_start(migration: Migration, text: str) -> bool:
    return len(text) >= 4 and migration.version.startswith(text)


def _name_part(migration: Migration, text: str) -> bool:
    return len(text) >= 3 and text.casefold().replace(" ", "_") in migration.name.casefold()


def _steps_back(count: int, migrations: Sequence[Migration], current: Version) -> Version:
    versions = [BASE, *(m.version for m in migrations)]
    at = versions.index(current) if current in versions else 0
    if count > at:
        raise UsageError(f"-{count} goes back further than the first migration", next="neoron migrations list")
    return versions[at - count]


def _closest(text: str, migrations: Sequence[Migration]) -> str:
    import difflib

    names = [*(m.version for m in migrations), *(m.name for m in migrations)]
    close = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
