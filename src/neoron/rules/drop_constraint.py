"""A constraint is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.constraints_sqlserver import lost_constraint
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import AddConstraint, DropConstraint
from neoron.sql.parts import ConstraintKind


def unguarded(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP CONSTRAINT; one that the script replaces, or whose CHECK a NOT NULL has made needless, is not missed."""
    if action.domain or not scene.is_busy(action.table):
        return
    table = scene.table(action.table)
    known = table.constraints.get(action.name)
    proved = known.not_null_columns if known else ()
    is_needless = bool(proved) and all(c in table.columns and table.columns[c].is_nullable is False for c in proved)
    key = scene.key(action.table)
    others = [a for a in (*scene.later, *scene.script[: scene.at]) if isinstance(a, AddConstraint)]
    is_replaced = any(scene.key(a.table) == key and (known is None or a.constraint.kind is known.kind) for a in others)
    if not is_needless and not is_replaced and not (known is None and _was_proof(action, table)):
        yield Hit(f"rows that {action.name or 'the constraint'} refused are accepted by {action.table}", table=key)


def _was_proof(action: DropConstraint, table: TableState) -> bool:
    """The CHECK of a safe SET NOT NULL, known by its name only."""
    is_other = action.name.endswith(("_fkey", "_key", "_pkey", "_excl", "_fk", "_uq", "_pk"))
    names_required = any(name in action.name and c.is_nullable is False for name, c in table.columns.items())
    return (names_required and not is_other) or "not_null" in action.name or action.name.endswith("_nn")


def key_unguarded(action: DropConstraint, scene: Scene) -> Iterator[Hit]:
    """DROP FOREIGN KEY, DROP CHECK and DROP CONSTRAINT of what the script does not replace."""
    kind, table = action.kind, scene.table(action.table)
    known = table.constraints.get(action.name)
    kind = kind or (known.kind if known else None)
    if kind is ConstraintKind.PRIMARY_KEY or not scene.is_busy(action.table):
        return
    added = [a for a in scene.script if isinstance(a, AddConstraint) and scene.is_same(a.table, action.table)]
    if not any(kind in (None, a.constraint.kind) for a in added):
        yield Hit(f"rows that {action.name or 'the constraint'} refused are accepted by {action.table}",
                  table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="drop-constraint",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A constraint is dropped",
    why=(
        "Rows that it refused are written from now on; programs that rely on it, and ON CONFLICT clauses that "
        "name it, fail."
    ),
    instead="make the constraint that replaces it first",
    looks_at=(DropConstraint,),
    aliases=("squawk:ban-drop-constraint",),
    engines={
        "mariadb": OnEngine(
            key_unguarded,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE items DROP FOREIGN KEY l_o;",
                good=(
                    "CREATE TABLE fresh (n int, CONSTRAINT some CHECK (n > 0)); ALTER TABLE fresh DROP CONSTRAINT some;"
                ),
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, n int, "
                    "CONSTRAINT pos CHECK (n > 0), CONSTRAINT l_o FOREIGN KEY (id) REFERENCES orders (id));"
                ),
            ),
        ),
        "mysql": OnEngine(
            key_unguarded,
            Effect(LockLevel.NONE, source="MySQL manual, 17.12.1 Online DDL Operations, Foreign Key Operations"),
            Example(
                bad="ALTER TABLE items DROP FOREIGN KEY l_o;",
                good=(
                    "CREATE TABLE fresh (n int, CONSTRAINT some CHECK (n > 0)); ALTER TABLE fresh DROP CONSTRAINT some;"
                ),
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, n int, "
                    "CONSTRAINT pos CHECK (n > 0), CONSTRAINT l_o FOREIGN KEY (id) REFERENCES orders (id));"
                ),
            ),
        ),
        "postgresql": OnEngine(
            unguarded,
            Effect(LockLevel.ALL, source="PostgreSQL manual, ALTER TABLE, DROP CONSTRAINT"),
            Example(
                bad="ALTER TABLE orders DROP CONSTRAINT orders_code_key;",
                good="ALTER TABLE orders DROP CONSTRAINT positive, ADD CONSTRAINT pos CHECK (amount > -1) NOT VALID;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text); ALTER TABLE orders ADD CONSTRAINT "
                    "orders_code_key UNIQUE (code); ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > "
                    "0);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            lost_constraint,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE (Transact-SQL), DROP CONSTRAINT",
            ),
            Example(
                bad="ALTER TABLE orders DROP CONSTRAINT uq_code;",
                good=(
                    "ALTER TABLE orders DROP CONSTRAINT ck_amount; ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT "
                    "ck_amount CHECK (amount > -1);"
                ),
                schema=ORDERS + (
                    "\nALTER TABLE orders ADD CONSTRAINT uq_code UNIQUE (code); ALTER TABLE orders ADD "
                    "CONSTRAINT ck_amount CHECK (amount > 0);"
                ),
            ),
            instead="make the constraint that replaces it first",
        ),
    },
)
