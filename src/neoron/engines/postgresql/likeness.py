"""What belongs to a database as a whole and is in no dump of it: owner, rights, settings, limit, comment."""

from __future__ import annotations

from collections.abc import Iterator

from neoron.engines.postgresql.faults import errors, translate
from neoron.engines.roles import Session
from neoron.errors import BackupError
from neoron.sql.quote import quote_identifier, quote_literal

# Their stored values are lists of quoted names already. Source: PostgreSQL source, GUC_LIST_QUOTE.
_LISTS = frozenset({"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"})


def make_like(session: Session, model: str, name: str) -> None:
    """Give a database what another one has as a whole; nothing where that one is not there.

    Changes: the database of that name.
    Raises: BackupError naming what this user may not give it.
    Source: PostgreSQL manual, pg_database, pg_db_role_setting, aclexplode.
    """
    for statement in tuple(_statements(session, model, quote_identifier(name, "postgresql"))):
        try:
            session.execute(statement)
        except errors() as error:
            raise BackupError(
                f"the restored database cannot be made like the target: {translate(error).message}: {statement}",
                where=str(session.url), next="run as a superuser",
            ) from None  # fmt: skip


def _statements(session: Session, model: str, name: str) -> Iterator[str]:
    found = session.query(
        "SELECT quote_ident(pg_get_userbyid(datdba)), datdba::regrole::text <> current_user, datconnlimit,"
        " shobj_description(oid, 'pg_database'), datacl IS NOT NULL FROM pg_database WHERE datname = %s", (model,),
    )  # fmt: skip
    if not found:
        return
    owner, is_others, limit, comment, has_rights = found[0]
    if limit >= 0:
        yield f"ALTER DATABASE {name} CONNECTION LIMIT {limit}"
    if comment is not None:
        yield f"COMMENT ON DATABASE {name} IS {quote_literal(comment, 'postgresql')}"
    yield from _settings(session, model, name)
    if is_others:
        yield f"ALTER DATABASE {name} OWNER TO {owner}"
    if has_rights:
        yield from _rights(session, model, name)


def _settings(session: Session, model: str, name: str) -> Iterator[str]:
    rows = session.query(
        "SELECT CASE setrole WHEN 0 THEN '' ELSE quote_ident(pg_get_userbyid(setrole)) END, unnest(setconfig)"
        " FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = %s", (model,),
    )  # fmt: skip
    for role, text in rows:
        key, _, value = text.partition("=")
        whose = f"ROLE {role} IN DATABASE {name}" if role else f"DATABASE {name}"
        shown = value if key in _LISTS and value else quote_literal(value, "postgresql")
        # A setting of an extension has a dot, and each side of it is a name.
        setting = ".".join(quote_identifier(part, "postgresql") for part in key.split("."))
        yield f"ALTER {whose} SET {setting} TO {shown}"


def _rights(session: Session, model: str, name: str) -> Iterator[str]:
    yield f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"
    rows = session.query(
        "SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, privilege_type,"
        " is_grantable FROM pg_database, aclexplode(datacl) WHERE datname = %s", (model,),
    )  # fmt: skip
    for grantee, privilege, is_grantable in rows:
        option = " WITH GRANT OPTION" if is_grantable else ""
        yield f"GRANT {privilege} ON DATABASE {name} TO {grantee}{option}"
