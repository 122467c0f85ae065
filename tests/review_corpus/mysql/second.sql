-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200) DEFAULT 'x', is_old tinyint(1) NOT NULL DEFAULT 0, UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50) DEFAULT NULL, status enum('new','paid') NOT NULL DEFAULT 'new', placed datetime DEFAULT CURRENT_TIMESTAMP, body text, doc json, PRIMARY KEY (id), KEY n_i (note), KEY c_i (customer_id), CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE loaded (id int NOT NULL, note varchar(50), a int, KEY a_i (a));
CREATE TABLE logs (at date NOT NULL, line varchar(400)) PARTITION BY RANGE (YEAR(at)) (PARTITION p2023 VALUES LESS THAN (2024), PARTITION p2024 VALUES LESS THAN (2025));
CREATE PROCEDURE purge_all() BEGIN TRUNCATE TABLE orders; END;
CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW SET @x = 1;
CREATE VIEW totals AS SELECT id, note FROM orders;

-- case: my2-add-columns-in-parentheses
ALTER TABLE orders ADD COLUMN (a INT, b VARCHAR(20) NOT NULL DEFAULT 'x');

-- case: my2-add-column-first
ALTER TABLE orders ADD x INT NOT NULL DEFAULT 5 FIRST, ADD y BIGINT AFTER amount;

-- case: my2-add-column-lock-none
ALTER TABLE `orders` ADD COLUMN `x` INT NULL COMMENT 'DROP TABLE orders', LOCK=NONE;

-- case: my2-add-column-8-0-11 version=8.0.11
-- expect: locking
ALTER TABLE orders ADD COLUMN x INT;

-- case: my2-varchar-to-text-change
-- expect: locking
ALTER TABLE orders CHANGE COLUMN `note` `note` TEXT;

-- case: my2-comment-only
ALTER TABLE orders MODIFY amount decimal(10,2) NOT NULL DEFAULT 0.00 COMMENT 'in euro';

-- case: my2-numeric-alias
ALTER TABLE orders MODIFY COLUMN amount NUMERIC(10,2) NOT NULL DEFAULT 0;

-- case: my2-bool-alias
ALTER TABLE customers MODIFY is_old BOOLEAN NOT NULL DEFAULT FALSE;

-- case: my2-widen-within
ALTER TABLE orders MODIFY note varchar(63);

-- case: my2-change-default
ALTER TABLE orders MODIFY note varchar(50) DEFAULT 'none';

-- case: my2-signed-key-to-unsigned
-- expect: data-loss locking
ALTER TABLE orders MODIFY id int unsigned NOT NULL AUTO_INCREMENT;

-- case: my2-text-not-null
-- expect: compatibility
ALTER TABLE orders MODIFY body TEXT NOT NULL;

-- case: my2-collation
-- expect: locking
ALTER TABLE orders MODIFY note varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL;

-- case: my2-enum-append-and-rename
-- expect: compatibility
ALTER TABLE orders CHANGE status state enum('new','paid','sent') NOT NULL DEFAULT 'new';

-- case: my2-enum-remove-and-rename
-- expect: data-loss compatibility
ALTER TABLE orders CHANGE status state enum('paid') NOT NULL DEFAULT 'paid';

-- case: my2-drop-and-add-same-column
-- expect: data-loss
ALTER TABLE orders DROP COLUMN note, ADD COLUMN note BIGINT;

-- case: my2-virtual-with-index
ALTER TABLE orders ADD COLUMN j INT GENERATED ALWAYS AS (JSON_EXTRACT(doc, '$.a')) VIRTUAL;
ALTER TABLE orders ADD INDEX j_i (j);

-- case: my2-functional-index
CREATE INDEX l_i ON orders ((LOWER(note)), amount DESC);

-- case: my2-prefix-and-unique-index
CREATE UNIQUE INDEX u_i ON orders (body(100), id) USING BTREE;

-- case: my2-drop-index-primary
-- expect: locking
DROP INDEX `PRIMARY` ON customers;

-- case: my2-alter-drop-index-primary
-- expect: locking
ALTER TABLE customers DROP INDEX `PRIMARY`;

-- case: my2-new-primary-key-first
-- expect: locking
ALTER TABLE loaded ADD PRIMARY KEY (id), DROP INDEX a_i;

-- case: my2-check-refused
-- expect: compatibility
ALTER TABLE orders ADD CONSTRAINT big CHECK (amount < 99), ALGORITHM=INPLACE;

-- case: my2-foreign-key-refused
-- expect: compatibility
ALTER TABLE loaded ADD FOREIGN KEY (a) REFERENCES orders (id), ALGORITHM=INPLACE, LOCK=NONE;

-- case: my2-foreign-key-set-null
-- expect: locking data-loss
ALTER TABLE loaded ADD CONSTRAINT l_o FOREIGN KEY (a) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE RESTRICT;

-- case: my2-drop-several
-- expect: compatibility
ALTER TABLE orders DROP FOREIGN KEY o_c, DROP INDEX c_i;

