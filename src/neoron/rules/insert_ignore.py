"""A copy skips rows without a word"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rebuilding import is_rebuilt_later, resolves
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Insert, Update


def skips_rows(action: Insert | Update, scene: Scene) -> Iterator[Hit]:
    """INSERT OR IGNORE of the rows of a table in use; DO NOTHING when that table is dropped afterwards."""
    if isinstance(action, Update):
        return
    sources = [name for name in action.sources if scene.is_busy(name)]
    is_silent = action.conflict == "ignore" or (
        action.conflict == "nothing" and any(is_rebuilt_later(scene.key(name), scene) for name in sources)
    )
    is_silent = is_silent or (not action.conflict and resolves("IGNORE", scene.table(action.table)))
    if is_silent and action.is_from_query and sources:
        yield Hit(f"rows of {sources[0]} that break a constraint of {action.table} are left out, and nobody is told",
                  table=scene.key(sources[0]))  # fmt: skip


def ignores_errors(action: Insert | Update, scene: Scene) -> Iterator[Hit]:
    """INSERT IGNORE of a query, UPDATE IGNORE: what does not fit is left out, or cut. Written rows are a seed."""
    is_seed = isinstance(action, Insert) and not action.is_from_query
    if action.conflict == "ignore" and not is_seed and scene.is_busy(action.table):
        yield Hit(f"rows that do not fit into {action.table} are left out or cut, and nobody is told",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="insert-ignore",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="A copy skips rows without a word",
    why="Rows that break UNIQUE, NOT NULL or CHECK are not copied, and the statement says that all is well.",
    instead="copy without IGNORE, so that it fails; find the rows that do not fit first, and mend them",
    looks_at=(Insert, Update),
    engines={
        "mariadb": OnEngine(
            ignores_errors,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="INSERT IGNORE INTO orders (id, note) SELECT 5, 'y';",
                good="INSERT INTO orders (id, note) VALUES (50000, 'y') ON DUPLICATE KEY UPDATE note = 'y';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            ignores_errors,
            Effect(LockLevel.NONE, source="MySQL manual, 15.2.7 INSERT Statement, IGNORE"),
            Example(
                bad="INSERT IGNORE INTO orders (id, note) SELECT 5, 'y';",
                good="INSERT INTO orders (id, note) VALUES (50000, 'y') ON DUPLICATE KEY UPDATE note = 'y';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            skips_rows,
            Effect(LockLevel.WRITES, rewrites=True, source="SQLite, ON CONFLICT clause, IGNORE; measured on 3.40"),
            Example(
                bad=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, kind TEXT CHECK (length(kind) < 8)); INSERT OR "
                    "IGNORE INTO n (id, "
                    "kind) "
                    "SELECT id, kind FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                good=(
                    "BEGIN; CREATE TABLE n (id INTEGER PRIMARY KEY, kind TEXT); INSERT INTO n (id, kind) SELECT id, "
                    "kind "
                    "FROM orders; DROP TABLE orders; ALTER TABLE n RENAME TO orders; COMMIT;"
                ),
                schema="CREATE TABLE orders (id INTEGER PRIMARY KEY, kind TEXT);",
            ),
        ),
    },
)
