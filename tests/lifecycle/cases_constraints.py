"""Constraints: unique, check, primary and foreign keys."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, py, sql

CASES = (
    sql(
        "unique_constraint",
        up="ALTER TABLE customers ADD CONSTRAINT uq_customers_email UNIQUE (email);",
        down="ALTER TABLE customers DROP CONSTRAINT uq_customers_email;",
        engines=(POSTGRESQL,),
    ),
    py(
        "unique_constraint",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.create_unique_constraint("uq_customers_email", ["email", "city"])
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.drop_constraint("uq_customers_email", type_="unique")
        """,
    ),
    sql(
        "check_constraint_validated_later",
        up="""
        ALTER TABLE orders ADD CONSTRAINT ck_orders_amount CHECK (amount > 0 AND note NOT LIKE '%;%') NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_amount;
        """,
        down="ALTER TABLE orders DROP CONSTRAINT ck_orders_amount;",
        engines=(POSTGRESQL,),
    ),
    py(
        "check_constraint",
        up="""
        with op.batch_alter_table("orders") as batch:
            batch.create_check_constraint("ck_orders_amount", "amount > 0 AND amount < 100000")
        """,
        down="""
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("ck_orders_amount", type_="check")
        """,
    ),
    sql(
        "foreign_key",
        up="""
        ALTER TABLE customers ADD COLUMN referred_by INTEGER;
        ALTER TABLE customers ADD CONSTRAINT fk_referred FOREIGN KEY (referred_by) REFERENCES customers (id) NOT VALID;
        ALTER TABLE customers VALIDATE CONSTRAINT fk_referred;
        """,
        down="""
        ALTER TABLE customers DROP CONSTRAINT fk_referred;
        ALTER TABLE customers DROP COLUMN referred_by;
        """,
        engines=(POSTGRESQL,),
    ),
    py(
        "foreign_key",
        up="""
        with op.batch_alter_table("orders") as batch:
            batch.create_foreign_key("fk_orders_customer", "customers", ["customer_id"], ["id"], ondelete="CASCADE")
        """,
        down="""
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("fk_orders_customer", type_="foreignkey")
        """,
    ),
    sql(
        "table_that_refers_to_itself",
        up="""
        CREATE TABLE folders (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES folders (id), name TEXT NOT NULL);
        INSERT INTO folders VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 2, 'b'), (4, 4, 'its own parent');
        """,
        down="DROP TABLE folders;",
    ),
    sql(
        "column_that_refers_to_its_table",
        up="ALTER TABLE orders ADD COLUMN replaces INTEGER REFERENCES orders (id);",
        down="ALTER TABLE orders DROP COLUMN replaces;",
    ),
    sql(
        "composite_foreign_key",
        up="""
        CREATE TABLE stock (shop INTEGER, shelf INTEGER, what TEXT, PRIMARY KEY (shop, shelf));
        CREATE TABLE moves (
            id INTEGER PRIMARY KEY, shop INTEGER, shelf INTEGER,
            CONSTRAINT fk_moves_stock FOREIGN KEY (shop, shelf) REFERENCES stock (shop, shelf) ON UPDATE CASCADE
        );
        INSERT INTO stock VALUES (1, 1, 'nails'), (1, 2, 'screws');
        INSERT INTO moves VALUES (1, 1, 2), (2, 1, NULL);
        """,
        down="DROP TABLE moves; DROP TABLE stock;",
    ),
    sql(
        "cascading_foreign_key",
        up="""
        CREATE TABLE lines (
            order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE, line INTEGER, what TEXT,
            PRIMARY KEY (order_id, line)
        );
        INSERT INTO lines SELECT id, 1, 'first' FROM orders;
        INSERT INTO orders VALUES (900, 1, 1, NULL);
        INSERT INTO lines VALUES (900, 1, 'goes with its order');
        DELETE FROM orders WHERE id = 900;
        """,
        down="DROP TABLE lines;",
    ),
    sql(
        "two_tables_that_refer_to_each_other",
        up="""
        CREATE TABLE teams (id INTEGER PRIMARY KEY, captain_id INTEGER);
        CREATE TABLE players (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));
        ALTER TABLE teams ADD CONSTRAINT fk_captain FOREIGN KEY (captain_id) REFERENCES players (id)
            DEFERRABLE INITIALLY DEFERRED;
        INSERT INTO teams VALUES (1, 11);
        INSERT INTO players VALUES (11, 1);
        """,
        down="DROP TABLE teams, players;",
        engines=(POSTGRESQL,),
    ),
    py(
        "primary_key_of_two_columns",
        up="""
        op.create_table("seats", sa.Column("hall", sa.Integer(), nullable=False),
                        sa.Column("seat", sa.Integer(), nullable=False),
                        sa.PrimaryKeyConstraint("hall", "seat", name="pk_seats"))
        seats = sa.table("seats", sa.column("hall"), sa.column("seat"))
        op.bulk_insert(seats, [{"hall": hall, "seat": seat} for hall in (1, 2) for seat in range(20)])
        """,
        down='op.drop_table("seats")',
    ),
    sql(
        "exclusion_constraint",
        up="""
        CREATE TABLE stays (room int4range NOT NULL, during daterange NOT NULL,
            CONSTRAINT no_overlap EXCLUDE USING gist (room WITH &&, during WITH &&));
        INSERT INTO stays VALUES ('[1,1]', '[2026-01-01,2026-01-05)'), ('[1,1]', '[2026-01-05,2026-01-09)');
        """,
        down="DROP TABLE stays;",
        engines=(POSTGRESQL,),
    ),
)