-- case: my2-check-on-own-table
CREATE TABLE fresh (id INT PRIMARY KEY, n INT);
ALTER TABLE fresh ADD CONSTRAINT CHECK (n > 0), ADD FOREIGN KEY (n) REFERENCES orders (id) ON DELETE CASCADE;
ALTER TABLE fresh MODIFY n BIGINT, DROP COLUMN n;

-- case: my2-drop-and-recreate-table
-- expect: data-loss
DROP TABLE IF EXISTS loaded;
CREATE TABLE loaded (id int);

-- case: my2-odd-names
-- expect: data-loss
DROP TABLE IF EXISTS `my-shop`.`odd table`;

-- case: my2-create-as-if-not-exists
CREATE TABLE IF NOT EXISTS archive_2023 ENGINE=InnoDB AS SELECT * FROM orders WHERE id BETWEEN 1 AND 500;

-- case: my2-copy-whole-table
CREATE TABLE orders_copy LIKE orders;
INSERT INTO orders_copy SELECT * FROM orders WHERE id BETWEEN 1 AND 1000;

-- case: my2-optimize-own
CREATE TABLE fresh (id INT);
OPTIMIZE TABLE fresh;
ALTER TABLE fresh ENGINE=MyISAM;
ALTER TABLE fresh CONVERT TO CHARACTER SET latin1;
RENAME TABLE fresh TO older;
TRUNCATE older;

-- case: my2-rename-list
-- expect: compatibility
RENAME TABLE orders TO o2, customers TO c2;

-- case: my2-rename-chain
RENAME TABLE orders TO tmp_swap, loaded TO orders, tmp_swap TO loaded;

-- case: my2-old-comment-number
/*!99999 DROP TABLE orders */;

-- case: my2-comment-8
-- expect: data-loss
ALTER TABLE orders /*!80000 DROP COLUMN note */;

-- case: my2-hint-comment
SELECT /*+ MAX_EXECUTION_TIME(1000) */ * FROM orders WHERE id = 1;

-- case: my2-delete-where-inner-limit
DELETE FROM orders WHERE id IN (SELECT id FROM (SELECT id FROM orders ORDER BY id LIMIT 100) AS t);

-- case: my2-delete-by-age
-- expect: performance
DELETE FROM orders WHERE placed < NOW() - INTERVAL 90 DAY;

-- case: my2-delete-by-age-batched
DELETE FROM orders WHERE placed < NOW() - INTERVAL 90 DAY ORDER BY placed LIMIT 5000;

-- case: my2-update-limit-only
UPDATE orders SET status = 'paid' ORDER BY id LIMIT 100;

-- case: my2-update-by-subquery
-- expect: data-loss
UPDATE orders o SET o.note = (SELECT name FROM customers c WHERE c.id = o.customer_id);

-- case: my2-update-or-true
-- expect: data-loss
UPDATE orders SET note = NULL WHERE id = 5 || 1 = 1;

-- case: my2-update-key-list
UPDATE orders SET note = CASE id WHEN 1 THEN 'a' WHEN 2 THEN 'b' END WHERE id IN (1, 2);
UPDATE customers SET name = 'y' WHERE email = 'a@b.c' AND is_old = 0;
UPDATE orders SET amount = amount * 1.1 WHERE (id, customer_id) IN ((1, 2), (3, 4));

-- case: my2-delete-not-exists
-- expect: performance
DELETE FROM orders WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = orders.customer_id);

-- case: my2-delete-like-everything
-- expect: data-loss
DELETE FROM customers WHERE email LIKE '%';

-- case: my2-upsert-whole-table
-- expect: performance
INSERT INTO loaded (id, note) SELECT id, note FROM orders ON DUPLICATE KEY UPDATE note = VALUES(note);

-- case: my2-insert-aggregate
INSERT INTO loaded (id, a) SELECT customer_id, COUNT(*) FROM orders WHERE id < 1000 GROUP BY customer_id;

-- case: my2-insert-values-many
INSERT INTO orders (customer_id, amount, note) VALUES (1, 1, 'TRUNCATE orders'), (2, 2, 'x;y'), (3, 3, NULL);

-- case: my2-call-of-schema
-- expect: data-loss
CALL purge_all();

-- case: my2-nested-calls
DELIMITER $$
CREATE PROCEDURE inner_one() BEGIN DELETE FROM orders; END$$
CREATE PROCEDURE outer_one() BEGIN IF TRUE THEN CALL inner_one(); END IF; END$$
DELIMITER ;
-- expect: data-loss
CALL outer_one();

-- case: my2-cursor-procedure
DELIMITER //
CREATE PROCEDURE walk()
BEGIN
  DECLARE done INT DEFAULT 0;
  DECLARE k INT;
  DECLARE c CURSOR FOR SELECT id FROM orders;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1;
  OPEN c;
  rows_loop: LOOP
    FETCH c INTO k;
    IF done THEN LEAVE rows_loop; END IF;
    UPDATE orders SET note = 'x' WHERE id = k;
  END LOOP;
  CLOSE c;
END//
DELIMITER ;
CALL walk();

