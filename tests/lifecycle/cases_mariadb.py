"""What MariaDB and MySQL write in their own way; the other cases run there as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lifecycle.case import BOTH, MARIADB, SHOP, SHOP_OF_MARIADB, Case, py, sql
from lifecycle.cases_texts import INSERT_SIGNS

# Their text asks for what these engines lack or say otherwise: `||` joins nothing, a TEXT needs a length in a key, an
# index is dropped from its table, no index is partial, names in double quotes are texts, an index serves its foreign
# key, table names are told apart by their capitals, and a double has its last digit.
NOT_AS_THEY_STAND = frozenset({
    "add_three_columns_and_fill_them.sql", "bulk_insert.py", "cascading_foreign_key.sql",
    "column_that_refers_to_its_table.sql", "common_table_expressions.sql", "create_table_with_everything.py",
    "descending_index.sql", "dropped_index.sql", "execute_with_bound_parameters.py", "expression_index.sql",
    "foreign_key.py", "mixed_case_names.sql", "names_in_other_alphabets.sql", "names_with_signs_in_them.sql",
    "partial_and_expression_indexes.py", "partial_index.sql", "plain_index.sql", "reserved_names.sql",
    "statements_outside_any_transaction.sql", "structure_and_rows_in_turns.sql", "table_spelled_in_capitals.sql",
    "2000_lines.sql", "unique_index.sql", "upsert.sql",
})  # fmt: skip


def as_they_stand(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases of the other engines that these run too, on their own shop."""
    return tuple(
        replace(case, before=SHOP_OF_MARIADB if case.before is SHOP else case.before, engines=(MARIADB,))
        for case in cases
        if case.engines == BOTH and f"{case.name}.{case.form}" not in NOT_AS_THEY_STAND
    )


def my(name: str, up: str, down: str, **more: object) -> Case:
    """A migration in the `.sql` form that meets the shop of MariaDB."""
    return sql(name, up, down, **{"before": SHOP_OF_MARIADB, "engines": (MARIADB,), **more})


def _long(statements: int) -> Case:
    up = ["CREATE TABLE texts (id INTEGER PRIMARY KEY, t VARCHAR(80));"]
    up += [f"CREATE INDEX ix_{i} ON texts (t, id);" for i in range(20)]
    up += [f"INSERT INTO texts VALUES ({i}, 'line {i}; of many');" for i in range(statements - len(up))]
    return my(f"{statements}_lines", "\n".join(up), "DROP TABLE texts;")


