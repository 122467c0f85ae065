-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), is_old tinyint(1) NOT NULL DEFAULT 0, UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50) DEFAULT NULL COMMENT 'free text', status enum('new','paid','sent') NOT NULL DEFAULT 'new', placed datetime(3) DEFAULT NULL, body text, code char(8), PRIMARY KEY (id), KEY c_i (customer_id), KEY n_i (note), FULLTEXT KEY f_i (body)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE plain (id int NOT NULL, note varchar(300) CHARACTER SET latin1, n int);
CREATE TABLE logs (at date NOT NULL, line varchar(400)) PARTITION BY RANGE (YEAR(at)) (PARTITION p2023 VALUES LESS THAN (2024), PARTITION p2024 VALUES LESS THAN (2025), PARTITION rest VALUES LESS THAN MAXVALUE);
CREATE TABLE old_logs (at date NOT NULL, line varchar(400));

-- case: my-drop-table
-- expect: data-loss irreversible compatibility
DROP TABLE orders;

-- case: my-drop-table-list
-- expect: data-loss
DROP TABLE IF EXISTS `shop`.`orders`, customers CASCADE;

-- case: my-drop-tables-plural
-- expect: data-loss
drop tables orders , customers restrict;

-- case: my-drop-temporary
DROP TEMPORARY TABLE IF EXISTS picked;

-- case: my-drop-own-table
CREATE TABLE scratch (id int);
DROP TABLE scratch;

-- case: my-drop-own-temporary
CREATE TEMPORARY TABLE picked AS SELECT id FROM orders WHERE id < 100;
DROP TABLE picked;

-- case: my-drop-renamed
-- expect: compatibility
ALTER TABLE orders RENAME TO orders_old;
-- expect: data-loss
DROP TABLE orders_old;

-- case: my-drop-comment-everywhere
-- expect: data-loss
DROP/* now */TABLE # the old one
  orders -- gone
;

-- case: my-drop-in-versioned-comment
-- expect: data-loss
/*!50100 DROP TABLE orders */;

-- case: my-drop-in-bang-comment
-- expect: data-loss
DROP /*! TABLE */ /*!40000 IF EXISTS */ orders;

-- case: my-drop-in-mariadb-comment
/*M! DROP TABLE orders */;

-- case: my-drop-in-plain-comment
/* DROP TABLE orders; */
-- DROP TABLE orders;
# DROP TABLE orders;
SELECT 'DROP TABLE orders';

-- case: my-drop-database
-- expect: data-loss
DROP DATABASE shop;

-- case: my-drop-schema
-- expect: data-loss
DROP SCHEMA IF EXISTS `shop`;

-- case: my-drop-own-database
CREATE DATABASE trial;
DROP DATABASE trial;

-- case: my-truncate
-- expect: data-loss irreversible
TRUNCATE orders;

-- case: my-truncate-table
-- expect: data-loss
TRUNCATE TABLE shop.orders;

-- case: my-truncate-own
CREATE TABLE scratch LIKE orders;
TRUNCATE TABLE scratch;

-- case: my-drop-column
-- expect: data-loss compatibility irreversible
ALTER TABLE orders DROP COLUMN note;

-- case: my-drop-column-keywordless
-- expect: data-loss
ALTER TABLE `orders` DROP `note`;

-- case: my-drop-column-in-list
-- expect: data-loss
alter table orders add column x int, drop note, add index x_i (x);

-- case: my-drop-column-instant
-- expect: data-loss
ALTER TABLE orders DROP COLUMN note, ALGORITHM=INSTANT;

-- case: my-drop-column-added-here
ALTER TABLE orders ADD COLUMN tmp int;
ALTER TABLE orders DROP COLUMN tmp;

-- case: my-drop-column-of-own-table
CREATE TABLE scratch (a int, b int);
ALTER TABLE scratch DROP b, ADD c varchar(20) NOT NULL;

-- case: my-drop-partition
-- expect: data-loss
ALTER TABLE logs DROP PARTITION p2023;

-- case: my-drop-partitions
-- expect: data-loss
ALTER TABLE logs DROP PARTITION p2023, p2024;

-- case: my-truncate-partition
-- expect: data-loss
ALTER TABLE logs TRUNCATE PARTITION p2023;

-- case: my-truncate-all-partitions
-- expect: data-loss
ALTER TABLE logs TRUNCATE PARTITION ALL;

-- case: my-exchange-partition
-- expect: data-loss
ALTER TABLE logs EXCHANGE PARTITION p2023 WITH TABLE old_logs;

-- case: my-exchange-partition-without-validation
-- expect: data-loss
ALTER TABLE logs EXCHANGE PARTITION p2023 WITH TABLE old_logs WITHOUT VALIDATION;

-- case: my-exchange-with-own-table
CREATE TABLE fresh LIKE old_logs;
-- expect: data-loss
ALTER TABLE logs EXCHANGE PARTITION p2023 WITH TABLE fresh;

-- case: my-reorganize-partition
-- expect: locking
ALTER TABLE logs REORGANIZE PARTITION rest INTO (PARTITION p2025 VALUES LESS THAN (2026), PARTITION rest VALUES LESS THAN MAXVALUE);

-- case: my-partition-by
-- expect: locking
ALTER TABLE plain PARTITION BY HASH (id) PARTITIONS 8;

-- case: my-remove-partitioning
-- expect: locking
ALTER TABLE logs REMOVE PARTITIONING;

