-- common schema
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, name text, is_old boolean);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount numeric(10,2), note text, status text);
CREATE TABLE loaded (id bigint, note text);
CREATE SEQUENCE numbers;

-- case: delete-all
-- expect: data-loss
DELETE FROM orders;

-- case: delete-true
-- expect: data-loss
DELETE FROM orders WHERE true;

-- case: delete-one-is-one
-- expect: data-loss
delete /* all */ from ONLY orders as o where 1=1 or o.id = 5;

-- case: delete-same-column
-- expect: data-loss
DELETE FROM orders WHERE id = id;

-- case: delete-not-false
-- expect: data-loss
DELETE FROM orders WHERE NOT false;

-- case: delete-whole-subquery
-- expect: data-loss
DELETE FROM orders WHERE id IN (SELECT id FROM orders);

-- case: delete-by-key
DELETE FROM orders WHERE id = 42;
DELETE FROM orders WHERE id IN (1, 2, 3);
DELETE FROM orders WHERE id BETWEEN 1 AND 1000;
DELETE FROM orders WHERE id > 100 AND id <= 200;
DELETE FROM orders WHERE id = ANY (ARRAY[1, 2]);

-- case: delete-by-unique
DELETE FROM customers WHERE email = 'a@example.org';

-- case: delete-batch
DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE status = 'old' LIMIT 1000);

-- case: delete-many
-- expect: performance
DELETE FROM orders WHERE status = 'cancelled';

-- case: delete-unjoined
-- expect: data-loss
DELETE FROM orders USING customers c WHERE c.is_old;

-- case: delete-joined-by-key
DELETE FROM orders o USING loaded l WHERE l.id = o.id AND o.id BETWEEN 1 AND 10;

-- case: delete-in-cte
-- expect: data-loss
WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone;

-- case: delete-in-cte-of-insert
-- expect: data-loss
WITH gone AS (DELETE FROM orders RETURNING id, note) INSERT INTO loaded SELECT * FROM gone;

-- case: delete-explained
-- expect: data-loss
EXPLAIN (ANALYZE, BUFFERS) DELETE FROM orders;

-- case: delete-only-explained
EXPLAIN DELETE FROM orders;

-- case: explain-analyze-off
EXPLAIN (ANALYZE false) DELETE FROM orders;

-- case: delete-in-copy
-- expect: data-loss
COPY (DELETE FROM orders RETURNING *) TO '/tmp/orders.csv';

-- case: delete-in-do
-- expect: data-loss
DO $$ BEGIN IF true THEN DELETE FROM orders; END IF; END $$;

-- case: delete-prepared
-- expect: data-loss
PREPARE gone AS DELETE FROM orders;

-- case: delete-in-called-function
CREATE FUNCTION clear() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM orders; END $$;
-- expect: data-loss
SELECT clear();

-- case: delete-in-called-procedure
CREATE PROCEDURE public.clear() LANGUAGE sql AS 'DELETE FROM orders';
-- expect: data-loss
CALL clear();

-- case: function-not-called
CREATE FUNCTION clear() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM orders; TRUNCATE customers; END $$;

-- case: atomic-function-called
CREATE PROCEDURE clear() BEGIN ATOMIC DELETE FROM orders; END;
-- expect: data-loss
CALL clear();

-- case: delete-from-temp
CREATE TEMP TABLE picked (id bigint);
DELETE FROM picked;
TRUNCATE picked;

-- case: update-all
-- expect: data-loss performance
UPDATE orders SET status = 'done';

-- case: update-always
-- expect: data-loss
UPDATE orders SET status = 'done' WHERE 'a' = 'a';

-- case: update-by-key
UPDATE orders SET status = 'done' WHERE id = 7;

-- case: update-many
-- expect: performance
UPDATE orders SET note = '' WHERE note IS NULL;

-- case: update-backfill-new-column
ALTER TABLE orders ADD COLUMN total numeric;
-- expect: performance
UPDATE orders SET total = amount;

-- case: update-in-ddl-transaction
BEGIN;
ALTER TABLE orders ADD COLUMN total numeric;
-- expect: locking performance
UPDATE orders SET total = amount WHERE total IS NULL;
COMMIT;

