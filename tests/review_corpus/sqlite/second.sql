-- common schema
CREATE TABLE Users (UserId INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT NOT NULL, Email TEXT, Age INTEGER, Bio TEXT, CreatedAt TEXT NOT NULL DEFAULT (datetime('now')));
CREATE UNIQUE INDEX users_email ON Users (Email);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, title TEXT, body TEXT, views INTEGER DEFAULT 0, FOREIGN KEY (user_id) REFERENCES Users (UserId) ON DELETE CASCADE);
CREATE INDEX posts_user ON posts (user_id);
CREATE TABLE tags (post_id INTEGER REFERENCES posts (id), tag TEXT, PRIMARY KEY (post_id, tag));
CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, payload TEXT);
CREATE VIEW recent AS SELECT id, title FROM posts WHERE views > 10;
CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN INSERT INTO events (kind) VALUES ('post'); END;

-- case: two-drop-table
-- expect: data-loss irreversible
DROP TABLE IF EXISTS "main"."EVENTS";

-- case: two-drop-column-mixed-case
-- expect: data-loss
ALTER TABLE users DROP COLUMN bio;

-- case: two-drop-column-between-comments
-- expect: data-loss
ALTER /* a */ TABLE -- b
  events /* c */ DROP -- COLUMN
  payload;

-- case: two-rename-column-mixed-case
-- expect: compatibility
alter table USERS rename column AGE to Years;

-- case: two-add-and-fill-in-batches
ALTER TABLE posts ADD COLUMN slug TEXT;
UPDATE posts SET slug = lower(title) WHERE id BETWEEN 1 AND 1000;
UPDATE posts SET slug = lower(title) WHERE id BETWEEN 1001 AND 2000;

-- case: two-add-and-fill-at-once
ALTER TABLE posts ADD COLUMN slug TEXT;
-- expect: performance
UPDATE posts SET slug = lower(title);

-- case: two-add-boolean
ALTER TABLE Users ADD COLUMN is_admin BOOLEAN NOT NULL DEFAULT 0 ;

-- case: two-add-json
ALTER TABLE posts ADD COLUMN meta TEXT DEFAULT '{}';

-- case: two-add-collated
ALTER TABLE posts ADD COLUMN lang VARCHAR(5) COLLATE NOCASE DEFAULT 'en';

-- case: two-add-datetime-default
-- expect: compatibility
ALTER TABLE posts ADD COLUMN created_at DATETIME NOT NULL DEFAULT (datetime('now'));

-- case: two-add-null-then-set
ALTER TABLE posts ADD COLUMN created_at DATETIME;
UPDATE posts SET created_at = '2024-01-01' WHERE id = 1;

-- case: two-add-unique-index-later
ALTER TABLE posts ADD COLUMN slug TEXT;
-- expect: locking
CREATE UNIQUE INDEX posts_slug ON posts (slug);

-- case: two-create-index-if-not-exists-known
CREATE INDEX IF NOT EXISTS posts_user ON posts (user_id);

-- case: two-delete-expired
-- expect: performance
DELETE FROM events WHERE at < strftime('%s', 'now') - 86400;

-- case: two-delete-by-composite-key
DELETE FROM tags WHERE post_id = 4 AND tag = 'x';

-- case: two-delete-not-in
-- expect: performance
DELETE FROM tags WHERE post_id NOT IN (SELECT id FROM posts);

-- case: two-delete-exists
-- expect: performance
DELETE FROM tags WHERE NOT EXISTS (SELECT 1 FROM posts p WHERE p.id = tags.post_id);

-- case: two-delete-like-everything
-- expect: data-loss
DELETE FROM events WHERE kind LIKE '%';

-- case: two-delete-or-null
-- expect: data-loss
DELETE FROM events WHERE at IS NULL OR at IS NOT NULL;

-- case: two-delete-in-trigger-is-later
CREATE TRIGGER IF NOT EXISTS events_cap AFTER INSERT ON events
WHEN (SELECT count(*) FROM events) > 1000
BEGIN
  DELETE FROM events;
END;

-- case: two-update-with-case
-- expect: data-loss performance
UPDATE users SET name = CASE WHEN age > 5 THEN 'a' ELSE 'b' END;

