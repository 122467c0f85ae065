-- common schema
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(100) NOT NULL, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount numeric(10,2), code text NOT NULL, note text);
CREATE TABLE loose (id bigint NOT NULL, k int);
CREATE TABLE stays (room int, during tsrange);
CREATE INDEX orders_note ON orders (note);
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_may (at date NOT NULL, line text);
CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n;
CREATE DOMAIN small AS int;

-- case: fk-validated
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id);

-- case: fk-not-valid-then-validate
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT o_c;

-- case: fk-validate-same-transaction
BEGIN;
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- expect: locking
ALTER TABLE orders VALIDATE CONSTRAINT o_c;
COMMIT;

-- case: fk-validate-same-file-transaction transaction=one
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- expect: locking
ALTER TABLE orders VALIDATE CONSTRAINT o_c;

-- case: fk-validate-two-transactions
BEGIN;
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
COMMIT;
BEGIN;
ALTER TABLE orders VALIDATE CONSTRAINT o_c;
COMMIT;

-- case: fk-on-new-table
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders ON DELETE CASCADE);
ALTER TABLE lines ADD FOREIGN KEY (order_id) REFERENCES orders (id);

-- case: fk-cascade
-- expect: data-loss
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE NOT VALID;

-- case: check-validated
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount > 0);

-- case: check-not-valid
ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount > 0) NOT VALID;

-- case: check-not-enforced version=18
ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount > 0) NOT ENFORCED;

-- case: check-on-new-table
CREATE TABLE fresh (n int);
ALTER TABLE fresh ADD CHECK (n > 0);

-- case: unique
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE (code);

-- case: unique-using-index
CREATE UNIQUE INDEX CONCURRENTLY orders_code ON orders (code);
ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE USING INDEX orders_code;

-- case: primary-key
-- expect: locking
ALTER TABLE loose ADD PRIMARY KEY (id);

-- case: primary-key-using-index
CREATE UNIQUE INDEX CONCURRENTLY loose_id ON loose (id);
ALTER TABLE loose ADD CONSTRAINT loose_pk PRIMARY KEY USING INDEX loose_id;

-- case: primary-key-using-index-nullable
CREATE UNIQUE INDEX CONCURRENTLY loose_k ON loose (k);
-- expect: locking
ALTER TABLE loose ADD CONSTRAINT loose_pk PRIMARY KEY USING INDEX loose_k;

-- case: exclusion
-- expect: locking
ALTER TABLE stays ADD CONSTRAINT one EXCLUDE USING gist (room WITH =, during WITH &&);

-- case: drop-constraint
-- schema: ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id)
-- expect: compatibility
ALTER TABLE orders DROP CONSTRAINT o_c;

-- case: replace-constraint
-- schema: ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id)
ALTER TABLE orders DROP CONSTRAINT o_c, ADD CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;

-- case: rename-constraint
ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO orders_key;

-- case: index-plain
-- expect: locking
CREATE INDEX ON orders (code);

-- case: index-unique-if-not-exists
-- expect: locking
create unique index if not exists "Orders_Code" on Public.Orders using btree (lower(code)) where amount > 0;

-- case: index-concurrently
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_code ON orders (code);

-- case: index-on-new-table
CREATE TABLE fresh (n int);
CREATE INDEX fresh_n ON fresh (n);

-- case: index-on-renamed-new-table
CREATE TABLE fresh (n int);
ALTER TABLE fresh RENAME TO newer;
CREATE INDEX newer_n ON newer (n);

-- case: index-on-same-name-in-other-schema
CREATE TABLE archive.orders (n int);
-- expect: locking
CREATE INDEX orders_x ON orders (code);

-- case: index-concurrently-in-transaction
BEGIN;
-- expect: compatibility
CREATE INDEX CONCURRENTLY orders_code ON orders (code);
COMMIT;

-- case: index-concurrently-in-file-transaction transaction=file
-- expect: compatibility
CREATE INDEX CONCURRENTLY orders_code ON orders (code);

-- case: index-partitioned
-- expect: locking
CREATE INDEX logs_at ON logs (at);

-- case: index-partitioned-only
CREATE INDEX logs_at ON ONLY logs (at);

-- case: index-partitioned-concurrently
-- expect: compatibility
CREATE INDEX CONCURRENTLY logs_at ON logs (at);

