"""What an edition and a version of SQL Server can do while others work: ONLINE, RESUMABLE, WAIT_AT_LOW_PRIORITY."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from neoron.rules.scene import Scene, VersionTuple

_ONLINE = ("", "enterprise", "developer", "evaluation", "azure")
"""An edition that nobody told is taken for one that has it: a script would be wrong in both forms otherwise."""
_SINCE: dict[str, dict[str, VersionTuple]] = {
    "RESUMABLE": {"create": (15,), "rebuild": (14,), "constraint": (16,)},
    "WAIT_AT_LOW_PRIORITY": {"create": (16,), "rebuild": (12,), "constraint": (16,)},
}
_YEARS: dict[VersionTuple, int] = {(12,): 2014, (13,): 2016, (14,): 2017, (15,): 2019, (16,): 2022, (17,): 2025}


def has_enterprise(scene: Scene) -> bool:
    """Whether the edition builds indexes online and adds filled columns as metadata.

    Source: Microsoft Learn, Editions and supported features of SQL Server 2022, RDBMS high availability: Online index
    create and rebuild, Online schema change.
    """
    return scene.edition in _ONLINE


def runs_online(options: AbstractSet[str], scene: Scene) -> bool:
    """Whether a build with these options lets others read and write meanwhile."""
    return "ONLINE" in options and has_enterprise(scene)


def refusal(options: AbstractSet[str], what: str, scene: Scene) -> str:
    """Why the server refuses these options for `create`, `rebuild`, `constraint` or `column`; empty when it does not.

    Source: Microsoft Learn, CREATE INDEX (Transact-SQL), ALTER INDEX (Transact-SQL), ALTER TABLE
    table_constraint (Transact-SQL).
    """
    if "ONLINE" in options and not has_enterprise(scene):
        return f"ONLINE = ON is refused by the {scene.edition} edition"
    for option, since in _SINCE.items():
        is_known = scene.edition == "azure" or what not in since or scene.version >= since[what]
        if option in options and not is_known:
            year = _YEARS.get(since[what], since[what][0])
            return f"{option} is not known here before SQL Server {year}"
    if "RESUMABLE" in options and "ONLINE" not in options:
        return "RESUMABLE = ON needs ONLINE = ON"
    return ""
