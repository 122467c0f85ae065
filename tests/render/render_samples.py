"""Reports and plans made by hand, as the stages would make them."""

from __future__ import annotations

from dataclasses import replace

from neoron.model.backup import BackupRecord
from neoron.model.check import Check, Status
from neoron.model.finding import Finding, Severity
from neoron.model.migration import Direction, Location
from neoron.model.plan import LockLevel, Plan, PlannedMigration, RecordKind, Step, StepKind
from neoron.model.report import Fault, Outcome, Phase, Report, StepResult, Verdict
from neoron.model.schema import TableContent, TableSize

V0, V1, V2 = "20250101090000", "20250201100000", "20250301120000"
NAMES = ((V1, "add_message_references"), (V2, "add_message_metadata"))
PATHS = {V1: f"migrations/{V1}_add_message_references.sql", V2: f"migrations/{V2}_add_message_metadata.sql"}
TARGET = "postgresql://neoron@db.example/messages"
DIGEST = "3f2a9c1b22aad0c4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c"

_STATEMENTS: tuple[tuple[str, StepKind, str, int | None, LockLevel], ...] = (
    (V1, StepKind.SETTING, "SET lock_timeout = '2000ms'", 1, LockLevel.NONE),
    (
        V1,
        StepKind.STATEMENT,
        "ALTER TABLE messages\n  ADD COLUMN reply_to_id bigint,\n  ADD COLUMN thread_id bigint",
        1,
        LockLevel.ALL,
    ),
    (
        V1,
        StepKind.STATEMENT,
        "ALTER TABLE messages\n  ADD CONSTRAINT fk_messages_reply_to\n"
        "  FOREIGN KEY (reply_to_id)\n  REFERENCES messages (message_id)\n  NOT VALID",
        1,
        LockLevel.WRITES,
    ),
    (V1, StepKind.RECORD, "INSERT INTO neoron_history (version, name) VALUES (:version, :name)", 1, LockLevel.NONE),
    (
        V1,
        StepKind.STATEMENT,
        "-- other sessions go on writing meanwhile\n"
        "CREATE INDEX CONCURRENTLY ix_messages_reply_to ON messages (reply_to_id)",
        None,
        LockLevel.NONE,
    ),
    (V1, StepKind.STATEMENT, "ALTER TABLE messages VALIDATE CONSTRAINT fk_messages_reply_to", 2, LockLevel.NONE),
    (
        V2,
        StepKind.STATEMENT,
        "ALTER TABLE messages\n  ADD COLUMN embedded_content text,\n"
        "  ADD COLUMN attachments jsonb,\n  ADD COLUMN flags integer NOT NULL DEFAULT 0",
        3,
        LockLevel.ALL,
    ),
    (
        V2,
        StepKind.BATCH,
        "UPDATE messages SET flags = 1 WHERE message_id BETWEEN 1 AND 5000 AND edited_at IS NOT NULL",
        3,
        LockLevel.NONE,
    ),
    (
        V2,
        StepKind.BATCH,
        "UPDATE messages SET flags = 1 WHERE message_id BETWEEN 5001 AND 10000 AND edited_at IS NOT NULL",
        3,
        LockLevel.NONE,
    ),
    (
        V2,
        StepKind.STASH,
        "CREATE TABLE neoron_stash_1 AS SELECT message_id, legacy_kind FROM messages",
        4,
        LockLevel.NONE,
    ),
    (V2, StepKind.STATEMENT, "ALTER TABLE messages DROP COLUMN legacy_kind", 4, LockLevel.ALL),
    (V2, StepKind.RECORD, "INSERT INTO neoron_history (version, name) VALUES (:version, :name)", 4, LockLevel.NONE),
)
_ELAPSED_MS = (0.4, 14.2, 38.0, 2.1, 1870.0, 420.5, 11.9, 312.0, 298.0, 150.4, 9.3, 2.0)
_ROWS = (None, 0, 0, 1, 0, 0, 0, 4812, 4950, 120_433, 0, 1)


def _steps() -> tuple[Step, ...]:
    numbers: dict[str, int] = {}
    steps = []
    for version, kind, sql, transaction, lock in _STATEMENTS:
        number = numbers[version] = numbers.get(version, 0) + 1
        record = RecordKind.APPLIED if kind is StepKind.RECORD else None
        at = Location(PATHS[version], 3 + 4 * number)
        steps.append(
            Step(f"{version}/up/{number}", version, kind, sql, transaction, number, lock, 2000, at=at, record=record)
        )
    return tuple(steps)


STEPS = _steps()


def plan() -> Plan:
    """Two migrations, one statement outside a transaction, one that loses a column."""
    migrations = tuple(PlannedMigration(version, name, "c" * 64, "f" * 64, (), ()) for version, name in NAMES)
    return Plan(TARGET, "postgresql", Direction.UP, V0, V2, STEPS, migrations)


