"""An index is dropped while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.indexes_sqlserver import slower_queries
from neoron.rules.recreated import index_made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.safe_index_postgresql import safe_drop
from neoron.rules.scene import Scene
from neoron.sql.actions import CreateIndex, Drop
from neoron.sql.parts import ConstraintKind, IndexDefinition, Kind, Name


def blocking_drop(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP INDEX without CONCURRENTLY of an index that was there before."""
    if action.kind is not Kind.INDEX or action.is_concurrent:
        return
    for name in action.names:
        owner = next((t for t in scene.tables.values() if name.name in t.indexes), None)
        if not scene.is_created(Kind.INDEX, name) and (owner is None or owner.is_busy):
            yield Hit(f"dropping {name} keeps readers and writers of its table waiting",
                      table=scene.key(owner.name) if owner else "")  # fmt: skip


def index_gone_from_file(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP INDEX is quick on SQLite; queries that used the index are not, unless another one serves them."""
    if action.kind is not Kind.INDEX:
        return
    for name in action.names:
        owner = next((t for t in scene.tables.values() if name.name in t.indexes), None)
        if scene.is_created(Kind.INDEX, name) or (owner and not owner.is_busy):
            continue
        if index_made_again(name, owner, scene):
            continue
        key = scene.key(owner.name) if owner else ""
        yield Hit(f"queries that use {name} read the whole table from now on", category=Category.PERFORMANCE, table=key)
        if owner and owner.indexes[name.name].is_unique:
            yield Hit(f"{owner.name} takes duplicates from now on, and ON CONFLICT of these columns fails",
                      category=Category.COMPATIBILITY, table=key)  # fmt: skip


def index_missed(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP INDEX of a table in use whose columns lead no other index, made before or in the same script."""
    if action.kind is not Kind.INDEX or action.table is None or not scene.is_busy(action.table):
        return
    name, key = action.names[0].name, scene.key(action.table)
    made = [a.index for a in scene.script if isinstance(a, CreateIndex) and scene.key(a.index.table) == key]
    if any(index.name == name for index in made):
        return
    old = scene.table(action.table).indexes.get(name)
    if old is not None and old.is_unique:
        yield Hit(f"{action.table} takes duplicates of {', '.join(old.columns)} from now on",
                  Severity.WARNING, Category.COMPATIBILITY, table=key)  # fmt: skip
    keys = [c.columns for c in scene.table(action.table).constraints.values() if c.kind is ConstraintKind.FOREIGN_KEY]
    is_led = old is not None and _is_led(old.columns, name, action.table, made, scene)
    if old is not None and not is_led and any(own and old.columns[: len(own)] == own for own in keys):
        yield Hit(f"it fails: a foreign key of {action.table} needs {name}", category=Category.COMPATIBILITY, table=key)
    if not is_led:
        yield Hit(f"queries of {action.table} that use {name} become slow", Severity.WARNING, Category.PERFORMANCE,
                  table=key)  # fmt: skip


def _is_led(
    columns: tuple[str, ...], name: str, table: Name, made: list[IndexDefinition], scene: Scene
) -> bool:
    """Whether another index begins with the same columns."""
    state = scene.table(table)
    others = [i.columns for n, i in state.indexes.items() if n != name and not i.method] + [i.columns for i in made]
    others += [c.columns for c in state.constraints.values() if c.kind.value in ("primary key", "unique")]
    return bool(columns) and any(other[: len(columns)] == columns for other in others)


RULE = Rule(
    id="drop-index",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="An index is dropped while everybody waits",
    why=(
        "DROP INDEX waits for every query on the table and keeps all later ones waiting behind it."
    ),
    instead="DROP INDEX CONCURRENTLY, outside a transaction",
    looks_at=(Drop,),
    aliases=("squawk:require-concurrent-index-deletion", "strong_migrations:remove_index", "atlas:PG102"),
    engines={
        "mariadb": OnEngine(
            index_missed,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="DROP INDEX note_i ON orders;",
                good="ALTER TABLE orders DROP INDEX note_i, ADD INDEX na_i (note, amount);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE INDEX note_i ON orders (note);"
                ),
            ),
            instead="make it IGNORED first, watch slow queries for a while, then drop it",
        ),
        "mysql": OnEngine(
            index_missed,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Index Operations"),
            Example(
                bad="DROP INDEX note_i ON orders;",
                good="ALTER TABLE orders DROP INDEX note_i, ADD INDEX na_i (note, amount);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE INDEX note_i ON orders (note);"
                ),
            ),
            instead="make it INVISIBLE first, watch slow queries for a while, then drop it",
        ),
        "postgresql": OnEngine(
            blocking_drop,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP INDEX; measured on 10 to 18"),
            Example(
                bad="DROP INDEX orders_note;",
                good="DROP INDEX CONCURRENTLY orders_note;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY, name text); CREATE INDEX orders_note ON orders (note);"
                ),
            ),
            remedy=safe_drop,
        ),
        "sqlite": OnEngine(
            index_gone_from_file,
            Effect(LockLevel.WRITES, source="SQLite, DROP INDEX"),
            Example(
                bad="DROP INDEX orders_note;",
                good="CREATE TABLE tags (label TEXT); CREATE INDEX tags_label ON tags (label); DROP INDEX tags_label;",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "INDEX orders_note ON orders (note);"
                ),
            ),
            severity=Severity.WARNING,
            instead="look with EXPLAIN QUERY PLAN which queries use it first",
        ),
        "sqlserver": OnEngine(
            slower_queries,
            Effect(
                LockLevel.ALL,
                source=(
                    "Microsoft Learn, DROP INDEX (Transact-SQL); Locks: Sch-M for a moment, for a clustered "
                    "index until all are rebuilt"
                ),
            ),
            Example(
                bad="DROP INDEX ix_code ON orders;",
                good="CREATE TABLE #t (id int); CREATE INDEX ix_t ON #t (id); DROP INDEX ix_t ON #t;",
                schema=ORDERS + "\nCREATE INDEX ix_code ON orders (code);",
            ),
            severity=Severity.WARNING,
            instead="look at sys.dm_db_index_usage_stats over a whole business cycle first",
        ),
    },
)
