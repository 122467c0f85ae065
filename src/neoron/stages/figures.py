"""What a finding means on the target as it is: how many rows, how many bytes, about how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from neoron.engines.roles import Engine, Session
from neoron.model.finding import Category, Finding
from neoron.model.plan import LockLevel
from neoron.rules.scene import VersionTuple
from neoron.stages.review_text import parsed_version

# Bytes of table per second, slow and fast, on a server with a local disk. A rewrite writes the table, its indexes and
# the log: 2 million rows of 100 bytes took 3.6 s on two cores. A build reads the table and sorts, a scan only reads.
REWRITE = (40_000_000, 70_000_000)
BUILD = (80_000_000, 200_000_000)
SCAN = (200_000_000, 500_000_000)
_WAITS = {LockLevel.ALL.value: "reads and writes", LockLevel.WRITES.value: "writes"}
_SIZES = ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_COUNTS = ((1_000_000_000, "billion"), (1_000_000, "M"))
_BUILDS = ("create-index", "create-index-partitioned", "add-unique", "add-primary-key", "add-exclusion", "reindex",
           "add-column-unique")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Live:
    """A target as it is now: whose server, its version, edition; per table its rows, bytes, and if it has a trigger."""

    product: str
    version: VersionTuple
    rows: Mapping[str, int] = field(default_factory=dict)
    sizes_bytes: Mapping[str, int] = field(default_factory=dict)
    triggered: frozenset[str] = frozenset()
    edition: str = ""

    def named(self, table: str) -> str:
        """The table as the target writes it; names that a case-insensitive database compares come in lower case."""
        if table in self.rows:
            return table
        return next((name for name in self.rows if name.casefold() == table.casefold()), "")


def live_figures(engine: Engine, session: Session) -> Live:
    """Ask the target. Raises: the driver's own error."""
    sizes = engine.catalog.sizes(session)
    return Live(
        engine.session.product(session), parsed_version(engine.session.server_version(session)),
        {s.table: s.row_count for s in sizes}, {s.table: s.size_bytes + s.index_bytes for s in sizes},
        frozenset(engine.catalog.schema(session).triggered), engine.session.edition(session),
    )  # fmt: skip


def with_figures(finding: Finding, live: Live) -> Finding:
    """The finding with what it means there, where that is known."""
    told = _meaning(finding, live)
    return replace(finding, message=f"{finding.message}; {told}") if told else finding


def _meaning(finding: Finding, live: Live) -> str:
    table = live.named(finding.table) if finding.table else ""
    if not table:
        return ""
    rows = f"{short_count(live.rows[table])} rows ({short_size(live.sizes_bytes.get(table, 0))})"
    if finding.category is Category.LOCKING and (finding.rewrite or finding.rule in _BUILDS):
        verb = "rewrites" if finding.rewrite == "rewrites" else "builds over" if finding.rule in _BUILDS else "reads"
        waits = _WAITS.get(finding.lock)
        wait = f" during which {waits} of {table} wait" if waits else ""
        return f"here it {verb} {rows}: {duration(finding, live.sizes_bytes.get(table, 0))}{wait}"
    triggers = ", and its triggers run for each row" if table in live.triggered and not finding.lock_waits else ""
    return f"{table} has {rows}{triggers}"


def duration(finding: Finding, size_bytes: int) -> str:
    """About how long that many bytes take."""
    slow, fast = BUILD if finding.rule in _BUILDS else REWRITE if finding.rewrite == "rewrites" else SCAN
    low_s, high_s = size_bytes / fast, size_bytes / slow
    if high_s < 1:
        return "less than a second"
    unit, divisor = next((u, d) for u, d in (("h", 3600), ("min", 60), ("s", 1)) if high_s >= 1.5 * d or d == 1)
    low, high = max(round(low_s / divisor), 1 if divisor == 1 else 0), max(round(high_s / divisor), 1)
    return f"about {low} to {high} {unit}" if low and low != high else f"about {high} {unit}"


def short_count(count: int) -> str:
    """A count in a few characters."""
    limit, unit = next(((n, u) for n, u in _COUNTS if count >= n), (1, ""))
    return f"{count / limit:.3g} {unit}" if unit else f"{count:,}"


def short_size(size_bytes: int) -> str:
    """A size in a few characters."""
    limit, unit = next(((n, u) for n, u in _SIZES if size_bytes >= n), (1, "bytes"))
    return f"{size_bytes / limit:.3g} {unit}"
