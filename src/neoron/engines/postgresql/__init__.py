"""PostgreSQL 13 and later, through psycopg 3."""

from neoron.engines.postgresql import backup, catalog, effects, faults, history, lock, rows, script, session
from neoron.engines.roles import Engine
from neoron.sql.split import split

ENGINE = Engine(
    name="postgresql",
    title="PostgreSQL",
    schemes=("postgresql", "postgres"),
    dialect="postgresql",
    oldest="13",
    session=session,
    faults=faults,
    history=history,
    lock=lock,
    catalog=catalog,
    effects=effects,
    script=script,
    backup=backup,
    rows=rows,
    split=split,
)
