-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50) DEFAULT NULL, status enum('new','paid','sent') NOT NULL DEFAULT 'new', placed datetime(3), body text, code char(8), small smallint, PRIMARY KEY (id), KEY c_i (customer_id), CONSTRAINT pos CHECK (amount >= 0)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE history (id int PRIMARY KEY, note varchar(50)) WITH SYSTEM VERSIONING;
CREATE TABLE loose (id int NOT NULL, k int NOT NULL);
CREATE TABLE logs (at date NOT NULL, line varchar(400)) PARTITION BY RANGE (YEAR(at)) (PARTITION p2023 VALUES LESS THAN (2024), PARTITION rest VALUES LESS THAN MAXVALUE);
CREATE TABLE narrow (id int NOT NULL PRIMARY KEY, note varchar(300), short varchar(50), wide varchar(40) CHARACTER SET utf8mb3) DEFAULT CHARSET=latin1;
CREATE SEQUENCE numbers;

-- case: ma-drop-table
-- expect: data-loss irreversible compatibility
DROP TABLE IF EXISTS orders WAIT 5;

-- case: ma-create-or-replace
-- expect: data-loss
CREATE OR REPLACE TABLE orders (id int PRIMARY KEY);

-- case: ma-create-or-replace-select
-- expect: data-loss
create or replace table `orders` as select * from customers where id < 5;

-- case: ma-create-or-replace-own
CREATE TABLE scratch (id int);
CREATE OR REPLACE TABLE scratch (id int, n int);
CREATE OR REPLACE TEMPORARY TABLE picked (id int);

-- case: ma-bang-comment
-- expect: data-loss
/*M!100100 DROP TABLE orders */;

-- case: ma-mysql-only-comment
/*!50718 DROP TABLE orders */;
/*!80000 DROP TABLE orders */;

-- case: ma-old-comment
-- expect: data-loss
/*!40101 DROP TABLE orders */;

-- case: ma-drop-system-versioning
-- expect: data-loss
ALTER TABLE history DROP SYSTEM VERSIONING;

-- case: ma-delete-history
-- expect: data-loss
DELETE HISTORY FROM history;

-- case: ma-add-system-versioning
-- expect: locking
ALTER TABLE orders ADD SYSTEM VERSIONING;

-- case: ma-alter-ignore
-- expect: data-loss
ALTER IGNORE TABLE customers ADD UNIQUE INDEX n_u (name);

-- case: ma-alter-online
ALTER ONLINE TABLE orders ADD COLUMN n int;

-- case: ma-drop-column-if-exists
-- expect: data-loss compatibility
ALTER TABLE IF EXISTS orders DROP COLUMN IF EXISTS note, ALGORITHM=INSTANT;

-- case: ma-add-column-anywhere
ALTER TABLE orders ADD COLUMN IF NOT EXISTS a int FIRST, ADD b varchar(10) DEFAULT 'x' AFTER note;

-- case: ma-add-column-uuid
-- expect: locking
ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT UUID();

-- case: ma-add-column-current-timestamp
ALTER TABLE orders ADD COLUMN seen timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp();

-- case: ma-add-persistent
-- expect: locking
ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) PERSISTENT;

-- case: ma-add-virtual
ALTER TABLE orders ADD COLUMN g decimal(12,2) AS (amount * 2) VIRTUAL;

-- case: ma-add-not-null
-- expect: compatibility
ALTER TABLE orders ADD COLUMN n int NOT NULL;

-- case: ma-int-to-bigint
-- expect: locking
ALTER TABLE orders MODIFY COLUMN small bigint;

-- case: ma-int-to-bigint-online version=11.4
ALTER TABLE orders MODIFY COLUMN small bigint;

-- case: ma-int-to-bigint-refused
-- expect: locking
ALTER TABLE orders CHANGE COLUMN small small int;

-- case: ma-varchar-widen
ALTER TABLE narrow MODIFY short varchar(200);

-- case: ma-varchar-widen-across
-- expect: locking
ALTER TABLE orders MODIFY note varchar(100);

-- case: ma-varchar-narrow
-- expect: data-loss
ALTER TABLE orders MODIFY note varchar(10);

-- case: ma-utf8mb3-to-utf8mb4
ALTER TABLE narrow MODIFY wide varchar(40) CHARACTER SET utf8mb4;

-- case: ma-reorder
ALTER TABLE orders MODIFY note varchar(50) DEFAULT NULL FIRST;

-- case: ma-set-not-null
-- expect: compatibility
ALTER TABLE orders MODIFY note varchar(50) NOT NULL;

-- case: ma-enum-append
ALTER TABLE orders MODIFY status enum('new','paid','sent','lost') NOT NULL DEFAULT 'new';

-- case: ma-enum-remove
-- expect: data-loss
ALTER TABLE orders MODIFY status enum('new','paid') NOT NULL DEFAULT 'new';

