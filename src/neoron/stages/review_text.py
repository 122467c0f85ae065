"""Review of SQL that belongs to no project."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neoron.errors import SourceError, UsageError
from neoron.model.finding import Finding, Severity
from neoron.rules.reviewer import DIALECTS, Circumstances, review_readings, review_script
from neoron.sql.reading import readings

_ALIASES = {"mssql": "sqlserver", "postgres": "postgresql", "sqlite3": "sqlite", "pg": "postgresql"}
_YEARS = {"2012": (11,), "2014": (12,), "2016": (13,), "2017": (14,), "2019": (15,), "2022": (16,), "2025": (17,)}
"""SQL Server's names for its versions."""
TRANSACTIONS = ("none", "one", "file")
EDITIONS = ("standard", "enterprise", "developer", "express", "web", "azure")
_ORDER = (Severity.INFO, Severity.WARNING, Severity.ERROR)


def review_sql(
    text: str, *, engine: str, version: str | None = None, edition: str | None = None, schema: str = "",
    rows: Mapping[str, int] | None = None, transaction: str | None = None, rules: Sequence[str] = (),
) -> list[Finding]:  # fmt: skip
    """What a SQL script risks: data loss, locking, performance, compatibility, irreversibility.

    Shape: the tables that `schema` makes exist, are large and busy, and have old application code on them; so is any
    other table that the script does not create. transaction is `none`, `one` or `file`; None is the engine's usual
    one, autocommit unless the script opens one. rules names opt-in rules to ask on top. A finding that a comment
    allows has its reason in `allowed` and is not in the list.
    Raises: UsageError for an unknown engine, edition, version or transaction.
    """
    given = circumstances(engine, version or "", edition or "", schema, rows or {}, transaction or "", rules)
    return [finding for finding in review_script(text, given) if not finding.allowed]


@dataclass(frozen=True, slots=True)
class FileReview:
    """What a review of files is told, as words; see `review_sql`."""

    engine: str
    version: str = ""
    edition: str = ""
    schema: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    transaction: str = ""
    rules: Sequence[str] = ()


def review_files(paths: Sequence[Path], told: FileReview) -> list[Finding]:
    """The same for files, allowed findings included: each by itself, or all as one script in one transaction.

    Raises: SourceError for a file that cannot be read; UsageError as `review_sql`.
    """
    given = circumstances_of(told)
    texts = [(str(path), text_of(path)) for path in paths]
    if told.transaction != "one" or len(texts) < 2:
        return [finding for path, text in texts for finding in review_script(text, given, path=path)]
    read = [(path, readings(text, given.dialect)) for path, text in texts]
    places = [path for path, found in read for _reading in found]
    return review_readings([r for _path, found in read for r in found], given, paths=places)


def circumstances_of(told: FileReview) -> Circumstances:
    """The same as `circumstances`. Raises: UsageError."""
    return circumstances(
        told.engine, told.version, told.edition, told.schema, told.rows, told.transaction, told.rules
    )


def circumstances(
    engine: str, version: str = "", edition: str = "", schema: str = "", rows: Mapping[str, int] | None = None,
    transaction: str = "", rules: Sequence[str] = (),
) -> Circumstances:  # fmt: skip
    """What a review is told, checked.

    Raises: UsageError naming what there is.
    """
    name = _ALIASES.get(engine.lower(), engine.lower())
    _require(name, tuple(DIALECTS), "engine")
    _require(edition.lower(), ("", *EDITIONS), "edition")
    _require(transaction, ("", *TRANSACTIONS), "transaction")
    return Circumstances(
        name, parsed_version(version), edition.lower(), schema, dict(rows or {}),
        is_one_transaction=transaction in ("one", "file"), opt_in=frozenset(rules),
    )  # fmt: skip


def parsed_version(text: str) -> tuple[int, ...]:
    """`16`, `8.0.36`, `10.11-MariaDB`, `2022` as numbers; () for an empty text.

    Raises: UsageError.
    """
    if text.strip() in _YEARS:
        return _YEARS[text.strip()]
    found = re.match(r"\s*v?(\d+(?:\.\d+)*)", text)
    if not found and text.strip():
        raise UsageError(f"`{text}` is no version", next="give numbers, such as 16 or 8.0.36")
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def is_over(finding: Finding, threshold: str) -> bool:
    """Whether a finding weighs at least as much as the threshold, and no reason allows it."""
    return not finding.allowed and _ORDER.index(finding.severity) >= _ORDER.index(Severity(threshold))


def _require(value: str, known: Sequence[str], what: str) -> None:
    if value not in known:
        raise UsageError(f"no {what} `{value}`", next=f"there are {', '.join(k for k in known if k)}")


def text_of(path: Path) -> str:
    """The text of a file. Raises: SourceError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read it: {error}", where=str(path)) from None
