-- common schema
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE, amount REAL, note TEXT, status TEXT NOT NULL DEFAULT 'new');
CREATE TABLE items (order_id INTEGER NOT NULL REFERENCES orders (id), line INTEGER NOT NULL, sku TEXT, PRIMARY KEY (order_id, line)) WITHOUT ROWID;
CREATE TABLE logs (id INTEGER PRIMARY KEY, message TEXT);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE VIEW big_orders AS SELECT id, amount FROM orders WHERE amount > 100;
CREATE TRIGGER orders_audit AFTER UPDATE ON orders BEGIN INSERT INTO logs (message) VALUES ('changed'); END;

-- case: drop-table
-- expect: data-loss irreversible rule:drop-table
DROP TABLE logs;

-- case: drop-table-if-exists
-- expect: data-loss
drop table if exists logs;

-- case: drop-table-main-prefix
-- expect: data-loss
DROP TABLE main.logs;

-- case: drop-table-double-quoted
-- expect: data-loss
DROP TABLE "logs";

-- case: drop-table-bracketed
-- expect: data-loss
DROP TABLE [logs];

-- case: drop-table-backticks
-- expect: data-loss
DROP TABLE `logs`;

-- case: drop-table-single-quotes
-- expect: data-loss
DROP TABLE 'logs';

-- case: drop-table-other-case
-- expect: data-loss
DROP /* old */ TABLE LOGS -- really
;

-- case: drop-table-unknown
-- expect: data-loss
DROP TABLE IF EXISTS legacy_stuff;

-- case: drop-table-attached
ATTACH DATABASE 'archive.db' AS archive;
-- expect: data-loss
DROP TABLE archive.events;

-- case: drop-parent-with-foreign-keys-on
PRAGMA foreign_keys = ON;
-- expect: data-loss
DROP TABLE customers;

-- case: drop-own-table
CREATE TABLE scratch (id INTEGER PRIMARY KEY);
INSERT INTO scratch (id) VALUES (1), (2);
DROP TABLE scratch;

-- case: drop-own-table-other-case
CREATE TABLE Scratch (id INTEGER PRIMARY KEY);
DROP TABLE "SCRATCH";

-- case: drop-temp-table
CREATE TEMP TABLE picked AS SELECT id FROM orders WHERE amount > 5;
DROP TABLE picked;

-- case: drop-temp-table-prefixed
CREATE TEMPORARY TABLE picked (id INTEGER);
DROP TABLE IF EXISTS temp.picked;

-- case: drop-main-table-behind-temp-one
CREATE TEMP TABLE logs (id INTEGER);
-- expect: data-loss
DROP TABLE main.logs;

-- case: drop-temp-table-of-the-same-name
CREATE TEMP TABLE logs (id INTEGER);
DROP TABLE logs;

-- case: drop-in-comment-and-string
SELECT 'DROP TABLE orders;';
-- DROP TABLE orders;
/* DROP TABLE orders; */
INSERT INTO logs (message) VALUES ('DROP TABLE orders');

-- case: explain-drop
EXPLAIN DROP TABLE orders;

-- case: explain-query-plan-delete
EXPLAIN QUERY PLAN DELETE FROM orders;

-- case: create-table
CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL UNIQUE COLLATE NOCASE);
CREATE INDEX tags_label ON tags (label);

-- case: create-table-if-not-exists
CREATE TABLE IF NOT EXISTS tags (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE);

-- case: create-table-strict
CREATE TABLE points (id INTEGER PRIMARY KEY, x REAL NOT NULL, y REAL NOT NULL, CHECK (x >= 0)) STRICT, WITHOUT ROWID;

-- case: create-strict-on-old-version version=3.36
-- expect: compatibility
CREATE TABLE points (id INTEGER PRIMARY KEY, x REAL) STRICT;

-- case: create-table-generated
CREATE TABLE areas (w REAL, h REAL, area REAL GENERATED ALWAYS AS (w * h) STORED, half AS (w / 2) VIRTUAL);

-- case: create-virtual-table
CREATE VIRTUAL TABLE notes USING fts5 (title, body, content='orders', tokenize = "porter ascii");

