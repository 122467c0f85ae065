-- common schema
CREATE TABLE carts (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, token char(32) NOT NULL, total decimal(12,2) NOT NULL DEFAULT 0.00, state varchar(20) NOT NULL DEFAULT 'open', closed_at datetime DEFAULT NULL, UNIQUE KEY token_u (token), KEY state_i (state));

-- case: my4-tinyint-flag
ALTER TABLE carts ADD is_gift TINYINT(1) NOT NULL DEFAULT 0;

-- case: my4-enum-column
ALTER TABLE carts ADD COLUMN kind ENUM('a','b') CHARACTER SET ascii NOT NULL DEFAULT 'a' COMMENT 'DROP COLUMN x' AFTER state;

-- case: my4-several-instant
ALTER TABLE carts ADD COLUMN a DATE, ADD COLUMN b TIMESTAMP NULL, ADD COLUMN c JSON NULL, ALGORITHM=INSTANT, LOCK=DEFAULT;

-- case: my4-add-index-concurrent
ALTER TABLE carts ADD INDEX closed_i (closed_at), ALGORITHM=INPLACE, LOCK=NONE;

-- case: my4-upsert
INSERT INTO carts (token, total) VALUES ('x', 1) AS new ON DUPLICATE KEY UPDATE total = new.total;

-- case: my4-update-one
UPDATE `carts` SET `state` = 'closed', `closed_at` = NOW() WHERE `carts`.`id` = 99 LIMIT 1;

-- case: my4-delete-by-token
DELETE FROM carts WHERE token = 'abc';

-- case: my4-batch-in-loop
DELETE FROM carts WHERE state = 'dead' AND closed_at < '2020-01-01' LIMIT 500;

-- case: my4-new-event
CREATE EVENT IF NOT EXISTS tidy ON SCHEDULE EVERY 1 HOUR ON COMPLETION PRESERVE DO DELETE FROM carts WHERE state = 'dead' ORDER BY id LIMIT 1000;

-- case: my4-trigger-with-body
DELIMITER $$
CREATE TRIGGER carts_bu BEFORE UPDATE ON carts FOR EACH ROW
BEGIN
  IF NEW.total < 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF;
  SET NEW.closed_at = IF(NEW.state = 'closed', NOW(), NEW.closed_at);
END$$
DELIMITER ;

-- case: my4-widen-state
ALTER TABLE carts MODIFY state varchar(40) NOT NULL DEFAULT 'open';

-- case: my4-comment-of-table
ALTER TABLE carts COMMENT = "it's a cart; DROP TABLE carts";

-- case: my4-view
CREATE OR REPLACE VIEW open_carts AS SELECT id, token FROM carts WHERE state = 'open' WITH CHECK OPTION;

-- case: my4-show
SHOW INDEX FROM carts;
SHOW CREATE TABLE carts\G

-- case: my4-small-table-made-here
CREATE TABLE states (name varchar(20) PRIMARY KEY) AS SELECT DISTINCT state AS name FROM carts WHERE id < 1000;
ALTER TABLE states ADD COLUMN n INT AUTO_INCREMENT UNIQUE, MODIFY name varchar(10), ADD FULLTEXT (name);
INSERT IGNORE INTO states (name) VALUES ('x');

-- case: my4-either-key
UPDATE carts SET total = 0 WHERE id = 1 OR id IN (2, 3) OR (id, token) = (4, 'x');

-- case: my4-own-database
CREATE DATABASE IF NOT EXISTS trial;
USE trial;
CREATE TABLE trial.picked (id int);
INSERT INTO picked (id) VALUES (1);
DELETE FROM trial.picked;
DROP TABLE picked;

-- case: my4-account-made-again
DROP USER IF EXISTS 'app'@'%';
CREATE USER 'app'@'%' IDENTIFIED BY 'x', 'web'@'localhost';
DROP USER 'web'@'localhost';
