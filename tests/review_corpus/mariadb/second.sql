-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(30), UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50) DEFAULT NULL, small smallint, body text, seen uuid, PRIMARY KEY (id), KEY n_i (note)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE loaded (id int, note varchar(50));
CREATE TABLE history (id int PRIMARY KEY, n int) WITH SYSTEM VERSIONING;
CREATE SEQUENCE numbers;

-- case: ma2-modify-if-exists
ALTER TABLE orders MODIFY COLUMN IF EXISTS note varchar(60);

-- case: ma2-small-varchar-grows
ALTER TABLE customers MODIFY name varchar(300);

-- case: ma2-add-instant
ALTER TABLE orders ADD COLUMN x INT DEFAULT 5, ADD y VARCHAR(10) NOT NULL DEFAULT '' AFTER id, ALGORITHM=INSTANT;

-- case: ma2-add-check-column
ALTER TABLE orders ADD COLUMN qty INT CHECK (qty > 0);

-- case: ma2-add-expression-default
ALTER TABLE orders ADD COLUMN later DATE DEFAULT (CURRENT_DATE + INTERVAL 1 DAY), ADD n INT DEFAULT (1 + 1);

-- case: ma2-add-invisible
ALTER TABLE orders ADD COLUMN v INT INVISIBLE;

-- case: ma2-move-column
ALTER TABLE orders CHANGE COLUMN small small smallint AFTER id;

-- case: ma2-recollate
ALTER TABLE orders MODIFY body text COLLATE utf8mb4_bin;

-- case: ma2-version-old-reorder version=10.3
-- expect: locking
ALTER TABLE orders MODIFY small smallint FIRST;

-- case: ma2-uuid-to-text
-- expect: locking
ALTER TABLE orders MODIFY seen char(36);

-- case: ma2-check-11 version=11.4
ALTER TABLE orders ADD CONSTRAINT big CHECK (amount < 99);

-- case: ma2-copy-11-exclusive version=11.4
-- expect: locking
ALTER TABLE orders MODIFY small int, LOCK=EXCLUSIVE;

-- case: ma2-fulltext-11 version=11.4
-- expect: locking
ALTER TABLE orders ADD FULLTEXT INDEX f_i (body);

-- case: ma2-create-or-replace-like
-- expect: data-loss
CREATE OR REPLACE TABLE orders LIKE customers;

-- case: ma2-create-or-replace-others
CREATE OR REPLACE PROCEDURE p() SELECT 1;
CREATE OR REPLACE FUNCTION f() RETURNS INT RETURN 1;
CREATE OR REPLACE TRIGGER t AFTER INSERT ON orders FOR EACH ROW SET @a = 1;
CREATE OR REPLACE USER x IDENTIFIED BY 'y';
CREATE OR REPLACE INDEX a_i ON orders (amount);

-- case: ma2-create-or-replace-sequence
-- expect: compatibility
CREATE OR REPLACE SEQUENCE numbers START WITH 1;

-- case: ma2-sequence-options
ALTER SEQUENCE numbers MAXVALUE 100000 CACHE 100;
SELECT NEXTVAL(numbers);

-- case: ma2-for-loop
-- expect: data-loss
BEGIN NOT ATOMIC
  FOR i IN 1..10 DO
    DELETE FROM orders;
  END FOR;
END;

-- case: ma2-if-outside
DELIMITER //
-- expect: data-loss
IF (SELECT COUNT(*) FROM orders) > 0 THEN
  TRUNCATE TABLE orders;
END IF//
DELIMITER ;

-- case: ma2-partition-by-system-time
-- expect: locking
ALTER TABLE history PARTITION BY SYSTEM_TIME INTERVAL 1 MONTH PARTITIONS 12;

-- case: ma2-delete-history-before
-- expect: data-loss
DELETE HISTORY FROM history BEFORE SYSTEM_TIME '2020-01-01 00:00:00';

-- case: ma2-query-history
SELECT * FROM history FOR SYSTEM_TIME AS OF TIMESTAMP '2020-01-01' WHERE id = 1;
SET @@system_versioning_alter_history = 'KEEP';

-- case: ma2-set-statement-mode
-- expect: data-loss
SET STATEMENT sql_mode = '' FOR INSERT INTO loaded (id, note) VALUES (1, 'x');