-- case: drop-own-virtual-table
CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1, y0, y1);
DROP TABLE boxes;

-- case: create-table-as
CREATE TABLE order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;

-- case: create-view
CREATE VIEW IF NOT EXISTS open_orders AS SELECT id, customer_id FROM orders WHERE status = 'new';

-- case: create-trigger-with-delete-in-body
CREATE TRIGGER clean AFTER DELETE ON customers FOR EACH ROW BEGIN
  DELETE FROM orders WHERE customer_id = OLD.id;
  UPDATE logs SET message = 'x' WHERE id = OLD.id;
END;

-- case: create-temp-trigger
CREATE TEMP TRIGGER watch AFTER INSERT ON orders WHEN NEW.amount > 5 BEGIN SELECT CASE WHEN NEW.amount > 9 THEN RAISE(ABORT, 'no; never') END; END;

-- case: drop-view
-- expect: compatibility rule:drop-view
DROP VIEW big_orders;

-- case: drop-view-and-make-it-again
DROP VIEW IF EXISTS big_orders;
CREATE VIEW big_orders AS SELECT id, amount, status FROM orders WHERE amount > 100;

-- case: drop-trigger
-- expect: compatibility rule:drop-trigger
DROP TRIGGER orders_audit;

-- case: drop-trigger-and-make-it-again
DROP TRIGGER IF EXISTS main.orders_audit;
CREATE TRIGGER orders_audit AFTER UPDATE OF amount ON orders BEGIN INSERT INTO logs (message) VALUES ('amount'); END;

-- case: drop-own-view
CREATE TEMP VIEW v AS SELECT 1;
DROP VIEW v;

-- case: rename-table
-- expect: compatibility rule:rename-table
ALTER TABLE logs RENAME TO journal;

-- case: rename-table-quoted
-- expect: compatibility
ALTER TABLE main.[logs] RENAME TO "journal";

-- case: rename-table-with-view-behind
BEGIN;
ALTER TABLE logs RENAME TO journal;
CREATE VIEW logs AS SELECT id, message FROM journal;
COMMIT;

-- case: rename-own-table
CREATE TABLE a (id INTEGER PRIMARY KEY);
ALTER TABLE a RENAME TO b;

-- case: rename-then-drop
-- expect: compatibility
ALTER TABLE logs RENAME TO journal;
-- expect: data-loss
DROP TABLE journal;

-- case: create-or-replace-view-is-not-sqlite
-- expect: compatibility
CREATE OR REPLACE VIEW big_orders AS SELECT id FROM orders;

-- case: truncate-is-not-sqlite
-- expect: compatibility
TRUNCATE TABLE logs;

-- case: drop-several-is-not-sqlite
-- expect: compatibility
DROP TABLE logs, items;

-- case: create-index
-- expect: locking rule:create-index
CREATE INDEX orders_status ON orders (status);

-- case: create-unique-index
-- expect: locking
CREATE UNIQUE INDEX IF NOT EXISTS main.customers_name ON customers (name COLLATE NOCASE);

-- case: create-partial-index
-- expect: locking
CREATE INDEX orders_open ON orders (customer_id, amount DESC) WHERE status = 'new';

-- case: create-expression-index
-- expect: locking
CREATE INDEX customers_lower ON customers (lower(email));

-- case: create-index-on-unknown-table
-- expect: locking
CREATE INDEX i ON payments (created_at);

-- case: create-index-on-new-table
CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT);
CREATE UNIQUE INDEX tags_label ON tags (label);
DROP INDEX tags_label;

-- case: create-index-on-temp-table
CREATE TEMP TABLE picked (id INTEGER, n INTEGER);
CREATE INDEX temp.picked_n ON picked (n);

-- case: drop-index
-- expect: performance
DROP INDEX orders_customer;

-- case: drop-index-if-exists-prefixed
-- expect: performance
DROP INDEX IF EXISTS main."orders_customer";

-- case: reindex
-- expect: locking
REINDEX;

-- case: reindex-table
-- expect: locking
REINDEX main.orders;

-- case: analyze
ANALYZE;
ANALYZE main.orders;
PRAGMA optimize;
