"""Risky PostgreSQL scripts that have a safe sequence, and the schema that they meet."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE customers (id bigint PRIMARY KEY, code text);
CREATE UNIQUE INDEX customers_code ON customers (code);
CREATE TABLE orders (id bigint NOT NULL, customer_id bigint, amount numeric(10,2), note text, code varchar(20));
CREATE TABLE "Order" (id bigint NOT NULL, "user" bigint, note text, "Group" text);
CREATE INDEX orders_old ON orders (code);
CREATE INDEX orders_older ON orders (note);
CREATE SCHEMA shop;
CREATE TABLE shop.items (id bigint, name text);
CREATE TABLE logs (at date NOT NULL, id bigint) PARTITION BY RANGE (at);
CREATE TABLE logs_may PARTITION OF logs FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(amount) AS n FROM orders GROUP BY 1;
CREATE UNIQUE INDEX totals_customer ON totals (customer_id);
"""
ROWS = """
INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, 300) i;
INSERT INTO orders SELECT i, 1 + i % 300, i + 0.25, 'n' || i, 'k' || i FROM generate_series(1, 3000) i;
INSERT INTO "Order" SELECT i, 1 + i % 300, 'n' || i, 'g' || i FROM generate_series(1, 100) i;
INSERT INTO shop.items SELECT i, 'i' || i FROM generate_series(1, 100) i;
INSERT INTO logs SELECT date '2024-05-01' + i % 30, i FROM generate_series(1, 100) i;
"""
# The first word of each is the rule whose remedy it shows.
CASES = {
    "create-index": "CREATE INDEX orders_note ON orders (note);",
    "create-index all its words": (
        'CREATE UNIQUE INDEX IF NOT EXISTS "I" ON "Order" USING btree (lower(note) text_pattern_ops DESC NULLS LAST) '
        "INCLUDE (id) WITH (fillfactor = 70) WHERE note <> ' index ';"
    ),
    "create-index without a name": 'create /* index */ index on public."Order" using hash ("Group")',
    "drop-index": "DROP INDEX orders_old;",
    "drop-index two": "DROP INDEX IF EXISTS orders_old, public.orders_older;",
    "reindex table": "REINDEX TABLE orders;",
    "reindex index": "REINDEX (VERBOSE) INDEX orders_old;",
    "refresh-materialized-view": "REFRESH MATERIALIZED VIEW totals;",
    "add-check": "ALTER TABLE orders ADD CONSTRAINT paid CHECK (amount > 0);",
    "add-check without a name": "ALTER TABLE orders ADD CHECK (amount > 0), ADD CHECK (amount < 100000 OR note = 'x');",
    "add-check inherits not": "ALTER TABLE ONLY orders ADD CONSTRAINT paid CHECK (amount > 0) NO INHERIT;",
    "add-check of partitions": "ALTER TABLE logs ADD CHECK (id > 0);",
    "add-foreign-key": "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id);",
    "add-foreign-key all its words": (
        'ALTER TABLE "Order" ADD FOREIGN KEY ("user") REFERENCES public.customers MATCH FULL ON DELETE SET NULL '
        "ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;"
    ),
    "add-unique": "ALTER TABLE orders ADD CONSTRAINT u UNIQUE (code);",
    "add-unique all its words": (
        'ALTER TABLE "Order" ADD UNIQUE ("user", "Group") INCLUDE (note) WITH (fillfactor = 80) '
        "USING INDEX TABLESPACE pg_default DEFERRABLE INITIALLY DEFERRED;"
    ),
    "add-unique elsewhere": "ALTER TABLE shop.items ADD UNIQUE (name);",
    "add-unique nulls": "ALTER TABLE orders ADD UNIQUE NULLS NOT DISTINCT (id, note);",
    "add-primary-key": "ALTER TABLE orders ADD PRIMARY KEY (id);",
    "add-primary-key nullable": "ALTER TABLE ONLY shop.items ADD CONSTRAINT items_pk PRIMARY KEY (id, name);",
    "set-not-null": "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
    "set-not-null quoted": 'ALTER TABLE "Order" ALTER "Group" SET NOT NULL, ALTER note SET NOT NULL;',
    "add-column-default": "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    "add-column-default required": (
        "ALTER TABLE orders ADD token uuid NOT NULL DEFAULT gen_random_uuid() CHECK (token IS NOT NULL) UNIQUE;"
    ),
    "add-column-default key": 'ALTER TABLE "Order" ADD COLUMN "Key" uuid DEFAULT gen_random_uuid() PRIMARY KEY;',
    "add-column-unique": "ALTER TABLE orders ADD COLUMN token text COLLATE \"C\" CONSTRAINT u UNIQUE DEFERRABLE;",
    "add-column-check": "ALTER TABLE orders ADD rating int DEFAULT 3 NOT NULL CHECK (rating > 0) CHECK (rating < 9);",
    "add-column-references": (
        "ALTER TABLE orders ADD COLUMN agent bigint DEFAULT 1 REFERENCES customers (id) ON DELETE SET NULL DEFERRABLE;"
    ),
    "validate-same-transaction": (
        "BEGIN; ALTER TABLE orders ADD CONSTRAINT p CHECK (amount > 0) NOT VALID; "
        "ALTER TABLE orders VALIDATE CONSTRAINT p; COMMIT;"
    ),
    "index-in-transaction": "BEGIN; CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY i ON orders (note); COMMIT;",
    "work-under-lock": (
        "BEGIN; ALTER TABLE orders ADD COLUMN total numeric; INSERT INTO customers (id, code) "
        "SELECT 1000 + id, 'z' || id FROM customers WHERE id < 5; COMMIT;"
    ),
}
COMBINED = {
    "two things in one statement": (
        "ALTER TABLE orders ADD COLUMN kind text DEFAULT 'x', ADD UNIQUE (code), DROP COLUMN amount CASCADE, "
        "ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id), ALTER note SET NOT NULL;"
    ),
    "a whole transaction": (
        "BEGIN;\nSET LOCAL lock_timeout = '5s';\n-- first\nALTER TABLE orders ADD CHECK (amount > 0); -- why\n"
        "ALTER TABLE orders ADD UNIQUE (code);\nCREATE INDEX i ON orders (note);\n"
        'ALTER TABLE "Order" ADD COLUMN order_code varchar(20) REFERENCES orders (code);\n'
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;\nDROP INDEX orders_old;\n"
        "CREATE TABLE late (id int);\nALTER TABLE orders ALTER note SET NOT NULL;\n"
        "UPDATE orders SET note = 'seven' WHERE id = 7;\nCOMMIT;\n-- the end\n"
    ),
    "only index work in a transaction": "BEGIN; CREATE INDEX i ON orders (note); DROP INDEX orders_old; COMMIT;",
    "a key that is then used": (
        "BEGIN; ALTER TABLE orders ADD PRIMARY KEY (id); CREATE TABLE lines (order_id bigint REFERENCES orders); "
        "ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey; COMMIT;"
    ),
    "the same name again": (
        "BEGIN; DROP INDEX orders_old; CREATE INDEX orders_old ON orders (code, id); COMMIT;"
    ),
    "renamed in the end": (
        "BEGIN; ALTER TABLE orders ADD CONSTRAINT c CHECK (amount > 0); ALTER TABLE orders RENAME CONSTRAINT c TO d; "
        "ALTER TABLE orders RENAME TO sales; COMMIT;"
    ),
    "dropped in the end": "BEGIN; ALTER TABLE orders ADD CHECK (amount > 0); DROP TABLE shop.items; COMMIT;",
    "names that are taken": (
        "ALTER TABLE orders ADD CHECK (amount > 0); ALTER TABLE orders ADD CHECK (amount < 1000000); "
        "ALTER TABLE orders ADD UNIQUE (code); ALTER TABLE orders ADD UNIQUE (code, id);"
    ),
}
