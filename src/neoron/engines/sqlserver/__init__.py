"""SQL Server 2016 and later, and Azure SQL, through mssql-python: `pip install "neoron[mssql]"`."""

from typing import TYPE_CHECKING, Any

from neoron.engines.late import Late
from neoron.engines.roles import Engine
from neoron.engines.sqlserver import catalog, effects, faults, history, lock, session
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.sqlserver import backup, restore, rows, script, stash
else:
    roles = ("backup", "restore", "rows", "script", "stash")
    backup, restore, rows, script, stash = (Late(f"{__name__}.{role}") for role in roles)


def _wording(*arguments: Any) -> None:
    """Alembic's operations in T-SQL; imported when there is one to write."""
    from neoron.engines.sqlserver.wording import prepare

    prepare(*arguments)


ENGINE = Engine(
    name="sqlserver",
    title="SQL Server",
    schemes=("mssql", "sqlserver"),
    dialect="mssql",
    oldest="2016",
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
    server_keeps_backups=True,
    wording=_wording,
)
