-- common schema
CREATE TABLE orgs (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id int PRIMARY KEY, email varchar(255) NOT NULL, name text, status varchar(20) NOT NULL DEFAULT 'new', age int, created_at timestamp NOT NULL DEFAULT now(), org_id int, balance numeric(10,2), meta json, bio varchar(500));
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int REFERENCES users(id), total numeric(12,2) NOT NULL, state text NOT NULL, placed_at timestamptz NOT NULL, note text, code char(8), shipped boolean);
CREATE INDEX orders_state_idx ON orders (state);
CREATE UNIQUE INDEX users_email_uq ON users (email);
ALTER TABLE orders ADD CONSTRAINT orders_total_ck CHECK (total >= 0);
CREATE TABLE "Accounts" ("Id" int PRIMARY KEY, "UserName" text);
CREATE TYPE mood AS ENUM ('sad','ok','happy');
CREATE TABLE diary (id int PRIMARY KEY, feeling mood NOT NULL, body text);
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE TABLE stock (id int PRIMARY KEY, qty posint);
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, payload jsonb) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 (id bigint NOT NULL, at date NOT NULL, payload jsonb);
CREATE VIEW active_users AS SELECT id, email FROM users WHERE status = 'active';
CREATE MATERIALIZED VIEW order_stats AS SELECT state, count(*) AS n FROM orders GROUP BY state;
CREATE UNIQUE INDEX order_stats_uq ON order_stats (state);
CREATE SEQUENCE ticket_seq;
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id int PRIMARY KEY, amount int NOT NULL, paid boolean NOT NULL DEFAULT false);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.created_at := now(); RETURN NEW; END $$;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE ROLE app;

-- case: blind-1
-- expect: data-loss compatibility irreversible
DROP TABLE IF EXISTS public.users CASCADE;

-- case: blind-2
-- expect: data-loss compatibility irreversible
drop /* old */ table
  -- really
  "Accounts";

-- case: blind-3
-- expect: data-loss compatibility irreversible
DROP TABLE orgs, billing.invoices;

-- case: blind-4
-- expect: data-loss compatibility irreversible
ALTER TABLE users DROP bio;

-- case: blind-5
-- expect: data-loss compatibility irreversible
ALTER TABLE ONLY public.users ADD COLUMN nick text, DROP COLUMN IF EXISTS bio CASCADE;

-- case: blind-6
-- expect: data-loss compatibility irreversible
ALTER TABLE IF EXISTS "Accounts" DROP COLUMN "UserName";

-- case: blind-7
-- expect: data-loss irreversible
DROP SCHEMA billing CASCADE;

-- case: blind-8
-- expect: data-loss irreversible
DROP DATABASE shop;

-- case: blind-9
-- expect: data-loss irreversible
DROP OWNED BY app;

-- case: blind-10
-- expect: data-loss irreversible
DROP TYPE mood CASCADE;

-- case: blind-11
-- expect: data-loss irreversible
DROP DOMAIN posint CASCADE;

-- case: blind-12
-- expect: data-loss irreversible
TRUNCATE orders;

-- case: blind-13
-- expect: data-loss irreversible
TRUNCATE TABLE ONLY billing.invoices RESTART IDENTITY CASCADE;

-- case: blind-14
-- expect: data-loss
DELETE FROM orders;

-- case: blind-15
-- expect: data-loss
DELETE FROM orders WHERE true;

-- case: blind-16
-- expect: data-loss
DELETE FROM orders WHERE 1 = 1 OR id = 5;

-- case: blind-17
-- expect: data-loss
UPDATE users SET status = 'x';

-- case: blind-18
-- expect: data-loss
UPDATE users SET status = 'x' WHERE TRUE;

-- case: blind-19
-- expect: data-loss
UPDATE orders SET total = u.balance FROM users u;

-- case: blind-20
-- expect: data-loss
WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone;

-- case: blind-21
DELETE FROM orders WHERE id = 17;

