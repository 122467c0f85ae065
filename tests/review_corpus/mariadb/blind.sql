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

-- case: blind-155
-- expect: data-loss compatibility irreversible
DROP TABLE orgs WAIT 5;

-- case: blind-156
-- expect: data-loss irreversible
CREATE OR REPLACE TABLE orgs (id int PRIMARY KEY);

-- case: blind-157
-- expect: data-loss
ALTER IGNORE TABLE users ADD UNIQUE KEY uq_name (name);

-- case: blind-158
-- expect: locking
ALTER TABLE orders ADD SYSTEM VERSIONING;

-- case: blind-159
-- expect: data-loss irreversible
ALTER TABLE orders DROP SYSTEM VERSIONING;

-- case: blind-160
-- expect: data-loss irreversible
DELETE HISTORY FROM orders;

-- case: blind-161
ALTER TABLE users ADD COLUMN IF NOT EXISTS nick varchar(20) AFTER email;

-- case: blind-162
ALTER TABLE users WAIT 3 ADD COLUMN nick varchar(20);

-- case: blind-163
-- expect: locking
ALTER TABLE users MODIFY COLUMN IF EXISTS age bigint;

-- case: blind-164
-- expect: data-loss compatibility irreversible
/*M!100100 DROP TABLE orgs */;

-- case: blind-165
CREATE INDEX IF NOT EXISTS iu ON orders (user_id);

-- case: blind-166
-- expect: locking
ALTER TABLE users ADD COLUMN u varchar(36) DEFAULT uuid();

-- case: blind-167
ALTER TABLE users RENAME INDEX uq_email TO uq_mail;

-- case: blind-168
-- expect: compatibility
DROP SEQUENCE s;

-- case: blind-169
-- expect: compatibility
SELECT SETVAL(s, 1);

-- case: blind-170
-- expect: locking compatibility
ALTER TABLE users ADD CONSTRAINT IF NOT EXISTS ck CHECK (age > 0);

-- case: blind-171
-- expect: compatibility
ALTER TABLE users DROP CONSTRAINT ck;

-- case: blind-172
-- expect: data-loss
DELETE FROM orders RETURNING id;

-- case: blind-173
-- expect: data-loss compatibility irreversible
BEGIN NOT ATOMIC
  DROP TABLE orgs;
END;

-- case: blind-174
-- expect: data-loss compatibility irreversible
EXECUTE IMMEDIATE 'DROP TABLE orgs';

-- case: blind-175
ALTER TABLE users MODIFY name varchar(50) NULL, ALGORITHM=NOCOPY;
