"""MySQL 8.0 and later, through PyMySQL; MariaDB is the same with the exceptions named in engines/mariadb."""

from typing import TYPE_CHECKING

from neoron.engines.late import Late
from neoron.engines.mysql import catalog, effects, faults, history, lock, session
from neoron.engines.roles import Engine
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.mysql import backup, restore, rows, script, stash
else:
    backup, restore, rows, script, stash = (
        Late(f"{__name__}.{role}") for role in ("backup", "restore", "rows", "script", "stash")
    )

ENGINE = Engine(
    name="mysql",
    title="MySQL",
    schemes=("mysql",),
    dialect="mysql",
    oldest="8.0",
    session=session,
    faults=faults,
    history=history.LEDGER,
    lock=lock,
    catalog=catalog,
    effects=effects,
    script=script,
    backup=backup,
    rows=rows,
    split=split,
    stash=stash,
    restore=restore,
)
