-- common schema
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(100) NOT NULL, name text, created_at timestamptz DEFAULT now());
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount numeric(10,2), note text, status varchar(20) NOT NULL DEFAULT 'new');

-- case: drop-table
-- expect: data-loss irreversible rule:drop-table
DROP TABLE orders;

-- case: drop-table-if-exists-cascade
-- expect: data-loss
drop table if exists public . "orders" cascade;

-- case: drop-table-unknown
-- expect: data-loss
DROP TABLE IF EXISTS legacy_stuff;

-- case: drop-own-table
CREATE TABLE scratch (id int);
DROP TABLE scratch;

-- case: drop-temp-table
CREATE TEMP TABLE picked AS SELECT id FROM orders WHERE amount > 5;
DROP TABLE picked;

-- case: drop-in-do
-- expect: data-loss
DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident('orders'); END $$;

-- case: drop-in-string-is-none
COMMENT ON TABLE orders IS 'DROP TABLE orders;';
SELECT 'drop table orders';
-- drop table orders;
/* drop table orders; */
SELECT 1;