-- case: blind-22
UPDATE users SET status = 'x' WHERE id IN (1,2,3);

-- case: blind-23
-- expect: locking performance
UPDATE users SET name = email WHERE name IS NULL;

-- case: blind-24
-- expect: locking performance
UPDATE orders SET note = lower(note) WHERE note <> lower(note);

-- case: blind-25
UPDATE users SET name = email WHERE id IN (SELECT id FROM users WHERE name IS NULL ORDER BY id LIMIT 1000);

-- case: blind-26
UPDATE users SET name = email WHERE name IS NULL AND id BETWEEN 1 AND 5000;

-- case: blind-27
-- expect: data-loss
DO $$ BEGIN DELETE FROM orders; END $$;

-- case: blind-28
-- expect: data-loss compatibility irreversible
DO $do$
BEGIN
  IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name='users' AND column_name='bio') THEN
    ALTER TABLE users DROP COLUMN bio;
  END IF;
END
$do$;

-- case: blind-29
-- expect: data-loss compatibility irreversible
DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orgs'; END $$;

-- case: blind-30
-- expect: data-loss compatibility irreversible
DO $$ BEGIN EXECUTE format('ALTER TABLE %I DROP COLUMN %I', 'users', 'bio'); END $$;

-- case: blind-31
DO $$ BEGIN RAISE NOTICE 'DROP TABLE users'; END $$;

-- case: blind-32
DO $$ BEGIN
  CREATE TYPE color AS ENUM ('red','blue');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

-- case: blind-33
INSERT INTO orgs (id, name) VALUES (1, 'DROP TABLE users; DELETE FROM orders');

-- case: blind-34
/* DROP TABLE users; */ SELECT 1; -- TRUNCATE orders

-- case: blind-35
ALTER TABLE users ADD COLUMN nickname text;

-- case: blind-36
ALTER TABLE users ADD COLUMN IF NOT EXISTS active boolean NOT NULL DEFAULT true;

-- case: blind-37
ALTER TABLE users ADD COLUMN updated_at timestamptz DEFAULT now();

-- case: blind-38
-- expect: locking
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();

-- case: blind-39
-- expect: locking
ALTER TABLE users ADD COLUMN seen timestamptz NOT NULL DEFAULT clock_timestamp();

-- case: blind-40
-- expect: locking
ALTER TABLE users ADD COLUMN seq bigserial;

-- case: blind-41
-- expect: locking
ALTER TABLE users ADD COLUMN seq bigint GENERATED BY DEFAULT AS IDENTITY;

-- case: blind-42
-- expect: locking
ALTER TABLE users ADD COLUMN lower_email text GENERATED ALWAYS AS (lower(email)) STORED;

-- case: blind-43
-- expect: compatibility
ALTER TABLE users ADD COLUMN country char(2) NOT NULL;

-- case: blind-44 version=10
-- expect: locking
ALTER TABLE users ADD COLUMN active boolean DEFAULT true;

-- case: blind-45
-- expect: locking
ALTER TABLE users ADD COLUMN q posint;

-- case: blind-46
-- expect: locking
ALTER TABLE users ADD COLUMN score int CHECK (score > 0);

-- case: blind-47
ALTER TABLE orders ADD COLUMN org_id int REFERENCES orgs(id);

-- case: blind-48
-- expect: locking
ALTER TABLE orders ADD COLUMN ext_ref text UNIQUE;

-- case: blind-49
ALTER TABLE users ADD COLUMN a int, ADD COLUMN b text DEFAULT 'x';

-- case: blind-50
-- expect: locking compatibility
ALTER TABLE users ALTER COLUMN name SET NOT NULL;

-- case: blind-51
ALTER TABLE users ADD CONSTRAINT name_nn CHECK (name IS NOT NULL) NOT VALID;

-- case: blind-52
ALTER TABLE users ADD CONSTRAINT name_nn CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT name_nn;
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT name_nn;

