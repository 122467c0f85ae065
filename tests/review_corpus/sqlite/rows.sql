-- common schema
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, is_old INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT, status TEXT NOT NULL DEFAULT 'new');
CREATE TABLE archive (id INTEGER PRIMARY KEY, customer_id INTEGER, amount REAL, note TEXT, status TEXT);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

-- case: delete-all
-- expect: data-loss rule:delete-without-where
DELETE FROM orders;

-- case: delete-all-quoted
-- expect: data-loss
delete from main."orders";

-- case: delete-one-equals-one
-- expect: data-loss
DELETE FROM orders WHERE 1 = 1;

-- case: delete-where-true
-- expect: data-loss
DELETE FROM orders WHERE TRUE;

-- case: delete-where-or-true
-- expect: data-loss
DELETE FROM orders WHERE id = 5 OR 1;

-- case: delete-where-key-is-not-null
-- expect: data-loss
DELETE FROM orders WHERE customer_id IS NOT NULL;

-- case: delete-where-itself
-- expect: data-loss
DELETE FROM orders WHERE id = id;

-- case: delete-all-in-subquery
-- expect: data-loss
DELETE FROM orders WHERE id IN (SELECT id FROM orders);

-- case: delete-all-returning
-- expect: data-loss
DELETE FROM orders AS o WHERE NOT 0 RETURNING id;

-- case: delete-with-cte-that-bounds-nothing
-- expect: data-loss
WITH c AS (SELECT 1) DELETE FROM orders;

-- case: delete-by-key
DELETE FROM orders WHERE id = 42;

-- case: delete-by-list
DELETE FROM orders WHERE id IN (1, 2, 3) AND status = 'void';

-- case: delete-by-range
DELETE FROM orders WHERE id BETWEEN 1 AND 1000;

-- case: delete-by-rowid
DELETE FROM orders WHERE rowid >= 1 AND rowid < 1000;

-- case: delete-batch
DELETE FROM orders WHERE rowid IN (SELECT rowid FROM orders WHERE status = 'void' LIMIT 500);

-- case: delete-batch-by-cte
WITH batch AS (SELECT id FROM orders WHERE status = 'void' ORDER BY id LIMIT 500)
DELETE FROM orders WHERE id IN (SELECT id FROM batch);

-- case: delete-limit
DELETE FROM orders WHERE status = 'void' LIMIT 100;

-- case: delete-many
-- expect: performance
DELETE FROM orders WHERE status = 'void';

-- case: delete-many-by-other-table
-- expect: performance
DELETE FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE is_old);

-- case: delete-from-own-table
CREATE TABLE scratch (id INTEGER);
INSERT INTO scratch VALUES (1);
DELETE FROM scratch;

-- case: delete-from-temp-table
CREATE TEMP TABLE picked AS SELECT id FROM orders;
DELETE FROM temp.picked;

-- case: update-all
-- expect: data-loss performance rule:update-without-where
UPDATE orders SET note = '';

-- case: update-always-true
-- expect: data-loss
UPDATE [orders] SET note = NULL WHERE '1' = '1';

-- case: update-added-column
ALTER TABLE orders ADD COLUMN total REAL;
-- expect: performance
UPDATE orders SET total = amount * 1.2;

-- case: update-by-key
UPDATE orders SET note = 'x' WHERE id = 7;

-- case: update-by-unique-column
UPDATE customers SET name = 'x' WHERE email = 'a@example.org';

-- case: update-range
UPDATE orders SET note = upper(note) WHERE id > 1000 AND id <= 2000;

-- case: update-many
-- expect: performance
UPDATE orders SET status = 'open' WHERE status = 'new';

-- case: update-many-null-test
-- expect: performance
UPDATE orders SET note = '' WHERE note IS NULL;

-- case: update-from-joined-by-key
UPDATE orders SET note = c.name FROM customers AS c WHERE c.id = orders.customer_id AND orders.id = 5;

-- case: update-from-without-join
-- expect: data-loss rule:unjoined-change
UPDATE orders SET note = c.name FROM customers AS c WHERE c.is_old = 1;

-- case: update-from-on-old-version version=3.32
-- expect: compatibility
UPDATE orders SET note = c.name FROM customers AS c WHERE c.id = orders.customer_id AND orders.id = 5;

-- case: update-or-replace
-- expect: data-loss
UPDATE OR REPLACE customers SET email = 'a@example.org' WHERE id = 5;

-- case: insert-values
INSERT INTO settings (key, value) VALUES ('a', '1'), ('b', '2');

-- case: insert-default-values
INSERT INTO orders DEFAULT VALUES;

-- case: insert-or-ignore-values
INSERT OR IGNORE INTO settings (key, value) VALUES ('a', '1');

-- case: insert-on-conflict-nothing
INSERT INTO settings (key, value) VALUES ('a', '1') ON CONFLICT (key) DO NOTHING;

-- case: insert-on-conflict-update
INSERT INTO settings (key, value) VALUES ('a', '1') ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- case: upsert-on-old-version version=3.22
-- expect: compatibility
INSERT INTO settings (key, value) VALUES ('a', '1') ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- case: returning-on-old-version version=3.34.1
-- expect: compatibility
INSERT INTO settings (key, value) VALUES ('a', '1') RETURNING key;

-- case: insert-or-replace
-- expect: data-loss rule:replace-rows
INSERT OR REPLACE INTO customers (id, email) VALUES (1, 'a@example.org');

-- case: replace-into
-- expect: data-loss rule:replace-rows
REPLACE INTO settings (key, value) VALUES ('a', '1');

-- case: replace-from-query
-- expect: data-loss
REPLACE INTO customers (id, email) SELECT id, note FROM archive;

-- case: replace-function-is-none
UPDATE orders SET note = replace(note, 'a', 'b') WHERE id = 3;

-- case: replace-into-own-table
CREATE TABLE scratch (id INTEGER PRIMARY KEY, n TEXT);
INSERT OR REPLACE INTO scratch (id, n) VALUES (1, 'x');

-- case: insert-or-ignore-from-query
-- expect: data-loss rule:insert-ignore
INSERT OR IGNORE INTO archive (id, customer_id, amount, note, status) SELECT id, customer_id, amount, note, status FROM orders WHERE id BETWEEN 1 AND 1000;

-- case: insert-select-all
-- expect: performance
INSERT INTO archive (id, customer_id, amount) SELECT id, customer_id, amount FROM orders;

-- case: insert-select-part
INSERT INTO archive (id, customer_id, amount) SELECT id, customer_id, amount FROM orders WHERE id BETWEEN 1 AND 500;

-- case: insert-select-into-new-table
CREATE TABLE sums (customer_id INTEGER PRIMARY KEY, total REAL);
INSERT INTO sums (customer_id, total) SELECT customer_id, sum(amount) FROM orders GROUP BY customer_id;

-- case: select-only
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n;
VALUES (1, 2), (3, 4);

-- case: delete-using-is-not-sqlite
-- expect: compatibility
DELETE FROM orders USING customers WHERE customers.id = orders.customer_id;

-- case: update-join-is-not-sqlite
-- expect: compatibility
UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.note = c.name;

-- case: insert-ignore-is-not-sqlite
-- expect: compatibility
INSERT IGNORE INTO settings (key, value) VALUES ('a', '1');

-- case: on-duplicate-key-is-not-sqlite
-- expect: compatibility
INSERT INTO settings (key, value) VALUES ('a', '1') ON DUPLICATE KEY UPDATE value = '1';
