"""Row security changes what programs see"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.examples_sqlserver import ORDERS
from neoron.rules.rows_sqlserver import filtered_rows
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.scene import Scene
from neoron.sql.actions import Alter, Create, TableChange

_CHANGES = ("rls on", "force rls", "rls off", "no force rls")


def rows_hidden(action: TableChange | Create | Alter, scene: Scene) -> Iterator[Hit]:
    """ENABLE, FORCE, DISABLE ROW LEVEL SECURITY, and restrictive policies."""
    if isinstance(action, TableChange):
        if action.change in _CHANGES and scene.is_busy(action.table):
            yield Hit(f"which rows of {action.table} programs see and write changes", table=scene.key(action.table))
    elif isinstance(action, Create) and action.table is not None and "RESTRICTIVE" in action.options:
        yield from hits(f"programs see fewer rows of {action.table}") if scene.is_busy(action.table) else ()


RULE = Rule(
    id="row-security",
    category=Category.COMPATIBILITY,
    severity=Severity.WARNING,
    title="Row security changes what programs see",
    why="Once it is on, programs that are not the owner see no row that no policy allows.",
    instead="make the policies first, and try them as the programs' role",
    looks_at=(TableChange, Create, Alter),
    aliases=("squawk:ban-alter-row-level-security",),
    engines={
        "postgresql": OnEngine(
            rows_hidden,
            Effect(LockLevel.ALL, source="PostgreSQL manual, 5.9 Row security policies"),
            Example(
                bad="ALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
                good="CREATE TABLE fresh (id int); ALTER TABLE fresh ENABLE ROW LEVEL SECURITY;",
                schema=(
                    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount "
                    "numeric(10,2), note text, code varchar(20) DEFAULT 'x', placed_at timestamptz); CREATE "
                    "TABLE customers (id bigint PRIMARY KEY, name text);"
                ),
            ),
        ),
        "sqlserver": OnEngine(
            filtered_rows,
            Effect(
                LockLevel.ALL, source="Microsoft Learn, CREATE SECURITY POLICY (Transact-SQL)",
            ),
            Example(
                bad=(
                    "CREATE SECURITY POLICY only_mine ADD FILTER PREDICATE dbo.is_mine(customer_id) ON "
                    "dbo.orders WITH (STATE = ON);"
                ),
                good="CREATE VIEW mine AS SELECT id FROM orders WHERE customer_id = 1;",
                schema=ORDERS + (
                    "\nGO\nCREATE FUNCTION dbo.is_mine (@id int) RETURNS TABLE WITH SCHEMABINDING AS RETURN "
                    "SELECT 1 AS ok WHERE @id = 1;"
                ),
            ),
            looks_at=(Create, Alter),
            instead="look at which programs read the table, and give them a user that the predicate lets through",
        ),
    },
)