-- case: update-unjoined
-- expect: data-loss
UPDATE orders SET note = l.note FROM loaded l WHERE l.id > 5;

-- case: truncate
-- expect: data-loss irreversible
TRUNCATE orders;

-- case: truncate-many
-- expect: data-loss
TRUNCATE TABLE ONLY loaded, orders RESTART IDENTITY CASCADE;

-- case: truncate-own
CREATE TABLE fresh (id int);
INSERT INTO fresh VALUES (1);
TRUNCATE fresh;

-- case: merge-delete
-- expect: data-loss
MERGE INTO orders o USING loaded l ON o.id = l.id WHEN MATCHED THEN DELETE;

-- case: merge-unmatched version=17
-- expect: data-loss
MERGE INTO orders o USING loaded l ON o.id = l.id WHEN NOT MATCHED BY SOURCE THEN DELETE;

-- case: merge-upsert
MERGE INTO orders o USING loaded l ON o.id = l.id WHEN MATCHED THEN UPDATE SET note = l.note WHEN NOT MATCHED THEN INSERT (id, customer_id) VALUES (l.id, 1);

-- case: insert
INSERT INTO customers (id, email) VALUES (1, 'a'), (2, 'b') ON CONFLICT (id) DO UPDATE SET email = excluded.email;

-- case: insert-copies-table
-- expect: performance
INSERT INTO loaded (id, note) SELECT id, note FROM orders;

-- case: insert-copies-into-new
CREATE TABLE copy_of_orders (LIKE orders);
INSERT INTO copy_of_orders SELECT * FROM orders;

-- case: create-table-as
CREATE TABLE kept AS SELECT * FROM orders WHERE amount > 5;

-- case: setval-constant
-- expect: compatibility
SELECT setval('numbers', 1, false);

-- case: setval-from-table
SELECT setval('numbers', (SELECT max(id) FROM orders));

-- case: sequence-restart
-- expect: compatibility
ALTER SEQUENCE numbers RESTART WITH 1;

-- case: identity-restart
-- expect: compatibility
ALTER TABLE orders ALTER COLUMN id RESTART WITH 1;

-- case: sequence-options
ALTER SEQUENCE numbers CACHE 20 OWNED BY orders.id;

-- case: copy-in
COPY loaded (id, note) FROM stdin;
1	DROP TABLE orders;
2	DELETE FROM orders;
\.
SELECT 1;

-- case: copy-in-then-drop
COPY loaded (id, note) FROM stdin;
1	x
\.
-- expect: data-loss
DROP TABLE orders;

-- case: replication-role
-- expect: data-loss
SET session_replication_role = 'replica';

-- case: settings
SET LOCAL lock_timeout = '2s';
SET statement_timeout TO 0;
RESET ALL;

-- case: delete-not-null-of-key
-- expect: data-loss
DELETE FROM orders WHERE id IS NOT NULL;

-- case: delete-select-true
-- expect: data-loss
DELETE FROM orders WHERE (SELECT true);

-- case: delete-one-in-one
-- expect: data-loss
DELETE FROM orders WHERE 1 IN (1, 2);

-- case: delete-null-is-null
-- expect: data-loss
DELETE FROM orders WHERE NULL IS NULL;

-- case: update-limited-cte
WITH batch AS (SELECT id FROM orders WHERE note IS NULL ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)
UPDATE orders o SET note = '' FROM batch b WHERE b.id = o.id;

-- case: delete-limited-cte
WITH batch AS (SELECT id FROM orders WHERE status = 'old' LIMIT 500)
DELETE FROM orders WHERE id IN (SELECT id FROM batch);

-- case: update-limited-join
UPDATE orders o SET note = '' FROM (SELECT id FROM orders WHERE note IS NULL LIMIT 1000) b WHERE b.id = o.id;

-- case: work-in-do-after-alter
-- expect: locking performance
DO $$ BEGIN ALTER TABLE orders ADD COLUMN total numeric; UPDATE orders SET total = amount WHERE total IS NULL; END $$;

-- case: delete-ctid-batch
DELETE FROM orders WHERE ctid = ANY (ARRAY(SELECT ctid FROM orders WHERE status = 'old' LIMIT 1000));
