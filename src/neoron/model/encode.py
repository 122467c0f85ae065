"""Model values to and from versioned JSON; a value's JSON is its fields under their own names."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from neoron.model.migration import Location
from neoron.model.plan import LockLevel, RecordKind, Step, StepKind

SCHEMA = "neoron/1"
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def plain(value: Any) -> Any:
    """A model value as dictionaries, lists and scalars, ready for JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Location):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def to_json(value: Any, *, indent: int | None = None) -> str:
    """A model value as JSON text."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent)


def steps_to_json(steps: tuple[Step, ...]) -> str:
    """Steps in the compact form that the history stores."""
    return _compact([_step(step) for step in steps]) if steps else "[]"


def _step(step: Step) -> dict[str, Any]:
    value: dict[str, Any] = {"id": step.id, "kind": step.kind.value, "sql": step.sql, "number": step.number}
    optional = {
        "transaction": step.transaction, "probe": step.probe, "note": step.note,
        "record": step.record.value if step.record else "", "at": [step.at.path, step.at.line] if step.at else None,
        "session": "yes" if step.is_session else "",
        "lock": "" if step.lock is LockLevel.UNKNOWN else step.lock.value,
    }  # fmt: skip
    value.update({key: item for key, item in optional.items() if item not in ("", None)})
    return value


def steps_from_json(text: str, version: str) -> tuple[Step, ...]:
    """Steps as stored by `steps_to_json`.

    Raises: ValueError or KeyError when the text is not of that form.
    """
    return tuple(_step_of(value, version) for value in json.loads(text))


def _step_of(value: dict[str, Any], version: str) -> Step:
    at = value.get("at")
    record = value.get("record")
    return Step(
        id=value["id"], version=version, kind=StepKind(value["kind"]), sql=value["sql"],
        transaction=value.get("transaction"), number=value["number"],
        lock=LockLevel(value.get("lock") or LockLevel.UNKNOWN.value), at=Location(*at) if at else None,
        probe=value.get("probe", ""), record=RecordKind(record) if record else None, note=value.get("note", ""),
        is_session=bool(value.get("session")),
    )  # fmt: skip
