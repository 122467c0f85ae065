"""The lifecycle cases of the `.sql` form in T-SQL, judged by Microsoft's parser and schema compiler."""

# ruff: noqa: E501 - a case reads best with its script on one line.
from __future__ import annotations

from lifecycle.case import Case

SHOP = """
CREATE TABLE customers (
    id int NOT NULL CONSTRAINT pk_customers PRIMARY KEY,
    name nvarchar(40) NOT NULL,
    email nvarchar(max) NULL,
    city nvarchar(60) NULL
);
CREATE TABLE orders (
    id int NOT NULL CONSTRAINT pk_orders PRIMARY KEY,
    customer_id int NOT NULL CONSTRAINT fk_orders_customer REFERENCES customers (id),
    amount int NOT NULL,
    note nvarchar(200) NULL
);
GO
INSERT INTO customers (id, name, email, city)
SELECT TOP (30) ROW_NUMBER() OVER (ORDER BY object_id), N'customer', N'c@example.org', N'city' FROM sys.all_objects;
GO
INSERT INTO orders (id, customer_id, amount) SELECT id, id, id * 10 FROM customers;
"""


def tsql(name: str, up: str, down: str, *, options: str = "", newline: str = "\n", fault: str = "") -> Case:
    """A migration in T-SQL."""
    return Case(name, up, down, SHOP, engines=("sqlserver",), options=options, newline=newline, fault=fault)


