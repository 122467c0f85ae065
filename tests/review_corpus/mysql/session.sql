-- common schema
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, note varchar(50), amount decimal(10,2), PRIMARY KEY (id));
CREATE TABLE loaded (id int, note varchar(50));
CREATE VIEW totals AS SELECT id, note FROM orders;
CREATE PROCEDURE work() SELECT 1;
CREATE FUNCTION total() RETURNS int DETERMINISTIC RETURN 1;
CREATE TRIGGER audit AFTER INSERT ON orders FOR EACH ROW SET @x = 1;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1;

-- case: my-implicit-commit
START TRANSACTION;
UPDATE orders SET note = 'x' WHERE id = 1;
-- expect: compatibility
ALTER TABLE orders ADD COLUMN n int;
ROLLBACK;

-- case: my-implicit-commit-create
BEGIN;
INSERT INTO loaded (id) VALUES (1);
-- expect: compatibility
CREATE TABLE fresh (id int);
COMMIT;

-- case: my-implicit-commit-autocommit-off
SET autocommit = 0;
INSERT INTO loaded (id) VALUES (1);
-- expect: compatibility
CREATE INDEX n_i ON orders (note);
COMMIT;

-- case: my-transaction
START TRANSACTION WITH CONSISTENT SNAPSHOT;
INSERT INTO loaded (id) VALUES (1);
SAVEPOINT a;
UPDATE orders SET note = 'x' WHERE id = 1;
ROLLBACK TO SAVEPOINT a;
COMMIT;

-- case: my-temporary-in-transaction
BEGIN WORK;
CREATE TEMPORARY TABLE picked (id int);
DROP TEMPORARY TABLE picked;
COMMIT AND CHAIN;
COMMIT;

-- case: my-open-transaction
-- expect: compatibility
BEGIN;
UPDATE orders SET note = 'x' WHERE id = 1;

-- case: my-nested-transaction
BEGIN;
UPDATE orders SET note = 'x' WHERE id = 1;
-- expect: compatibility
START TRANSACTION;
COMMIT;

-- case: my-foreign-key-checks-off
-- expect: data-loss
SET FOREIGN_KEY_CHECKS=0;
INSERT INTO loaded (id) VALUES (1);
SET FOREIGN_KEY_CHECKS=1;

-- case: my-foreign-key-checks-session
-- expect: data-loss
SET SESSION foreign_key_checks = OFF, unique_checks = 0;

-- case: my-foreign-key-checks-variable
-- expect: data-loss
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;

-- case: my-foreign-key-checks-on
SET @@SESSION.foreign_key_checks = ON;
SET unique_checks = 1;

-- case: my-sql-mode-empty
-- expect: data-loss
SET sql_mode = '';

-- case: my-sql-mode-without-strict
-- expect: data-loss
SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

-- case: my-sql-mode-replace-strict
-- expect: data-loss
SET GLOBAL sql_mode = REPLACE(@@GLOBAL.sql_mode, 'STRICT_TRANS_TABLES', '');

-- case: my-sql-mode-strict
SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE';
SET @@sql_mode = 'TRADITIONAL';
SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');
SET sql_mode = DEFAULT;

-- case: my-lock-tables-write
-- expect: locking
LOCK TABLES orders WRITE, loaded AS l READ;
UNLOCK TABLES;

-- case: my-lock-tables-read
-- expect: locking
LOCK TABLE orders READ LOCAL;

-- case: my-flush-read-lock
-- expect: locking
FLUSH TABLES WITH READ LOCK;

-- case: my-flush-for-export
-- expect: locking
FLUSH TABLES orders FOR EXPORT;

-- case: my-flush-other
FLUSH PRIVILEGES;
FLUSH NO_WRITE_TO_BINLOG STATUS;

-- case: my-drop-view
-- expect: compatibility
DROP VIEW IF EXISTS totals;