def _results() -> tuple[StepResult, ...]:
    start_ms = 5200.0
    results = []
    for step, elapsed_ms, rows in zip(STEPS, _ELAPSED_MS, _ROWS, strict=True):
        attempts = 2 if step.sql.startswith("ALTER TABLE messages\n  ADD COLUMN reply") else 1
        results.append(StepResult(step, Outcome.DONE, rows, elapsed_ms, start_ms, attempts))
        start_ms += elapsed_ms + 6
    return tuple(results)


PHASES = (
    Phase("preflight", 0, 310, "8 checks"),
    Phase("review", 310, 120, "2 findings"),
    Phase("backup", 430, 2900, "pg_dump, 84.2 MiB"),
    Phase("verify backup", 3330, 1780, "restored aside, 3 tables compared"),
    Phase("lock", 5110, 40, "deploy lock taken"),
    Phase("steps", 5150, 3300, "12 steps"),
    Phase("verify", 8450, 740, "7 checks"),
)
CHECKS = (
    Check("server version", Status.OK, "15.8", detail="PostgreSQL 15.8 on x86_64"),
    Check("database size", Status.OK, 88_342_528, "bytes", None, "grew by 1.2 % in a day"),
    Check(
        "free space",
        Status.OK,
        53_687_091_200,
        "bytes",
        265_027_584,
        "the plan needs about three times the largest table",
    ),
    Check("newest backup", Status.WARN, 5400, "s", 3600, "older than the recovery point objective"),
    Check("foreign keys", Status.OK, 0, "broken", 0),
    Check("index health", Status.OK, 0, "invalid", 0),
    Check("replication lag", Status.UNKNOWN, None, "s", 10, "this server has no replica that reports a lag"),
    Check("application check: message_store.smoke", Status.OK, 620, "ms", 5000, "12 of 12 passed"),
)
FINDINGS = (
    Finding(
        "drop-column",
        "data-loss",
        Severity.WARNING,
        "Column messages.legacy_kind holds 120,433 values that are dropped.",
        "ALTER TABLE messages DROP COLUMN legacy_kind",
        Location(PATHS[V2], 23),
        "The values are stashed first; drop the stash after a week.",
    ),
    Finding(
        "lock-with-default",
        "locking",
        Severity.INFO,
        "Adding a column with a constant default takes a short lock only.",
        at=Location(PATHS[V2], 7),
    ),
)
BACKUP = BackupRecord(
    "20250301T092958Z-7c1e",
    "postgresql",
    "15.8",
    "dump",
    "pg_dump 15.8",
    TARGET,
    V0,
    "20250301T092958Z-7c1e/messages.dump",
    88_289_011,
    "2025-03-01T09:29:58+00:00",
    2900,
    {"messages.dump": "a" * 64},
    (
        TableContent("messages", ("message_id",), 120_433, "x"),
        TableContent("message_audits", ("audit_id",), 310_008, "y"),
    ),
    "2025-03-01T09:30:03+00:00",
    1780,
)
MIB = 1024 * 1024
BEFORE = (
    TableSize("messages", 120_433, 52 * MIB, 9 * MIB),
    TableSize("message_audits", 310_008, 18 * MIB, 4 * MIB),
    TableSize("channels", 412, 64 * 1024, 32 * 1024),
)
AFTER = (
    TableSize("messages", 120_440, 58 * MIB, 14 * MIB),
    TableSize("message_audits", 310_021, 18 * MIB, 4 * MIB),
    TableSize("channels", 412, 64 * 1024, 32 * 1024),
    TableSize("neoron_stash_1", 120_433, 5 * MIB, 0),
)


def done() -> Report:
    """A deploy that went well, with one warning."""
    return Report(
        command="deploy",
        run_id="0195506c-31a7-7d52-9a40-5e1c2f0b7d11",
        engine="postgresql",
        target=TARGET,
        digest=DIGEST,
        from_version=V0,
        to_version=V2,
        verdict=Verdict.DONE_WITH_FINDINGS,
        started_at="2025-03-01T09:29:55+00:00",
        elapsed_ms=9190,
        by="alice",
        host="ci-7",
        versions=NAMES,
        results=_results(),
        phases=PHASES,
        checks=CHECKS,
        findings=FINDINGS,
        backup=BACKUP,
        sizes_before=BEFORE,
        sizes_after=AFTER,
    )


def _ended_at(index: int, outcome: Outcome, fault: Fault) -> tuple[StepResult, ...]:
    results = list(_results())
    results[index] = replace(results[index], outcome=outcome, rows=None, elapsed_ms=2004, attempts=3, fault=fault)
    late = [replace(r, outcome=Outcome.SKIPPED, rows=None, elapsed_ms=0, attempts=0) for r in results[index + 1 :]]
    return tuple(results[: index + 1] + late)


