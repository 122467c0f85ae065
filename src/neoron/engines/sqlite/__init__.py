"""SQLite 3.35 and later, through Python's own sqlite3."""

from neoron.engines.roles import Engine
from neoron.engines.sqlite import backup, catalog, effects, faults, history, lock, rows, script, session
from neoron.sql.split import split

ENGINE = Engine(
    name="sqlite",
    title="SQLite",
    schemes=("sqlite",),
    dialect="sqlite",
    oldest="3.35",
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
    rebuilds_tables=True,
    is_embedded=True,
)
