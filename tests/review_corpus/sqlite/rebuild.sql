-- common schema
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE, sku TEXT);
CREATE TABLE logs (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
CREATE INDEX orders_customer ON orders (customer_id);

-- case: rebuild-done-right
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE new_orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount NUMERIC NOT NULL DEFAULT 0, note TEXT);
INSERT INTO new_orders (id, customer_id, amount, note) SELECT id, customer_id, coalesce(amount, 0), note FROM orders;
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_customer ON orders (customer_id);
PRAGMA foreign_key_check;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-done-right-of-a-lonely-table
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT NOT NULL DEFAULT '', level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, ifnull(message, ''), level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: rebuild-done-right-of-an-unknown-table
PRAGMA foreign_keys=off;
BEGIN IMMEDIATE;
CREATE TABLE "_new_payments" ("id" INTEGER PRIMARY KEY, "sum" REAL NOT NULL);
INSERT INTO "_new_payments" ("id", "sum") SELECT "id", "sum" FROM "payments";
DROP TABLE "payments";
ALTER TABLE "_new_payments" RENAME TO "payments";
COMMIT;
PRAGMA foreign_keys=on;

-- case: rebuild-in-the-runners-transaction transaction=one
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER DEFAULT 1);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;

-- case: rebuild-with-a-new-column
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER, kind TEXT NOT NULL DEFAULT 'x');
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-with-star-in-the-same-order
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT NOT NULL, level INTEGER);
INSERT INTO logs_new SELECT * FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: rebuild-with-star-in-another-order
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, level INTEGER, message TEXT);
-- expect: data-loss rule:rebuild-misplaces-columns
INSERT INTO logs_new SELECT * FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: rebuild-with-swapped-lists
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
-- expect: data-loss
INSERT INTO logs_new (id, message, level) SELECT id, level, message FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: rebuild-cascades
PRAGMA foreign_keys = ON;
BEGIN;
CREATE TABLE new_orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO new_orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders;
-- expect: data-loss rule:rebuild-cascades
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_customer ON orders (customer_id);
COMMIT;

-- case: rebuild-cascades-by-default
BEGIN;
CREATE TABLE new_orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO new_orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders;
-- expect: data-loss
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_customer ON orders (customer_id);
COMMIT;

-- case: rebuild-with-pragma-inside
BEGIN;
-- expect: data-loss rule:foreign-keys-pragma-in-transaction
PRAGMA foreign_keys = OFF;
CREATE TABLE new_orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO new_orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders;
-- expect: data-loss
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
CREATE INDEX orders_customer ON orders (customer_id);
COMMIT;

-- case: rebuild-loses-an-index
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE new_orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO new_orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders;
-- expect: compatibility rule:rebuild-loses-objects
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-loses-a-trigger
-- schema: CREATE TRIGGER logs_t AFTER INSERT ON logs BEGIN UPDATE logs SET level = 1 WHERE id = NEW.id; END
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
-- expect: compatibility rule:rebuild-loses-objects
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-keeps-its-trigger
-- schema: CREATE TRIGGER logs_t AFTER INSERT ON logs BEGIN UPDATE logs SET level = 1 WHERE id = NEW.id; END
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
CREATE TRIGGER logs_t AFTER INSERT ON logs BEGIN UPDATE logs SET level = 1 WHERE id = NEW.id; END;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-that-ignores
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT UNIQUE, level INTEGER);
-- expect: data-loss rule:insert-ignore
INSERT OR IGNORE INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-that-replaces
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT UNIQUE, level INTEGER);
-- expect: data-loss rule:replace-rows
INSERT OR REPLACE INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-that-filters
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs WHERE level > 1;
-- expect: data-loss
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-that-copies-nothing
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
-- expect: data-loss rule:drop-table
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-that-drops-a-column
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT);
INSERT INTO logs_new (id, message) SELECT id, message FROM logs;
-- expect: data-loss irreversible rule:rebuild-incomplete
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-without-transaction
PRAGMA foreign_keys = OFF;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
-- expect: data-loss
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
PRAGMA foreign_keys = ON;

-- case: rebuild-by-renaming-away
PRAGMA foreign_keys = OFF;
BEGIN;
-- expect: compatibility rule:rename-quirk
ALTER TABLE orders RENAME TO orders_old;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders_old;
DROP TABLE orders_old;
CREATE INDEX orders_customer ON orders (customer_id);
COMMIT;
PRAGMA foreign_keys = ON;

-- case: rebuild-by-renaming-away-legacy
PRAGMA foreign_keys = OFF;
PRAGMA legacy_alter_table = ON;
BEGIN;
ALTER TABLE orders RENAME TO orders_old;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT);
INSERT INTO orders (id, customer_id, amount, note) SELECT id, customer_id, amount, note FROM orders_old;
DROP TABLE orders_old;
CREATE INDEX orders_customer ON orders (customer_id);
COMMIT;
PRAGMA legacy_alter_table = OFF;
PRAGMA foreign_keys = ON;

-- case: rebuild-by-renaming-away-a-lonely-table
BEGIN;
ALTER TABLE logs RENAME TO logs_old;
CREATE TABLE logs (id INTEGER PRIMARY KEY, message TEXT NOT NULL DEFAULT '', level INTEGER);
INSERT INTO logs (id, message, level) SELECT id, coalesce(message, ''), level FROM logs_old;
DROP TABLE logs_old;
COMMIT;

-- case: rename-with-legacy
PRAGMA legacy_alter_table = ON;
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;

-- case: rebuild-under-a-view
-- schema: CREATE VIEW loud AS SELECT id, message FROM logs WHERE level > 3
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
-- expect: compatibility
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: rebuild-with-the-view-made-again
-- schema: CREATE VIEW loud AS SELECT id, message FROM logs WHERE level > 3
BEGIN;
DROP VIEW loud;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
CREATE VIEW loud AS SELECT id, message FROM logs WHERE level > 3;
COMMIT;

-- case: rebuild-by-a-temporary-copy
BEGIN TRANSACTION;
CREATE TEMPORARY TABLE logs_backup (id, message, level);
INSERT INTO logs_backup SELECT id, message, level FROM logs;
DROP TABLE logs;
CREATE TABLE logs (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs SELECT id, message, level FROM logs_backup;
DROP TABLE logs_backup;
COMMIT;

-- case: rebuild-by-create-table-as
BEGIN;
CREATE TABLE logs_new AS SELECT * FROM logs;
-- expect: compatibility
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
COMMIT;

-- case: delete-after-a-rebuild
BEGIN;
CREATE TABLE logs_new (id INTEGER PRIMARY KEY, message TEXT, level INTEGER);
INSERT INTO logs_new (id, message, level) SELECT id, message, level FROM logs;
DROP TABLE logs;
ALTER TABLE logs_new RENAME TO logs;
-- expect: data-loss
DELETE FROM logs;
COMMIT;