-- case: blind-54
-- expect: locking
ALTER TABLE users ADD CONSTRAINT age_ck CHECK (age BETWEEN 0 AND 150);

-- case: blind-55
-- expect: locking
ALTER TABLE users ADD CONSTRAINT users_org_fk FOREIGN KEY (org_id) REFERENCES orgs (id);

-- case: blind-56
ALTER TABLE users ADD CONSTRAINT users_org_fk FOREIGN KEY (org_id) REFERENCES orgs (id) NOT VALID;

-- case: blind-57
-- expect: locking compatibility
ALTER TABLE users ADD CONSTRAINT users_name_uq UNIQUE (name);

-- case: blind-58
CREATE UNIQUE INDEX CONCURRENTLY users_name_uq ON users (name);
ALTER TABLE users ADD CONSTRAINT users_name_uq UNIQUE USING INDEX users_name_uq;

-- case: blind-59
-- expect: locking
ALTER TABLE billing.invoices ADD EXCLUDE USING gist (int4range(amount, amount + 10) WITH &&);

-- case: blind-60
-- expect: locking
CREATE INDEX ON users (age);

-- case: blind-61
-- expect: locking
CREATE INDEX IF NOT EXISTS idx_orders_user ON public.orders USING btree (user_id) WHERE state <> 'done';

-- case: blind-62
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_user ON orders (user_id);

-- case: blind-64 transaction=one
-- expect: compatibility
CREATE INDEX CONCURRENTLY idx_orders_user ON orders (user_id);

-- case: blind-65
-- expect: locking
CREATE INDEX ev_at ON events (at);

-- case: blind-66
-- expect: compatibility
CREATE INDEX CONCURRENTLY ev_at ON events (at);

-- case: blind-67
CREATE INDEX ev_at ON ONLY events (at);

-- case: blind-68
-- expect: locking
DROP INDEX orders_state_idx;

-- case: blind-69
DROP INDEX CONCURRENTLY orders_state_idx;

-- case: blind-71
-- expect: locking
REINDEX TABLE orders;

-- case: blind-72
REINDEX INDEX CONCURRENTLY orders_state_idx;

-- case: blind-73
REINDEX (CONCURRENTLY) TABLE orders;

-- case: blind-74
-- expect: locking
VACUUM FULL orders;

-- case: blind-75
-- expect: locking
VACUUM (FULL, ANALYZE) public.orders;

-- case: blind-76
VACUUM (ANALYZE) orders;

-- case: blind-77
ANALYZE orders;

-- case: blind-78
-- expect: locking
CLUSTER orders USING orders_pkey;

-- case: blind-79
-- expect: locking
REFRESH MATERIALIZED VIEW order_stats;

-- case: blind-80
REFRESH MATERIALIZED VIEW CONCURRENTLY order_stats;

-- case: blind-81
-- expect: locking
ALTER TABLE users ALTER COLUMN id TYPE bigint;

-- case: blind-82
ALTER TABLE users ALTER COLUMN bio TYPE varchar(1000);

-- case: blind-83
ALTER TABLE users ALTER bio SET DATA TYPE text;

-- case: blind-84
-- expect: data-loss locking
ALTER TABLE users ALTER COLUMN bio TYPE varchar(100);

-- case: blind-85
-- expect: data-loss locking
ALTER TABLE users ALTER COLUMN bio TYPE varchar(100) USING substring(bio for 100);

-- case: blind-86
ALTER TABLE users ALTER COLUMN balance TYPE numeric(14,2);

-- case: blind-87
-- expect: data-loss locking
ALTER TABLE users ALTER COLUMN balance TYPE numeric(10,1);

-- case: blind-88
-- expect: data-loss locking
ALTER TABLE users ALTER COLUMN balance TYPE int USING balance::int;

-- case: blind-89
-- expect: locking
ALTER TABLE users ALTER COLUMN meta TYPE jsonb;

