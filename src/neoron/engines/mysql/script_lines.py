"""The pieces of a script: statements that run on a condition, in a language that has none outside of routines.

A statement is a text in a variable that is the statement or `DO 0`, and the text is executed. So a client need not be
told of another delimiter, whatever stands in a statement. `@neoron_go` falls to 0 with the first error, and then
nothing more is sent to the tables, also where a client goes on after errors.
"""

from __future__ import annotations

from neoron.engines.ledger import HISTORY, JOURNAL
from neoron.engines.mysql.history import LEDGER
from neoron.engines.mysql.lock import NAME_SQL
from neoron.model.migration import Version
from neoron.sql.quote import quote_literal

LOCK_WAIT_S = 60
HELD = "IS_USED_LOCK(@neoron_lock) = CONNECTION_ID()"
_STILL_FINE = "SET @neoron_go = IF(@@error_count = 0, @neoron_go, 0);"


class Writer:
    """Writes the lines for one product. Shape: is_mariadb has EXECUTE IMMEDIATE and SIGNAL at the top level."""

    def __init__(self, *, is_mariadb: bool) -> None:
        self.is_mariadb = is_mariadb

    def run(self, statement: str, condition: str = "@neoron_on") -> str:
        """The statement, when the condition holds and no error came before."""
        return self._executed(f"IF(@neoron_go AND {condition}, {literal(statement)}, 'DO 0')")

    def run_text(self, expression: str, condition: str) -> str:
        """The statement that an expression gives, likewise."""
        return self._executed(f"IF(@neoron_go AND {condition}, {expression}, 'DO 0')")

    def stop_unless(self, condition: str, message: str) -> str:
        """An error with this message, and nothing more after it, unless the condition holds; one error is enough."""
        return self.stop_unless_saying(f"NOT @neoron_go OR {condition}", literal(f"neoron: stopped: {message}"))

    def stop_unless_saying(self, condition: str, expression: str) -> str:
        """The same with a message that an expression gives; it must not be longer than 500 characters."""
        # MySQL cannot prepare a SIGNAL: there the message itself is what cannot be parsed, and so is shown.
        raised = f"CONCAT('SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ', QUOTE({expression}))"
        text = raised if self.is_mariadb else expression
        return self._executed(f"IF({condition}, 'DO 0', {text})")

    def _executed(self, text: str) -> str:
        if self.is_mariadb:
            return f"SET @neoron_sql = {text};\nEXECUTE IMMEDIATE @neoron_sql;\n{_STILL_FINE}"
        return (
            f"SET @neoron_sql = {text};\nPREPARE neoron_step FROM @neoron_sql;\nEXECUTE neoron_step;\n{_STILL_FINE}\n"
            "DEALLOCATE PREPARE neoron_step;"
        )

    def take_lock(self) -> str:
        """Take the runner's own lock, within a minute, or stop naming its holder."""
        view = "information_schema" if self.is_mariadb else "performance_schema"
        galera = (
            f"NOT EXISTS (SELECT 1 FROM {view}.session_variables WHERE variable_name = 'wsrep_on'"
            " AND variable_value IN ('ON', '1'))"
        )
        holder = (
            "CONCAT('neoron: stopped: the deploy lock is held by session ', COALESCE(IS_USED_LOCK(@neoron_lock), '?'),"
            " '. Nothing changed.')"
        )
        return "\n".join([
            # Reading a table forgets the errors of whatever ran in this session before.
            "SET @neoron_go = 0, @neoron_on = 0, @neoron_got = 0;",
            f"SET @neoron_lock = (SELECT {NAME_SQL} FROM information_schema.schemata WHERE schema_name = DATABASE());",
            "SET @neoron_go = 1;",
            self.stop_unless("DATABASE() IS NOT NULL", "no database is chosen"),
            self.stop_unless(galera, "no deploy lock on a Galera cluster"),
            f"SET @neoron_got = IF(@neoron_go, IF({HELD}, 1, GET_LOCK(@neoron_lock, {LOCK_WAIT_S})), 0);",
            self.stop_unless_saying("NOT @neoron_go OR @neoron_got", holder),
            "SET @neoron_go = @neoron_go AND @neoron_got;",
        ])  # fmt: skip

    def journal(self, event: str, version: Version, step: str, detail: str, condition: str) -> str:
        """One journal row that goes on with the chain, when the condition holds."""
        row = [
            "@neoron_seq", "@neoron_now", literal("script"), literal(event), literal(version), literal(step),
            literal("done"), literal(detail), "CURRENT_USER()", literal("script"),
        ]  # fmt: skip
        quoted = ", ',', ".join(["@neoron_seq", *(f"JSON_QUOTE({value})" for value in row[1:])])
        insert = (
            f"INSERT INTO {JOURNAL} (seq, at, run_id, event, version, step, outcome, detail, by_user, host, hash)"
            f" SELECT {', '.join(row)}, SHA2(CONCAT('[', JSON_QUOTE(@neoron_hash), ',', {quoted}, ']'), 256)"
        )
        return (
            f"SET @neoron_seq = (SELECT COALESCE(MAX(seq), 0) + 1 FROM {JOURNAL}), @neoron_now = {LEDGER.now},\n"
            f"  @neoron_hash = COALESCE((SELECT hash FROM {JOURNAL} ORDER BY seq DESC LIMIT 1), '');\n"
            f"{self.run(insert, condition)}"
        )

    def together(self, *lines: str) -> str:
        """Lines whose writes commit together, or not at all where one of them failed."""
        commit = self._executed("IF(@neoron_go, 'COMMIT', 'DO 0')")
        return "\n".join(["START TRANSACTION;", *lines, commit, "ROLLBACK;"])


def literal(text: str) -> str:
    """A text as a literal."""
    return quote_literal(text, "mysql")


def row_condition(version: Version, progress: str, more: str = "") -> str:
    """A condition: the history has the version with this progress, and what more is asked of the row."""
    where = f"version = {literal(version)} AND progress = {literal(progress)}{more}"
    return f"EXISTS (SELECT 1 FROM {HISTORY} WHERE {where})"


def assign(name: str, expression: str) -> str:
    """Set a variable; when the expression, which must not read it, fails, it is 0 and not what it was."""
    return f"SET {name} = 0;\nSET {name} = {expression};"
