"""REPLACE deletes the rows that are in its way"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import resolves
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Insert, Update


def replaces(action: Insert | Update, scene: Scene) -> Iterator[Hit]:
    """REPLACE, INSERT OR REPLACE, UPDATE OR REPLACE; of a new table when it takes the rows of one in use."""
    table = action.table
    is_hidden = isinstance(action, Insert) and not action.conflict and resolves("REPLACE", scene.table(table))
    if action.conflict != "replace" and not (is_hidden and action.sources):
        return
    if scene.is_busy(table):
        yield Hit(f"rows of {table} with the same key are deleted first: columns that are not named lose their values, "
                  "and foreign keys may cascade", table=scene.key(table))  # fmt: skip
    elif any(scene.is_busy(source) for source in action.sources):
        yield Hit(f"of rows with the same key only the last one arrives in {table}", table=scene.key(action.sources[0]))


def replaces_rows(action: Insert | Update, scene: Scene) -> Iterator[Hit]:
    """REPLACE into a table in use."""
    if action.conflict == "replace" and scene.is_busy(action.table):
        yield Hit(f"rows of {action.table} with the same key are deleted first: columns that are not named lose their "
                  "values, and foreign keys may cascade", table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="replace-rows",
    category=Category.DATA_LOSS,
    severity=Severity.ERROR,
    title="REPLACE deletes the rows that are in its way",
    why=(
        "It is no update: the old row is deleted and a new one inserted. Columns that are not named get their "
        "defaults, "
        "and ON DELETE CASCADE deletes what refers to the old row."
    ),
    instead="INSERT … ON CONFLICT (key) DO UPDATE SET … changes only what it names",
    looks_at=(Insert, Update),
    engines={
        "mariadb": OnEngine(
            replaces_rows,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="REPLACE INTO orders (id) VALUES (5);",
                good="INSERT INTO orders (id) VALUES (5) ON DUPLICATE KEY UPDATE note = 'y';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="INSERT … ON DUPLICATE KEY UPDATE changes only what it names",
        ),
        "mysql": OnEngine(
            replaces_rows,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.12 REPLACE Statement"),
            Example(
                bad="REPLACE INTO orders (id) VALUES (5);",
                good="INSERT INTO orders (id) VALUES (5) ON DUPLICATE KEY UPDATE note = 'y';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
            instead="INSERT … ON DUPLICATE KEY UPDATE changes only what it names",
        ),
        "sqlite": OnEngine(
            replaces,
            Effect(LockLevel.WRITES, source="SQLite, ON CONFLICT clause, REPLACE; measured on 3.40"),
            Example(
                bad="REPLACE INTO orders (id) VALUES (5);",
                good="INSERT INTO orders (id) VALUES (20001) ON CONFLICT (id) DO UPDATE SET note = excluded.note;",
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT);",
            ),
        ),
    },
)
