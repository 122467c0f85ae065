"""Indexes of every kind, in and outside of transactions."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, SQLITE, py, sql

CASES = (
    sql("plain_index", "CREATE INDEX ix_orders_customer ON orders (customer_id);", "DROP INDEX ix_orders_customer;"),
    py(
        "plain_index",
        up='op.create_index("ix_orders_customer", "orders", ["customer_id", "amount"])',
        down='op.drop_index("ix_orders_customer", "orders")',
    ),
    sql("unique_index", "CREATE UNIQUE INDEX ux_email ON customers (email);", "DROP INDEX ux_email;"),
    sql(
        "partial_index",
        up="CREATE INDEX ix_open ON orders (customer_id) WHERE note IS NULL AND amount > 100;",
        down="DROP INDEX ix_open;",
    ),
    sql(
        "expression_index",
        up="CREATE UNIQUE INDEX ux_email ON customers (lower(email), (id + 1));",
        down="DROP INDEX ux_email;",
    ),
    sql(
        "descending_index",
        up="CREATE INDEX ix_amount ON orders (amount DESC, id ASC);",
        down="DROP INDEX IF EXISTS ix_amount;",
    ),
    py(
        "partial_and_expression_indexes",
        up="""
        op.create_index("ix_lower", "customers", [sa.text("lower(name)")], unique=True)
        op.create_index("ix_large", "orders", ["amount"], postgresql_where=sa.text("amount > 500"),
                        sqlite_where=sa.text("amount > 500"))
        """,
        down="""
        op.drop_index("ix_large", "orders")
        op.drop_index("ix_lower", "customers")
        """,
    ),
    sql(
        "dropped_index",
        before="CREATE TABLE words (w TEXT); CREATE INDEX ix_w ON words (w); INSERT INTO words VALUES ('a'), ('b');",
        up="DROP INDEX ix_w;",
        down="CREATE INDEX ix_w ON words (w);",
    ),
    sql(
        "collated_index",
        up="CREATE INDEX ix_name ON customers (name COLLATE NOCASE DESC);",
        down="DROP INDEX ix_name;",
        engines=(SQLITE,),
    ),
    sql(
        "covering_index",
        up="CREATE INDEX ix_customer ON orders (customer_id) INCLUDE (amount, note) WITH (fillfactor = 80);",
        down="DROP INDEX ix_customer;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "gin_index",
        up="""
        ALTER TABLE orders ADD COLUMN doc JSONB NOT NULL DEFAULT '{"a": [1, 2]}';
        CREATE INDEX ix_doc ON orders USING gin (doc jsonb_path_ops);
        """,
        down="DROP INDEX ix_doc; ALTER TABLE orders DROP COLUMN doc;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "index_built_concurrently",
        up="CREATE INDEX CONCURRENTLY ix_orders_amount ON orders (amount);",
        down="DROP INDEX CONCURRENTLY ix_orders_amount;",
        options="transaction:false",
        engines=(POSTGRESQL,),
    ),
    sql(
        "index_built_concurrently_among_others",
        up="""
        ALTER TABLE orders ADD COLUMN state TEXT;
        UPDATE orders SET state = 'done';
        CREATE UNIQUE INDEX CONCURRENTLY "UX state" ON public.orders (state, id) WHERE state <> 'x';
        CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_lower ON customers (lower(name));
        ALTER TABLE orders ALTER COLUMN state SET NOT NULL;
        CREATE TABLE last (a INT);
        """,
        down="""
        DROP TABLE last;
        DROP INDEX CONCURRENTLY ix_lower;
        DROP INDEX CONCURRENTLY "UX state";
        ALTER TABLE orders DROP COLUMN state;
        """,
        engines=(POSTGRESQL,),
    ),
    py(
        "index_built_concurrently",
        up="""
        with op.get_context().autocommit_block():
            op.create_index("ix_amount", "orders", ["amount"], postgresql_concurrently=True)
        """,
        down="""
        with op.get_context().autocommit_block():
            op.drop_index("ix_amount", "orders", postgresql_concurrently=True)
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "index_rebuilt_and_renamed",
        before="CREATE TABLE words (w TEXT); CREATE INDEX ix_w ON words (w); INSERT INTO words VALUES ('a'), ('b');",
        up="REINDEX INDEX CONCURRENTLY ix_w; ALTER INDEX ix_w RENAME TO ix_words; CLUSTER words USING ix_words;",
        down="ALTER TABLE words SET WITHOUT CLUSTER; ALTER INDEX ix_words RENAME TO ix_w;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "statements_outside_any_transaction",
        up="VACUUM; CREATE TABLE tidy (a INTEGER); ANALYZE;",
        down="DROP TABLE tidy; VACUUM;",
        options="transaction:false",
    ),
    sql(
        "statistics",
        up="CREATE STATISTICS st_orders (dependencies) ON customer_id, amount FROM orders; ANALYZE orders;",
        down="DROP STATISTICS st_orders;",
        engines=(POSTGRESQL,),
    ),
)
