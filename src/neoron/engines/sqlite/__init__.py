"""SQLite 3.35 and later, through Python's own sqlite3."""

from typing import TYPE_CHECKING

from neoron.engines.late import Late
from neoron.engines.roles import Engine
from neoron.engines.sqlite import catalog, effects, faults, history, lock, session
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.sqlite import backup, restore, rows, script, stash
else:
    backup, restore, rows, script, stash = (
        Late(f"{__name__}.{role}") for role in ("backup", "restore", "rows", "script", "stash")
    )

ENGINE = Engine(
    name="sqlite",
    title="SQLite",
    schemes=("sqlite",),
    dialect="sqlite",
    oldest="3.35",
    session=session,
    faults=faults,
    history=history.LEDGER,
    lock=lock,
    catalog=catalog,
    effects=effects,
    script=script,
    backup=backup,
    rows=rows,
    stash=stash,
    restore=restore,
    split=split,
    rebuilds_tables=True,
    is_embedded=True,
)
