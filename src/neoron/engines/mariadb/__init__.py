"""MariaDB 10.6 and later: MySQL's modules under another name; what differs, a session asks its server."""

from dataclasses import replace

from neoron.engines.mysql import ENGINE as MYSQL

ENGINE = replace(
    MYSQL, name="mariadb", title="MariaDB", schemes=("mariadb",), dialect="mariadb", oldest="10.6"
)
