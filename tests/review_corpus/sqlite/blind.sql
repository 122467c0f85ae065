-- common schema
CREATE TABLE orgs (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL, name TEXT, status TEXT NOT NULL DEFAULT 'new', age INTEGER, created_at TEXT NOT NULL, org_id INTEGER REFERENCES orgs(id), bio TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, total NUMERIC NOT NULL CHECK (total >= 0), state TEXT NOT NULL, note TEXT);
CREATE INDEX idx_orders_state ON orders (state);
CREATE UNIQUE INDEX uq_users_email ON users (email);
CREATE TABLE "Odd Name" ("Id" INTEGER PRIMARY KEY, "Some Col" TEXT);
CREATE VIEW active_users AS SELECT id, email FROM users WHERE status = 'active';
CREATE TRIGGER tr_users AFTER UPDATE ON users BEGIN SELECT 1; END;
CREATE VIRTUAL TABLE docs USING fts5(body);

-- case: blind-1
-- expect: data-loss compatibility irreversible
DROP TABLE orgs;

-- case: blind-2
-- expect: data-loss compatibility irreversible
DROP TABLE IF EXISTS main."Odd Name";

-- case: blind-3
-- expect: data-loss compatibility irreversible
drop /* a */ table -- b
 [orders]

-- case: blind-4
-- expect: data-loss compatibility irreversible
DROP TABLE `users`;

-- case: blind-5
-- expect: data-loss compatibility irreversible
ALTER TABLE users DROP COLUMN bio;

-- case: blind-6
-- expect: data-loss compatibility irreversible
ALTER TABLE "users" DROP "bio";

-- case: blind-7
-- expect: data-loss compatibility irreversible
alter table main.[Odd Name] drop column [Some Col];

-- case: blind-8
-- DROP TABLE users
/* DELETE FROM orders; */
SELECT 1;

-- case: blind-9
INSERT INTO orgs (id, name) VALUES (1, 'DROP TABLE users;');

-- case: blind-10
-- expect: data-loss
DELETE FROM orders;

-- case: blind-11
-- expect: data-loss
DELETE FROM orders WHERE 1;

-- case: blind-12
-- expect: data-loss
DELETE FROM orders WHERE 1=1;

-- case: blind-13
-- expect: data-loss
DELETE FROM main.orders WHERE id = id OR 1;

-- case: blind-14
-- expect: data-loss
DELETE FROM "orders" WHERE TRUE;

-- case: blind-15
-- expect: data-loss
DELETE FROM orders WHERE id NOT NULL;

-- case: blind-16
DELETE FROM orders WHERE id = 5;

-- case: blind-17
DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE state = 'old' LIMIT 500);

-- case: blind-18
-- expect: data-loss
UPDATE users SET status = 'x';

-- case: blind-19
-- expect: data-loss
UPDATE OR IGNORE users SET status = 'x' WHERE 1;

-- case: blind-20
-- expect: data-loss
UPDATE OR REPLACE users SET email = lower(email);

-- case: blind-21
UPDATE users SET status = 'x' WHERE id = 9;

-- case: blind-22
-- expect: locking performance
UPDATE users SET name = email WHERE name IS NULL;

-- case: blind-23
-- expect: locking performance
UPDATE users SET name = o.name FROM orgs o WHERE o.id = users.org_id;

-- case: blind-24
UPDATE users SET name = email WHERE name IS NULL AND id BETWEEN 1 AND 1000;

-- case: blind-25
-- expect: data-loss
INSERT OR REPLACE INTO users (id, email, created_at) VALUES (1, 'x', 'now');

-- case: blind-26
-- expect: data-loss
REPLACE INTO users (id, email, created_at) VALUES (1, 'x', 'now');

-- case: blind-27
INSERT OR IGNORE INTO orgs (id, name) VALUES (1, 'x');

-- case: blind-28
INSERT INTO orgs (id, name) VALUES (1,'x') ON CONFLICT(id) DO UPDATE SET name = excluded.name;

-- case: blind-29
ALTER TABLE users ADD COLUMN nick TEXT;

-- case: blind-30
ALTER TABLE users ADD active INTEGER NOT NULL DEFAULT 1;

-- case: blind-31
-- expect: compatibility
ALTER TABLE users ADD COLUMN country TEXT NOT NULL;

-- case: blind-32
-- expect: compatibility
ALTER TABLE users ADD COLUMN token TEXT UNIQUE;

-- case: blind-33
-- expect: compatibility
ALTER TABLE users ADD COLUMN ts TEXT DEFAULT CURRENT_TIMESTAMP;

