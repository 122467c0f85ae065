"""Columns: added, dropped, renamed, retyped, filled, computed, numbered."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, SQLITE, py, sql

CASES = (
    sql("add_column", "ALTER TABLE orders ADD COLUMN paid_at TEXT;", "ALTER TABLE orders DROP COLUMN paid_at;"),
    py(
        "add_column",
        up='op.add_column("orders", sa.Column("paid_at", sa.DateTime(), nullable=True))',
        down='op.drop_column("orders", "paid_at")',
    ),
    sql(
        "add_column_not_null_with_default",
        up="ALTER TABLE orders ADD COLUMN state VARCHAR(10) NOT NULL DEFAULT 'new';",
        down="ALTER TABLE orders DROP COLUMN state;",
    ),
    sql(
        "add_three_columns_and_fill_them",
        up="""
        ALTER TABLE orders ADD COLUMN net INTEGER;
        ALTER TABLE orders ADD COLUMN tax INTEGER;
        ALTER TABLE orders ADD COLUMN label TEXT;
        UPDATE orders SET net = amount * 100 / 119, tax = amount - amount * 100 / 119, label = 'No. ' || id;
        """,
        down="""
        ALTER TABLE orders DROP COLUMN label;
        ALTER TABLE orders DROP COLUMN tax;
        ALTER TABLE orders DROP COLUMN net;
        """,
    ),
    py(
        "add_column_in_steps",
        up="""
        op.add_column("orders", sa.Column("state", sa.String(10), nullable=True))
        op.execute("UPDATE orders SET state = CASE WHEN amount > 500 THEN 'large' ELSE 'small' END")
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("state", existing_type=sa.String(10), nullable=False)
        """,
        down='op.drop_column("orders", "state")',
    ),
    sql(
        "drop_column",
        up="ALTER TABLE orders DROP COLUMN note;",
        down="ALTER TABLE orders ADD COLUMN note TEXT;",
        loses=("orders",),
    ),
    py(
        "drop_column_by_batch",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.drop_column("city")
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.add_column(sa.Column("city", sa.Text(), nullable=True))
        """,
        loses=("customers",),
    ),
    sql(
        "rename_column",
        up="ALTER TABLE orders RENAME COLUMN note TO remark;",
        down="ALTER TABLE orders RENAME COLUMN remark TO note;",
    ),
    py(
        "rename_column",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("name", new_column_name="full_name", existing_type=sa.String(40), nullable=False)
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("full_name", new_column_name="name", existing_type=sa.String(40), nullable=False)
        """,
    ),
    py(
        "widen_type",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("name", type_=sa.String(200), existing_type=sa.String(40), existing_nullable=False)
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("name", type_=sa.String(40), existing_type=sa.String(200), existing_nullable=False)
        """,
    ),
    py(
        "narrow_type",
        up="""
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("amount", type_=sa.SmallInteger(), existing_type=sa.Integer(), existing_nullable=False)
        """,
        down="""
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("amount", type_=sa.Integer(), existing_type=sa.SmallInteger(), existing_nullable=False)
        """,
    ),
    py(
        "number_becomes_text",
        up="""
        with op.batch_alter_table("orders") as batch:
            batch.alter_column(
                "amount", type_=sa.Text(), existing_type=sa.Integer(), existing_nullable=False,
                postgresql_using="amount::text",
            )
        """,
        down="""
        with op.batch_alter_table("orders") as batch:
            batch.alter_column(
                "amount", type_=sa.Integer(), existing_type=sa.Text(), existing_nullable=False,
                postgresql_using="amount::integer",
            )
        """,
    ),
    sql(
        "widen_and_narrow_types",
        up="""
        ALTER TABLE customers ALTER COLUMN name TYPE TEXT;
        ALTER TABLE orders ALTER amount TYPE BIGINT, ALTER COLUMN note SET DATA TYPE VARCHAR(12) USING left(note, 12);
        """,
        down="""
        ALTER TABLE orders ALTER COLUMN amount TYPE INTEGER, ALTER COLUMN note TYPE TEXT;
        ALTER TABLE customers ALTER COLUMN name TYPE VARCHAR(40);
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "not_null",
        up="UPDATE orders SET note = '-' WHERE note IS NULL; ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
        down="ALTER TABLE orders ALTER COLUMN note DROP NOT NULL; UPDATE orders SET note = NULL WHERE note = '-';",
        engines=(POSTGRESQL,),
    ),
    py(
        "not_null",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("email", existing_type=sa.Text(), nullable=False)
            batch.alter_column("name", existing_type=sa.String(40), nullable=True)
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("name", existing_type=sa.String(40), nullable=False)
            batch.alter_column("email", existing_type=sa.Text(), nullable=True)
        """,
    ),
    py(
        "default",
        up="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("city", existing_type=sa.Text(), server_default="it's nowhere")
        """,
        down="""
        with op.batch_alter_table("customers") as batch:
            batch.alter_column("city", existing_type=sa.Text(), server_default=None)
        """,
    ),
    sql(
        "defaults_of_every_kind",
        up="""
        CREATE TABLE visits (
            id INTEGER PRIMARY KEY,
            at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
            day DATE DEFAULT CURRENT_DATE,
            pages INTEGER NOT NULL DEFAULT 1,
            price NUMERIC(6, 2) DEFAULT -1.5,
            place TEXT DEFAULT 'O''Hara; 100 %',
            sum INTEGER DEFAULT (2 * (3 + 4))
        );
        """,
        down="DROP TABLE visits;",
    ),
    sql(
        "default_set_and_dropped",
        up="""
        ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'none', ALTER COLUMN amount SET DEFAULT (1 + 1);
        ALTER TABLE customers ALTER COLUMN email SET DEFAULT lower(current_user) || '@example.org';
        """,
        down="""
        ALTER TABLE customers ALTER COLUMN email DROP DEFAULT;
        ALTER TABLE orders ALTER COLUMN note DROP DEFAULT, ALTER COLUMN amount DROP DEFAULT;
        """,
        engines=(POSTGRESQL,),
    ),
    sql(
        "computed_column",
        up="""
        ALTER TABLE orders ADD COLUMN double INTEGER GENERATED ALWAYS AS (amount * 2) VIRTUAL;
        CREATE INDEX ix_orders_double ON orders (double);
        """,
        down="DROP INDEX ix_orders_double; ALTER TABLE orders DROP COLUMN double;",
        engines=(SQLITE,),
    ),
    sql(
        "computed_column",
        up="ALTER TABLE orders ADD COLUMN double INTEGER GENERATED ALWAYS AS (amount * 2) STORED;",
        down="ALTER TABLE orders DROP COLUMN double;",
        engines=(POSTGRESQL,),
    ),
    py(
        "computed_column",
        up="""
        op.create_table(
            "boxes",
            sa.Column("width", sa.Integer(), nullable=False),
            sa.Column("height", sa.Integer(), nullable=False),
            sa.Column("area", sa.Integer(), sa.Computed("width * height", persisted=True)),
        )
        op.execute("INSERT INTO boxes (width, height) VALUES (2, 3), (4, 5)")
        """,
        down='op.drop_table("boxes")',
    ),
    sql(
        "identity_column",
        up="""
        ALTER TABLE orders ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 1000);
        INSERT INTO orders (customer_id, amount) VALUES (1, 5), (2, 6);
        """,
        down="DELETE FROM orders WHERE id >= 1000; ALTER TABLE orders ALTER COLUMN id DROP IDENTITY;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "serial_columns",
        up="""
        CREATE TABLE tickets (id BIGSERIAL PRIMARY KEY, part SMALLSERIAL, title TEXT);
        INSERT INTO tickets (title) SELECT name FROM customers ORDER BY id;
        """,
        down="DROP TABLE tickets;",
        engines=(POSTGRESQL,),
    ),
    sql(
        "autoincrement_column",
        up="""
        CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT);
        INSERT INTO tickets (title) SELECT name FROM customers ORDER BY id;
        """,
        down="DROP TABLE tickets;",
        engines=(SQLITE,),
    ),
    py(
        "numbered_key",
        up="""
        op.create_table("tickets", sa.Column("id", sa.Integer(), sa.Identity(start=7), primary_key=True),
                        sa.Column("title", sa.Text()), sqlite_autoincrement=True)
        op.execute("INSERT INTO tickets (title) VALUES ('first'), ('second')")
        """,
        down='op.drop_table("tickets")',
    ),
)