def failed() -> Report:
    """A deploy stopped by another session's lock after the first migration was applied."""
    fault = Fault(
        "canceling statement due to lock timeout",
        "55P03",
        is_retryable=True,
        is_lock_wait=True,
        blockers=(
            "session 81 (psql, bob on laptop-3) has held ACCESS SHARE on messages for 42 s: SELECT * FROM messages",
        ),
    )
    return replace(
        done(),
        verdict=Verdict.FAILED_CHANGED,
        results=_ended_at(6, Outcome.FAILED, fault),
        phases=(*PHASES[:5], Phase("steps", 5150, 4440, "stopped at step 7 of 12")),
        sizes_after=(),
        elapsed_ms=9600,
        message='lock timeout: "messages" is locked by session 81 (psql, bob on laptop-3, 42 s)',
        where=f"{PATHS[V2]}:7",
        state=f"Version {V1} is applied; nothing of {V2} is.",
        next="neoron monitor status, then neoron deploy",
    )


def unknown() -> Report:
    """A deploy whose connection went away while it committed."""
    fault = Fault("server closed the connection unexpectedly", "08006", is_lost=True)
    return replace(
        done(),
        verdict=Verdict.UNKNOWN,
        results=_ended_at(3, Outcome.UNKNOWN, fault),
        phases=PHASES[:6],
        checks=(),
        sizes_after=(),
        message="the connection was lost while the transaction committed",
        where=TARGET,
        state=f"Version {V1} may or may not be applied.",
        next="neoron database status",
    )


def empty() -> Report:
    """A run that had nothing to do."""
    return Report("deploy", "", "sqlite", "sqlite:///app.db", "", V2, V2, Verdict.DONE, "2025-03-01T09:29:55Z", 0)


def large() -> Report:
    """A thousand steps, three hundred tables, two hundred checks and one failure in the middle."""
    results = tuple(
        StepResult(
            Step(
                f"v{i // 10}/up/{i % 10 + 1}",
                f"v{i // 10}",
                StepKind.STATEMENT,
                f"CREATE TABLE t{i} (id bigint PRIMARY KEY, " + "payload text, " * 60 + "x int)",
                i,
                lock=LockLevel.ALL,
            ),
            Outcome.FAILED if i == 500 else Outcome.DONE,
            0,
            5 + i % 97,
            i * 110.0,
            fault=Fault("relation already exists", "42P07") if i == 500 else None,
        )
        for i in range(1000)
    )
    before = tuple(
        TableSize(f"table_with_a_rather_long_name_{i:03}", i * 1000, i * i * 1000, i * 300) for i in range(300)
    )
    after = tuple(replace(size, row_count=size.row_count + 7, size_bytes=size.size_bytes * 2) for size in before)
    return replace(
        done(),
        results=results,
        versions=tuple((f"v{i}", f"migration {i}") for i in range(100)),
        elapsed_ms=118_000,
        from_version="v0",
        to_version="v99",
        verdict=Verdict.FAILED_CHANGED,
        message="relation already exists",
        phases=tuple(Phase(f"phase {i}", i * 2360.0, 2360) for i in range(50)),
        checks=CHECKS * 25,
        findings=FINDINGS * 100,
        sizes_before=before,
        sizes_after=after,
    )


EVIL = "<script>alert(1)</script>"
"""A name that would run in a page that forgets to escape."""


def hostile() -> Report:
    """Every text field holds markup, terminal escapes, direction marks, line ends and half characters."""
    evil = f"{EVIL}\x1b[31mred\x1b[0m\x1b]0;title\x07\u202egnp.exe\u202c\"'&{{{{ 7*7 }}}}\ud800\x00\r\nמסד"
    step = Step(
        evil,
        evil,
        StepKind.STATEMENT,
        f"SELECT '{evil}'\n]]></svg><img src=x onerror=alert(1)>",
        1,
        at=Location(evil, 1),
        note=evil,
    )
    fault = Fault(evil, evil, blockers=(evil,))
    finding = Finding(evil, evil, Severity.ERROR, evil, evil, Location(evil, 1), evil)
    backup = replace(
        BACKUP,
        id=evil,
        engine=evil,
        engine_version=evil,
        tool=evil,
        version=evil,
        path=evil,
        created_at=evil,
        verified_at=evil,
    )
    size = TableSize(evil, 1, 1000)
    return Report(
        command=evil,
        run_id=evil,
        engine=evil,
        target=evil,
        digest=evil,
        from_version=evil,
        to_version=evil,
        verdict=Verdict.FAILED_CHANGED,
        started_at=evil,
        elapsed_ms=10,
        by=evil,
        host=evil,
        versions=((evil, evil),),
        results=(StepResult(step, Outcome.FAILED, 1, 5, 1, fault=fault),),
        phases=(Phase(evil, 0, 10, evil),),
        checks=(Check(evil, Status.FAIL, evil, evil, evil, evil),),
        findings=(finding,),
        backup=backup,
        sizes_before=(size,),
        sizes_after=(size,),
        message=evil,
        where=evil,
        state=evil,
        next=evil,
    )


ALL = {"done": done, "failed": failed, "unknown": unknown, "empty": empty, "large": large, "hostile": hostile}
