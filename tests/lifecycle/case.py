"""What a lifecycle case is: a small migration, and the database that it meets."""

from __future__ import annotations

from dataclasses import dataclass

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mariadb"
BOTH = (SQLITE, POSTGRESQL)

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email TEXT, city TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers (id),
    amount INTEGER NOT NULL,
    note TEXT
);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
INSERT INTO customers SELECT i, 'customer ' || i, 'c' || i || '@example.org', 'city ' || (i % 7) FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
INSERT INTO orders SELECT i, i % 30 + 1, i * 10, CASE WHEN i % 3 = 0 THEN 'note ' || i END FROM n;
"""
"""The database that most cases meet: 30 customers with 90 orders. The last column of both may be NULL."""

SHOP_OF_MARIADB = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email TEXT, city TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    note TEXT,
    CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
);
INSERT INTO customers WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
    SELECT i, concat('customer ', i), concat('c', i, '@example.org'), concat('city ', i % 7) FROM n;
INSERT INTO orders WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
    SELECT i, i % 30 + 1, i * 10, CASE WHEN i % 3 = 0 THEN concat('note ', i) END FROM n;
"""
"""The same, as MariaDB and MySQL write it."""

SHOP_BY_ALEMBIC = """
op.create_table(
    "customers",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("email", sa.Text(), nullable=True),
    sa.Column("city", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
op.create_table(
    "orders",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("customer_id", sa.Integer(), nullable=False),
    sa.Column("amount", sa.Integer(), nullable=False),
    sa.Column("note", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
customers = sa.table("customers", *map(sa.column, ("id", "name", "email", "city")))
orders = sa.table("orders", *map(sa.column, ("id", "customer_id", "amount", "note")))
op.bulk_insert(
    customers,
    [{"id": i, "name": f"customer {i}", "email": f"c{i}@example.org", "city": f"city {i % 7}"} for i in range(1, 31)],
)
op.bulk_insert(
    orders, [{"id": i, "customer_id": i % 30 + 1, "amount": i * 10, "note": None} for i in range(1, 91)]
)
"""
"""The same shop as a revision file makes it. SQLite keeps the text of a table as it was typed, and a rebuild by
Alembic types it in Alembic's way: only what began in that way can come back to the very same text."""


@dataclass(frozen=True)
class Case:
    """A migration and what may be expected of its way back.

    Shape: up and down are SQL, or the bodies of Python functions when is_python; before is likewise SQL, or Python
    when it names `op.`; loses names the tables whose values no way back can restore, of which only the number of
    rows is compared; gone names those of which not even that returns; engines are those that the case is for;
    newline ends the lines of the file; fault says what is known to be wrong with it today.
    """

    name: str
    up: str
    down: str
    before: str = SHOP
    is_python: bool = False
    engines: tuple[str, ...] = BOTH
    options: str = ""
    loses: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    newline: str = "\n"
    fault: str = ""

    @property
    def form(self) -> str:
        """The ending of its file."""
        return "py" if self.is_python else "sql"


def sql(name: str, up: str, down: str, **more: object) -> Case:
    """A migration in the `.sql` form."""
    return Case(name, up, down, **more)  # type: ignore[arg-type]


def py(name: str, up: str, down: str, **more: object) -> Case:
    """A migration in the `.py` form; meets the shop that Alembic made."""
    return Case(name, up, down, is_python=True, **{"before": SHOP_BY_ALEMBIC, **more})  # type: ignore[arg-type]