-- case: my2-parameter-is-a-value
DELIMITER //
CREATE PROCEDURE one(IN p_id INT) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
  DELETE FROM orders WHERE id = p_id;
END//
DELIMITER ;
CALL one(5);

-- case: my2-function-that-deletes
DELIMITER //
CREATE FUNCTION gone() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM orders; RETURN 1; END//
DELIMITER ;
-- expect: data-loss
SELECT gone();

-- case: my2-case-and-while
DELIMITER //
CREATE PROCEDURE pick(IN n INT)
BEGIN
  WHILE n > 0 DO
    CASE n WHEN 1 THEN TRUNCATE TABLE loaded; ELSE BEGIN END; END CASE;
    SET n = n - 1;
  END WHILE;
END//
DELIMITER ;
-- expect: data-loss
CALL pick(3);

-- case: my2-exit-handler
DELIMITER //
CREATE PROCEDURE careful()
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  START TRANSACTION;
  UPDATE orders SET note = 'x' WHERE id = 1;
  COMMIT;
END//
DELIMITER ;
CALL careful();

-- case: my2-prepare-drop-all
SELECT CONCAT('DROP TABLE ', GROUP_CONCAT(table_name)) INTO @s FROM information_schema.tables WHERE table_schema = 'shop';
-- expect: data-loss
PREPARE s FROM @s;
-- expect: data-loss
EXECUTE s;

-- case: my2-prepare-add-column
SET @s := IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'x') = 0, 'ALTER TABLE orders ADD COLUMN x INT', 'SELECT 1');
PREPARE s FROM @s;
EXECUTE s;
DEALLOCATE PREPARE s;

-- case: my2-truncate-in-transaction
BEGIN;
-- expect: data-loss irreversible
TRUNCATE TABLE orders;
ROLLBACK;

-- case: my2-autocommit-off
SET autocommit = 0;
DELETE FROM orders WHERE id = 1;
COMMIT;

-- case: my2-dml-one-transaction transaction=one
INSERT INTO loaded (id) VALUES (1);
UPDATE orders SET note = 'x' WHERE id = 1;

-- case: my2-ddl-one-transaction transaction=one
INSERT INTO loaded (id) VALUES (1);
-- expect: compatibility
ALTER TABLE orders ADD COLUMN x INT;

-- case: my2-checks-put-back
SET FOREIGN_KEY_CHECKS = @OLD_FOREIGN_KEY_CHECKS, SQL_MODE = @OLD_SQL_MODE, UNIQUE_CHECKS = @OLD_UNIQUE_CHECKS;

-- case: my2-checks-off-globally
-- expect: data-loss
SET GLOBAL foreign_key_checks = OFF;

-- case: my2-sql-mode-without-full-group-by
SET GLOBAL sql_mode = (SELECT REPLACE(@@sql_mode, 'ONLY_FULL_GROUP_BY', ''));

-- case: my2-replace-trigger
DROP TRIGGER IF EXISTS shop.audit;
CREATE TRIGGER audit BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = COALESCE(NEW.note, '');

-- case: my2-new-view-and-routine
CREATE VIEW fresh AS SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id;
DROP VIEW fresh;
CREATE PROCEDURE p_fresh() SELECT 1;
DROP PROCEDURE p_fresh;

-- case: my2-drop-views
-- expect: compatibility
DROP VIEW IF EXISTS totals, others;

-- case: my2-add-range-partition
ALTER TABLE logs ADD PARTITION (PARTITION p2025 VALUES LESS THAN (2026), PARTITION p2026 VALUES LESS THAN (2027));

-- case: my2-crlf
-- expect: data-loss
ALTER TABLE	orders
  DROP
  COLUMN	note
;

-- case: my2-one-line
-- expect: data-loss
SELECT 1; DROP TABLE orders; SELECT 2;

-- case: my2-drop-event-own
CREATE EVENT e1 ON SCHEDULE EVERY 1 HOUR STARTS CURRENT_TIMESTAMP DO DELETE FROM loaded WHERE a < 5 LIMIT 100;
DROP EVENT e1;

-- case: my2-user-management
CREATE USER 'a'@'%' IDENTIFIED WITH caching_sha2_password BY 'DROP TABLE x';
ALTER USER 'a'@'%' PASSWORD EXPIRE NEVER;
GRANT ALL PRIVILEGES ON `shop`.* TO 'a'@'%';
SET PASSWORD FOR 'a'@'%' = 'x';

-- case: my2-generated-invisible-key
ALTER TABLE orders ADD COLUMN hidden_note varchar(10) INVISIBLE;

-- case: my2-lock-instance
LOCK INSTANCE FOR BACKUP;
UNLOCK INSTANCE;

-- case: my2-variables
SET @a = 1, @b = 'x';
SELECT @a := @a + 1;
SELECT COUNT(*) INTO @n FROM orders;
SET SESSION group_concat_max_len = 100000;
SET SESSION innodb_lock_wait_timeout = 5;

-- case: my2-multi-delete-comma
-- expect: performance
DELETE orders, loaded FROM orders, loaded, customers WHERE orders.id = loaded.id AND loaded.a = customers.id AND customers.is_old;
