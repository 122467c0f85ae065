"""A foreign key deletes rows by itself"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import SHOP
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import AddColumn, AddConstraint
from neoron.sql.parts import Constraint, ConstraintKind


def cascades(action: AddConstraint | AddColumn, scene: Scene) -> Iterator[Hit]:
    """ON DELETE CASCADE comes to a table that was there before."""
    if not scene.is_busy(action.table):
        return
    if isinstance(action, AddConstraint):
        made: tuple[Constraint, ...] = (action.constraint,)
    else:
        made = () if action.column.default is None else action.column.constraints
    for constraint in made:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.on_delete == "cascade":
            yield Hit(f"deleting from {constraint.references} will delete rows of {action.table}",
                      table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="fk-cascade",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="A foreign key deletes rows by itself",
    why=(
        "From now on deleting a row of the parent deletes rows here, also where programs never expected it."
    ),
    instead="use ON DELETE RESTRICT, and delete the children explicitly",
    looks_at=(AddConstraint, AddColumn),
    engines={
        "mariadb": OnEngine(
            cascades,
            Effect(LockLevel.WRITES, rewrites=True, source="MariaDB documentation, Foreign Keys"),
            Example(
                bad="ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE;",
                good="ALTER TABLE items ADD INDEX o_i (order_id);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, order_id "
                    "int);"
                ),
            ),
        ),
        "mysql": OnEngine(
            cascades,
            Effect(LockLevel.WRITES, rewrites=True, source="MySQL manual, 15.1.20.5 FOREIGN KEY Constraints"),
            Example(
                bad="ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE;",
                good="ALTER TABLE items ADD INDEX o_i (order_id);",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TABLE items (id int NOT NULL PRIMARY KEY, order_id "
                    "int);"
                ),
            ),
        ),
        "postgresql": OnEngine(
            cascades,
            Effect(LockLevel.WRITES, source="PostgreSQL manual, 5.5.5 Foreign keys"),
            Example(
                bad=(
                    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE "
                    "CASCADE NOT VALID;"
                ),
                good=(
                    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20), placed_at timestamptz); CREATE TABLE customers"
                    " (id bigint PRIMARY KEY);"
                ),
            ),
        ),
        "sqlite": OnEngine(
            cascades,
            Effect(LockLevel.WRITES, source="SQLite Foreign Key Support, 4.3"),
            Example(
                bad=(
                    "ALTER TABLE orders ADD COLUMN agent_id INTEGER DEFAULT 1 REFERENCES customers (id) ON DELETE "
                    "CASCADE;"
                ),
                good="ALTER TABLE orders ADD COLUMN agent_id INTEGER REFERENCES customers (id);",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "TABLE customers (id INTEGER PRIMARY KEY, name TEXT);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            cascades,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER TABLE table_constraint (Transact-SQL), ON DELETE",
            ),
            Example(
                bad=(
                    "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT fk_buyer FOREIGN KEY (customer_id) "
                    "REFERENCES customers (id) ON DELETE CASCADE;"
                ),
                good=(
                    "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT fk_buyer FOREIGN KEY (customer_id) "
                    "REFERENCES customers (id);"
                ),
                schema=SHOP,
            ),
        ),
    },
)