-- case: blind-90
-- expect: data-loss locking
ALTER TABLE orders ALTER COLUMN placed_at TYPE date;

-- case: blind-91
-- expect: locking compatibility
ALTER TABLE orders ALTER COLUMN state TYPE boolean USING (state = 'done');

-- case: blind-92
-- expect: compatibility
ALTER TABLE users RENAME COLUMN name TO full_name;

-- case: blind-93
-- expect: compatibility
ALTER TABLE users RENAME name TO full_name;

-- case: blind-94
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;

-- case: blind-95
ALTER TABLE orders RENAME CONSTRAINT orders_total_ck TO total_not_negative;

-- case: blind-96
ALTER INDEX orders_state_idx RENAME TO orders_by_state;

-- case: blind-97
-- expect: compatibility
ALTER TABLE billing.invoices SET SCHEMA public;

-- case: blind-98
-- expect: compatibility
ALTER SCHEMA billing RENAME TO finance;

-- case: blind-99
-- expect: compatibility
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';

-- case: blind-103
-- expect: compatibility
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;

-- case: blind-104
-- expect: compatibility
ALTER TABLE users ALTER COLUMN status DROP DEFAULT;

-- case: blind-105
ALTER TABLE users ALTER COLUMN age SET DEFAULT 18;

-- case: blind-107
-- expect: compatibility
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_user_id_fkey;

-- case: blind-108
-- expect: compatibility
DROP VIEW active_users;

-- case: blind-109
-- expect: compatibility
DROP FUNCTION touch() CASCADE;

-- case: blind-110
-- expect: compatibility
DROP TRIGGER users_touch ON users;

-- case: blind-111
-- expect: compatibility
DROP SEQUENCE ticket_seq;

-- case: blind-112
-- expect: compatibility
DROP MATERIALIZED VIEW order_stats;

-- case: blind-113
CREATE OR REPLACE VIEW active_users AS SELECT id, email, name FROM users WHERE status = 'active';

-- case: blind-114
-- expect: compatibility
REVOKE SELECT ON users FROM app;

-- case: blind-115
-- expect: compatibility
REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA public FROM app;

-- case: blind-116
GRANT SELECT, INSERT ON users TO app;

-- case: blind-117
-- expect: compatibility
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- case: blind-118
-- expect: compatibility
ALTER TABLE users FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY;

-- case: blind-119
CREATE POLICY p ON users FOR SELECT USING (org_id = 1);

-- case: blind-120
-- expect: compatibility
ALTER TABLE users DISABLE TRIGGER ALL;

-- case: blind-121
-- expect: compatibility
ALTER TABLE users DISABLE TRIGGER users_touch;

-- case: blind-122
-- expect: data-loss locking
ALTER TABLE orders SET UNLOGGED;

-- case: blind-123
-- expect: locking
ALTER TABLE orders SET TABLESPACE fast;

-- case: blind-124
ALTER TABLE orders SET (fillfactor = 80);

-- case: blind-125
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;

-- case: blind-126
COMMENT ON TABLE orders IS 'to be dropped; DROP TABLE orders';

-- case: blind-127
-- expect: locking
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

-- case: blind-128
ALTER TABLE events_2025 ADD CONSTRAINT b CHECK (at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;
ALTER TABLE events_2025 VALIDATE CONSTRAINT b;
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');

-- case: blind-131
-- expect: data-loss compatibility irreversible
DROP TABLE events_2024;

-- case: blind-132
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- case: blind-133
-- expect: locking
ALTER DOMAIN posint ADD CONSTRAINT small CHECK (VALUE < 100000);

-- case: blind-134
ALTER DOMAIN posint ADD CONSTRAINT small CHECK (VALUE < 100000) NOT VALID;

-- case: blind-135
-- expect: locking
LOCK TABLE users IN ACCESS EXCLUSIVE MODE;

-- case: blind-138
-- expect: compatibility
ALTER SEQUENCE ticket_seq RESTART WITH 1;

-- case: blind-139
-- expect: compatibility
SELECT pg_catalog.setval('orders_id_seq'::regclass, 1, false);

-- case: blind-140
SELECT setval('orders_id_seq', (SELECT max(id) FROM orders));

-- case: blind-141
CREATE TABLE tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text NOT NULL);
CREATE INDEX tags_label ON tags (label);
ALTER TABLE tags ALTER COLUMN label TYPE varchar(10);
ALTER TABLE tags ADD COLUMN x uuid DEFAULT gen_random_uuid() NOT NULL;

