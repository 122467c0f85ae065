"""Views, triggers, functions, types, sequences, schemas, comments and rights."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, SQLITE, py, sql

ENUM = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id INT PRIMARY KEY, feels mood NOT NULL DEFAULT 'ok');
INSERT INTO people VALUES (1, 'sad'), (2, 'ok'), (3, DEFAULT);
"""


CASES = (
    sql(
        "view",
        up="CREATE VIEW totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;",
        down="DROP VIEW totals;",
    ),
    py(
        "view",
        up="op.execute(\"CREATE VIEW large AS SELECT id, note FROM orders WHERE note LIKE 'a%' OR amount > 500\")",
        down='op.execute("DROP VIEW large")',
    ),
    sql(
        "view_over_a_view",
        up="""
        CREATE VIEW a AS SELECT id, amount FROM orders;
        CREATE VIEW b AS SELECT a.id, c.name FROM a JOIN customers c ON c.id = a.id;
        """,
        down="DROP VIEW b; DROP VIEW a;",
    ),
    sql(
        "view_replaced",
        before="CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (1, 2);",
        up="CREATE OR REPLACE VIEW v AS SELECT a, b FROM t;",
        down="DROP VIEW v; CREATE VIEW v AS SELECT a FROM t;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "materialized_view",
        up="""
        CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1 WITH NO DATA;
        CREATE UNIQUE INDEX ux_totals ON totals (customer_id);
        REFRESH MATERIALIZED VIEW totals;
        """,
        down="DROP MATERIALIZED VIEW totals;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "trigger",
        up="""
        CREATE TABLE log (order_id INTEGER, what TEXT);
        CREATE TRIGGER orders_log AFTER UPDATE OF amount ON orders WHEN NEW.amount <> OLD.amount
        BEGIN
            INSERT INTO log VALUES (NEW.id, 'was ' || OLD.amount || '; is ' || NEW.amount);
            UPDATE orders SET note = CASE WHEN note IS NULL THEN NULL ELSE note || '' END WHERE id = NEW.id;
        END;
        UPDATE orders SET amount = amount + 1 WHERE id < 10;
        """,
        down="""
        DROP TRIGGER orders_log;
        DROP TABLE log;
        UPDATE orders SET amount = amount - 1 WHERE id < 10;
        """,
        engines=(SQLITE,),
    ),
    sql(
        "trigger_on_a_view",
        up="""
        CREATE VIEW people AS SELECT id, name FROM customers;
        CREATE TRIGGER people_insert INSTEAD OF INSERT ON people
        BEGIN INSERT INTO customers (id, name) VALUES (NEW.id, upper(NEW.name)); END;
        INSERT INTO people VALUES (500, 'new');
        """,
        down="DELETE FROM customers WHERE id = 500; DROP TRIGGER people_insert; DROP VIEW people;",
        engines=(SQLITE,),
    ),
    sql(
        "trigger",
        up="""
        CREATE TABLE log (order_id INT, what TEXT);
        CREATE FUNCTION log_order() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE was TEXT := 'was $1; ';
        BEGIN
            INSERT INTO log VALUES (NEW.id, was || OLD.amount || $$; it's$$);
            RETURN NEW;
        END;
        $body$;
        CREATE TRIGGER orders_log BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.amount IS DISTINCT FROM NEW.amount)
            EXECUTE FUNCTION log_order();
        UPDATE orders SET amount = amount + 1 WHERE id < 10;
        """,
        down="""
        DROP TRIGGER orders_log ON orders;
        DROP FUNCTION log_order();
        DROP TABLE log;
        UPDATE orders SET amount = amount - 1 WHERE id < 10;
        """,
        engines=(POSTGRESQL,),
    ),
    py(
        "trigger",
        up='''
        op.execute("""
            CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.note := coalesce(NEW.note, 'set; by trigger'); RETURN NEW; END $$
        """)
        op.execute("CREATE TRIGGER stamp BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp()")
        ''',
        down="""
        op.execute("DROP TRIGGER stamp ON orders")
        op.execute("DROP FUNCTION stamp()")
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "functions_and_procedures",
        up="""
        CREATE FUNCTION tax(amount INT, rate NUMERIC DEFAULT 0.19) RETURNS NUMERIC
            LANGUAGE sql IMMUTABLE AS 'SELECT amount * rate';
        CREATE FUNCTION sum_of(customer INT) RETURNS BIGINT LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT sum(amount) FROM orders WHERE customer_id = customer; END;
        CREATE PROCEDURE raise_all(by INT) LANGUAGE plpgsql AS $do$
        BEGIN
            UPDATE orders SET amount = amount + by; -- all; of them
        END $do$;
        CALL raise_all(3);
        """,
        down="""
        CALL raise_all(-3);
        DROP PROCEDURE raise_all(INT);
        DROP FUNCTION sum_of(INT);
        DROP FUNCTION tax(INT, NUMERIC);
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "anonymous_block",
        up="""
        DO $$
        DECLARE r RECORD;
        BEGIN
            FOR r IN SELECT DISTINCT city FROM customers ORDER BY city LOOP
                EXECUTE format('CREATE TABLE %I (id INT)', 'at ' || r.city);
            END LOOP;
        END $$;
        """,
        down="""
        DO $$ DECLARE r RECORD; BEGIN
            FOR r IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'at city %' LOOP
                EXECUTE format('DROP TABLE %I', r.relname);
            END LOOP; END $$;
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "enum_type",
        up="""
        CREATE TYPE state AS ENUM ('new', 'it''s paid', 'sent');
        ALTER TABLE orders ADD COLUMN state state NOT NULL DEFAULT 'new';
        UPDATE orders SET state = 'it''s paid' WHERE amount > 500;
        """,
        down="ALTER TABLE orders DROP COLUMN state; DROP TYPE state;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "enum_value_added_and_used",
        before=ENUM,
        up="""
        ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok';
        UPDATE people SET feels = 'happy' WHERE id = 3;
        """,
        down="""
        UPDATE people SET feels = 'ok' WHERE feels = 'happy';
        ALTER TYPE mood RENAME TO mood_old;
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        ALTER TABLE people ALTER COLUMN feels DROP DEFAULT;
        ALTER TABLE people ALTER COLUMN feels TYPE mood USING feels::text::mood;
        ALTER TABLE people ALTER COLUMN feels SET DEFAULT 'ok';
        DROP TYPE mood_old;
        """,
        options="transaction:false",
        engines=(POSTGRESQL,),
    ),
    py(
        "enum_type",
        up="""
        state = sa.Enum("new", "paid", name="state")
        state.create(op.get_bind())
        op.add_column("orders", sa.Column("state", state, server_default="new", nullable=False))
        """,
        down="""
        op.drop_column("orders", "state")
        sa.Enum(name="state").drop(op.get_bind())
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "domain_and_composite_type",
        up="""
        CREATE DOMAIN email AS TEXT CONSTRAINT has_at CHECK (VALUE LIKE '%@%');
        CREATE TYPE money_amount AS (value NUMERIC, currency CHAR(3));
        CREATE TABLE payments (id INT, payer email, paid money_amount);
        INSERT INTO payments VALUES (1, 'a@b', ROW(1.5, 'EUR'));
        """,
        down="DROP TABLE payments; DROP TYPE money_amount; DROP DOMAIN email;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "sequence",
        up="""
        CREATE SEQUENCE invoice_no START WITH 1000 INCREMENT BY 5 CACHE 10;
        ALTER TABLE orders ADD COLUMN invoice BIGINT DEFAULT nextval('invoice_no');
        ALTER SEQUENCE invoice_no OWNED BY orders.invoice;
        """,
        down="ALTER TABLE orders DROP COLUMN invoice;",
        loses=("orders",),
        engines=(POSTGRESQL,),
    ),
    sql(
        "other_schema",
        up="""
        CREATE SCHEMA archive;
        CREATE TABLE archive.orders (LIKE public.orders INCLUDING ALL);
        INSERT INTO archive.orders SELECT * FROM public.orders WHERE amount < 300;
        CREATE INDEX ix_amount ON archive.orders (amount);
        CREATE VIEW archive.all_orders AS SELECT * FROM archive.orders UNION ALL SELECT * FROM public.orders;
        """,
        down="DROP VIEW archive.all_orders; DROP TABLE archive.orders; DROP SCHEMA archive;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "table_moved_to_another_schema",
        before="CREATE SCHEMA old; CREATE TABLE old.t (a INT PRIMARY KEY); INSERT INTO old.t VALUES (1), (2);",
        up="CREATE SCHEMA new; ALTER TABLE old.t SET SCHEMA new; ALTER TABLE new.t RENAME COLUMN a TO b;",
        down="ALTER TABLE new.t RENAME COLUMN b TO a; ALTER TABLE new.t SET SCHEMA old; DROP SCHEMA new;",
        engines=(POSTGRESQL,),
    ),
    py(
        "other_schema",
        up="""
        op.execute("CREATE SCHEMA archive")
        op.create_table("t", sa.Column("a", sa.Integer(), primary_key=True), schema="archive")
        op.create_index("ix_t", "t", ["a"], schema="archive")
        """,
        down="""
        op.drop_table("t", schema="archive")
        op.execute("DROP SCHEMA archive")
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "comments_on_objects",
        up="""
        COMMENT ON TABLE orders IS 'what was bought; 100 % -- not a comment';
        COMMENT ON COLUMN orders.amount IS 'in ''cents''';
        COMMENT ON CONSTRAINT fk_orders_customer ON orders IS $$who$$;
        COMMENT ON SCHEMA public IS E'line 1\\nline 2';
        """,
        down="""
        COMMENT ON SCHEMA public IS 'standard public schema';
        COMMENT ON CONSTRAINT fk_orders_customer ON orders IS NULL;
        COMMENT ON COLUMN orders.amount IS NULL;
        COMMENT ON TABLE orders IS NULL;
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "rights_policies_and_rules",
        up="""
        GRANT SELECT (id, amount), UPDATE (note) ON orders TO PUBLIC;
        ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON orders FOR SELECT USING (note IS NULL OR note <> current_user);
        CREATE RULE keep AS ON DELETE TO customers DO INSTEAD NOTHING;
        """,
        down="""
        DROP RULE keep ON customers;
        DROP POLICY own ON orders;
        ALTER TABLE orders DISABLE ROW LEVEL SECURITY;
        REVOKE SELECT (id, amount), UPDATE (note) ON orders FROM PUBLIC;
        """,
        engines=(POSTGRESQL,),
    ),
)
