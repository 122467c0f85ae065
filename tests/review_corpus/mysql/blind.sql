-- common schema
CREATE TABLE orgs (id int PRIMARY KEY, name varchar(100) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE users (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(191) NOT NULL, name varchar(50) DEFAULT NULL, status varchar(20) NOT NULL DEFAULT 'new' COMMENT 'state', age int DEFAULT NULL, created_at datetime NOT NULL, org_id int DEFAULT NULL, balance decimal(12,4) DEFAULT NULL, bio varchar(500) DEFAULT NULL, mood enum('sad','ok','happy') NOT NULL DEFAULT 'ok', flags set('a','b','c') DEFAULT NULL, points int unsigned NOT NULL DEFAULT 0, UNIQUE KEY uq_email (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int NOT NULL, total decimal(12,2) NOT NULL, state varchar(20) NOT NULL, placed_at datetime NOT NULL, note text, KEY idx_state (state), CONSTRAINT fk_orders_user FOREIGN KEY (user_id) REFERENCES users (id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE logs (id bigint NOT NULL, at date NOT NULL, msg text) ENGINE=InnoDB PARTITION BY RANGE (YEAR(at)) (PARTITION p2023 VALUES LESS THAN (2024), PARTITION p2024 VALUES LESS THAN (2025), PARTITION pmax VALUES LESS THAN MAXVALUE);
CREATE TABLE users_new (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(191) NOT NULL);
CREATE TABLE legacy (id int PRIMARY KEY, txt varchar(100)) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE VIEW active_users AS SELECT id, email FROM users WHERE status = 'active';
CREATE PROCEDURE get_user(IN uid int) SELECT * FROM users WHERE id = uid;
CREATE TRIGGER tr_users BEFORE UPDATE ON users FOR EACH ROW SET NEW.age = NEW.age;
CREATE EVENT ev_clean ON SCHEDULE EVERY 1 DAY DO DELETE FROM logs WHERE at < NOW() - INTERVAL 90 DAY LIMIT 1000;

-- case: blind-1
-- expect: data-loss compatibility irreversible
DROP TABLE IF EXISTS `users`;

-- case: blind-2
-- expect: data-loss compatibility irreversible
DROP TABLES orgs, `shop`.`orders`;

-- case: blind-3
-- expect: data-loss compatibility irreversible
/*!40000 DROP TABLE orgs */;

-- case: blind-4
-- expect: data-loss compatibility irreversible
DROP/**/TABLE/* x */orgs;

-- case: blind-5
-- expect: data-loss compatibility irreversible
ALTER TABLE users DROP bio;

-- case: blind-6
-- expect: data-loss compatibility irreversible
ALTER TABLE `users` ADD COLUMN nick varchar(10), DROP COLUMN `bio`;

-- case: blind-7
-- expect: data-loss compatibility irreversible
ALTER ONLINE TABLE users DROP COLUMN IF EXISTS bio; -- maria

-- case: blind-8
-- expect: data-loss compatibility irreversible
ALTER TABLE users DROP COLUMN bio, ALGORITHM=INSTANT;

-- case: blind-9
-- expect: data-loss irreversible
DROP DATABASE shop;

-- case: blind-10
-- expect: data-loss irreversible
DROP SCHEMA IF EXISTS `shop`;

-- case: blind-11
-- expect: data-loss irreversible
TRUNCATE orders;

-- case: blind-12
-- expect: data-loss irreversible
TRUNCATE TABLE `shop`.`orders`;

-- case: blind-13
-- expect: data-loss irreversible
ALTER TABLE logs DROP PARTITION p2023;

-- case: blind-14
-- expect: data-loss irreversible
ALTER TABLE logs TRUNCATE PARTITION p2023;

-- case: blind-17
ALTER TABLE logs ADD PARTITION (PARTITION p2026 VALUES LESS THAN (2027));

-- case: blind-18
-- expect: locking
ALTER TABLE logs REORGANIZE PARTITION pmax INTO (PARTITION p2025 VALUES LESS THAN (2026), PARTITION pmax VALUES LESS THAN MAXVALUE);

-- case: blind-19
-- expect: locking
ALTER TABLE logs REMOVE PARTITIONING;

-- case: blind-20
-- expect: locking
ALTER TABLE orders PARTITION BY HASH(id) PARTITIONS 8;

-- case: blind-21
-- expect: data-loss
DELETE FROM orders;

-- case: blind-22
-- expect: data-loss
DELETE FROM orders WHERE 1;

-- case: blind-23
-- expect: data-loss
DELETE FROM orders WHERE 1=1 OR state = 'x';

-- case: blind-24
-- expect: data-loss
DELETE FROM orders WHERE id = id;

-- case: blind-25
-- expect: data-loss
DELETE QUICK o FROM orders o JOIN users u;

-- case: blind-26
-- expect: data-loss
DELETE o FROM orders AS o, users AS u;

-- case: blind-27
DELETE FROM orders WHERE id = 4;

-- case: blind-28
DELETE FROM orders WHERE placed_at < '2020-01-01' LIMIT 1000;

-- case: blind-29
DELETE FROM orders ORDER BY id LIMIT 500;

-- case: blind-30
-- expect: data-loss
UPDATE users SET status = 'x';

-- case: blind-31
-- expect: data-loss
UPDATE users SET status = 'x' WHERE TRUE;

-- case: blind-32
-- expect: data-loss
UPDATE users u, orders o SET u.status = 'x';

-- case: blind-33
UPDATE users SET status = 'x' WHERE id = 4;

-- case: blind-34
UPDATE users SET name = email WHERE name IS NULL LIMIT 1000;

-- case: blind-35
-- expect: locking performance
UPDATE users SET name = email WHERE name IS NULL;

-- case: blind-36
-- expect: locking performance
UPDATE users u JOIN orgs o ON o.id = u.org_id SET u.name = o.name;

-- case: blind-37
-- expect: data-loss
REPLACE INTO users (id, email, created_at) VALUES (1, 'x', NOW());

-- case: blind-38
-- expect: data-loss
REPLACE users SELECT * FROM users_tmp;

-- case: blind-39
INSERT INTO orgs (id, name) VALUES (1, 'a') ON DUPLICATE KEY UPDATE name = VALUES(name);

-- case: blind-41
INSERT INTO orgs (id, name) VALUES (1, 'DROP TABLE users; --');

-- case: blind-42
-- DROP TABLE users
# TRUNCATE orders
SELECT 1 /* DELETE FROM orders */;

-- case: blind-43
ALTER TABLE users ADD COLUMN nick varchar(50);

-- case: blind-44
ALTER TABLE users ADD COLUMN nick varchar(50) NOT NULL DEFAULT '' AFTER email, ALGORITHM=INSTANT;

-- case: blind-45
ALTER TABLE users ADD COLUMN nick varchar(50) NOT NULL DEFAULT '';

-- case: blind-46 version=5.7
-- expect: performance
ALTER TABLE users ADD COLUMN nick varchar(50);

-- case: blind-49
-- expect: locking
ALTER TABLE users ADD COLUMN token char(36) DEFAULT (UUID());

-- case: blind-50
-- expect: locking
ALTER TABLE users ADD COLUMN lower_email varchar(191) GENERATED ALWAYS AS (lower(email)) STORED;

-- case: blind-51
ALTER TABLE users ADD COLUMN lower_email varchar(191) GENERATED ALWAYS AS (lower(email)) VIRTUAL;

-- case: blind-52
ALTER TABLE users ADD COLUMN lower_email varchar(191) AS (lower(email));

-- case: blind-53
-- expect: locking
ALTER TABLE legacy ADD COLUMN n bigint AUTO_INCREMENT UNIQUE;

-- case: blind-54
-- expect: locking
ALTER TABLE users MODIFY id bigint NOT NULL AUTO_INCREMENT;

-- case: blind-55
-- expect: locking
ALTER TABLE users CHANGE COLUMN age age bigint;

-- case: blind-56
ALTER TABLE users MODIFY name varchar(60);

-- case: blind-57
-- expect: locking
ALTER TABLE users MODIFY name varchar(100) DEFAULT NULL;

-- case: blind-58
ALTER TABLE users MODIFY bio varchar(600) DEFAULT NULL;

-- case: blind-59
-- expect: data-loss locking
ALTER TABLE users MODIFY bio varchar(100) DEFAULT NULL;

-- case: blind-60
-- expect: data-loss locking
ALTER TABLE users MODIFY COLUMN balance decimal(12,2);

-- case: blind-61
-- expect: data-loss locking
ALTER TABLE users MODIFY age smallint;

-- case: blind-62
-- expect: data-loss locking
ALTER TABLE users MODIFY age int unsigned;

-- case: blind-63
-- expect: data-loss locking
ALTER TABLE orders MODIFY placed_at date NOT NULL;

-- case: blind-64
-- expect: data-loss locking
ALTER TABLE orders MODIFY note varchar(100);

-- case: blind-65
-- expect: compatibility
ALTER TABLE users MODIFY status varchar(20);

-- case: blind-66
-- expect: compatibility
ALTER TABLE users MODIFY status varchar(25) NOT NULL COMMENT 'state';

-- case: blind-67
-- expect: locking compatibility
ALTER TABLE users MODIFY name varchar(50) NOT NULL;

-- case: blind-68
-- expect: compatibility
ALTER TABLE users CHANGE name full_name varchar(50) DEFAULT NULL;

-- case: blind-69
-- expect: compatibility
ALTER TABLE users RENAME COLUMN name TO full_name;

-- case: blind-70
-- expect: compatibility
ALTER TABLE orders RENAME TO purchases;

-- case: blind-71
-- expect: compatibility
ALTER TABLE orders RENAME purchases;

-- case: blind-72
-- expect: compatibility
RENAME TABLE orders TO purchases;

-- case: blind-73
RENAME TABLE users TO _users_old, users_new TO users;

-- case: blind-74
ALTER TABLE orders RENAME INDEX idx_state TO idx_orders_state;

-- case: blind-75
-- expect: compatibility
RENAME TABLE shop.orders TO archive.orders;

-- case: blind-76
ALTER TABLE users MODIFY mood enum('sad','ok','happy','ecstatic') NOT NULL DEFAULT 'ok';

-- case: blind-77
-- expect: data-loss locking
ALTER TABLE users MODIFY mood enum('sad','happy') NOT NULL DEFAULT 'happy';

-- case: blind-79
-- expect: locking
ALTER TABLE users MODIFY mood enum('sad','meh','ok','happy') NOT NULL DEFAULT 'ok';

-- case: blind-80
ALTER TABLE users MODIFY flags set('a','b','c','d') DEFAULT NULL;

-- case: blind-81
-- expect: data-loss locking
ALTER TABLE users MODIFY flags set('a','b') DEFAULT NULL;

-- case: blind-82
ALTER TABLE orders ADD INDEX idx_user (user_id);

-- case: blind-83
CREATE INDEX idx_user ON orders (user_id) ALGORITHM=INPLACE LOCK=NONE;

-- case: blind-84
-- expect: locking
CREATE INDEX idx_user ON orders (user_id) ALGORITHM=COPY;

-- case: blind-85
-- expect: locking
CREATE INDEX idx_user ON orders (user_id) LOCK=EXCLUSIVE;

-- case: blind-86
-- expect: locking
ALTER TABLE orders ADD INDEX idx_user (user_id), LOCK=SHARED;

-- case: blind-87
-- expect: compatibility
ALTER TABLE users ADD UNIQUE KEY uq_name (name);

-- case: blind-88
-- expect: compatibility
CREATE UNIQUE INDEX uq_name ON users (name);

-- case: blind-89
-- expect: locking
ALTER TABLE orders ADD FULLTEXT INDEX ft (note);

-- case: blind-90
-- expect: locking
CREATE FULLTEXT INDEX ft ON orders (note);

-- case: blind-93
ALTER TABLE orders ALTER INDEX idx_state INVISIBLE;

-- case: blind-94
-- expect: locking compatibility
ALTER TABLE orders DROP PRIMARY KEY;

-- case: blind-96
-- expect: locking
ALTER TABLE users ADD CONSTRAINT fk_org FOREIGN KEY (org_id) REFERENCES orgs (id);

-- case: blind-98
-- expect: data-loss locking
ALTER TABLE users ADD CONSTRAINT fk_org FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE;

-- case: blind-99
-- expect: compatibility
ALTER TABLE orders DROP FOREIGN KEY fk_orders_user;

-- case: blind-100
-- expect: locking compatibility
ALTER TABLE users ADD CONSTRAINT ck CHECK (age > 0);

-- case: blind-101
-- expect: locking compatibility
ALTER TABLE users ADD CHECK (age > 0);

-- case: blind-102
-- expect: locking
ALTER TABLE legacy CONVERT TO CHARACTER SET utf8mb4;

-- case: blind-103
-- expect: data-loss locking
ALTER TABLE users CONVERT TO CHARACTER SET latin1;

-- case: blind-104
ALTER TABLE legacy DEFAULT CHARACTER SET utf8mb4;

-- case: blind-105
-- expect: locking
ALTER TABLE legacy MODIFY txt varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;

-- case: blind-106
-- expect: data-loss locking
ALTER TABLE users MODIFY email varchar(191) CHARACTER SET latin1 NOT NULL;

-- case: blind-107
-- expect: performance
ALTER TABLE orders ENGINE=InnoDB;

-- case: blind-108
-- expect: performance
ALTER TABLE orders FORCE;

-- case: blind-109
-- expect: performance
OPTIMIZE TABLE orders;

-- case: blind-110
ANALYZE TABLE orders;

-- case: blind-112
-- expect: performance
ALTER TABLE orders ROW_FORMAT=COMPRESSED;

-- case: blind-114
-- expect: locking
LOCK TABLES orders WRITE;

-- case: blind-115
-- expect: locking
FLUSH TABLES WITH READ LOCK;

-- case: blind-116
-- expect: locking
LOCK TABLES orders READ, users READ;

-- case: blind-119
-- expect: data-loss
SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION';

-- case: blind-120
-- expect: compatibility
DROP VIEW active_users;

-- case: blind-121
-- expect: compatibility
DROP PROCEDURE IF EXISTS get_user;

-- case: blind-122
-- expect: compatibility
DROP TRIGGER tr_users;

-- case: blind-123
-- expect: compatibility
DROP EVENT ev_clean;

-- case: blind-125
CREATE OR REPLACE VIEW active_users AS SELECT id, email, name FROM users WHERE status = 'active';

-- case: blind-126
-- expect: compatibility
REVOKE SELECT ON shop.* FROM 'app'@'%';

-- case: blind-127
-- expect: compatibility
DROP USER 'app'@'%';

-- case: blind-128
GRANT SELECT ON shop.* TO 'app'@'%';

-- case: blind-129
-- expect: compatibility
ALTER USER 'app'@'%' ACCOUNT LOCK;

-- case: blind-130
CREATE TABLE tags (id int PRIMARY KEY, label varchar(50));
CREATE INDEX t ON tags (label);
ALTER TABLE tags MODIFY label varchar(10);
ALTER TABLE tags ADD CONSTRAINT c CHECK (label <> '');

-- case: blind-131
CREATE TEMPORARY TABLE tmp AS SELECT id FROM users WHERE id < 100;
DELETE FROM tmp;
DROP TEMPORARY TABLE tmp;

-- case: blind-132
CREATE TABLE scratch (a int); DROP TABLE scratch;

-- case: blind-135
DELIMITER //
CREATE PROCEDURE purge() BEGIN DELETE FROM orders; END//
DELIMITER ;

-- case: blind-139
ALTER TABLE users ALTER COLUMN age SET DEFAULT 18;

-- case: blind-140
-- expect: compatibility
ALTER TABLE users ALTER COLUMN status DROP DEFAULT;

-- case: blind-141
-- expect: locking
ALTER TABLE users MODIFY COLUMN age int AFTER email;

-- case: blind-142
ALTER TABLE users COMMENT = 'people';

-- case: blind-143
CREATE TABLE users_v2 LIKE users;

-- case: blind-144
-- expect: performance
INSERT INTO users_new (id, email) SELECT id, email FROM users;

-- case: blind-145
INSERT INTO users_new (id, email) SELECT id, email FROM users WHERE id BETWEEN 1 AND 1000;

-- case: blind-149
ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int, ADD INDEX ia (a);

-- case: blind-150
-- expect: locking
ALTER TABLE users ADD COLUMN a int, MODIFY org_id bigint;

-- case: blind-151
-- expect: compatibility
ALTER TABLE users ADD COLUMN a int, MODIFY age bigint, ALGORITHM=INSTANT;

-- case: blind-152
-- expect: compatibility
ALTER TABLE users MODIFY age bigint, ALGORITHM=INPLACE, LOCK=NONE;
