"""The tables that the examples for SQL Server are about."""

from __future__ import annotations

ORDERS = (
    "CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer_id int NOT NULL, amount decimal(10, 2) NULL, "
    "code varchar(20) NOT NULL, note nvarchar(max) NULL);"
)
SHOP = f"{ORDERS}\nCREATE TABLE customers (id int NOT NULL PRIMARY KEY, name nvarchar(100) NULL);"
