-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), is_old tinyint(1), UNIQUE KEY email_u (email));
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2), note varchar(50), status varchar(20), PRIMARY KEY (id));
CREATE TABLE loaded (id int, note varchar(50));
CREATE TABLE rates (id int, s date, e date, PERIOD FOR valid (s, e));

-- case: ma-delete-all
-- expect: data-loss
DELETE FROM orders RETURNING id;

-- case: ma-delete-by-key
DELETE FROM orders WHERE id = 5 RETURNING id, note;

-- case: ma-delete-portion
-- expect: performance
DELETE FROM rates FOR PORTION OF valid FROM '2020-01-01' TO '2021-01-01' WHERE s > '2000-01-01';

-- case: ma-update-all
-- expect: data-loss
UPDATE orders SET note = DEFAULT;

-- case: ma-replace
-- expect: data-loss
REPLACE INTO orders (id, customer_id) VALUES (1, 2) RETURNING id;

-- case: ma-insert-ignore
-- expect: data-loss
INSERT IGNORE customers (id, email) SELECT id, note FROM loaded WHERE id = 3;

-- case: ma-insert-returning
INSERT INTO orders (customer_id) VALUES (1) RETURNING id;

-- case: ma-multi-update
-- expect: performance
UPDATE orders o INNER JOIN customers c ON o.customer_id = c.id SET o.note = c.name WHERE c.is_old;

-- case: ma-execute-immediate
-- expect: data-loss
EXECUTE IMMEDIATE 'DROP TABLE orders';

-- case: ma-execute-immediate-concat
-- expect: data-loss
EXECUTE IMMEDIATE CONCAT('DELETE FROM ', 'orders');

-- case: ma-execute-immediate-safe
EXECUTE IMMEDIATE 'UPDATE orders SET note = ? WHERE id = 1' USING 'x';

-- case: ma-anonymous-block
-- expect: data-loss
BEGIN NOT ATOMIC
  IF (SELECT COUNT(*) FROM orders) > 5 THEN
    DELETE FROM orders;
  END IF;
END;

-- case: ma-anonymous-block-safe
BEGIN NOT ATOMIC
  DECLARE n INT DEFAULT 1;
  WHILE n > 0 DO
    UPDATE orders SET note = '' WHERE note IS NULL LIMIT 1000;
    SET n = ROW_COUNT();
  END WHILE;
END;

-- case: ma-procedure-called
DELIMITER //
CREATE OR REPLACE PROCEDURE tidy()
BEGIN
  EXECUTE IMMEDIATE 'TRUNCATE TABLE orders';
END//
DELIMITER ;
-- expect: data-loss
CALL shop.tidy();

-- case: ma-implicit-commit
START TRANSACTION;
INSERT INTO loaded (id, note) VALUES (1, 'x');
-- expect: compatibility
ALTER TABLE orders ADD COLUMN n int;
ROLLBACK;

-- case: ma-create-or-replace-view
CREATE OR REPLACE VIEW v AS SELECT id FROM orders;

-- case: ma-analyze-runs-it
-- expect: data-loss
ANALYZE DELETE FROM orders;

-- case: ma-analyze-format-runs-it
-- expect: data-loss
ANALYZE FORMAT=JSON UPDATE orders SET note = '';

-- case: ma-analyze-table
ANALYZE TABLE orders PERSISTENT FOR ALL;
ANALYZE SELECT * FROM orders;

-- case: ma-explain
EXPLAIN EXTENDED DELETE FROM orders;

-- case: ma-strict-off
-- expect: data-loss
SET sql_mode='NO_ENGINE_SUBSTITUTION';

-- case: ma-checks-off
-- expect: data-loss
SET STATEMENT foreign_key_checks=0 FOR INSERT INTO orders (id, customer_id) VALUES (7, 7);

-- case: ma-lock
-- expect: locking
LOCK TABLES orders WRITE WAIT 10;

-- case: ma-load
LOAD DATA LOCAL INFILE 'x.csv' INTO TABLE loaded CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' (id, @x) SET note = UPPER(@x);

-- case: ma-cte
WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n;

-- case: ma-backup-stage
BACKUP STAGE START;
BACKUP STAGE END;

-- case: ma-grants
GRANT SELECT ON shop.* TO reader;
-- expect: compatibility
REVOKE ALL PRIVILEGES, GRANT OPTION FROM app@localhost;
SET DEFAULT ROLE reader FOR app@localhost;
