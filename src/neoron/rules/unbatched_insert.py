"""A whole table is copied into another that is in use"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Insert


def copies_all(action: Insert, scene: Scene) -> Iterator[Hit]:
    """INSERT … SELECT of a whole table into one that was there before."""
    sources = [name for name in action.sources if scene.is_heavy(name)]
    if action.is_from_query and not action.is_bounded and sources and scene.is_busy(action.table):
        yield Hit(f"all rows of {', '.join(map(str, sources))} are copied into {action.table} in one transaction",
                  table=scene.key(sources[0]))  # fmt: skip


RULE = Rule(
    id="unbatched-insert",
    category=Category.PERFORMANCE,
    severity=Severity.WARNING,
    title="A whole table is copied into another that is in use",
    why=(
        "One statement writes all rows in one transaction; readers see nothing, replicas fall behind."
    ),
    instead="copy in batches by key, and commit each batch",
    looks_at=(Insert,),
    also=(Category.LOCKING,),
    engines={
        "mariadb": OnEngine(
            copies_all,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="INSERT INTO copies (id) SELECT id FROM orders;",
                good="INSERT INTO copies (id) SELECT id + 50000 FROM orders WHERE id BETWEEN 1 AND 1000;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE copies (id int, n int);"
                ),
            ),
        ),
        "mysql": OnEngine(
            copies_all,
            Effect(LockLevel.NONE, source="MySQL manual, 17.7.3 Locks Set by Different SQL Statements in InnoDB"),
            Example(
                bad="INSERT INTO copies (id) SELECT id FROM orders;",
                good="INSERT INTO copies (id) SELECT id + 50000 FROM orders WHERE id BETWEEN 1 AND 1000;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE copies (id int, n int);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            copies_all,
            Effect(LockLevel.NONE, scans=True, source="PostgreSQL manual, INSERT"),
            Example(
                bad="INSERT INTO kept (id, note) SELECT id, note FROM orders;",
                good=(
                    "INSERT INTO kept (id, note) SELECT id, note FROM orders WHERE id BETWEEN 1 AND 1000;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); CREATE TABLE "
                    "kept (id bigint, note text);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            copies_all,
            Effect(LockLevel.WRITES, source="SQLite, File Locking And Concurrency; measured on 3.40"),
            Example(
                bad="INSERT INTO kept (id, note) SELECT id, note FROM orders;",
                good="INSERT INTO kept (id, note) SELECT id, note FROM orders WHERE id BETWEEN 1 AND 100;",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "TABLE kept (id INTEGER, note TEXT);"
                ),
            ),
            instead="change them in batches by key, each in a transaction of its own, and let others write in between",
        ),
        "sqlserver": OnEngine(
            copies_all,
            Effect(
                LockLevel.NONE,
                source=(
                    "Microsoft Learn, INSERT (Transact-SQL); Transaction locking and row versioning guide, "
                    "Lock escalation"
                ),
            ),
            Example(
                bad="INSERT INTO archive (id, code) SELECT id, code FROM orders;",
                good="INSERT INTO archive (id, code) SELECT id, code FROM orders WHERE id BETWEEN 1 AND 2000;",
                schema=ORDERS + "\nCREATE TABLE archive (id bigint NOT NULL PRIMARY KEY, code varchar(20) NULL);",
            ),
        ),
    },
)
