"""SQL Server 2016 and later, and Azure SQL, through mssql-python: `pip install "neoron[mssql]"`."""

from typing import TYPE_CHECKING, Any

from neoron.engines.late import Late
from neoron.engines.roles import Engine
from neoron.engines.sqlserver import catalog, effects, faults, history, lock, session
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.sqlserver import backup, rows, script, stash
else:
    backup, rows, script, stash = (Late(f"{__name__}.{role}") for role in ("backup", "rows", "script", "stash"))


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
    split=split,
    server_keeps_backups=True,
    wording=_wording,
)
