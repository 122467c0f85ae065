-- common schema
CREATE TABLE users (id int unsigned NOT NULL AUTO_INCREMENT, email varchar(255) NOT NULL, name varchar(100) NOT NULL DEFAULT '', bio text, age tinyint unsigned, PRIMARY KEY (id), UNIQUE KEY uq_email (email), KEY idx_age (age)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE posts (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int unsigned NOT NULL, title varchar(30), KEY u_i (user_id), CONSTRAINT fk_user FOREIGN KEY (user_id) REFERENCES users (id));
CREATE TABLE old_one (id int NOT NULL PRIMARY KEY, t varchar(20)) ENGINE=Aria;

-- case: ma3-add-columns
ALTER TABLE users ADD COLUMN IF NOT EXISTS a INT NULL, ADD COLUMN b BOOLEAN NOT NULL DEFAULT FALSE AFTER email, ADD COLUMN c UUID;

-- case: ma3-modify-same
ALTER TABLE users MODIFY name varchar(100) NOT NULL DEFAULT '' COMMENT 'full';

-- case: ma3-grow-title
ALTER TABLE posts MODIFY title varchar(400);

-- case: ma3-shrink-name
-- expect: data-loss locking
ALTER TABLE users MODIFY name varchar(20) NOT NULL DEFAULT '';

-- case: ma3-aria-index
-- expect: locking
CREATE INDEX t_i ON old_one (t);

-- case: ma3-drop-fk
-- expect: compatibility
ALTER TABLE posts DROP FOREIGN KEY IF EXISTS fk_user;

-- case: ma3-drop-index-only
-- expect: performance
ALTER TABLE users DROP KEY idx_age, ALGORITHM=NOCOPY;

-- case: ma3-durability
-- expect: irreversible
SET GLOBAL innodb_flush_log_at_trx_commit = 2;

-- case: ma3-read-only
-- expect: locking
SET GLOBAL read_only = 1;

-- case: ma3-expression-index-on-virtual
ALTER TABLE users ADD COLUMN lower_name varchar(100) AS (LOWER(name)) VIRTUAL;
ALTER TABLE users ADD INDEX ln_i (lower_name);

-- case: ma3-block-with-loop
BEGIN NOT ATOMIC
  DECLARE n INT DEFAULT 1;
  REPEAT
    DELETE FROM posts WHERE title IS NULL ORDER BY id LIMIT 1000;
    SET n = ROW_COUNT();
    SELECT SLEEP(0.01);
  UNTIL n = 0 END REPEAT;
END;

-- case: ma3-labelled-loop
DELIMITER //
CREATE OR REPLACE PROCEDURE walk()
BEGIN
  DECLARE i INT DEFAULT 0;
  outer_loop: WHILE i < 10 DO
    SET i = i + 1;
    IF i = 5 THEN ITERATE outer_loop; END IF;
    UPDATE users SET age = i WHERE id = i;
  END WHILE outer_loop;
END//
DELIMITER ;
CALL walk();

-- case: ma3-execute-immediate-variable
SET @t = 'posts';
-- expect: data-loss
EXECUTE IMMEDIATE CONCAT('TRUNCATE TABLE ', @t);

-- case: ma3-execute-immediate-safe
SET @s = 'ALTER TABLE users ADD COLUMN z INT';
EXECUTE IMMEDIATE @s;

-- case: ma3-returning
INSERT INTO posts (user_id, title) VALUES (1, 'x') RETURNING id;

-- case: ma3-own-tables
CREATE OR REPLACE TEMPORARY TABLE t1 AS SELECT * FROM users WHERE id < 10;
CREATE TABLE fresh (id INT PRIMARY KEY) ENGINE=Aria TRANSACTIONAL=1;
ALTER TABLE fresh ADD SYSTEM VERSIONING, ADD COLUMN n INT DEFAULT (UUID_SHORT());
ALTER TABLE fresh DROP SYSTEM VERSIONING;
CREATE OR REPLACE TABLE fresh (id INT);
ALTER TABLE fresh PARTITION BY HASH (id) PARTITIONS 4;
OPTIMIZE TABLE fresh;

-- case: ma3-versioned-comment-mix
ALTER TABLE users /*!100300 ADD COLUMN IF NOT EXISTS q INT */ /*M!100300 , ALGORITHM=INSTANT */;

-- case: ma3-dialect-statements
SHOW EXPLAIN FOR 5;
SELECT * FROM posts FETCH FIRST 5 ROWS ONLY;
SELECT id FROM users EXCEPT SELECT user_id FROM posts;
VALUES (1), (2);
CHECK TABLE users FOR UPGRADE;
REPAIR TABLE old_one;

-- case: ma3-join-delete-alias
-- expect: data-loss
DELETE p FROM posts AS p CROSS JOIN users AS u WHERE u.age > 5;

-- case: ma3-delete-by-unique
DELETE FROM users WHERE email IN ('a@x.org', 'b@x.org');
UPDATE users SET age = 3 WHERE email <=> 'a@x.org';