-- case: ma-lost-default
-- expect: compatibility
ALTER TABLE orders MODIFY amount decimal(10,2) NOT NULL;

-- case: ma-rename-column
-- expect: compatibility
ALTER TABLE orders RENAME COLUMN note TO remark;

-- case: ma-rename-table
-- expect: compatibility
RENAME TABLE IF EXISTS orders WAIT 5 TO purchases;

-- case: ma-rename-swap
CREATE TABLE orders_new LIKE orders;
RENAME TABLES orders TO orders_old, orders_new TO orders;

-- case: ma-add-index
ALTER TABLE orders ADD INDEX IF NOT EXISTS n_i (note), ADD UNIQUE INDEX u_i (note, id), ALGORITHM=NOCOPY, LOCK=NONE;
CREATE INDEX IF NOT EXISTS a_i ON orders (amount) WAIT 3;

-- case: ma-fulltext
-- expect: locking
CREATE FULLTEXT INDEX f_i ON orders (body);

-- case: ma-index-copy
-- expect: locking
CREATE INDEX a_i ON orders (amount) ALGORITHM=COPY;

-- case: ma-drop-index
-- expect: performance
DROP INDEX IF EXISTS c_i ON orders;

-- case: ma-index-ignored
ALTER TABLE orders ALTER INDEX c_i IGNORED;

-- case: ma-add-primary-key
-- expect: locking
ALTER TABLE loose ADD PRIMARY KEY (id);

-- case: ma-drop-primary-key
-- expect: locking
ALTER TABLE loose DROP PRIMARY KEY;

-- case: ma-add-foreign-key
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT o_c FOREIGN KEY IF NOT EXISTS (customer_id) REFERENCES customers (id);

-- case: ma-add-foreign-key-cascade
-- expect: data-loss
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE;

-- case: ma-add-column-references
-- expect: locking
ALTER TABLE orders ADD COLUMN parent int REFERENCES orders (id);

-- case: ma-add-check
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT IF NOT EXISTS small_ones CHECK (amount < 1000);

-- case: ma-drop-check
-- expect: compatibility
ALTER TABLE orders DROP CONSTRAINT IF EXISTS pos;

-- case: ma-convert-charset
-- expect: locking
ALTER TABLE narrow CONVERT TO CHARACTER SET utf8mb4;

-- case: ma-convert-charset-smaller
-- expect: data-loss
ALTER TABLE orders CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin;

-- case: ma-engine-aria
-- expect: locking data-loss
ALTER TABLE orders ENGINE=Aria TRANSACTIONAL=1 PAGE_CHECKSUM=1;

-- case: ma-optimize
-- expect: locking
OPTIMIZE LOCAL TABLE orders WAIT 5;

-- case: ma-row-format
-- expect: locking
ALTER TABLE orders ROW_FORMAT=COMPRESSED;

-- case: ma-page-compressed
ALTER TABLE orders COMMENT='x' PAGE_COMPRESSION_LEVEL=5;

-- case: ma-partition-drop
-- expect: data-loss
ALTER TABLE logs DROP PARTITION IF EXISTS p2023;

-- case: ma-partition-truncate
-- expect: data-loss
ALTER TABLE logs TRUNCATE PARTITION p2023;

-- case: ma-exchange-partition
-- expect: data-loss
ALTER TABLE logs EXCHANGE PARTITION p2023 WITH TABLE archive;

-- case: ma-convert-partition-to-table version=10.11
-- expect: data-loss
ALTER TABLE logs CONVERT PARTITION p2023 TO TABLE logs_2023;

-- case: ma-sequence-restart
-- expect: compatibility
ALTER SEQUENCE numbers RESTART WITH 1;

-- case: ma-sequence-setval
-- expect: compatibility
SELECT SETVAL(numbers, 1);

-- case: ma-drop-sequence
-- expect: compatibility
DROP SEQUENCE numbers;

-- case: ma-create-sequence
CREATE SEQUENCE IF NOT EXISTS fresh START WITH 100 INCREMENT BY 10 CACHE 50;
SELECT NEXT VALUE FOR fresh, NEXTVAL(fresh);

-- case: ma-truncate
-- expect: data-loss
TRUNCATE TABLE orders NOWAIT;

-- case: ma-discard-tablespace
-- expect: data-loss
ALTER TABLE orders DISCARD TABLESPACE;

-- case: ma-set-statement
-- expect: data-loss
SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE orders DROP COLUMN note;

-- case: ma-set-statement-safe
SET STATEMENT max_statement_time=10, lock_wait_timeout=1 FOR ALTER TABLE orders ADD COLUMN n int;

-- case: ma-period
-- expect: locking
ALTER TABLE loose ADD COLUMN s date NOT NULL DEFAULT '2000-01-01', ADD COLUMN e date NOT NULL DEFAULT '2100-01-01', ADD PERIOD FOR p (s, e);
