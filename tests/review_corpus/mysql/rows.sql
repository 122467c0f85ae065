-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), is_old tinyint(1), UNIQUE KEY email_u (email));
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2), note varchar(50), status varchar(20), created datetime, PRIMARY KEY (id), KEY c_i (customer_id));
CREATE TABLE loaded (id int, note varchar(50));

-- case: my-delete-all
-- expect: data-loss
DELETE FROM orders;

-- case: my-delete-modifiers
-- expect: data-loss
DELETE LOW_PRIORITY QUICK IGNORE FROM `shop`.`orders`;

-- case: my-delete-one-is-one
-- expect: data-loss
delete from orders where 1 = 1;

-- case: my-delete-where-one
-- expect: data-loss
DELETE FROM orders WHERE 1;

-- case: my-delete-true-or
-- expect: data-loss
DELETE FROM orders AS o WHERE o.id = 5 OR TRUE;

-- case: my-delete-same-column
-- expect: data-loss
DELETE FROM orders WHERE id = id;

-- case: my-delete-not-null-key
-- expect: data-loss
DELETE FROM orders WHERE id IS NOT NULL;

-- case: my-delete-safe-updates-trick
-- expect: data-loss
DELETE FROM orders WHERE id > 0;

-- case: my-delete-by-key
DELETE FROM orders WHERE id = 42;
DELETE FROM orders WHERE id IN (1, 2, 3);
DELETE FROM orders WHERE id BETWEEN 1 AND 1000;
DELETE FROM orders WHERE `id` > 100 AND id <= 200;
DELETE FROM customers WHERE email = 'a@example.org' LIMIT 1;

-- case: my-delete-batch
DELETE FROM orders WHERE status = 'old' ORDER BY id LIMIT 1000;

-- case: my-delete-many
-- expect: performance
DELETE FROM orders WHERE status = 'cancelled';

-- case: my-delete-comment-hides-where
-- expect: data-loss
DELETE FROM orders -- WHERE id = 5
;

-- case: my-delete-hash-comment
-- expect: data-loss
DELETE FROM orders # WHERE id = 5
;

-- case: my-delete-multi
-- expect: performance
DELETE o, c FROM orders o INNER JOIN customers c ON c.id = o.customer_id WHERE c.is_old = 1;

-- case: my-delete-using
-- expect: performance
DELETE FROM o USING orders AS o JOIN customers AS c ON c.id = o.customer_id WHERE c.is_old = 1;

-- case: my-delete-unjoined
-- expect: data-loss
DELETE orders FROM orders, customers WHERE customers.is_old = 1;

-- case: my-delete-multi-all
-- expect: data-loss
DELETE orders.*, customers.* FROM orders, customers;

-- case: my-delete-left-join-all
-- expect: data-loss
DELETE o FROM orders o LEFT JOIN customers c ON c.id = o.customer_id;

-- case: my-delete-orphans
-- expect: performance
DELETE o FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE c.id IS NULL;

-- case: my-delete-joined-by-key
DELETE o FROM orders o JOIN loaded l ON l.id = o.id WHERE o.id BETWEEN 1 AND 10;

-- case: my-delete-with-cte
-- expect: performance
WITH gone AS (SELECT id FROM orders WHERE status = 'x') DELETE FROM orders WHERE id IN (SELECT id FROM gone);

-- case: my-delete-partition
-- expect: data-loss
DELETE FROM logs PARTITION (p1, p2);

-- case: my-delete-own
CREATE TABLE scratch (id int);
DELETE FROM scratch;

-- case: my-delete-explained
EXPLAIN DELETE FROM orders;
EXPLAIN FORMAT=JSON UPDATE orders SET note = '';
DESCRIBE orders;

-- case: my-explain-analyze-select
EXPLAIN ANALYZE SELECT * FROM orders;

-- case: my-update-all
-- expect: data-loss performance
UPDATE orders SET status = 'done';

-- case: my-update-always
-- expect: data-loss
UPDATE LOW_PRIORITY orders SET status = 'done', note = IF(id > 5, 'where', 'x') WHERE 'a' = 'a';

-- case: my-update-by-key
UPDATE orders SET status = 'done' WHERE id = 7;

-- case: my-update-many
-- expect: performance
UPDATE orders SET note = '' WHERE note IS NULL;

-- case: my-update-limit
UPDATE orders SET note = '' WHERE note IS NULL LIMIT 500;

-- case: my-update-join
-- expect: performance
UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.note = c.name WHERE c.is_old = 1;

-- case: my-update-unjoined
-- expect: data-loss
UPDATE orders, loaded SET orders.note = loaded.note WHERE loaded.id > 5;

-- case: my-update-joined-comma
-- expect: performance
UPDATE orders o, loaded l SET o.note = l.note WHERE l.id = o.id;

-- case: my-update-ignore
-- expect: data-loss
UPDATE IGNORE orders SET id = id + 1 WHERE id = 5;

-- case: my-insert
INSERT INTO orders (customer_id, amount) VALUES (1, 2.00), (2, 3.00);
INSERT INTO orders SET customer_id = 1, amount = 5;
INSERT INTO customers (email) VALUES ('a') ON DUPLICATE KEY UPDATE email = VALUES(email);

-- case: my-insert-ignore
-- expect: data-loss
INSERT IGNORE INTO orders (id, customer_id) VALUES (1, 2);

