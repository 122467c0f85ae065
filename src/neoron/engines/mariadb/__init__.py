"""MariaDB 10.6 and later: MySQL's modules under another name; what differs, a session asks its server."""

from dataclasses import replace
from typing import TYPE_CHECKING

from neoron.engines.late import Late
from neoron.engines.mysql import ENGINE as MYSQL

if TYPE_CHECKING:
    from neoron.engines.mariadb import physical
else:
    physical = Late(f"{__name__}.physical")

ENGINE = replace(
    MYSQL, name="mariadb", title="MariaDB", schemes=("mariadb",), dialect="mariadb", oldest="10.6", physical=physical
)
