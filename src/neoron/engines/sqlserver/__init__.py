"""SQL Server 2016 and later, and Azure SQL, through mssql-python."""

from typing import TYPE_CHECKING, Any

from neoron.engines.late import Late
from neoron.engines.roles import Engine, Unsupported
from neoron.engines.sqlserver import effects, faults, history, lock
from neoron.sql.split import split

if TYPE_CHECKING:
    from neoron.engines.sqlserver import script
else:
    script = Late(f"{__name__}.script")

NO_SESSION = Unsupported("connections to SQL Server are not built yet: use neoron migrations script --engine sqlserver")


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
    session=NO_SESSION,
    faults=faults,
    history=history,
    lock=lock,
    catalog=NO_SESSION,
    effects=effects,
    script=script,
    backup=NO_SESSION,
    rows=NO_SESSION,
    split=split,
    wording=_wording,
)
