"""Migrations that write rows."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, SQLITE, py, sql

CASES = (
    sql(
        "insert",
        up="""
        INSERT INTO customers (id, name) VALUES (101, 'x'), (102, 'y');
        INSERT INTO orders VALUES (900, 101, 1, '');
        """,
        down="DELETE FROM orders WHERE id = 900; DELETE FROM customers WHERE id IN (101, 102);",
    ),
    sql(
        "update",
        up="UPDATE orders SET amount = amount * 100;",
        down="UPDATE orders SET amount = amount / 100;",
    ),
    sql(
        "delete_what_is_kept_aside",
        up="""
        CREATE TABLE small_orders AS SELECT * FROM orders WHERE amount < 200;
        DELETE FROM orders WHERE amount < 200;
        """,
        down="INSERT INTO orders SELECT * FROM small_orders; DROP TABLE small_orders;",
    ),
    sql(
        "change_that_reads_its_own_table",
        up="""
        INSERT INTO orders SELECT id + 1000, customer_id, amount, note FROM orders WHERE amount > 500;
        UPDATE orders SET amount = amount + 1 WHERE id IN (SELECT max(o.id) FROM orders o GROUP BY o.customer_id);
        """,
        down="""
        UPDATE orders SET amount = amount - 1 WHERE id IN (SELECT max(o.id) FROM orders o GROUP BY o.customer_id);
        DELETE FROM orders WHERE id > 1000 AND EXISTS (SELECT 1 FROM orders o WHERE o.id = orders.id - 1000);
        """,
    ),
    sql(
        "table_spelled_in_capitals",
        up="UPDATE ORDERS SET AMOUNT = AMOUNT + 1; ALTER TABLE Orders ADD COLUMN State TEXT;",
        down="ALTER TABLE ORDERS DROP COLUMN STATE; UPDATE orders SET amount = amount - 1;",
    ),
    sql(
        "delete_that_cascades",
        before="""
        CREATE TABLE albums (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE songs (id INTEGER PRIMARY KEY, album_id INTEGER REFERENCES albums (id) ON DELETE CASCADE);
        CREATE TABLE plays (id INTEGER PRIMARY KEY, song_id INTEGER REFERENCES songs (id) ON DELETE SET NULL);
        INSERT INTO albums VALUES (1, 'a'), (2, 'b');
        INSERT INTO songs VALUES (1, 1), (2, 1), (3, 2);
        INSERT INTO plays VALUES (1, 1), (2, 2), (3, 3);
        """,
        up="DELETE FROM albums WHERE id = 1;",
        down="""
        INSERT INTO albums VALUES (1, 'a');
        INSERT INTO songs VALUES (1, 1), (2, 1);
        UPDATE plays SET song_id = id WHERE song_id IS NULL;
        """,
    ),
    sql(
        "change_that_fires_a_trigger",
        before="""
        CREATE TABLE stock (id INTEGER PRIMARY KEY, many INTEGER);
        CREATE TABLE stock_log (stock_id INTEGER, was INTEGER);
        CREATE TRIGGER log_stock AFTER UPDATE ON stock
        BEGIN INSERT INTO stock_log VALUES (OLD.id, OLD.many); END;
        INSERT INTO stock VALUES (1, 10), (2, 20);
        INSERT INTO stock_log VALUES (1, 9);
        """,
        up="UPDATE stock SET many = many * 2;",
        down="UPDATE stock SET many = many / 2; DELETE FROM stock_log WHERE was <> 9;",
        engines=(SQLITE,),
    ),
    sql(
        "change_that_fires_a_trigger",
        before="""
        CREATE TABLE stock (id INTEGER PRIMARY KEY, many INTEGER);
        CREATE TABLE stock_log (stock_id INTEGER, was INTEGER);
        CREATE FUNCTION log_stock() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO stock_log VALUES (OLD.id, OLD.many); RETURN NULL; END';
        CREATE TRIGGER log_stock AFTER UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION log_stock();
        INSERT INTO stock VALUES (1, 10), (2, 20);
        INSERT INTO stock_log VALUES (1, 9);
        """,
        up="UPDATE stock SET many = many * 2;",
        down="UPDATE stock SET many = many / 2; DELETE FROM stock_log WHERE was <> 9;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "upsert",
        up="""
        INSERT INTO customers (id, name) VALUES (1, 'one'), (200, 'two hundred')
        ON CONFLICT (id) DO UPDATE SET name = customers.name || ' = ' || excluded.name;
        """,
        down="""
        DELETE FROM customers WHERE id = 200;
        UPDATE customers SET name = 'customer 1' WHERE id = 1;
        """,
    ),
    sql(
        "common_table_expressions",
        up="""
        WITH best AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id)
        UPDATE customers SET city = 'top' WHERE id IN (SELECT customer_id FROM best WHERE total > 1500);
        """,
        down="UPDATE customers SET city = 'city ' || (id % 7);",
    ),
    sql(
        "rows_returned_by_a_change",
        up="""
        WITH gone AS (DELETE FROM orders WHERE amount < 200 RETURNING *)
        INSERT INTO orders SELECT id + 1000, customer_id, amount, 'moved' FROM gone;
        SELECT setseed(0.5), count(*) FROM orders;
        """,
        down="UPDATE orders SET id = id - 1000, note = CASE WHEN id % 3 = 1 THEN 'note ' || (id - 1000) END "
        "WHERE note = 'moved';",
        engines=(POSTGRESQL,),
    ),
    sql(
        "structure_and_rows_in_turns",
        up="""
        CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO cities SELECT row_number() OVER (ORDER BY city), city FROM (SELECT DISTINCT city FROM customers) c;
        CREATE UNIQUE INDEX ux_cities ON cities (name);
        ALTER TABLE customers ADD COLUMN city_id INTEGER;
        UPDATE customers SET city_id = (SELECT c.id FROM cities c WHERE c.name = customers.city);
        CREATE INDEX ix_customers_city ON customers (city_id);
        CREATE VIEW by_city AS SELECT c.name, count(*) AS many FROM cities c JOIN customers k ON k.city_id = c.id
            GROUP BY c.name;
        """,
        down="""
        DROP VIEW by_city;
        DROP INDEX ix_customers_city;
        ALTER TABLE customers DROP COLUMN city_id;
        DROP TABLE cities;
        """,
    ),
    py(
        "bulk_insert",
        up="""
        import datetime as dt
        import decimal
        things = op.create_table(
            "things",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("what", sa.Text()),
            sa.Column("price", sa.Numeric(10, 3)),
            sa.Column("size", sa.Float()),
            sa.Column("day", sa.Date()),
            sa.Column("at", sa.DateTime()),
            sa.Column("is_new", sa.Boolean()),
            sa.Column("doc", sa.JSON()),
        )
        op.bulk_insert(things, [
            {"id": 1, "what": "it's 100 % :sure? {}", "price": decimal.Decimal("-1.250"), "size": 0.1,
             "day": dt.date(2026, 2, 28), "at": dt.datetime(2026, 1, 2, 3, 4, 5, 678901), "is_new": True,
             "doc": {"a": [1, None, "x"], "b": "it's"}},
            {"id": 2, "what": None, "price": None, "size": 1e300, "day": None, "at": None, "is_new": False, "doc": {}},
            {"id": 3, "what": "", "price": decimal.Decimal(0), "size": -0.0, "day": dt.date(1, 1, 1),
             "at": dt.datetime(9999, 12, 31), "is_new": None, "doc": []},
        ])
        """,
        down='op.drop_table("things")',
    ),
    py(
        "values_that_have_no_literal",
        up="""
        blobs = op.create_table("blobs", sa.Column("id", sa.Integer(), primary_key=True),
                                sa.Column("b", sa.LargeBinary()), sa.Column("wait", sa.Interval()))
        import datetime as dt
        op.bulk_insert(blobs, [{"id": 1, "b": bytes(range(256)), "wait": dt.timedelta(days=3, microseconds=7)}])
        """,
        down='op.drop_table("blobs")',
    ),
    py(
        "rebuild_and_rows_in_one_migration",
        up="""
        orders = sa.table("orders", *map(sa.column, ("id", "customer_id", "amount", "note", "state")))
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("state", sa.String(10), nullable=False, server_default="old"))
            batch.create_check_constraint("ck_orders_amount", "amount >= 0")
        rows = [{"id": i, "customer_id": 1, "amount": 0, "note": "100 %\t:x", "state": "new"} for i in range(901, 931)]
        op.bulk_insert(orders, rows)
        op.execute(orders.update().where(orders.c.id == 901).values(note="it's\ttab"))
        """,
        down="""
        op.execute("DELETE FROM orders WHERE id > 900")
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("ck_orders_amount", type_="check")
            batch.drop_column("state")
        """,
    ),
    py(
        "bulk_insert_into_what_is_there",
        up="""
        customers = sa.table("customers", sa.column("id", sa.Integer()), sa.column("name", sa.String()))
        op.bulk_insert(customers, [{"id": 1000 + i, "name": f"n{i}"} for i in range(200)])
        """,
        down='op.execute("DELETE FROM customers WHERE id >= 1000")',
    ),
    py(
        "execute_with_bound_parameters",
        up="""
        statement = sa.text("UPDATE customers SET city = :city, email = :none WHERE id < :most OR name = :name")
        op.execute(statement.bindparams(city="it's; 50 % \\\\ of :it", none=None, most=10, name="customer 20"))
        customers = sa.table("customers", sa.column("id"), sa.column("name"))
        op.execute(sa.update(customers).where(customers.c.id == 11).values(name="eleven"))
        op.execute(sa.insert(customers).values(id=77, name="77"))
        """,
        down="""
        op.execute("DELETE FROM customers WHERE id = 77")
        op.execute("UPDATE customers SET city = 'city ' || (id % 7), email = 'c' || id || '@example.org'")
        customers = sa.table("customers", sa.column("id"), sa.column("name"))
        op.execute(customers.update().where(customers.c.id == 11).values({"name": "customer 11"}))
        """,
    ),
    py(
        "python_that_reads",
        up="""
        connection = op.get_bind()
        op.add_column("customers", sa.Column("rank", sa.Integer()))
        rows = connection.execute(sa.text("SELECT customer_id, sum(amount) FROM orders GROUP BY 1 ORDER BY 2, 1"))
        for rank, (customer, _total) in enumerate(rows.fetchall(), 1):
            connection.execute(sa.text("UPDATE customers SET rank = :r WHERE id = :c"), {"r": rank, "c": customer})
        """,
        down='op.drop_column("customers", "rank")',
    ),
    py(
        "python_that_reads_on_its_way_back",
        up="""
        op.create_table("kept", sa.Column("id", sa.Integer()), sa.Column("note", sa.Text()))
        op.execute("INSERT INTO kept SELECT id, note FROM orders")
        op.execute("UPDATE orders SET note = 'changed'")
        """,
        down="""
        connection = op.get_bind()
        for id, note in connection.execute(sa.text("SELECT id, note FROM kept")).fetchall():
            connection.execute(sa.text("UPDATE orders SET note = :note WHERE id = :id"), {"note": note, "id": id})
        op.drop_table("kept")
        """,
    ),
    py(
        "python_that_uses_a_session",
        up="""
        from sqlalchemy.orm import Session
        with Session(bind=op.get_bind()) as session:
            session.execute(sa.text("UPDATE orders SET amount = amount + 1"))
            session.flush()
            session.commit()
        """,
        down='op.execute("UPDATE orders SET amount = amount - 1")',
    ),
    py(
        "python_that_inspects",
        up="""
        names = sa.inspect(op.get_bind()).get_table_names()
        if "customers" in names and "flags" not in names:
            op.create_table("flags", sa.Column("id", sa.Integer(), primary_key=True))
        """,
        down='op.drop_table("flags")',
    ),
    sql(
        "rows_of_a_table_that_numbers_itself",
        before="CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); INSERT INTO t (a) VALUES ('x'), ('y');",
        up="INSERT INTO t (a) VALUES ('z'); UPDATE sqlite_sequence SET seq = 100 WHERE name = 't';",
        down="DELETE FROM t WHERE a = 'z'; UPDATE sqlite_sequence SET seq = 2 WHERE name = 't';",
        engines=(SQLITE,),
    ),
    sql(
        "truncate_what_is_kept_aside",
        up="CREATE TABLE kept AS TABLE orders; TRUNCATE orders;",
        down="INSERT INTO orders TABLE kept; DROP TABLE kept;",
        engines=(POSTGRESQL,),
    ),
)
