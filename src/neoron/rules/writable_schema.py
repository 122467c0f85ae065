"""The schema is written by hand"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.pragmas import is_on
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Delete, Insert, Setting, Update

_SCHEMA = ("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema")


def writes_schema(action: Setting | Update | Delete | Insert, scene: Scene) -> Iterator[Hit]:
    """PRAGMA writable_schema or schema_version, and changes of sqlite_schema."""
    if isinstance(action, Setting):
        is_open = action.name == "writable_schema" and is_on(action.value)
        if is_open or action.name == "schema_version":
            yield from hits(f"with PRAGMA {action.name} one wrong letter makes the file unreadable",
                            Category.DATA_LOSS, Category.IRREVERSIBLE)  # fmt: skip
    elif action.table.name in _SCHEMA:
        yield from hits("this writes the schema without any check: a mistake makes the file unreadable",
                        Category.DATA_LOSS, Category.IRREVERSIBLE)  # fmt: skip


RULE = Rule(
    id="writable-schema",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="The schema is written by hand",
    why="SQLite does not check what is written into sqlite_schema: a mistake damages the file beyond repair.",
    instead="rebuild the table in one transaction",
    looks_at=(Setting, Update, Delete, Insert),
    engines={
        "sqlite": OnEngine(
            writes_schema,
            Effect(LockLevel.WRITES, source="SQLite, PRAGMA writable_schema; measured on 3.40"),
            Example(
                bad="PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE' WHERE name = 'orders';",
                good="PRAGMA writable_schema = OFF;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
            ),
        ),
    },
)
