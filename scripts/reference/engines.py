"""docs/engines.md: what each engine's binding fills, and what the tests ran it on."""

from __future__ import annotations

from dataclasses import fields

from neoron.engines.lookup import ENGINES, engine_named
from neoron.engines.roles import Engine, NothingStashed, Unsupported
from reference import markdown

# Role -> what a user gets from it.
ROLES = {
    "session": "connect, create, drop, transactions",
    "faults": "errors in plain words; lost, retryable, lock wait",
    "history": "history and journal in the target",
    "lock": "one deploy at a time, holder named",
    "catalog": "what is really there; sizes, contents, drift",
    "effects": "locks, transactions and probes of a statement",
    "script": "`migrations script`",
    "backup": "`backup create` and `verify`",
    "rows": "rows in bulk",
    "stash": "keep what a migration destroys, and put it back",
    "restore": "`restore`: beside the target, compared, swapped",
    "physical": "physical backups, and `restore --to-time` with the server's log",
}
RUN_ON = {
    "sqlite": "3.40",
    "postgresql": "15 (every test), 18 (a part of the conformance suite always, the suite at night); once, on 16: the "
    "lifecycle tests, and the engine's own but backup and xml",
    "mariadb": "10.11",
    "mysql": "9.7 where Debian unstable can be reached (backups, a point in time, tables without "
    "transactions; at night the conformance suite but "
    "for cases in MariaDB's words, the stash, the demo); what is older follows the manual",
    "sqlserver": "none yet: its T-SQL is compiled by Microsoft's own parser and schema compiler, its driver is run on "
    "a wire that answers as a server may",
}


def page() -> str:
    """The page."""
    engines = [engine_named(name) for name in ENGINES]
    return markdown.page(
        "Engines",
        "Made from the bindings in `src/neoron/engines/*/__init__.py`. A role is one module of the engine's folder.",
        markdown.table(("", *(engine.title for engine in engines)), [
            ("oldest version", *(engine.oldest for engine in engines)),
            ("run in the tests on", *(RUN_ON[engine.name] for engine in engines)),
            ("URL", *(", ".join(f"`{scheme}://`" for scheme in engine.schemes) for engine in engines)),
            ("`--engine`", *(f"`{engine.name}`" for engine in engines)),
            ("schema changes in a transaction", *(_yes(engine.effects.has_transactional_ddl) for engine in engines)),
            ("an ALTER may be a table rebuild", *(_yes(engine.rebuilds_tables) for engine in engines)),
            ("a file of this machine", *(_yes(engine.is_embedded) for engine in engines)),
            *((f"`{role}`: {use}", *(_filled(engine, role) for engine in engines)) for role, use in ROLES.items()),
        ]),
        "Another package may bring an engine: an entry point of the group `neoron.engines` whose value is an `Engine`.",
    )


def roles() -> list[str]:
    """The fields of `Engine` that are roles."""
    return [field.name for field in fields(Engine) if str(field.type).endswith("Role")]


def _filled(engine: Engine, role: str) -> str:
    filled = getattr(engine, role)
    if isinstance(filled, NothingStashed):
        return "not yet"
    return f"no: {filled.why}" if isinstance(filled, Unsupported) else "yes"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
