"""Strict mode is switched off"""

from __future__ import annotations

from collections.abc import Iterator

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule
from neoron.rules.scene import Scene
from neoron.sql.actions import Setting


def not_strict(action: Setting, scene: Scene) -> Iterator[Hit]:
    """SET sql_mode to something without STRICT_…; a mode that was saved before is taken back."""
    if action.name != "sql_mode":
        return
    value = action.value.upper()
    takes_away = "REPLACE" in value and "STRICT" in value
    is_kept = "STRICT_" in value or "TRADITIONAL" in value or "@" in value or value == "DEFAULT"
    if takes_away or not is_kept:
        yield Hit("values that do not fit are cut or zeroed without an error from here on")


RULE = Rule(
    id="sql-mode-not-strict",
    category=Category.DATA_LOSS,
    severity=Severity.WARNING,
    title="Strict mode is switched off",
    why=(
        "From here on a value that does not fit is cut or zeroed with a warning instead of an error: by the "
        "migration's own statements, or by everybody when it is set globally."
    ),
    instead="keep STRICT_TRANS_TABLES in sql_mode; mend the statement that needs it off",
    looks_at=(Setting,),
    engines={
        "mariadb": OnEngine(
            not_strict,
            Effect(LockLevel.NONE, source="measured on MariaDB 10.11"),
            Example(
                bad="SET sql_mode = ''; UPDATE orders SET note = REPEAT('x', 90) WHERE id < 9;",
                good="SET sql_mode = 'STRICT_ALL_TABLES';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
        "mysql": OnEngine(
            not_strict,
            Effect(LockLevel.NONE, source="MySQL manual, 7.1.11 Server SQL Modes"),
            Example(
                bad="SET sql_mode = ''; UPDATE orders SET note = REPEAT('x', 90) WHERE id < 9;",
                good="SET sql_mode = 'STRICT_ALL_TABLES';",
                schema=(
                    "CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, note varchar(50), amount "
                    "decimal(10,2) NOT NULL DEFAULT 0);"
                ),
            ),
        ),
    },
)
