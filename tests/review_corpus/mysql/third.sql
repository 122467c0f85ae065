-- common schema
CREATE TABLE users (id int unsigned NOT NULL AUTO_INCREMENT, email varchar(255) NOT NULL, name varchar(255) NOT NULL, bio text, age tinyint unsigned, price float, born date DEFAULT NULL, role enum('admin','user') DEFAULT 'user', updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id), UNIQUE KEY uq_email (email), KEY idx_name_age (name, age)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE posts (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int unsigned NOT NULL, title varchar(100), KEY (user_id), CONSTRAINT fk_user FOREIGN KEY (user_id) REFERENCES users (id));
CREATE TABLE legacy (id int NOT NULL PRIMARY KEY, t varchar(20)) ENGINE=MyISAM;

-- case: my3-narrow
-- expect: data-loss
ALTER TABLE users MODIFY COLUMN name VARCHAR(50) NOT NULL;

-- case: my3-rename-by-change
-- expect: compatibility
ALTER TABLE `users` CHANGE `name` `full_name` VARCHAR(255) NOT NULL;

-- case: my3-key-unsigned-widen
-- expect: locking
ALTER TABLE users MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT;

-- case: my3-float-to-decimal
-- expect: data-loss
ALTER TABLE users MODIFY price DECIMAL(10,2);

-- case: my3-tinyint-widen
-- expect: locking
ALTER TABLE users MODIFY age SMALLINT UNSIGNED;

-- case: my3-not-null-with-default
-- expect: compatibility
ALTER TABLE users MODIFY bio text NOT NULL;

-- case: my3-modify-in-full
ALTER TABLE users MODIFY COLUMN updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP() ON UPDATE CURRENT_TIMESTAMP();

-- case: my3-lost-on-update
-- expect: compatibility
ALTER TABLE users CHANGE COLUMN updated_at updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- case: my3-same-charset-spelled-out
ALTER TABLE users MODIFY name varchar(300) CHARACTER SET utf8mb4 NOT NULL;

-- case: my3-myisam-index
-- expect: locking
CREATE INDEX t_i ON legacy (t);

-- case: my3-myisam-to-innodb
-- expect: locking
ALTER TABLE legacy ENGINE=InnoDB;

-- case: my3-redo-log-off
-- expect: irreversible
ALTER INSTANCE DISABLE INNODB REDO_LOG;

-- case: my3-flush-at-commit
-- expect: irreversible
SET GLOBAL innodb_flush_log_at_trx_commit = 0;

-- case: my3-flush-at-commit-back
SET GLOBAL innodb_flush_log_at_trx_commit = 1;
SET GLOBAL sync_binlog = 1;

-- case: my3-read-only
-- expect: locking
SET GLOBAL super_read_only = ON;

-- case: my3-read-only-database
-- expect: locking
ALTER DATABASE shop READ ONLY = 1;

-- case: my3-account-lock
-- expect: compatibility
ALTER USER 'app'@'%' ACCOUNT LOCK;

-- case: my3-delete-limit-without-where
DELETE FROM users ORDER BY id LIMIT 1000;

-- case: my3-delete-in-other-table
-- expect: performance
DELETE FROM posts WHERE user_id IN (SELECT id FROM users WHERE role = 'admin');

-- case: my3-delete-one-sided-range
-- expect: performance
DELETE FROM posts WHERE id < 1000000;

-- case: my3-update-by-scalar-query
UPDATE users SET name = 'x' WHERE id = (SELECT MAX(user_id) FROM posts);

-- case: my3-delete-parameter
DELETE FROM users WHERE id = ?;
UPDATE users SET age = ? WHERE email = @mail;
DELETE FROM users WHERE id = LAST_INSERT_ID();

-- case: my3-delete-false
DELETE FROM users WHERE 1 = 0;

-- case: my3-update-swapped-sides
UPDATE users SET age = 1 WHERE 5 = id AND name LIKE 'a%';

-- case: my3-update-or-keys
UPDATE users SET age = 1 WHERE id = 1 OR id = 2 OR (id >= 10 AND id < 20);

-- case: my3-update-or-mixed
-- expect: performance
UPDATE users SET age = 1 WHERE id = 1 OR age = 2;

-- case: my3-update-coalesce
-- expect: performance
UPDATE users SET bio = COALESCE(bio, '') WHERE bio IS NULL OR age > 5;

-- case: my3-temporary-hides
CREATE TEMPORARY TABLE users (id int);
DELETE FROM users;
DROP TABLE users;
-- expect: data-loss
DROP TABLE users;

-- case: my3-drop-temporary-keyword
CREATE TEMPORARY TABLE a1 (id int);
DROP TEMPORARY TABLE a1;

-- case: my3-procedure-with-holes
DELIMITER //
CREATE PROCEDURE drop_col(IN tbl VARCHAR(64), IN col VARCHAR(64))
BEGIN
  SET @s = CONCAT('ALTER TABLE ', tbl, ' DROP COLUMN ', col);
  PREPARE st FROM @s;
  EXECUTE st;
  DEALLOCATE PREPARE st;
END//
DELIMITER ;
-- expect: data-loss
CALL drop_col('users', 'bio');