-- case: blind-34
-- expect: compatibility
ALTER TABLE users ADD COLUMN ts TEXT DEFAULT (datetime('now'));

-- case: blind-35
-- expect: compatibility
ALTER TABLE users ADD COLUMN low TEXT GENERATED ALWAYS AS (lower(email)) STORED;

-- case: blind-36
ALTER TABLE users ADD COLUMN low TEXT GENERATED ALWAYS AS (lower(email)) VIRTUAL;

-- case: blind-37
ALTER TABLE users ADD COLUMN low TEXT AS (lower(email));

-- case: blind-38
-- expect: compatibility
ALTER TABLE users ADD COLUMN pk INTEGER PRIMARY KEY;

-- case: blind-39
ALTER TABLE users ADD COLUMN org2 INTEGER REFERENCES orgs(id);

-- case: blind-43
-- expect: compatibility
ALTER TABLE users RENAME COLUMN name TO full_name;

-- case: blind-44
-- expect: compatibility
ALTER TABLE users RENAME name TO full_name;

-- case: blind-45
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;

-- case: blind-46
-- expect: locking performance
CREATE INDEX idx_u ON orders (user_id);

-- case: blind-48
-- expect: compatibility
CREATE UNIQUE INDEX uq_name ON users (name);

-- case: blind-51
-- expect: compatibility
DROP INDEX uq_users_email;

-- case: blind-52
-- expect: compatibility
DROP VIEW active_users;

-- case: blind-53
-- expect: compatibility
DROP TRIGGER IF EXISTS tr_users;

-- case: blind-54
DROP VIEW IF EXISTS active_users;
CREATE VIEW active_users AS SELECT id, email, name FROM users WHERE status = 'active';

-- case: blind-55
DROP TRIGGER tr_users;
CREATE TRIGGER tr_users AFTER UPDATE ON users BEGIN SELECT 2; END;

-- case: blind-56
-- expect: locking performance
VACUUM;

-- case: blind-57
VACUUM INTO 'x.db';

-- case: blind-60
ANALYZE;

-- case: blind-61
PRAGMA optimize;

-- case: blind-63
-- expect: data-loss
PRAGMA journal_mode = OFF;

-- case: blind-65
PRAGMA journal_mode = WAL;

-- case: blind-66
-- expect: data-loss
PRAGMA synchronous = OFF;

-- case: blind-67
PRAGMA busy_timeout = 5000;

-- case: blind-77
CREATE TEMP TABLE tmp AS SELECT id FROM users;
DELETE FROM tmp;
DROP TABLE tmp;

-- case: blind-78
CREATE TABLE scratch (a); DROP TABLE scratch;

-- case: blind-79
-- expect: compatibility
DROP TABLE docs;

-- case: blind-80
CREATE TABLE IF NOT EXISTS a (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id));

-- case: blind-81
CREATE TRIGGER tr2 AFTER DELETE ON users BEGIN DELETE FROM orders WHERE user_id = OLD.id; END;

-- case: blind-82
CREATE VIEW v AS SELECT * FROM users;

-- case: blind-83
BEGIN IMMEDIATE; ALTER TABLE users ADD COLUMN z TEXT; COMMIT;

-- case: blind-85
SAVEPOINT s; ALTER TABLE users ADD COLUMN z TEXT; RELEASE s;

-- case: blind-86
ATTACH DATABASE 'other.db' AS other;

-- case: blind-87
PRAGMA user_version = 7;

-- case: blind-88
-- expect: compatibility
ALTER TABLE active_users RENAME TO live_users;

-- case: blind-90
WITH x AS (SELECT id FROM orders WHERE state = 'old' LIMIT 10) DELETE FROM orders WHERE id IN (SELECT id FROM x);

-- case: blind-91
EXPLAIN DELETE FROM orders;

-- case: blind-92
EXPLAIN QUERY PLAN DELETE FROM orders;

-- case: blind-94
-- expect: compatibility
ALTER TABLE orders DROP COLUMN state;

-- case: blind-96
PRAGMA recursive_triggers = ON;

-- case: blind-98
-- expect: compatibility
UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users';

-- case: blind-100
-- expect: performance
INSERT INTO orders SELECT * FROM orders_old;

-- case: blind-101
INSERT INTO orgs SELECT 2, 'b';

-- case: blind-102
CREATE TABLE t2 (id INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID;

-- case: blind-103
CREATE TABLE t3 (id INTEGER PRIMARY KEY) STRICT;