-- case: drop-index
-- expect: locking
DROP INDEX IF EXISTS orders_note;

-- case: drop-index-concurrently
DROP INDEX CONCURRENTLY orders_note;

-- case: drop-index-concurrently-in-transaction
BEGIN;
-- expect: compatibility
DROP INDEX CONCURRENTLY orders_note;
COMMIT;

-- case: drop-own-index
CREATE INDEX CONCURRENTLY fresh ON orders (code);
DROP INDEX CONCURRENTLY fresh;

-- case: reindex
-- expect: locking
REINDEX TABLE orders;

-- case: reindex-index
-- expect: locking
REINDEX (VERBOSE) INDEX orders_note;

-- case: reindex-concurrently
REINDEX INDEX CONCURRENTLY orders_note;
REINDEX (CONCURRENTLY) TABLE orders;

-- case: rename-index
ALTER INDEX orders_note RENAME TO orders_remark;

-- case: domain-check
-- expect: locking
ALTER DOMAIN small ADD CONSTRAINT lt CHECK (VALUE < 10);

-- case: domain-check-not-valid
ALTER DOMAIN small ADD CONSTRAINT lt CHECK (VALUE < 10) NOT VALID;

-- case: attach
-- expect: locking
ALTER TABLE logs ATTACH PARTITION logs_may FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');

-- case: attach-with-check
ALTER TABLE logs_may ADD CONSTRAINT may CHECK (at >= '2024-05-01' AND at < '2024-06-01') NOT VALID;
ALTER TABLE logs_may VALIDATE CONSTRAINT may;
ALTER TABLE logs ATTACH PARTITION logs_may FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');

-- case: attach-new
CREATE TABLE logs_june (LIKE logs INCLUDING ALL);
ALTER TABLE logs ATTACH PARTITION logs_june FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');

-- case: detach
-- expect: locking
ALTER TABLE logs DETACH PARTITION logs_may;

-- case: detach-concurrently
ALTER TABLE logs DETACH PARTITION logs_may CONCURRENTLY;

-- case: partition-of
CREATE TABLE logs_july PARTITION OF logs FOR VALUES FROM ('2024-07-01') TO ('2024-08-01');

-- case: refresh
-- expect: locking
REFRESH MATERIALIZED VIEW totals;

-- case: refresh-concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;

-- case: refresh-own
CREATE MATERIALIZED VIEW mine AS SELECT 1 AS n WITH NO DATA;
CREATE UNIQUE INDEX mine_n ON mine (n);
REFRESH MATERIALIZED VIEW mine;

-- case: cluster
-- expect: locking
CLUSTER orders USING orders_note;

-- case: vacuum-full
-- expect: locking
VACUUM (FULL, ANALYZE) orders;

-- case: vacuum
VACUUM (FULL false, ANALYZE) orders;
ANALYZE orders;

-- case: vacuum-in-transaction
BEGIN;
-- expect: compatibility
VACUUM orders;
COMMIT;

-- case: lock-table
BEGIN;
-- expect: locking
LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE;
COMMIT;

-- case: lock-table-light
BEGIN;
LOCK TABLE orders IN ROW EXCLUSIVE MODE;
COMMIT;

-- case: tablespace
-- expect: locking
ALTER TABLE orders SET TABLESPACE fast;

-- case: reloptions
ALTER TABLE orders SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);

-- case: index-corruption version=14.2
-- expect: data-loss
CREATE INDEX CONCURRENTLY x ON orders (code);

-- case: index-corruption-fixed version=14.5
CREATE INDEX CONCURRENTLY x ON orders (code);

-- case: validate-in-the-same-alter
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT pos CHECK (amount > 0) NOT VALID, VALIDATE CONSTRAINT pos;

-- case: set-expression version=17
-- schema: ALTER TABLE orders ADD COLUMN twice numeric GENERATED ALWAYS AS (amount * 2) STORED
-- expect: locking
ALTER TABLE orders ALTER COLUMN twice SET EXPRESSION AS (amount * 3);

-- case: drop-role
-- expect: compatibility
DROP ROLE IF EXISTS app;

-- case: two-alters-in-a-transaction
BEGIN;
ALTER TABLE orders ADD COLUMN a int;
ALTER TABLE customers ADD COLUMN b int;
COMMIT;
