"""PostgreSQL 13 and later, through psycopg 3."""

from typing import TYPE_CHECKING

from neoron.engines.late import Late
from neoron.engines.postgresql import catalog, effects, faults, history, lock, session
from neoron.engines.roles import Engine
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.postgresql import backup, physical, restore, rows, script, stash
else:
    backup, physical, restore, rows, script, stash = (
        Late(f"{__name__}.{role}") for role in ("backup", "physical", "restore", "rows", "script", "stash")
    )

ENGINE = Engine(
    name="postgresql",
    title="PostgreSQL",
    schemes=("postgresql", "postgres"),
    dialect="postgresql",
    oldest="13",
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
    physical=physical,
    split=split,
)