-- case: two-update-where-between
UPDATE users SET name = trim(name) WHERE userid BETWEEN 100 AND 199;

-- case: two-update-where-in-limit
UPDATE users SET name = trim(name) WHERE userid IN (SELECT userid FROM users WHERE name LIKE ' %' LIMIT 100);

-- case: two-update-correlated-all
-- expect: data-loss
UPDATE posts SET views = (SELECT count(*) FROM events e WHERE e.payload = posts.title);

-- case: two-update-or-ignore-key
UPDATE OR IGNORE users SET email = 'x@y' WHERE userid = 3;

-- case: two-insert-select-literal
INSERT INTO events (kind) SELECT 'seed' WHERE NOT EXISTS (SELECT 1 FROM events WHERE kind = 'seed');

-- case: two-insert-or-ignore-union
INSERT OR IGNORE INTO tags (post_id, tag) SELECT 1, 'a' UNION ALL SELECT 2, 'b';

-- case: two-insert-or-replace-select
-- expect: data-loss
INSERT OR REPLACE INTO users (userid, name) SELECT id, title FROM posts WHERE id < 10;

-- case: two-upsert-where
INSERT INTO users (userid, name) VALUES (1, 'a') ON CONFLICT (userid) DO UPDATE SET name = excluded.name WHERE excluded.name <> '';

-- case: two-insert-or-abort
INSERT OR ABORT INTO events (kind) VALUES ('x') RETURNING id;

-- case: two-replace-in-old-spelling
-- expect: data-loss
replace into [users] ([userid], [name]) values (1, 'a');

-- case: two-drop-trigger-unknown
-- expect: compatibility
DROP TRIGGER IF EXISTS some_trigger;

-- case: two-drop-view-then-table-of-that-name
DROP VIEW recent;
CREATE TABLE recent (id INTEGER PRIMARY KEY, title TEXT);

-- case: two-view-replaced-in-transaction
BEGIN;
DROP VIEW IF EXISTS recent;
CREATE VIEW recent (id, title) AS SELECT id, title FROM posts WHERE views > 20;
COMMIT;

-- case: two-index-replaced-by-wider
CREATE TABLE log2 (a, b);
CREATE INDEX log2_a ON log2 (a);
DROP INDEX log2_a;
CREATE INDEX log2_ab ON log2 (a, b);

-- case: two-vacuum-lower
-- expect: locking
vacuum ;

-- case: two-auto-vacuum
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA incremental_vacuum(50);

-- case: two-journal-off-quoted
-- expect: data-loss
PRAGMA journal_mode = 'OFF';

-- case: two-synchronous-off-schema
-- expect: data-loss
PRAGMA main.synchronous = off;

-- case: two-wal-and-timeouts
PRAGMA journal_mode=WAL;
PRAGMA busy_timeout=3000;
PRAGMA synchronous=FULL;
PRAGMA wal_autocheckpoint=1000;

-- case: two-schema-version
-- expect: data-loss
PRAGMA schema_version = 12;

-- case: two-foreign-keys-off-in-savepoint
SAVEPOINT s;
-- expect: data-loss
PRAGMA foreign_keys = 0;
DELETE FROM users WHERE userid = 4;
RELEASE s;

-- case: two-foreign-keys-off-and-update
-- expect: data-loss
PRAGMA foreign_keys = no;
UPDATE posts SET user_id = 99 WHERE id = 1;

-- case: two-defer-foreign-keys
BEGIN;
PRAGMA defer_foreign_keys = ON;
UPDATE posts SET user_id = 3 WHERE id = 1;
COMMIT;

