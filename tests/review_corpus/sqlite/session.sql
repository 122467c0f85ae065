-- common schema
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), note TEXT);

-- case: vacuum
-- expect: locking rule:vacuum
VACUUM;

-- case: vacuum-schema
-- expect: locking
VACUUM main;

-- case: vacuum-into
VACUUM INTO 'backup.db';

-- case: vacuum-into-on-old-version version=3.26
-- expect: compatibility
VACUUM INTO 'backup.db';

-- case: vacuum-in-transaction
BEGIN;
-- expect: compatibility
VACUUM;
COMMIT;

-- case: vacuum-in-the-runners-transaction transaction=one
-- expect: compatibility
VACUUM;

-- case: journal-off
-- expect: irreversible data-loss rule:journal-off
PRAGMA journal_mode = OFF;

-- case: journal-memory
-- expect: data-loss
PRAGMA main.journal_mode(MEMORY);

-- case: journal-wal
PRAGMA journal_mode = WAL;

-- case: journal-delete
PRAGMA journal_mode = delete;

-- case: synchronous-off
-- expect: data-loss rule:journal-off
PRAGMA synchronous = OFF;

-- case: synchronous-zero
-- expect: data-loss
PRAGMA synchronous = 0;

-- case: synchronous-normal
PRAGMA synchronous = NORMAL;

-- case: writable-schema
-- expect: data-loss rule:writable-schema
PRAGMA writable_schema = ON;
-- expect: data-loss
UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'orders';
PRAGMA writable_schema = OFF;

-- case: writable-schema-one
-- expect: data-loss
PRAGMA writable_schema = 1;

-- case: writable-schema-delete
-- expect: data-loss
PRAGMA writable_schema(true);
-- expect: data-loss
DELETE FROM sqlite_schema WHERE name = 'orders_i';

-- case: writable-schema-reset
PRAGMA writable_schema = RESET;

-- case: harmless-pragmas
PRAGMA user_version = 7;
PRAGMA application_id = 12;
PRAGMA cache_size = -64000;
PRAGMA temp_store = MEMORY;
PRAGMA busy_timeout = 5000;
PRAGMA table_info(orders);
PRAGMA integrity_check;
PRAGMA foreign_key_check;
PRAGMA mmap_size = 268435456;
PRAGMA wal_checkpoint(PASSIVE);

-- case: foreign-keys-on
PRAGMA foreign_keys = ON;

-- case: foreign-keys-off-then-delete
-- expect: data-loss rule:disable-checks
PRAGMA foreign_keys = OFF;
DELETE FROM customers WHERE id = 5;
PRAGMA foreign_keys = ON;

-- case: ignore-check-constraints
-- expect: data-loss rule:disable-checks
PRAGMA ignore_check_constraints = ON;

-- case: locking-mode-exclusive
-- expect: locking
PRAGMA locking_mode = EXCLUSIVE;

-- case: locking-mode-normal
PRAGMA locking_mode = NORMAL;

-- case: foreign-keys-in-transaction
BEGIN;
-- expect: data-loss rule:foreign-keys-pragma-in-transaction
PRAGMA foreign_keys = OFF;
DELETE FROM customers WHERE id = 5;
COMMIT;

-- case: transaction
BEGIN IMMEDIATE TRANSACTION;
INSERT INTO customers (id, email) VALUES (1, 'a');
END TRANSACTION;

-- case: transaction-savepoint
BEGIN;
SAVEPOINT a;
INSERT INTO customers (id, email) VALUES (1, 'a');
ROLLBACK TRANSACTION TO SAVEPOINT a;
RELEASE a;
COMMIT;

-- case: transaction-never-ended
-- expect: compatibility rule:open-transaction
BEGIN EXCLUSIVE;
INSERT INTO customers (id, email) VALUES (1, 'a');

-- case: transaction-in-transaction
BEGIN;
-- expect: compatibility rule:nested-transaction
BEGIN;
COMMIT;

-- case: commit-of-the-runners-transaction transaction=file
INSERT INTO customers (id, email) VALUES (1, 'a');
-- expect: compatibility rule:commit-inside
COMMIT;

-- case: attach-and-detach
ATTACH DATABASE 'other.db' AS other;
INSERT INTO other.t (id) SELECT id FROM customers WHERE id < 10 AND id > 1;
DETACH other;

-- case: read-another-file
-- expect: compatibility rule:unparsed
.read other.sql

-- case: lines-of-the-program
.headers on
.mode csv
SELECT 1;

-- case: other-dialects
-- expect: compatibility
GRANT SELECT ON orders TO app;
-- expect: compatibility
SET search_path = x;
-- expect: compatibility
LOCK TABLE orders;

-- case: rows-of-sqlite-sequence
-- expect: compatibility
UPDATE sqlite_sequence SET seq = 0 WHERE name = 'orders';