-- case: ma2-set-statement-select
SET STATEMENT max_statement_time = 5 FOR SELECT * FROM orders;

-- case: ma2-lock-read
-- expect: locking
LOCK TABLE loaded READ;
UNLOCK TABLES;

-- case: ma2-convert-utf8
-- expect: locking
ALTER TABLE customers CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- case: ma2-drop-constraint
-- expect: compatibility
ALTER TABLE customers DROP CONSTRAINT email_u;

-- case: ma2-drop-primary-refused
ALTER TABLE orders DROP INDEX IF EXISTS not_there_at_all, ADD INDEX not_there_at_all (amount);

-- case: ma2-row-changes
INSERT INTO loaded (id, note) VALUES (1, 'a') ON DUPLICATE KEY UPDATE note = VALUE(note);
DELETE FROM orders WHERE id = 1 RETURNING *;
UPDATE orders SET note = 'x' WHERE id BETWEEN 5 AND 10;

-- case: ma2-temporary-replace
CREATE TEMPORARY TABLE tt (id INT PRIMARY KEY);
REPLACE INTO tt VALUES (1);
INSERT IGNORE INTO tt (id) VALUES (1);
CREATE OR REPLACE TEMPORARY TABLE tt (id INT);

-- case: ma2-bang-comments
SELECT /*M!100000 1, */ 2 /*! , 3 */;
/*M!999999 DROP TABLE orders */;
/*!100100 SET STATEMENT lock_wait_timeout = 1 FOR */ ALTER TABLE orders ADD COLUMN z INT;

-- case: ma2-bang-comment-new
-- expect: data-loss
/*!100100 DROP TABLE orders */;

-- case: ma2-execute-immediate-drop
-- expect: data-loss
EXECUTE IMMEDIATE CONCAT('ALTER TABLE orders ', 'DROP COLUMN ', 'note');

-- case: ma2-update-unjoined
-- expect: data-loss
UPDATE orders CROSS JOIN loaded SET orders.note = loaded.note WHERE loaded.id = 1;

-- case: ma2-natural-join
-- expect: performance
DELETE o FROM orders o NATURAL JOIN loaded l WHERE l.note IS NOT NULL;

-- case: ma2-multi-update-by-key
UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.note = c.name WHERE o.id IN (1, 2, 3);

-- case: ma2-index-options
CREATE INDEX IF NOT EXISTS x_i USING BTREE ON orders (amount) COMMENT 'c' LOCK=NONE;
ALTER TABLE orders ADD KEY y_i (small) IGNORED, RENAME INDEX n_i TO nn_i;

-- case: ma2-add-fk-on-new-column
-- expect: locking
ALTER TABLE orders ADD COLUMN parent INT, ADD FOREIGN KEY (parent) REFERENCES orders (id);

-- case: ma2-procedure-not-called
DELIMITER $$
CREATE OR REPLACE PROCEDURE gone() MODIFIES SQL DATA BEGIN DROP TABLE orders; DELETE FROM customers; END $$
DELIMITER ;
SHOW CREATE PROCEDURE gone;

-- case: ma2-session
SET NAMES utf8mb4;
SET SESSION lock_wait_timeout = 3;
SET innodb_lock_wait_timeout = DEFAULT;
SET ROLE reader;
FLUSH TABLES;
ANALYZE TABLE orders;
KILL CONNECTION 5;

-- case: ma2-rename-own
CREATE TABLE fresh_one (id INT);
ALTER TABLE fresh_one RENAME TO fresh_two;
DROP TABLE fresh_two;

-- case: ma2-drop-own-sequence
CREATE SEQUENCE fresh_seq;
DROP SEQUENCE fresh_seq;

-- case: ma2-view
CREATE OR REPLACE VIEW brand_view AS SELECT id, note FROM orders;
CREATE OR REPLACE VIEW brand_view AS SELECT id FROM orders;

-- case: ma2-open-transaction
-- expect: compatibility
START TRANSACTION READ WRITE;
INSERT INTO loaded (id) VALUES (1);

-- case: ma2-read-only-transaction
START TRANSACTION READ ONLY;
SELECT COUNT(*) FROM orders;
COMMIT;
