"""The stash of a PostgreSQL database."""

from __future__ import annotations

import re

from neoron.engines.roles import Session
from neoron.engines.stash_losses import losses_in
from neoron.engines.stash_words import Reference, StashColumn, StashWords
from neoron.engines.stashing import Stash, compare
from neoron.model.stash import Lost
from neoron.sql.quote import quote_identifier, quote_literal

_MAY_LOSE = re.compile(r"\b(?:DROP|DELETE|UPDATE|TRUNCATE|ALTER|MERGE)\b", re.IGNORECASE)
_OID = "to_regclass(%s)::oid"


def _lost_by(statement: str) -> tuple[Lost, ...]:
    return tuple(losses_in(statement, "postgresql")) if _MAY_LOSE.search(statement) else ()


def _regclass(schema: str, table: str) -> str:
    name = quote_identifier(table, "postgresql")
    return f"{quote_identifier(schema, 'postgresql')}.{name}" if schema else name


def _columns(session: Session, schema: str, table: str) -> list[StashColumn]:
    """Columns of a table; a type that a migration may drop is kept as text. Source: pg_attribute, pg_type."""
    rows = session.query(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',"
        " t.typnamespace <> 'pg_catalog'::regnamespace"
        f" FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid"
        f" WHERE a.attrelid = {_OID} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
        " ORDER BY a.attnum", (_regclass(schema, table),),
    )  # fmt: skip
    return [StashColumn(name, type, generated, "{}::text" if own else "{}") for name, type, generated, own in rows]


def _key(session: Session, schema: str, table: str) -> tuple[str, ...]:
    """The primary key. Source: pg_index."""
    rows = session.query(
        "SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place)"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
        f" WHERE i.indisprimary AND i.indrelid = {_OID} ORDER BY k.place", (_regclass(schema, table),),
    )  # fmt: skip
    return tuple(name for (name,) in rows)


def _followers(session: Session, schema: str, table: str) -> list[tuple[str, str]]:
    """Tables whose foreign key acts when a row goes. Source: pg_constraint (confdeltype, confupdtype)."""
    rows = session.query(
        "SELECT DISTINCT n.nspname, c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f' AND k.confrelid = {_OID}"
        " AND k.conrelid <> k.confrelid AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))",
        (_regclass(schema, table),),
    )  # fmt: skip
    return [(schema_name, name) for schema_name, name in rows]


def _parents(session: Session, schema: str, table: str) -> list[Reference]:
    rows = session.query(
        "SELECT array(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY u (n, p) JOIN pg_attribute a"
        "  ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.p)::text[], n.nspname, c.relname,"
        " array(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY u (n, p) JOIN pg_attribute a"
        "  ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.p)::text[]"
        " FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE k.contype = 'f' AND k.conrelid = {_OID}", (_regclass(schema, table),),
    )  # fmt: skip
    return [Reference(tuple(columns), schema_name, name, tuple(to)) for columns, schema_name, name, to in rows]


def _silence(session: Session, schema: str, table: str) -> list[str]:
    """Switch a table's own triggers off; the statements that switch them on. Source: pg_trigger (tgenabled)."""
    name = _regclass(schema, table)
    rows = session.query(
        f"SELECT tgname FROM pg_trigger WHERE tgrelid = {_OID} AND NOT tgisinternal AND tgenabled = 'O'", (name,)
    )
    triggers = [quote_identifier(row[0], "postgresql") for row in rows]
    for trigger in triggers:
        session.execute(f"ALTER TABLE {name} DISABLE TRIGGER {trigger}")
    return [f"ALTER TABLE {name} ENABLE TRIGGER {trigger}" for trigger in triggers]


def _settle_sequences(session: Session, schema: str, table: str) -> None:
    """Let a new table's sequences go on behind the rows that came back. Source: pg_get_serial_sequence, setval."""
    name = _regclass(schema, table)
    rows = session.query(
        "SELECT a.attname, pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a"
        f" WHERE a.attrelid = {_OID} AND a.attnum > 0 AND NOT a.attisdropped", (name, name),
    )  # fmt: skip
    for column, sequence in rows:
        if sequence:
            quoted, text = quote_identifier(column, "postgresql"), quote_literal(sequence, "postgresql")
            session.query(
                f"SELECT setval({text}, m.most) FROM (SELECT max({quoted}) AS most FROM {name}) m, {sequence} s"
                " WHERE m.most IS NOT NULL AND (m.most > s.last_value OR NOT s.is_called AND m.most = s.last_value)"
            )


STASH = Stash(
    StashWords(
        dialect="postgresql", mark="%s", short="text", long="text",
        table_exists="SELECT 1 WHERE to_regclass(%s) IS NOT NULL", as_text="({})::text COLLATE \"C\"",
        same_values='(({0})::text COLLATE "C" IS NOT DISTINCT FROM ({1})::text COLLATE "C")', cast="({0})::{1}",
        overriding=" OVERRIDING SYSTEM VALUE", folds=False,
        locks=lambda table: (f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",), columns=_columns, key=_key,
        followers=_followers, parents=_parents, silence=_silence, settle_sequences=_settle_sequences,
    ),
    _lost_by, compare,
)  # fmt: skip
lost, send, entries, purge = STASH.lost, STASH.send, STASH.entries, STASH.purge
