"""A view loses columns"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Create
from neoron.sql.parts import Kind


def narrower_view(action: Create, scene: Scene) -> Iterator[Hit]:
    """CREATE OR REPLACE VIEW, ALTER VIEW without a column that the view had."""
    if action.kind is not Kind.VIEW or not action.replaces or scene.is_created(Kind.VIEW, action.name):
        return
    old = scene.objects.get((Kind.VIEW, scene.key(action.name))) or scene.objects.get((Kind.VIEW, action.name.name))
    gone = [column for column in (old.columns if old else ()) if column not in action.columns]
    if gone and action.columns:
        yield Hit(f"programs that read {', '.join(gone[:3])} from {action.name} fail")


RULE = Rule(
    id="drop-view-column",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A view loses columns",
    why="Programs that read the column from the view fail.",
    instead="keep the old columns in the view until nobody reads them",
    looks_at=(Create,),
    engines={
        "mariadb": OnEngine(
            narrower_view,
            Effect(LockLevel.NONE, source="MariaDB documentation, CREATE VIEW"),
            Example(
                bad="CREATE OR REPLACE VIEW totals AS SELECT id FROM orders;",
                good="CREATE OR REPLACE VIEW totals AS SELECT id, note, amount FROM orders;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE VIEW totals AS SELECT id, note FROM orders;"
                ),
            ),
        ),
        "mysql": OnEngine(
            narrower_view,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.23 CREATE VIEW Statement"),
            Example(
                bad="CREATE OR REPLACE VIEW totals AS SELECT id FROM orders;",
                good="CREATE OR REPLACE VIEW totals AS SELECT id, note, amount FROM orders;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE VIEW totals AS SELECT id, note FROM orders;"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            narrower_view,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, ALTER VIEW (Transact-SQL)",
            ),
            Example(
                bad="ALTER VIEW open_orders AS SELECT id FROM orders;",
                good="ALTER VIEW open_orders AS SELECT id, code, note FROM orders;",
                schema=ORDERS + "\nGO\nCREATE VIEW open_orders AS SELECT id, code FROM orders;",
            ),
        ),
    },
)
