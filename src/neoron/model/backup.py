"""The manifest of one backup."""

from __future__ import annotations

from dataclasses import dataclass, field

from neoron.model.schema import TableContent


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """A backup and what was proven of it.

    Shape: path is the folder or file relative to the backup store; files maps each part to its SHA-256;
    contents are the tables as they were in the backup's own snapshot, without a checksum where the engine's copy is
    proven by its bytes, and none before that proof; verified_at is empty until the backup was restored aside and
    its contents were equal; failure says why it is none, and is empty for a good one;
    kind is `physical` for the files of a whole server; position is the engine's own place in its log (an LSN, a GTID),
    and timeline is the log's branch, 0 where there are none; writes are the target's counters of written rows
    per table when the backup began, as `writes_by_table` gives them; encryption is `age` or empty, and sealed maps each
    encrypted part to its SHA-256, while files are the parts that they open to.
    Units: size_bytes bytes; elapsed_ms and restore_ms milliseconds; times ISO 8601 in UTC.
    """

    id: str
    engine: str
    engine_version: str
    kind: str
    tool: str
    target: str
    version: str
    path: str
    size_bytes: int
    created_at: str
    elapsed_ms: int
    files: dict[str, str]
    contents: tuple[TableContent, ...]
    verified_at: str = ""
    restore_ms: int = 0
    format: int = 1
    finished_at: str = ""
    position: str = ""
    schema_fingerprint: str = ""
    writes: dict[str, int] = field(default_factory=dict)
    failure: str = ""
    encryption: str = ""
    sealed: dict[str, str] = field(default_factory=dict)
    timeline: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it was restored aside and found equal."""
        return bool(self.verified_at) and not self.failure