-- case: my-drop-view-made-again
DROP VIEW totals;
CREATE VIEW totals AS SELECT id, note, amount FROM orders;

-- case: my-replace-view-fewer
-- expect: compatibility
CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`a`@`%` SQL SECURITY INVOKER VIEW totals AS SELECT id FROM orders;

-- case: my-replace-view-more
CREATE OR REPLACE VIEW totals AS SELECT id, note, amount FROM orders;

-- case: my-alter-view-fewer
-- expect: compatibility
ALTER VIEW totals (id) AS SELECT id FROM orders;

-- case: my-drop-procedure
-- expect: compatibility
DROP PROCEDURE work;

-- case: my-drop-procedure-made-again
DROP PROCEDURE IF EXISTS work;
DELIMITER //
CREATE PROCEDURE work() BEGIN SELECT 2; END//
DELIMITER ;

-- case: my-drop-function
-- expect: compatibility
DROP FUNCTION IF EXISTS shop.total;

-- case: my-drop-trigger
-- expect: compatibility
DROP TRIGGER audit;

-- case: my-drop-event
-- expect: compatibility
DROP EVENT nightly;

-- case: my-disable-event
-- expect: compatibility
ALTER EVENT nightly DISABLE;

-- case: my-drop-user
-- expect: compatibility
DROP USER 'app'@'%';

-- case: my-revoke
-- expect: compatibility
REVOKE INSERT, UPDATE ON shop.* FROM 'app'@'%';

-- case: my-grant
GRANT SELECT, INSERT ON shop.orders TO 'app'@'%' WITH GRANT OPTION;
CREATE USER IF NOT EXISTS 'x'@'localhost' IDENTIFIED BY 'secret' REQUIRE SSL;
CREATE ROLE reader;
SET ROLE NONE;

-- case: my-purge-logs
-- expect: irreversible
PURGE BINARY LOGS BEFORE NOW();

-- case: my-reset-master
-- expect: irreversible
RESET MASTER;

-- case: my-reset-binary-logs version=8.4
-- expect: irreversible
RESET BINARY LOGS AND GTIDS;

-- case: my-sql-log-bin
-- expect: irreversible
SET sql_log_bin = 0;

-- case: my-settings
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
SET CHARACTER SET utf8mb4;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION lock_wait_timeout = 5, @a := 1;
SET GLOBAL max_connections = 500;
USE shop;

-- case: my-use-then-drop
USE shop;
-- expect: data-loss
DROP TABLE shop.orders;

-- case: my-routine-made
CREATE OR REPLACE VIEW fresh AS SELECT 1 AS a;
CREATE FUNCTION plus(a INT, b INT) RETURNS INT DETERMINISTIC NO SQL RETURN a + b;
ALTER PROCEDURE work COMMENT 'x' SQL SECURITY INVOKER;

-- case: my-not-sql
-- expect: compatibility
EXPLODE TABLE orders;

-- case: my-dynamic-unknown
-- expect: compatibility
PREPARE s FROM @unknown_text;

-- case: my-administration
KILL QUERY 5;
SHOW PROCESSLIST;
HELP 'x';
CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h');
CREATE TABLESPACE ts ADD DATAFILE 'ts.ibd' ENGINE=InnoDB;
INSTALL PLUGIN p SONAME 'p.so';
CACHE INDEX orders IN hot;
XA START 'x';
XA END 'x';
XA PREPARE 'x';
XA COMMIT 'x';

-- case: my-rename-user
-- expect: compatibility
RENAME USER 'a'@'%' TO 'b'@'%';

-- case: my-histogram
ANALYZE TABLE orders UPDATE HISTOGRAM ON note WITH 16 BUCKETS;
ANALYZE TABLE orders DROP HISTOGRAM ON note;

-- case: my-handler
HANDLER orders OPEN;
HANDLER orders READ FIRST;
HANDLER orders CLOSE;
DO RELEASE_LOCK('x');
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'DROP TABLE orders';
