"""Tables that come, go and change their names."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, SQLITE, py, sql

CASES = (
    sql("create_table", "CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT NOT NULL);", "DROP TABLE tags;"),
    py(
        "create_table_with_everything",
        up="""
        op.create_table(
            "tags",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("label", sa.String(30), nullable=False),
            sa.Column("order_id", sa.Integer(), sa.ForeignKey("orders.id", name="fk_tags_order")),
            sa.Column("weight", sa.Numeric(8, 2), server_default="1.50", nullable=False),
            sa.Column("is_shown", sa.Boolean(), server_default=sa.true(), nullable=False),
            sa.UniqueConstraint("label", name="uq_tags_label"),
            sa.CheckConstraint("weight >= 0", name="ck_tags_weight"),
        )
        op.create_index("ix_tags_order", "tags", ["order_id"])
        """,
        down="""
        op.drop_index("ix_tags_order", "tags")
        op.drop_table("tags")
        """,
    ),
    sql(
        "drop_table",
        up="DROP TABLE orders;",
        down="""
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            customer_id INTEGER NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers (id),
            amount INTEGER NOT NULL,
            note TEXT
        );
        """,
        gone=("orders",),
    ),
    sql(
        "drop_table_whose_rows_are_kept_aside",
        up="""
        CREATE TABLE orders_kept (id INTEGER, customer_id INTEGER, amount INTEGER, note TEXT);
        INSERT INTO orders_kept SELECT id, customer_id, amount, note FROM orders;
        DROP TABLE orders;
        """,
        down="""
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            customer_id INTEGER NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers (id),
            amount INTEGER NOT NULL,
            note TEXT
        );
        INSERT INTO orders SELECT id, customer_id, amount, note FROM orders_kept;
        DROP TABLE orders_kept;
        """,
    ),
    sql("rename_table", "ALTER TABLE orders RENAME TO purchases;", "ALTER TABLE purchases RENAME TO orders;"),
    py(
        "rename_table",
        up='op.rename_table("orders", "purchases")',
        down='op.rename_table("purchases", "orders")',
    ),
    sql(
        "rename_table_that_others_refer_to",
        up="ALTER TABLE customers RENAME TO clients;",
        down="ALTER TABLE clients RENAME TO customers;",
    ),
    sql(
        "swap_two_tables",
        up="""
        CREATE TABLE orders_new AS SELECT id, amount FROM orders WHERE amount > 300;
        ALTER TABLE orders RENAME TO orders_old;
        ALTER TABLE orders_new RENAME TO orders;
        """,
        down="""
        DROP TABLE orders;
        ALTER TABLE orders_old RENAME TO orders;
        """,
    ),
    sql(
        "split_table",
        up="""
        CREATE TABLE addresses (customer_id INTEGER PRIMARY KEY REFERENCES customers (id), city TEXT);
        INSERT INTO addresses SELECT id, city FROM customers WHERE city IS NOT NULL;
        ALTER TABLE customers DROP COLUMN city;
        """,
        down="""
        ALTER TABLE customers ADD COLUMN city TEXT;
        UPDATE customers SET city = (SELECT a.city FROM addresses a WHERE a.customer_id = customers.id);
        DROP TABLE addresses;
        """,
    ),
    sql(
        "table_from_a_query",
        up="CREATE TABLE totals AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id;",
        down="DROP TABLE totals;",
    ),
    sql(
        "temporary_table_in_between",
        up="""
        CREATE TEMPORARY TABLE best AS SELECT customer_id, max(amount) AS amount FROM orders GROUP BY customer_id;
        CREATE TABLE winners (customer_id INTEGER, amount INTEGER);
        INSERT INTO winners SELECT customer_id, amount FROM best WHERE amount > 700;
        DROP TABLE best;
        """,
        down="DROP TABLE winners;",
    ),
    sql(
        "strict_table_without_rowid",
        up="CREATE TABLE pairs (a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;",
        down="DROP TABLE pairs;",
        engines=(SQLITE,),
    ),
    sql(
        "virtual_table",
        up="""
        CREATE VIRTUAL TABLE notes_found USING fts5 (note);
        INSERT INTO notes_found SELECT note FROM orders WHERE note IS NOT NULL;
        """,
        down="DROP TABLE notes_found;",
        engines=(SQLITE,),
    ),
    sql(
        "partitioned_table",
        up="""
        CREATE TABLE events (id BIGINT NOT NULL, at DATE NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        CREATE TABLE events_rest PARTITION OF events DEFAULT;
        CREATE INDEX ix_events_at ON events (at);
        INSERT INTO events SELECT id, DATE '2025-12-01' + id FROM orders;
        """,
        down="DROP TABLE events;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "inherited_and_unlogged_tables",
        up="""
        CREATE TABLE vip_customers (since DATE) INHERITS (customers);
        CREATE UNLOGGED TABLE cache (key TEXT PRIMARY KEY, value BYTEA);
        ALTER TABLE cache SET (fillfactor = 70);
        """,
        down="DROP TABLE cache; DROP TABLE vip_customers;",
        engines=(POSTGRESQL,),
    ),
)