-- case: two-rebuild-users
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE users_new (
  userid INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  email TEXT COLLATE NOCASE,
  age INTEGER CHECK (age >= 0),
  bio TEXT,
  createdat TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO users_new (userid, name, email, age, bio, createdat)
SELECT UserId, Name, Email, max(Age, 0), Bio, CreatedAt FROM Users;
DROP TABLE Users;
ALTER TABLE users_new RENAME TO Users;
CREATE UNIQUE INDEX users_email ON Users (Email);
PRAGMA foreign_key_check;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-forgets-the-unique-index
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE users_new (userid INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, age INTEGER, bio TEXT, createdat TEXT);
INSERT INTO users_new SELECT userid, name, email, age, bio, createdat FROM users;
-- expect: compatibility
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-distinct
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE events_new (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, payload TEXT);
INSERT INTO events_new (id, at, kind, payload) SELECT DISTINCT id, at, kind, payload FROM events;
-- expect: data-loss
DROP TABLE events;
-- expect: compatibility
ALTER TABLE events_new RENAME TO events;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-star-fewer-columns
BEGIN;
CREATE TABLE events_new (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT);
-- expect: compatibility
INSERT INTO events_new SELECT * FROM events;
-- expect: data-loss
DROP TABLE events;
-- expect: compatibility
ALTER TABLE events_new RENAME TO events;
COMMIT;

-- case: two-rebuild-keys-on-later
PRAGMA foreign_keys=ON;
BEGIN;
CREATE TABLE p2 (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, title TEXT, body TEXT, views INTEGER DEFAULT 0);
INSERT INTO p2 (id, user_id, title, body, views) SELECT id, user_id, title, body, views FROM posts;
-- expect: compatibility
DROP TABLE posts;
-- expect: compatibility
ALTER TABLE p2 RENAME TO posts;
COMMIT;

-- case: two-split-table
CREATE TABLE bios (user_id INTEGER PRIMARY KEY REFERENCES users (userid), bio TEXT);
INSERT INTO bios (user_id, bio) SELECT userid, bio FROM users WHERE bio IS NOT NULL;

-- case: two-split-table-and-drop
CREATE TABLE bios (user_id INTEGER PRIMARY KEY REFERENCES users (userid), bio TEXT);
INSERT INTO bios (user_id, bio) SELECT userid, bio FROM users WHERE bio IS NOT NULL;
-- expect: data-loss
ALTER TABLE users DROP COLUMN bio;

-- case: two-backup-copy-and-delete
CREATE TABLE events_backup AS SELECT * FROM events;
-- expect: data-loss
DELETE FROM events;

-- case: two-copy-then-drop
CREATE TABLE events_2 (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, payload TEXT);
INSERT INTO events_2 (id, at, kind, payload) SELECT id, at, kind, payload FROM events;
-- expect: data-loss compatibility
DROP TABLE events;

-- case: two-explain-analyze-is-not-sqlite
EXPLAIN QUERY PLAN UPDATE users SET name = '';

-- case: two-strict-with-wrong-type
CREATE TABLE m (id INTEGER PRIMARY KEY, n ANY) STRICT;

-- case: two-generated-on-old-version version=3.30
-- expect: compatibility
CREATE TABLE m (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL);

-- case: two-json-arrow-on-old-version version=3.37
-- expect: compatibility
CREATE VIEW j AS SELECT payload ->> '$.a' AS a FROM events;

-- case: two-json-arrow
CREATE VIEW j AS SELECT payload -> '$.a' AS a FROM events;

-- case: two-window-on-old-version version=3.24
-- expect: compatibility
CREATE VIEW ranked AS SELECT id, row_number() OVER (ORDER BY at) AS n FROM events;

-- case: two-full-join-on-old-version version=3.38
-- expect: compatibility
CREATE VIEW fj AS SELECT * FROM posts FULL OUTER JOIN users ON userid = user_id;

-- case: two-multi-statement-safe transaction=file
CREATE TABLE IF NOT EXISTS roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
INSERT OR IGNORE INTO roles (name) VALUES ('admin'), ('user');
ALTER TABLE users ADD COLUMN role_id INTEGER REFERENCES roles (id);
CREATE VIEW admins AS SELECT * FROM users WHERE role_id = 1;

-- case: two-unknown-verb
-- expect: compatibility
OPTIMIZE TABLE users;

-- case: two-alter-view
-- expect: compatibility
ALTER VIEW recent AS SELECT 1;

-- case: two-create-sequence
-- expect: compatibility
CREATE SEQUENCE s START 1;

-- case: two-unclosed
-- expect: compatibility
INSERT INTO events (kind) VALUES ('oops);

-- case: two-rebuild-with-left-over-scratch
PRAGMA foreign_keys=OFF;
BEGIN;
DROP TABLE IF EXISTS tags_new;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag TEXT NOT NULL, PRIMARY KEY (post_id, tag));
INSERT INTO tags_new (post_id, tag) SELECT post_id, tag FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-casts
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag INTEGER, PRIMARY KEY (post_id, tag));
-- expect: data-loss rule:narrow-type
INSERT INTO tags_new (post_id, tag) SELECT post_id, CAST(tag AS INTEGER) FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-cuts
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag VARCHAR(20), PRIMARY KEY (post_id, tag));
-- expect: data-loss rule:narrow-type
INSERT INTO tags_new (post_id, tag) SELECT post_id, substr(tag, 1, 20) AS tag FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-text-to-number
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag INTEGER, PRIMARY KEY (post_id, tag));
-- expect: data-loss rule:narrow-type
INSERT INTO tags_new SELECT post_id, tag FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-wider-types
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE tags_new (post_id BIGINT REFERENCES posts (id), tag VARCHAR(20), PRIMARY KEY (post_id, tag));
INSERT INTO tags_new (post_id, tag) SELECT CAST(post_id AS INTEGER), CAST(tag AS TEXT) FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-with-hidden-ignore
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag TEXT UNIQUE ON CONFLICT IGNORE);
-- expect: data-loss rule:insert-ignore
INSERT INTO tags_new (post_id, tag) SELECT post_id, tag FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-copies-a-name-in-quotes
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE "__new_tags" ("post_id" INTEGER REFERENCES posts (id), "tag" TEXT NOT NULL, "lang" TEXT, PRIMARY KEY ("post_id", "tag"));
-- expect: data-loss rule:rebuild-misplaces-columns
INSERT INTO "__new_tags"("post_id", "tag", "lang") SELECT "post_id", "tag", "lang" FROM "tags";
DROP TABLE "tags";
ALTER TABLE "__new_tags" RENAME TO "tags";
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-with-its-index-dropped-first
PRAGMA foreign_keys=OFF;
BEGIN;
CREATE TABLE u2 (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO u2 (id, name) SELECT id, name FROM visitors;
DROP INDEX IF EXISTS visitors_name;
DROP TABLE visitors;
ALTER TABLE u2 RENAME TO visitors;
CREATE UNIQUE INDEX visitors_name ON visitors (name);
COMMIT;
PRAGMA foreign_keys=ON;

-- case: two-rebuild-with-deferred-keys-only
BEGIN;
PRAGMA defer_foreign_keys=ON;
CREATE TABLE tags_new (post_id INTEGER REFERENCES posts (id), tag TEXT NOT NULL, PRIMARY KEY (post_id, tag));
INSERT INTO tags_new (post_id, tag) SELECT post_id, tag FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
COMMIT;

-- case: two-dump
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE authors (
  -- who wrote it
  code TEXT NOT NULL COLLATE NOCASE PRIMARY KEY CHECK (trim(code) <> ""),  --> short
  name TEXT NOT NULL CHECK (name ISNULL OR (trim(name) <> ""))
);
INSERT INTO authors VALUES('a','It''s; me');
INSERT INTO "authors" VALUES('b',replace('x\ny','\n',char(10)));
CREATE INDEX authors_name ON authors (name);
COMMIT;

-- case: two-with-that-writes-is-not-sqlite
-- expect: compatibility
WITH gone AS (DELETE FROM events RETURNING *) SELECT count(*) FROM gone;

-- case: two-reindex-table-is-not-sqlite
-- expect: compatibility
REINDEX TABLE events;

-- case: two-keys-on-at-the-top transaction=file
PRAGMA foreign_keys = ON;
CREATE TABLE IF NOT EXISTS roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- case: two-keys-on-too-early
-- expect: data-loss rule:disable-checks
PRAGMA foreign_keys = OFF;
BEGIN;
INSERT INTO events (id, kind) VALUES (77, 'x');
-- expect: data-loss rule:foreign-keys-pragma-in-transaction
PRAGMA foreign_keys = ON;
COMMIT;