-- case: my3-procedure-adds-column-if-missing
DELIMITER //
CREATE PROCEDURE add_col_new()
BEGIN
  IF NOT EXISTS (SELECT * FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'nick') THEN
    ALTER TABLE users ADD COLUMN nick VARCHAR(50) NULL, ALGORITHM=INSTANT;
  END IF;
END//
DELIMITER ;
CALL add_col_new();
DROP PROCEDURE add_col_new;

-- case: my3-swap-three
CREATE TABLE users_new LIKE users;
ALTER TABLE users_new MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, ADD COLUMN nick varchar(20) NOT NULL;
RENAME TABLE users TO users_old, users_new TO users;

-- case: my3-new-table-with-all
CREATE TABLE tags (id SERIAL, name VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'x', data JSON CHECK (JSON_VALID(data)), at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), g VARCHAR(10) AS (LEFT(name, 10)) VIRTUAL INVISIBLE, UNIQUE (name), INDEX ((UPPER(name))), CONSTRAINT c FOREIGN KEY (id) REFERENCES users (id) ON DELETE SET NULL ON UPDATE NO ACTION) ENGINE InnoDB DEFAULT CHARACTER SET = utf8mb4, COMMENT 'tags';
ALTER TABLE tags DROP COLUMN data, ADD FULLTEXT f (name), CONVERT TO CHARACTER SET latin1, DROP PRIMARY KEY, ENGINE=MyISAM;
INSERT INTO tags (name) VALUES ('a');
UPDATE tags SET name = 'b';
DELETE FROM tags;
REPLACE INTO tags (id, name) VALUES (1, 'a');
LOCK TABLES tags WRITE;
UNLOCK TABLES;

-- case: my3-index-forms
CREATE INDEX a1 USING BTREE ON users (age) KEY_BLOCK_SIZE = 4 COMMENT 'c' INVISIBLE;
-- expect: compatibility
ALTER TABLE users ADD INDEX a2 (age DESC, name(10)) VISIBLE, ADD KEY (born), ADD UNIQUE INDEX a3 (email, age);
ALTER TABLE users RENAME KEY a2 TO a4, ALTER INDEX a1 VISIBLE;
-- expect: compatibility
CREATE UNIQUE INDEX a5 ON shop.users (name);

-- case: my3-instant-column-changes
ALTER TABLE users ALTER COLUMN age SET DEFAULT 18, ALTER role SET DEFAULT 'user';
ALTER TABLE users MODIFY role enum('admin','user','guest','owner') DEFAULT 'user', ALGORITHM=INSTANT;

-- case: my3-options
ALTER TABLE users STATS_PERSISTENT = 1, AVG_ROW_LENGTH = 100, MAX_ROWS = 1000000000, PACK_KEYS = 1, CHECKSUM = 1;
ALTER TABLE users AUTO_INCREMENT 5000;
ALTER TABLE users DEFAULT COLLATE utf8mb4_general_ci;

-- case: my3-drop-index-covered
ALTER TABLE users ADD INDEX idx_name (name);
DROP INDEX idx_name ON users;

-- case: my3-drop-and-add-index-same-name
ALTER TABLE users DROP INDEX idx_name_age, ADD INDEX idx_name_age (name, age, born);

-- case: my3-transaction-of-rows
START TRANSACTION;
INSERT INTO posts (user_id, title) VALUES (1, 'a');
UPDATE users SET name = 'x' WHERE id = 1;
DELETE FROM posts WHERE id = 5;
COMMIT;

-- case: my3-ddl-then-transaction
ALTER TABLE users ADD COLUMN x1 INT;
BEGIN;
UPDATE users SET x1 = 1 WHERE id = 1;
COMMIT;
CREATE INDEX x1_i ON users (x1);

-- case: my3-backfill-of-added-column
ALTER TABLE users ADD COLUMN x2 INT;
-- expect: performance
UPDATE users SET x2 = age + 1 WHERE x2 IS NULL;

-- case: my3-script-in-capitals
SELECT COUNT(*) FROM USERS;
SHOW TABLES LIKE 'drop%';
SELECT IF(1 > 0, 'DELETE FROM users', 'x') AS `TRUNCATE`;
SET @msg = 'ALTER TABLE users DROP COLUMN name';

-- case: my3-comments-with-statements
/* ALTER TABLE users DROP COLUMN bio; */ SELECT 1; -- DROP TABLE users;
# TRUNCATE users
INSERT INTO posts (user_id, title) VALUES (1, '/*!50000 DROP TABLE users */');

-- case: my3-json-and-functions
UPDATE users SET bio = JSON_SET(bio, '$.a', 1), name = TRIM(BOTH 'x' FROM name) WHERE id = 3;
SELECT EXTRACT(YEAR FROM born), CAST(age AS CHAR), GROUP_CONCAT(name ORDER BY id SEPARATOR ';') FROM users GROUP BY 1;

-- case: my3-delete-from-view-target
-- expect: data-loss
DELETE u.* FROM users AS u;

-- case: my3-multi-update-two-tables
-- expect: data-loss
UPDATE users, posts SET users.age = 1, posts.title = 'x';