CASES = (
    my(
        "add_three_columns_and_fill_them",
        up="""
        ALTER TABLE orders ADD COLUMN net INTEGER, ADD COLUMN tax INTEGER;
        ALTER TABLE orders ADD COLUMN label TEXT;
        UPDATE orders SET net = amount * 100 / 119, tax = amount - amount * 100 / 119, label = concat('No. ', id);
        """,
        down="ALTER TABLE orders DROP COLUMN label; ALTER TABLE orders DROP COLUMN tax, DROP COLUMN net;",
    ),
    my(
        "column_changed_and_placed",
        up="""
        ALTER TABLE orders CHANGE note remark VARCHAR(60) NULL AFTER id, MODIFY amount BIGINT NOT NULL DEFAULT 4;
        ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 5;
        """,
        down="ALTER TABLE orders CHANGE remark note TEXT NULL AFTER amount, MODIFY amount INTEGER NOT NULL;",
    ),
    my(
        "computed_columns",
        up="""
        ALTER TABLE orders ADD COLUMN twice INTEGER AS (amount * 2) VIRTUAL,
            ADD COLUMN half INTEGER AS (amount / 2) STORED;
        CREATE INDEX ix_twice ON orders (twice);
        """,
        down="DROP INDEX ix_twice ON orders; ALTER TABLE orders DROP COLUMN half, DROP COLUMN twice;",
    ),
    my(
        "numbered_key",
        up="""
        CREATE TABLE tickets (id INTEGER AUTO_INCREMENT PRIMARY KEY, title TEXT) AUTO_INCREMENT = 7;
        INSERT INTO tickets (title) VALUES ('first'), ('second');
        """,
        down="DROP TABLE tickets;",
    ),
    my(
        "number_taken_on_the_way",
        up="""
        CREATE TABLE tickets (id INTEGER AUTO_INCREMENT PRIMARY KEY, title TEXT);
        INSERT INTO tickets (title) VALUES ('first');
        SET @id = LAST_INSERT_ID();
        CREATE TABLE holders (ticket_id INTEGER, FOREIGN KEY (ticket_id) REFERENCES tickets (id));
        INSERT INTO holders VALUES (@id);
        """,
        down="DROP TABLE holders; DROP TABLE tickets;",
    ),
    my("plain_index", "CREATE INDEX ix_amount ON orders (amount);", "DROP INDEX ix_amount ON orders;"),
    my(
        "indexes_of_every_kind",
        up="""
        CREATE UNIQUE INDEX ux_email ON customers (email(60), id);
        CREATE FULLTEXT INDEX ft_note ON orders (note);
        ALTER TABLE orders ADD INDEX ix_down (amount DESC, id ASC), ADD UNIQUE KEY ux_both (id, amount) USING BTREE;
        """,
        down="""
        ALTER TABLE orders DROP INDEX ux_both, DROP KEY ix_down;
        DROP INDEX ft_note ON orders;
        ALTER TABLE customers DROP INDEX ux_email;
        """,
    ),
    my(
        "dropped_index",
        before="CREATE TABLE words (w VARCHAR(9), INDEX ix_w (w)); INSERT INTO words VALUES ('a'), ('b');",
        up="DROP INDEX ix_w ON words;",
        down="CREATE INDEX ix_w ON words (w);",
    ),
    my(
        "renamed_index_and_table",
        before="CREATE TABLE words (w VARCHAR(9), INDEX ix_w (w)); INSERT INTO words VALUES ('a'), ('b');",
        up="ALTER TABLE words RENAME INDEX ix_w TO ix_words; RENAME TABLE words TO texts;",
        down="RENAME TABLE texts TO words; ALTER TABLE words RENAME INDEX ix_words TO ix_w;",
    ),
    my("statements_on_files", "OPTIMIZE TABLE orders; CREATE TABLE tidy (a INT); ANALYZE TABLE orders;",
       "DROP TABLE tidy;"),
    my(
        "mixed_case_names",
        up="""
        CREATE TABLE `MixedCase` (`Id` INTEGER PRIMARY KEY, `iD2` VARCHAR(9), plain VARCHAR(9));
        CREATE INDEX `IX_MixedCase_iD2` ON `MixedCase` (`iD2`, plain);
        INSERT INTO `MixedCase` VALUES (1, 'a', 'b');
        ALTER TABLE `MixedCase` RENAME COLUMN `iD2` TO `other`;
        """,
        down="DROP TABLE `MixedCase`;",
    ),
    my(
        "reserved_names",
        up="""
        CREATE TABLE `order` (`select` INTEGER PRIMARY KEY, `from` VARCHAR(9), `group` TEXT);
        CREATE INDEX `index` ON `order` (`from`);
        INSERT INTO `order` VALUES (1, 'drop', "table");
        CREATE VIEW `view` AS SELECT `select` AS `where` FROM `order`;
        """,
        down="DROP VIEW `view`; DROP TABLE `order`;",
    ),
    my(
        "names_in_other_alphabets",
        up="""
        CREATE TABLE bücher (größe INTEGER, `имя` VARCHAR(20), `名前` TEXT);
        CREATE INDEX `ключ` ON bücher (`имя`);
        INSERT INTO bücher VALUES (1, 'Война и мир', '🙂');
        """,
        down="DROP TABLE bücher;",
    ),
    my(
        "names_with_signs_in_them",
        up="""
        CREATE TABLE `two words; and -- more` (`a ``quoted`` one` INTEGER, `50 %` TEXT, `it's :here` TEXT, `{?}` TEXT);
        INSERT INTO `two words; and -- more` VALUES (1, '%s', ':x', '?');
        ALTER TABLE `two words; and -- more` ADD COLUMN `$1` TEXT;
        """,
        down="DROP TABLE `two words; and -- more`;",
    ),
    py(
        "foreign_key_and_its_index",
        up="""
        op.create_index("ix_customer", "orders", ["customer_id"])
        op.create_foreign_key("fk_orders_customer", "orders", "customers", ["customer_id"], ["id"], ondelete="CASCADE")
        """,
        down="""
        op.drop_constraint("fk_orders_customer", "orders", type_="foreignkey")
        op.drop_index("ix_customer", "orders")
        """,
        engines=(MARIADB,),
    ),
    py(
        "create_table_with_everything",
        up="""
        op.create_table(
            "tags",
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("label", sa.String(30), nullable=False),
            sa.Column("order_id", sa.Integer(), sa.ForeignKey("orders.id", name="fk_tags_order")),
            sa.Column("weight", sa.Numeric(8, 2), server_default="1.50", nullable=False),
            sa.Column("is_shown", sa.Boolean(), server_default=sa.true(), nullable=False),
            sa.UniqueConstraint("label", name="uq_tags_label"),
            sa.CheckConstraint("weight >= 0", name="ck_tags_weight"),
        )
        op.create_index("ix_tags_order", "tags", ["order_id"])
        """,
        down='op.drop_table("tags")',
        engines=(MARIADB,),
    ),
    my(
        "constraints_of_every_kind",
        up="""
        ALTER TABLE customers ADD COLUMN referred_by INTEGER;
        ALTER TABLE customers ADD CONSTRAINT fk_referred FOREIGN KEY (referred_by) REFERENCES customers (id);
        ALTER TABLE orders ADD CONSTRAINT ck_amount CHECK (amount > 0 AND note NOT LIKE '%;%');
        ALTER TABLE customers ADD CONSTRAINT uq_name UNIQUE (name, id);
        """,
        down="""
        ALTER TABLE customers DROP INDEX uq_name;
        ALTER TABLE orders DROP CONSTRAINT ck_amount;
        ALTER TABLE customers DROP FOREIGN KEY fk_referred;
        ALTER TABLE customers DROP COLUMN referred_by;
        """,
    ),
    my(
        "cascading_foreign_key",
        up="""
        CREATE TABLE parts (
            order_id INTEGER NOT NULL, line INTEGER, what TEXT, PRIMARY KEY (order_id, line),
            FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
        );
        INSERT INTO parts SELECT id, 1, 'first' FROM orders;
        INSERT INTO orders VALUES (900, 1, 1, NULL);
        INSERT INTO parts VALUES (900, 1, 'goes with its order');
        DELETE FROM orders WHERE id = 900;
        """,
        down="DROP TABLE parts;",
    ),
    my(
        "primary_key_added",
        before="CREATE TABLE seats (hall INT NOT NULL, seat INT NOT NULL); INSERT INTO seats VALUES (1, 1), (1, 2);",
        up="ALTER TABLE seats ADD PRIMARY KEY (hall, seat);",
        down="ALTER TABLE seats DROP PRIMARY KEY;",
    ),
    my(
        "triggers_and_routines",
        up="""
        CREATE TABLE log (order_id INT, what TEXT);
        DELIMITER //
        CREATE TRIGGER orders_log AFTER UPDATE ON orders FOR EACH ROW
        BEGIN
            IF NEW.amount <> OLD.amount THEN
                INSERT INTO log VALUES (NEW.id, concat('was ', OLD.amount, '; is ', NEW.amount));
            END IF;
        END//
        CREATE PROCEDURE raise_all(by_much INT) BEGIN UPDATE orders SET amount = amount + by_much; -- all; of them
        END//
        DELIMITER ;
        CREATE FUNCTION tax(amount INT) RETURNS DECIMAL(9, 2) DETERMINISTIC RETURN amount * 0.19;
        UPDATE orders SET amount = amount + 1 WHERE id < 10;
        """,
        down="""
        UPDATE orders SET amount = amount - 1 WHERE id < 10;
        DROP FUNCTION tax; DROP PROCEDURE raise_all; DROP TRIGGER orders_log; DROP TABLE log;
        """,
    ),
    my(
        "routine_called",
        up="""
        CREATE PROCEDURE fill() BEGIN
            DECLARE i INT DEFAULT 900;
            WHILE i < 905 DO INSERT INTO orders VALUES (i, 1, i, 'by; routine'); SET i = i + 1; END WHILE;
        END;
        CALL fill();
        DROP PROCEDURE fill;
        """,
        down="DELETE FROM orders WHERE id >= 900;",
    ),
    my(
        "view_replaced_and_event",
        before="CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (1, 2);",
        up="""
        CREATE OR REPLACE VIEW v AS SELECT a, b FROM t;
        CREATE EVENT e ON SCHEDULE EVERY 1 YEAR STARTS '2036-01-01' DISABLE DO DELETE FROM t;
        """,
        down="DROP EVENT e; CREATE OR REPLACE VIEW v AS SELECT a FROM t;",
    ),
    my(
        "sequence",
        up="""
        CREATE SEQUENCE invoice_no START WITH 1000;
        ALTER TABLE orders ADD COLUMN invoice BIGINT DEFAULT (NEXT VALUE FOR invoice_no);
        """,
        down="ALTER TABLE orders DROP COLUMN invoice; DROP SEQUENCE invoice_no;",
    ),
    my(
        "partitions",
        up="""
        CREATE TABLE visits (id INT NOT NULL, at DATE NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (year(at)) (
            PARTITION p2025 VALUES LESS THAN (2026), PARTITION rest VALUES LESS THAN MAXVALUE);
        INSERT INTO visits SELECT id, '2025-12-01' + INTERVAL id DAY FROM orders;
        ALTER TABLE visits DROP PARTITION p2025;
        """,
        down="DROP TABLE visits;",
    ),
    my(
        "upsert",
        up="""
        INSERT INTO customers (id, name) VALUES (1, 'one'), (200, 'two hundred')
        ON DUPLICATE KEY UPDATE name = concat(name, ' = ', VALUES(name));
        REPLACE INTO orders VALUES (901, 2, 1, 'a');
        """,
        down="DELETE FROM orders WHERE id = 901; DELETE FROM customers WHERE id = 200; "
        "UPDATE customers SET name = 'customer 1' WHERE id = 1;",
    ),
    my(
        "structure_and_rows_in_turns",
        up="""
        CREATE TABLE cities (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
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
        DROP INDEX ix_customers_city ON customers;
        ALTER TABLE customers DROP COLUMN city_id;
        DROP TABLE cities;
        """,
    ),
    my(
        "several_tables_dropped",
        before="CREATE TABLE a (i INT); CREATE TABLE b (i INT); CREATE TABLE c (i INT);",
        up="DROP TABLE a, b, c; CREATE TABLE d (i INT);",
        down="DROP TABLE d; CREATE TABLE a (i INT); CREATE TABLE b (i INT); CREATE TABLE c (i INT);",
    ),
    my("truncate", "CREATE TABLE kept AS SELECT * FROM orders; TRUNCATE orders;",
       "INSERT INTO orders SELECT * FROM kept; DROP TABLE kept;"),
    my(
        "literals_and_comments",
        up=r"""
        INSERT INTO orders VALUES (901, 1, 1, 'it\'s; \n C:\\new'), (902, 1, 1, "it""s; '"); # a; comment
        INSERT INTO orders VALUES (903, 1, 1, X'414243'), (904, 1, 1, _utf8mb4'x' 'y'); -- another; one
        /*!40000 UPDATE orders SET note = 'versioned; comment' WHERE id = 903 */;
        /*M!100000 UPDATE orders SET note = '; also' WHERE id = 904 */;
        """,
        down="DELETE FROM orders WHERE id > 900;",
    ),
    my("signs_in_texts", "CREATE TABLE texts (id INTEGER PRIMARY KEY, t TEXT);\n" + INSERT_SIGNS.replace("\\", "\\\\"),
       "DROP TABLE texts;", newline="\r\n"),
    py(
        "execute_with_bound_parameters",
        up="""
        statement = sa.text("UPDATE customers SET city = :city, email = :none WHERE id < :most OR name = :name")
        op.execute(statement.bindparams(city="it's; 50 % \\\\ of :it", none=None, most=10, name="customer 20"))
        customers = sa.table("customers", sa.column("id"), sa.column("name"))
        op.execute(sa.insert(customers).values(id=77, name="77"))
        """,
        down="""
        op.execute("DELETE FROM customers WHERE id = 77")
        op.execute("UPDATE customers SET city = concat('city ', id % 7), email = concat('c', id, '@example.org')")
        """,
        engines=(MARIADB,),
    ),
    _long(1_000),
)  # fmt: skip