-- case: blind-142
CREATE TEMP TABLE tmp_ids AS SELECT id FROM users;
CREATE INDEX ON tmp_ids (id);
DELETE FROM tmp_ids;
DROP TABLE tmp_ids;

-- case: blind-143
CREATE TABLE scratch (a int); INSERT INTO scratch VALUES (1); DROP TABLE scratch;

-- case: blind-145
SET lock_timeout = '2s';
SET statement_timeout TO '10s';
ALTER TABLE users ADD COLUMN n int;

-- case: blind-147
BEGIN;
SET LOCAL lock_timeout = '2s';
ALTER TABLE users ADD COLUMN n int;
COMMIT;

-- case: blind-148
CREATE FUNCTION purge() RETURNS void LANGUAGE sql AS $$ DELETE FROM orders; $$;

-- case: blind-150
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- case: blind-151
-- expect: data-loss compatibility
DROP EXTENSION hstore CASCADE;

-- case: blind-152
ALTER EXTENSION pg_trgm UPDATE TO '1.6';

-- case: blind-153
-- expect: locking
ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "C";

-- case: blind-155
CREATE TABLE children (id int PRIMARY KEY, user_id int REFERENCES users(id));

-- case: blind-156
-- expect: compatibility
ALTER ROLE app NOLOGIN;

-- case: blind-157
-- expect: compatibility
ALTER TABLE "Accounts" RENAME COLUMN "UserName" TO user_name;

-- case: blind-158
-- expect: compatibility
ALTER VIEW active_users RENAME TO live_users;

-- case: blind-159
-- expect: data-loss
MERGE INTO orders o USING (SELECT 1 AS x) s ON true WHEN MATCHED THEN DELETE;

-- case: blind-160
MERGE INTO orgs o USING (VALUES (1, 'a')) s(id, name) ON o.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name);

-- case: blind-161
INSERT INTO orgs (id, name) VALUES (1,'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name;

-- case: blind-162
INSERT INTO orgs (id, name) VALUES (1,'x') ON CONFLICT DO NOTHING;

-- case: blind-163
-- expect: locking
ALTER TABLE users ALTER COLUMN age TYPE bigint, ALTER COLUMN org_id TYPE bigint;

-- case: blind-164
ALTER TABLE users ALTER COLUMN name SET STORAGE EXTERNAL;

-- case: blind-165
-- expect: data-loss
EXPLAIN ANALYZE DELETE FROM orders;

-- case: blind-166
EXPLAIN DELETE FROM orders;

-- case: blind-167
-- expect: compatibility
ALTER TABLE users DROP CONSTRAINT users_pkey;

-- case: blind-168
-- expect: locking compatibility
ALTER TABLE events_2025 ADD PRIMARY KEY (id);

-- case: blind-171
BEGIN;
CREATE TABLE IF NOT EXISTS audit (id bigint, what text);
ALTER TABLE audit ADD CONSTRAINT audit_pk PRIMARY KEY (id);
COMMIT;

-- case: blind-172
PREPARE q AS SELECT * FROM users; EXECUTE q; DEALLOCATE q;

-- case: blind-174
CREATE TRIGGER orders_touch AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch();

-- case: blind-175
CREATE STATISTICS st ON state, user_id FROM orders;
