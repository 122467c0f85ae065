"""A trigger or rule is dropped"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.recreated import made_again
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Drop
from neoron.sql.parts import Kind

_KINDS = (Kind.TRIGGER, Kind.RULE,)


def drop_trigger_breaks(action: Drop, scene: Scene) -> Iterator[Hit]:
    """DROP of one that was there before, and that the script does not make again."""
    if action.kind not in _KINDS or action.is_temporary:
        return
    for name in action.names:
        if not scene.is_created(action.kind, name) and not made_again(action.kind, name, scene):
            yield Hit(f"what {name} wrote or refused does not happen any more")


RULE = Rule(
    id="drop-trigger",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="A trigger or rule is dropped",
    why="What it wrote or refused does not happen any more, and nobody is told.",
    instead="look at what it does, and who relies on it, first",
    looks_at=(Drop,),
    engines={
        "mariadb": OnEngine(
            drop_trigger_breaks,
            Effect(LockLevel.NONE, source="MariaDB documentation, DROP TRIGGER"),
            Example(
                bad="DROP TRIGGER audit;",
                good="DROP TRIGGER audit; CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW SET @x = 2;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW "
                    "SET @x = 1;"
                ),
            ),
        ),
        "mysql": OnEngine(
            drop_trigger_breaks,
            Effect(LockLevel.NONE, source="MySQL manual, 15.1.34 DROP TRIGGER Statement"),
            Example(
                bad="DROP TRIGGER audit;",
                good="DROP TRIGGER audit; CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW SET @x = 2;",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0); CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW "
                    "SET @x = 1;"
                ),
            ),
        ),
        "postgresql": OnEngine(
            drop_trigger_breaks,
            Effect(LockLevel.ALL, source="PostgreSQL manual, DROP TRIGGER"),
            Example(
                bad="DROP TRIGGER audit ON orders;",
                good=(
                    "DROP TRIGGER audit ON orders; CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW "
                    "EXECUTE FUNCTION f();"
                ),
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text); "
                    "CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();"
                ),
            ),
        ),
        "sqlite": OnEngine(
            drop_trigger_breaks,
            Effect(LockLevel.WRITES, source="SQLite, DROP TRIGGER"),
            Example(
                bad="DROP TRIGGER audit;",
                good="DROP TRIGGER audit; CREATE TRIGGER audit AFTER DELETE ON orders BEGIN SELECT 2; END;",
                schema=(
                    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT, code TEXT); CREATE "
                    "TRIGGER audit AFTER DELETE ON orders BEGIN SELECT 1; END;"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            drop_trigger_breaks,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, DROP TRIGGER (Transact-SQL)",
            ),
            Example(
                bad="DROP TRIGGER orders_audit;",
                good="CREATE OR ALTER TRIGGER orders_audit ON orders AFTER INSERT AS SET NOCOUNT ON;",
                schema=ORDERS + "\nGO\nCREATE TRIGGER orders_audit ON orders AFTER INSERT AS SET NOCOUNT ON;",
            ),
            instead="CREATE OR ALTER it instead",
        ),
    },
)
