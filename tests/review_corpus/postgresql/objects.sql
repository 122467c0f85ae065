-- common schema
CREATE SCHEMA shop;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount numeric(10,2), note text);
CREATE UNLOGGED TABLE cache (id int);
CREATE VIEW totals AS SELECT sum(amount) AS n FROM orders;
CREATE MATERIALIZED VIEW sums AS SELECT sum(amount) AS n FROM orders;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE address AS (street text, town text);
CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
CREATE SEQUENCE numbers;
CREATE EXTENSION hstore;
CREATE FUNCTION total(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY own ON orders USING (true);

-- case: rename-table
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;

-- case: rename-table-with-view
BEGIN;
ALTER TABLE orders RENAME TO purchases;
CREATE VIEW orders AS SELECT * FROM purchases;
COMMIT;

-- case: rename-new-table
CREATE TABLE fresh (id int);
ALTER TABLE fresh RENAME TO newer;

-- case: renamed-table-is-still-old
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;
-- expect: data-loss
DROP TABLE purchases;

-- case: set-schema
-- expect: compatibility
ALTER TABLE orders SET SCHEMA shop;

-- case: rename-schema
-- expect: compatibility
ALTER SCHEMA shop RENAME TO store;

-- case: rename-view
-- expect: compatibility
ALTER VIEW totals RENAME TO all_totals;

-- case: rename-function
-- expect: compatibility
ALTER FUNCTION total(bigint) RENAME TO sum_of;

-- case: rename-enum-value
-- expect: compatibility
ALTER TYPE mood RENAME VALUE 'good' TO 'great';

-- case: add-enum-value
-- expect: irreversible
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'so-so' AFTER 'good';

-- case: add-enum-value-in-transaction-old version=11
BEGIN;
-- expect: compatibility
ALTER TYPE mood ADD VALUE 'so-so';
COMMIT;

-- case: drop-view
-- expect: compatibility
DROP VIEW totals;

-- case: replace-view-by-drop
BEGIN;
DROP VIEW IF EXISTS totals;
CREATE VIEW totals AS SELECT count(*) AS n FROM orders;
COMMIT;

-- case: create-or-replace-view
CREATE OR REPLACE VIEW totals AS SELECT sum(amount) AS n, count(*) AS c FROM orders;

-- case: drop-materialized-view
-- expect: compatibility
DROP MATERIALIZED VIEW sums;

-- case: drop-function
-- expect: compatibility
DROP FUNCTION total(bigint);

-- case: replace-function-by-drop
DROP FUNCTION IF EXISTS total(bigint);
CREATE FUNCTION total(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 2::bigint';

-- case: replace-function
CREATE OR REPLACE FUNCTION total(bigint) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;

-- case: drop-trigger
-- expect: compatibility
DROP TRIGGER audit ON orders;

-- case: replace-trigger
DROP TRIGGER IF EXISTS audit ON orders;
CREATE TRIGGER audit BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION g();

-- case: drop-sequence
-- expect: compatibility
DROP SEQUENCE numbers;

-- case: drop-type
-- expect: compatibility
DROP TYPE mood;

-- case: drop-type-cascade
-- expect: data-loss
DROP TYPE mood CASCADE;

-- case: drop-domain-cascade
-- expect: data-loss
DROP DOMAIN IF EXISTS positive CASCADE;

-- case: drop-extension
-- expect: compatibility
DROP EXTENSION hstore;

-- case: drop-extension-cascade
-- expect: data-loss
DROP EXTENSION IF EXISTS hstore CASCADE;

-- case: drop-policy
-- expect: compatibility
DROP POLICY own ON orders;

-- case: drop-schema-cascade
-- expect: data-loss irreversible
DROP SCHEMA shop CASCADE;

-- case: drop-own-schema
CREATE SCHEMA trial CREATE TABLE t (id int);
DROP SCHEMA trial CASCADE;

-- case: drop-database
-- expect: data-loss
DROP DATABASE IF EXISTS shop WITH (FORCE);

-- case: drop-owned
-- expect: data-loss
DROP OWNED BY app CASCADE;

-- case: reassign-owned
REASSIGN OWNED BY app TO admin;

-- case: attribute
-- expect: compatibility data-loss
ALTER TYPE address DROP ATTRIBUTE town CASCADE;

-- case: add-attribute
-- expect: compatibility
ALTER TYPE address ADD ATTRIBUTE country text CASCADE;

-- case: unlogged
-- expect: data-loss locking
ALTER TABLE orders SET UNLOGGED;

-- case: logged
-- expect: locking
ALTER TABLE cache SET LOGGED;

-- case: rls
-- expect: compatibility
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;

-- case: rls-on-new
CREATE TABLE fresh (id int);
ALTER TABLE fresh ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_of_it ON fresh USING (true);

-- case: disable-trigger
-- expect: compatibility
ALTER TABLE orders DISABLE TRIGGER ALL;

-- case: enable-trigger
ALTER TABLE orders ENABLE TRIGGER audit;

-- case: replica-identity-nothing
-- expect: compatibility
ALTER TABLE orders REPLICA IDENTITY NOTHING;

-- case: revoke
-- expect: compatibility
REVOKE SELECT ON TABLE orders FROM app;

-- case: grant
GRANT SELECT, INSERT ON orders TO app;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app;

-- case: inherit
-- expect: compatibility
ALTER TABLE orders NO INHERIT base;

-- case: new-things
CREATE TABLE IF NOT EXISTS fresh (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint REFERENCES orders, at timestamptz DEFAULT clock_timestamp(), CHECK (id > 0));
CREATE INDEX ON fresh (order_id);
CREATE TYPE level AS ENUM ('a', 'b');
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SEQUENCE s OWNED BY fresh.id;
COMMENT ON TABLE fresh IS 'new';
CREATE STATISTICS st ON id, customer_id FROM orders;

-- case: nested-begin
BEGIN;
-- expect: compatibility
BEGIN;
COMMIT;

-- case: open-transaction
-- expect: compatibility
BEGIN;
SELECT 1;

-- case: commit-inside transaction=one
SELECT 1;
-- expect: compatibility
COMMIT;

-- case: rolled-back-table
BEGIN;
CREATE TABLE trial (id int);
ROLLBACK;
-- expect: data-loss
DROP TABLE trial;

-- case: dynamic-variable
-- expect: compatibility
DO $$ DECLARE c text; BEGIN SELECT note INTO c FROM orders LIMIT 1; EXECUTE c; END $$;

-- case: do-that-creates
DO $$ BEGIN CREATE TYPE colour AS ENUM ('red'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;

-- case: do-conditional-add
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'orders') THEN ALTER TABLE orders ADD COLUMN x int; END IF; END $$;

-- case: syntax-error
-- expect: compatibility
ALTR TABLE orders ADD x int;

-- case: syntax-error-next-to-drop
SELECT 1;
-- expect: compatibility
ALTR TABLE orders ADD x int;
-- expect: data-loss
DROP TABLE orders;

-- case: search-path
SET search_path TO shop;
CREATE TABLE orders (id int);
DROP TABLE shop.orders;

-- case: search-path-other
SET search_path TO shop;
CREATE TABLE orders (id int);
-- expect: data-loss
DROP TABLE public.orders;

-- case: quoted-case-is-another-table
CREATE TABLE "Orders" (id int);
DROP TABLE "Orders";
-- expect: data-loss
DROP TABLE ORDERS;

-- case: comments-hold-statements
/* DROP TABLE orders; /* nested */ TRUNCATE orders; */
SELECT 'DELETE FROM orders', $x$ TRUNCATE orders; $x$; -- DROP SCHEMA shop CASCADE;

-- case: bom-and-crlf
SELECT 1;
CREATE TABLE fresh (id int);

-- case: psql-lines
\set ON_ERROR_STOP on
\echo 'DROP TABLE orders;'
CREATE TABLE fresh (id int);

-- case: temp-table-shadows
CREATE TEMPORARY TABLE work (id int) ON COMMIT DROP;
CREATE INDEX ON work (id);
ALTER TABLE work ADD COLUMN x uuid DEFAULT gen_random_uuid(), ALTER id TYPE bigint;
UPDATE work SET x = NULL;
DROP TABLE work;

-- case: select-into
SELECT * INTO TEMP picked FROM orders;
CREATE UNIQUE INDEX ON picked (id);

-- case: new-partitioned-table
CREATE TABLE events (at date) PARTITION BY RANGE (at);
CREATE TABLE events_may PARTITION OF events FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
CREATE INDEX ON events (at);

-- case: owner-and-comment
COMMENT ON VIEW totals IS 'all';
ALTER TABLE orders SET (autovacuum_enabled = false);
ALTER TABLE orders CLUSTER ON orders_pkey;

-- case: savepoints
BEGIN;
SAVEPOINT a;
CREATE TABLE fresh (id int);
ROLLBACK TO a;
RELEASE a;
COMMIT;

-- case: explain-only
EXPLAIN UPDATE orders SET note = '';
SHOW lock_timeout;

-- case: locking-select
SELECT * FROM orders WHERE id = 1 FOR UPDATE;

-- case: publication-and-role
CREATE PUBLICATION p FOR TABLE orders;
CREATE ROLE reader NOLOGIN;
ALTER ROLE reader SET statement_timeout = '5s';

-- case: replaced-by-rename
CREATE TABLE orders_new (id bigint PRIMARY KEY, note text);
BEGIN;
-- note: the old name is taken again
ALTER TABLE orders RENAME TO orders_old;
ALTER TABLE orders_new RENAME TO orders;
COMMIT;

-- case: drop-added-constraint-again
ALTER TABLE orders ADD CONSTRAINT tmp CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE orders DROP CONSTRAINT tmp;

-- case: unknown-function-call
SELECT my_schema.do_something(42);

-- case: type-array-and-casts
CREATE TABLE fresh (tags text[] NOT NULL DEFAULT '{}', m mood DEFAULT 'good'::mood);
ALTER TABLE orders ADD COLUMN tags text[] NOT NULL DEFAULT '{}'::text[], ADD COLUMN m mood NOT NULL DEFAULT 'good'::mood;

-- case: interval-default
ALTER TABLE orders ADD COLUMN due timestamptz DEFAULT now() + interval '1 day';

-- case: array-default-volatile
-- expect: locking
ALTER TABLE orders ADD COLUMN ids uuid[] DEFAULT ARRAY[gen_random_uuid()];

-- case: advisory
SELECT pg_advisory_xact_lock(42);

-- case: create-rule
CREATE TABLE fresh (id int);
CREATE RULE r AS ON INSERT TO fresh DO ALSO NOTIFY changed;