-- case: my-insert-ignore-own
CREATE TABLE scratch (id int PRIMARY KEY);
INSERT IGNORE INTO scratch SELECT id FROM orders WHERE id < 50;

-- case: my-insert-positional
INSERT INTO loaded VALUES (1, 'x');

-- case: my-insert-select-all
-- expect: performance
INSERT INTO loaded (id, note) SELECT id, note FROM orders;

-- case: my-insert-select-some
INSERT INTO loaded (id, note) SELECT id, note FROM orders WHERE id BETWEEN 1 AND 500;

-- case: my-replace
-- expect: data-loss
REPLACE INTO orders (id, customer_id) VALUES (1, 2);

-- case: my-replace-without-into
-- expect: data-loss
REPLACE LOW_PRIORITY orders SET id = 1, customer_id = 5;

-- case: my-replace-select
-- expect: data-loss
REPLACE INTO orders (id, note) SELECT id, note FROM loaded WHERE id < 10;

-- case: my-replace-own
CREATE TABLE scratch (id int PRIMARY KEY);
REPLACE scratch (id) VALUES (1);

-- case: my-replace-function
SELECT REPLACE(note, 'a', 'b') FROM orders WHERE id = 1;
UPDATE orders SET note = REPLACE(note, 'a', 'b') WHERE id = 1;

-- case: my-load-replace
-- expect: data-loss
LOAD DATA LOCAL INFILE 'x.csv' REPLACE INTO TABLE orders FIELDS TERMINATED BY ',' (id, note);

-- case: my-load-ignore
-- expect: data-loss
LOAD DATA INFILE '/tmp/x.csv' IGNORE INTO TABLE orders;

-- case: my-load
LOAD DATA INFILE '/tmp/x.csv' INTO TABLE loaded FIELDS TERMINATED BY ',' ENCLOSED BY '"' LINES TERMINATED BY '\n' IGNORE 1 LINES (id, note);

-- case: my-select-only
SELECT * FROM orders WHERE id = 1 FOR UPDATE;
(SELECT 1) UNION (SELECT 2);
TABLE orders;
VALUES ROW(1, 2);
SHOW CREATE TABLE orders;
SELECT id INTO OUTFILE '/tmp/x' FROM orders;

-- case: my-strings-that-look-like-sql
INSERT INTO loaded (id, note) VALUES (1, 'it''s; DROP TABLE orders; -- \' DELETE FROM orders'), (2, "x \" ; TRUNCATE orders");

-- case: my-delete-in-called-procedure
DELIMITER //
CREATE PROCEDURE clear_orders(IN how INT)
BEGIN
  DECLARE done INT DEFAULT FALSE;
  IF how > 1 THEN
    DELETE FROM orders;
  END IF;
END//
DELIMITER ;
-- expect: data-loss
CALL clear_orders(2);

-- case: my-procedure-not-called
DELIMITER $$
CREATE DEFINER=`root`@`localhost` PROCEDURE clear_orders()
BEGIN
  DELETE FROM orders;
  TRUNCATE customers;
END$$
DELIMITER ;

-- case: my-ddl-in-called-procedure
DELIMITER ;;
CREATE PROCEDURE IF NOT EXISTS upgrade()
BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'x') THEN
    ALTER TABLE orders DROP COLUMN note;
  END IF;
END;;
DELIMITER ;
-- expect: data-loss compatibility
CALL upgrade();
DROP PROCEDURE upgrade;

-- case: my-safe-procedure-called
DELIMITER //
CREATE PROCEDURE batches()
BEGIN
  REPEAT
    DELETE FROM orders WHERE status = 'old' LIMIT 1000;
    DO SLEEP(0.1);
  UNTIL ROW_COUNT() = 0 END REPEAT;
END//
DELIMITER ;
CALL batches();
DROP PROCEDURE IF EXISTS batches;

-- case: my-prepared
-- expect: data-loss
PREPARE s FROM 'DROP TABLE orders';
-- expect: data-loss
EXECUTE s;
DEALLOCATE PREPARE s;

-- case: my-prepared-from-variable
SET @sql = 'ALTER TABLE orders DROP COLUMN note';
-- expect: data-loss
PREPARE s FROM @sql;
-- expect: data-loss
EXECUTE s;

-- case: my-prepared-conditionally
SET @sql = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'orders') > 0, 'ALTER TABLE orders DROP COLUMN note', 'SELECT 1');
-- expect: data-loss
PREPARE s FROM @sql;
-- expect: data-loss
EXECUTE s;

-- case: my-prepared-concatenated
SET @t = 'orders';
SET @sql = CONCAT('TRUNCATE TABLE ', @t);
-- expect: data-loss
PREPARE s FROM @sql;
-- expect: data-loss
EXECUTE s;

-- case: my-prepared-safe
PREPARE s FROM 'SELECT * FROM orders WHERE id = ?';
SET @a = 1;
EXECUTE s USING @a;
DROP PREPARE s;

-- case: my-event
-- expect: data-loss
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders;

-- case: my-trigger-is-only-made
CREATE TRIGGER audit AFTER DELETE ON orders FOR EACH ROW INSERT INTO loaded (id, note) VALUES (OLD.id, OLD.note);

-- case: my-ansi-quotes
-- expect: data-loss
DELETE FROM "orders";

-- case: my-temp
CREATE TEMPORARY TABLE picked (id int);
INSERT INTO picked SELECT id FROM orders WHERE id < 10;
DELETE FROM picked;
TRUNCATE TABLE picked;