-- case: my-coalesce-partition
-- expect: locking
ALTER TABLE hashed COALESCE PARTITION 2;

-- case: my-add-partition
ALTER TABLE old_parts ADD PARTITION (PARTITION p2026 VALUES LESS THAN (2027));

-- case: my-add-hash-partitions
-- expect: locking
ALTER TABLE hashed ADD PARTITION PARTITIONS 4;

-- case: my-rebuild-partition
-- expect: locking
ALTER TABLE logs REBUILD PARTITION p2023, p2024;

-- case: my-optimize-partition
-- expect: locking
ALTER TABLE logs OPTIMIZE PARTITION ALL;

-- case: my-analyze-partition
ALTER TABLE logs ANALYZE PARTITION p2023;

-- case: my-discard-tablespace
-- expect: data-loss
ALTER TABLE orders DISCARD TABLESPACE;

-- case: my-discard-partition-tablespace
-- expect: data-loss
ALTER TABLE logs DISCARD PARTITION p2023 TABLESPACE;

-- case: my-engine-myisam
-- expect: data-loss locking
ALTER TABLE orders ENGINE=MyISAM;

-- case: my-engine-memory
-- expect: data-loss
ALTER TABLE orders ENGINE = MEMORY;

-- case: my-engine-blackhole
-- expect: data-loss
ALTER TABLE orders ENGINE 'BLACKHOLE';

-- case: my-engine-same
-- expect: locking
ALTER TABLE orders ENGINE=InnoDB;

-- case: my-engine-same-stated
ALTER TABLE plain ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE;

-- case: my-force
-- expect: locking
ALTER TABLE plain FORCE;

-- case: my-optimize
-- expect: locking
OPTIMIZE NO_WRITE_TO_BINLOG TABLE orders, customers;

-- case: my-analyze
ANALYZE TABLE orders;
CHECK TABLE orders QUICK;
CHECKSUM TABLE orders;

-- case: my-row-format
-- expect: locking
ALTER TABLE orders ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8;

-- case: my-row-format-on-own
CREATE TABLE scratch (id int PRIMARY KEY);
ALTER TABLE scratch ROW_FORMAT=DYNAMIC;

-- case: my-convert-charset
-- expect: locking
ALTER TABLE plain CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;

-- case: my-convert-to-smaller
-- expect: data-loss locking
ALTER TABLE orders CONVERT TO CHARSET latin1;

-- case: my-default-charset
ALTER TABLE orders DEFAULT CHARACTER SET = utf8mb4 COLLATE utf8mb4_bin;

-- case: my-database-charset
ALTER DATABASE shop CHARACTER SET utf8mb4;

-- case: my-comment-and-stats
ALTER TABLE orders COMMENT = 'all orders', STATS_PERSISTENT=1 STATS_AUTO_RECALC=1 STATS_SAMPLE_PAGES=50;

-- case: my-auto-increment
ALTER TABLE orders AUTO_INCREMENT = 100000;

-- case: my-rename-table
-- expect: compatibility
RENAME TABLE orders TO purchases;

-- case: my-rename-swap
CREATE TABLE orders_new LIKE orders;
RENAME TABLE orders TO orders_old, orders_new TO orders;

-- case: my-rename-to-other-database
-- expect: compatibility
RENAME TABLE orders TO archive.orders;

-- case: my-rename-as
-- expect: compatibility
ALTER TABLE orders RENAME AS purchases;

-- case: my-rename-bare
-- expect: compatibility
ALTER TABLE orders RENAME purchases;

-- case: my-rename-with-view
RENAME TABLE orders TO purchases;
CREATE VIEW orders AS SELECT * FROM purchases;

-- case: my-rename-own
CREATE TABLE scratch (id int);
RENAME TABLE scratch TO fresh;
ALTER TABLE fresh RENAME COLUMN id TO key_id;

-- case: my-create-table-if-not-exists
CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY, note text);

-- case: my-create-table-select
CREATE TABLE copies (PRIMARY KEY (id)) SELECT id, note FROM orders WHERE id BETWEEN 1 AND 100;

-- case: my-create-table-full
CREATE TABLE `line items` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT, `order_id` int NOT NULL, qty int CHECK (qty > 0), total decimal(12,2) GENERATED ALWAYS AS (qty * 2) STORED,
  PRIMARY KEY (`id`), UNIQUE KEY u (order_id, qty DESC), KEY e ((qty + 1)), FULLTEXT KEY f (`name`) WITH PARSER ngram, name varchar(20) COLLATE utf8mb4_bin,
  CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE, CONSTRAINT pos CHECK (qty < 100) NOT ENFORCED
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='it''s; fine' PARTITION BY KEY (id) PARTITIONS 4;

-- case: my-tablespace-encryption
-- expect: locking
ALTER TABLE orders ENCRYPTION='Y';

-- case: my-move-to-tablespace
-- expect: locking
ALTER TABLE orders TABLESPACE fast;

-- case: my-order-by
-- expect: locking
ALTER TABLE orders ORDER BY placed;

-- case: my-disable-keys
ALTER TABLE orders DISABLE KEYS;
ALTER TABLE orders ENABLE KEYS;

-- case: my-unknown-table
-- expect: data-loss
ALTER TABLE nowhere.strange DROP COLUMN x;

-- case: my-import-tablespace
CREATE TABLE scratch (id int);
ALTER TABLE scratch DISCARD TABLESPACE;
ALTER TABLE scratch IMPORT TABLESPACE;