CASES = (
    tsql("create_table", "CREATE TABLE tags (id int NOT NULL CONSTRAINT pk_tags PRIMARY KEY);", "DROP TABLE tags;"),
    tsql(
        "create_table_with_everything",
        """
        CREATE TABLE visits (
            id bigint IDENTITY(1,1) NOT NULL CONSTRAINT pk_visits PRIMARY KEY,
            order_id int NOT NULL CONSTRAINT fk_visits_order REFERENCES orders (id) ON DELETE CASCADE,
            at datetimeoffset NOT NULL CONSTRAINT df_visits_at DEFAULT SYSDATETIMEOFFSET(),
            price decimal(9, 2) NOT NULL CONSTRAINT ck_visits_price CHECK (price >= 0),
            place nvarchar(max) NULL,
            code char(8) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT uq_visits_code UNIQUE,
            twice AS (price * 2) PERSISTED,
            version rowversion NOT NULL,
            INDEX ix_visits_at (at DESC)
        );
        """,
        "DROP TABLE visits;",
    ),
    tsql("drop_table", "CREATE TABLE old (a int);\nGO\nDROP TABLE old;\nCREATE TABLE new (a int);", "DROP TABLE new;"),
    tsql("rename_table", "EXEC sp_rename N'dbo.orders', N'purchases', N'OBJECT';",
         "EXEC sp_rename N'dbo.purchases', N'orders', N'OBJECT';"),
    tsql("rename_table_and_use_it",
         "EXEC sp_rename N'orders', N'purchases', N'OBJECT';\nGO\nUPDATE purchases SET amount = amount + 1;",
         "UPDATE purchases SET amount = amount - 1;\nGO\nEXEC sp_rename N'purchases', N'orders', N'OBJECT';"),
    tsql("add_column", "ALTER TABLE orders ADD paid_at datetime2 NULL;", "ALTER TABLE orders DROP COLUMN paid_at;"),
    tsql(
        "add_column_and_use_it",
        "ALTER TABLE orders ADD net int NULL;\nGO\nUPDATE orders SET net = amount * 100 / 119;",
        "ALTER TABLE orders DROP COLUMN net;",
    ),
    tsql(
        "add_columns_in_one_statement",
        "ALTER TABLE orders ADD net int NULL, tax int NULL,\n    state nvarchar(10) NOT NULL CONSTRAINT df_state DEFAULT N'new';",
        "ALTER TABLE orders DROP CONSTRAINT df_state, COLUMN net, tax, state;",
    ),
    tsql(
        "add_column_not_null_in_steps",
        """
        ALTER TABLE orders ADD state nvarchar(10) NULL;
        GO
        UPDATE orders SET state = CASE WHEN amount > 500 THEN N'large' ELSE N'small' END;
        GO
        ALTER TABLE orders ALTER COLUMN state nvarchar(10) NOT NULL;
        """,
        "ALTER TABLE orders DROP COLUMN state;",
    ),
    tsql(
        "drop_column_with_unnamed_default",
        """
        ALTER TABLE orders ADD flags int NOT NULL DEFAULT 0;
        GO
        DECLARE @name sysname = (
            SELECT name FROM sys.default_constraints WHERE parent_object_id = OBJECT_ID(N'orders')
            AND COL_NAME(parent_object_id, parent_column_id) = N'flags');
        EXEC(N'ALTER TABLE orders DROP CONSTRAINT ' + @name);
        ALTER TABLE orders DROP COLUMN flags;
        GO
        ALTER TABLE orders ADD flags bigint NOT NULL CONSTRAINT df_flags DEFAULT 0;
        """,
        "ALTER TABLE orders DROP CONSTRAINT df_flags;\nALTER TABLE orders DROP COLUMN flags;",
    ),
    tsql("drop_column", "ALTER TABLE orders DROP COLUMN note;", "ALTER TABLE orders ADD note nvarchar(200) NULL;"),
    tsql("rename_column", "EXEC sp_rename N'orders.note', N'remark', N'COLUMN';",
         "EXEC sp_rename N'orders.remark', N'note', N'COLUMN';"),
    tsql("widen_type", "ALTER TABLE customers ALTER COLUMN name nvarchar(200) NOT NULL;",
         "ALTER TABLE customers ALTER COLUMN name nvarchar(40) NOT NULL;"),
    tsql("number_becomes_text", "ALTER TABLE orders ALTER COLUMN amount nvarchar(20) NOT NULL;",
         "ALTER TABLE orders ALTER COLUMN amount int NOT NULL;"),
    tsql("not_null", "UPDATE orders SET note = N'-' WHERE note IS NULL;\nALTER TABLE orders ALTER COLUMN note nvarchar(200) NOT NULL;",
         "ALTER TABLE orders ALTER COLUMN note nvarchar(200) NULL;\nUPDATE orders SET note = NULL WHERE note = N'-';"),
    tsql("default_set_and_dropped", "ALTER TABLE orders ADD CONSTRAINT df_note DEFAULT N'none' FOR note;",
         "ALTER TABLE orders DROP CONSTRAINT df_note;"),
    tsql("computed_column",
         "ALTER TABLE orders ADD twice AS (amount * 2) PERSISTED;\nGO\nCREATE INDEX ix_twice ON orders (twice);",
         "DROP INDEX ix_twice ON orders;\nALTER TABLE orders DROP COLUMN twice;"),
    tsql("identity_column", "CREATE TABLE tickets (id int IDENTITY(7,1) NOT NULL, title nvarchar(50));\n"
         "INSERT INTO tickets (title) VALUES (N'first'), (N'second');", "DROP TABLE tickets;"),
    tsql(
        "identity_insert",
        """
        CREATE TABLE kinds (id int IDENTITY(1,1) NOT NULL CONSTRAINT pk_kinds PRIMARY KEY, name nvarchar(50));
        GO
        SET IDENTITY_INSERT kinds ON;
        GO
        INSERT INTO kinds (id, name) VALUES (10, N'ten');
        GO
        SET IDENTITY_INSERT kinds OFF;
        """,
        "DROP TABLE kinds;",
    ),
    tsql("unique_constraint", "ALTER TABLE customers ADD CONSTRAINT uq_name UNIQUE (name);",
         "ALTER TABLE customers DROP CONSTRAINT uq_name;"),
    tsql("check_constraint", "ALTER TABLE orders WITH NOCHECK ADD CONSTRAINT ck_amount CHECK (amount > 0);\nGO\n"
         "ALTER TABLE orders WITH CHECK CHECK CONSTRAINT ck_amount;", "ALTER TABLE orders DROP CONSTRAINT ck_amount;"),
    tsql("foreign_key",
         "ALTER TABLE orders ADD parent_id int NULL;\nALTER TABLE orders ADD CONSTRAINT fk_parent FOREIGN KEY (parent_id) "
         "REFERENCES orders (id);", "ALTER TABLE orders DROP CONSTRAINT fk_parent;\nALTER TABLE orders DROP COLUMN parent_id;"),
    tsql("primary_key_of_two_columns",
         "CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, CONSTRAINT pk_pairs PRIMARY KEY CLUSTERED (a, b DESC));",
         "DROP TABLE pairs;"),
    tsql("plain_index", "CREATE NONCLUSTERED INDEX ix_amount ON orders (amount) INCLUDE (note);",
         "DROP INDEX ix_amount ON orders;"),
    tsql("filtered_index", "CREATE UNIQUE INDEX ix_note ON orders (customer_id, note) WHERE note IS NOT NULL;",
         "DROP INDEX ix_note ON orders;"),
    tsql("filtered_index_on_a_new_column",
         "ALTER TABLE orders ADD code nvarchar(20) NULL;\nGO\nCREATE UNIQUE INDEX ix_code ON orders (code) WHERE code IS NOT NULL;",
         "DROP INDEX ix_code ON orders;\nALTER TABLE orders DROP COLUMN code;"),
    tsql("columnstore_index", "CREATE NONCLUSTERED COLUMNSTORE INDEX ix_cs ON orders (amount, customer_id);",
         "DROP INDEX ix_cs ON orders;"),
    tsql("index_online", "CREATE INDEX ix_online ON orders (amount) WITH (ONLINE = ON, MAXDOP = 1);",
         "DROP INDEX ix_online ON orders;", options="transaction:false"),
    tsql("index_resumable",
         "CREATE INDEX ix_later ON orders (note) WITH (ONLINE = ON, RESUMABLE = ON, MAX_DURATION = 60 MINUTES);",
         "DROP INDEX ix_later ON orders;"),
    tsql("mixed_inside_and_outside",
         "ALTER TABLE orders ADD one int NULL;\nGO\nCREATE INDEX ix_one ON orders (one) WITH (ONLINE = ON, RESUMABLE = ON);\n"
         "GO\nUPDATE orders SET one = 1;\nGO\nALTER TABLE orders ADD two int NULL;",
         "DROP INDEX ix_one ON orders;\nALTER TABLE orders DROP COLUMN one, two;"),
    tsql("view", "CREATE VIEW big AS SELECT id, amount FROM dbo.orders WHERE amount > 500;", "DROP VIEW big;"),
    tsql("view_over_a_new_column",
         "ALTER TABLE orders ADD net int NULL;\nGO\n-- what they paid\nCREATE VIEW nets AS SELECT id, net FROM dbo.orders;",
         "DROP VIEW nets;\nALTER TABLE orders DROP COLUMN net;"),
    tsql("view_changed", "CREATE VIEW v AS SELECT id FROM dbo.orders;\nGO\nALTER VIEW v AS SELECT id, amount FROM dbo.orders;\n"
         "GO\nCREATE OR ALTER VIEW v AS SELECT id, note FROM dbo.orders;", "DROP VIEW v;"),
    tsql(
        "procedure",
        """
        /* Moves the orders of one customer.
        GO
        */
        CREATE PROCEDURE move_orders @from int, @to int AS
        BEGIN
            SET NOCOUNT ON;
            BEGIN TRY
                BEGIN TRANSACTION;
                UPDATE orders SET customer_id = @to WHERE customer_id = @from;
                COMMIT TRANSACTION;
            END TRY
            BEGIN CATCH
                IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
                THROW;
            END CATCH
        END;
        GO
        EXEC move_orders @from = 1, @to = 2;
        """,
        "DROP PROCEDURE move_orders;",
    ),
    tsql("function", "CREATE FUNCTION dbo.gross (@net int) RETURNS int AS BEGIN RETURN @net * 119 / 100 END;",
         "DROP FUNCTION dbo.gross;"),
    tsql("trigger",
         "ALTER TABLE orders ADD touched int NULL;\nGO\nCREATE TRIGGER tr_orders ON orders AFTER UPDATE AS\n"
         "UPDATE o SET touched = 1 FROM orders AS o JOIN inserted AS i ON i.id = o.id;",
         "DROP TRIGGER tr_orders;\nALTER TABLE orders DROP COLUMN touched;"),
    tsql("other_schema",
         "CREATE SCHEMA audit;\nGO\nCREATE TABLE audit.log (id int NOT NULL, entry nvarchar(max));\nGO\n"
         "INSERT INTO audit.log (id, entry) SELECT id, name FROM dbo.customers;", "DROP TABLE audit.log;\nGO\nDROP SCHEMA audit;"),
    tsql("sequence", "CREATE SEQUENCE numbers AS bigint START WITH 5;\nGO\nALTER TABLE orders ADD no bigint NOT NULL "
         "CONSTRAINT df_no DEFAULT (NEXT VALUE FOR numbers);",
         "ALTER TABLE orders DROP CONSTRAINT df_no, COLUMN no;\nGO\nDROP SEQUENCE numbers;"),
    tsql("table_type_and_synonym",
         "CREATE TYPE id_list AS TABLE (id int NOT NULL);\nGO\nCREATE SYNONYM purchases FOR dbo.orders;\nGO\n"
         "CREATE PROCEDURE count_them @ids id_list READONLY AS SELECT COUNT(*) FROM purchases WHERE id IN (SELECT id FROM @ids);",
         "DROP PROCEDURE count_them;\nGO\nDROP SYNONYM purchases;\nGO\nDROP TYPE id_list;"),
    tsql("seed_rows", "CREATE TABLE states (id int NOT NULL CONSTRAINT pk_states PRIMARY KEY, name nvarchar(20));\nGO\n"
         "INSERT INTO states (id, name) VALUES (1, N'neu'), (2, N'größer'), (3, N'完了 😀');", "DROP TABLE states;"),
    tsql("merge_rows", "MERGE customers AS t USING (VALUES (31, N'new')) AS s (id, name) ON t.id = s.id\n"
         "WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);",
         "DELETE FROM customers WHERE id = 31;"),
    tsql("go_five_times", "CREATE TABLE dots (a int NOT NULL CONSTRAINT df_a DEFAULT 1, b int NULL);\nGO\n"
         "INSERT INTO dots (b) VALUES (2);\nGO 5\nUPDATE dots SET b = 3;", "DROP TABLE dots;"),
    tsql("variables_and_loops", "DECLARE @i int = 0;\nWHILE @i < 3\nBEGIN\n    UPDATE orders SET amount = amount + 1 WHERE id = @i;\n"
         "    SET @i += 1;\nEND;", "UPDATE orders SET amount = amount - 1 WHERE id < 3;"),
    tsql("temporary_table_over_batches",
         "SELECT id, amount INTO #kept FROM orders;\nGO\nALTER TABLE orders ADD was int NULL;\nGO\n"
         "UPDATE o SET was = k.amount FROM orders AS o JOIN #kept AS k ON k.id = o.id;\nGO\nDROP TABLE #kept;",
         "ALTER TABLE orders DROP COLUMN was;"),
    tsql("reserved_names", "CREATE TABLE [select] ([from] int NOT NULL, [a]]b] int, \"order\" int);", "DROP TABLE [select];"),
    tsql("signs_in_literals", "UPDATE customers SET email = N'it''s $(x); -- no /* comment */ :r file ''GO''' WHERE id = 1;",
         "UPDATE customers SET email = NULL WHERE id = 1;"),
    tsql("go_in_a_literal", "UPDATE customers SET email = N'first\nGO\n:setvar x\n!!dir\nlast' WHERE id = 1;",
         "UPDATE customers SET email = NULL WHERE id = 1;"),
    tsql("go_in_a_comment", "/* one\nGO\ntwo ' */\nUPDATE orders SET amount = 1; -- GO\n/* /* nested\nGO\n*/ */\nUPDATE orders SET amount = 2;",
         "UPDATE orders SET amount = 3;"),
    tsql("lines_that_end_in_crlf", "ALTER TABLE orders ADD a int NULL;\nGO\nUPDATE orders\nSET a = 1;\nGO\n",
         "ALTER TABLE orders DROP COLUMN a;", newline="\r\n"),
    tsql("settings_of_management_studio",
         "SET ANSI_NULLS ON\nGO\nSET QUOTED_IDENTIFIER ON\nGO\nCREATE PROCEDURE p AS SELECT 1;\nGO", "DROP PROCEDURE p;"),
    tsql("json_out", "CREATE VIEW order_json AS SELECT (SELECT id, amount, note FROM dbo.orders FOR JSON PATH, "
         "ROOT(N'orders'), INCLUDE_NULL_VALUES) AS text;", "DROP VIEW order_json;"),
    tsql("statistics", "CREATE STATISTICS st_amount ON orders (amount);", "DROP STATISTICS orders.st_amount;"),
    tsql("temporal_table",
         "CREATE TABLE rates (id int NOT NULL CONSTRAINT pk_rates PRIMARY KEY, rate int, since datetime2 GENERATED ALWAYS AS "
         "ROW START NOT NULL, until datetime2 GENERATED ALWAYS AS ROW END NOT NULL, PERIOD FOR SYSTEM_TIME (since, until)) "
         "WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.rates_before));",
         "ALTER TABLE rates SET (SYSTEM_VERSIONING = OFF);\nGO\nDROP TABLE rates;\nDROP TABLE IF EXISTS rates_before;"),
)  # fmt: skip
