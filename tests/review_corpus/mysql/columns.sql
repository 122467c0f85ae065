-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), visits int NOT NULL DEFAULT 0, UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50) DEFAULT NULL COMMENT 'free text', status enum('new','paid','sent') NOT NULL DEFAULT 'new', flags set('a','b'), placed datetime(3) DEFAULT NULL, body text, code char(8), small smallint, ratio double, stamp timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, doc json, PRIMARY KEY (id), KEY c_i (customer_id)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE narrow (id int NOT NULL PRIMARY KEY, note varchar(300), short varchar(50), mid varchar(100)) DEFAULT CHARSET=latin1;

-- case: my-add-column
ALTER TABLE orders ADD COLUMN remark varchar(100);

-- case: my-add-column-keywordless-after
ALTER TABLE orders ADD remark text AFTER note, ADD (x int, y int DEFAULT 5);

-- case: my-add-column-default
ALTER TABLE orders ADD COLUMN n int NOT NULL DEFAULT 0, ADD t timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- case: my-add-column-first-instant
ALTER TABLE orders ADD COLUMN remark varchar(10) NULL FIRST, ALGORITHM = INSTANT;

-- case: my-add-column-old version=5.7
-- expect: locking
ALTER TABLE orders ADD COLUMN remark varchar(100);

-- case: my-add-column-after-8-0-20 version=8.0.20
-- expect: locking
ALTER TABLE orders ADD COLUMN remark varchar(100) AFTER note;

-- case: my-add-column-last-8-0-20 version=8.0.20
ALTER TABLE orders ADD COLUMN remark varchar(100);

-- case: my-add-column-expression-default
-- expect: locking
ALTER TABLE orders ADD COLUMN token char(36) NOT NULL DEFAULT (UUID());

-- case: my-add-not-null-no-default
-- expect: compatibility
ALTER TABLE orders ADD COLUMN remark varchar(100) NOT NULL;

-- case: my-add-auto-increment
-- expect: locking
ALTER TABLE plainish ADD COLUMN id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY;

-- case: my-add-stored
-- expect: locking
ALTER TABLE orders ADD COLUMN gross decimal(12,2) GENERATED ALWAYS AS (amount * 1.2) STORED;

-- case: my-add-virtual
ALTER TABLE orders ADD COLUMN gross decimal(12,2) AS (amount * 1.2) VIRTUAL, ADD half decimal(12,2) AS (amount / 2);

-- case: my-add-column-check
-- expect: locking
ALTER TABLE orders ADD COLUMN qty int CHECK (qty > 0);

-- case: my-add-column-references-ignored
ALTER TABLE orders ADD COLUMN parent_id int REFERENCES orders (id);

-- case: my-add-json
ALTER TABLE orders ADD COLUMN extra json, ADD COLUMN pic longblob;

-- case: my-add-column-copy
-- expect: locking
ALTER TABLE orders ADD COLUMN n int, ALGORITHM=COPY;

-- case: my-add-column-lock-shared
-- expect: locking
ALTER TABLE orders ADD COLUMN n int, ALGORITHM=INPLACE, LOCK=SHARED;

-- case: my-int-to-bigint
-- expect: locking
ALTER TABLE orders MODIFY id bigint NOT NULL AUTO_INCREMENT;

-- case: my-int-display-width
ALTER TABLE customers MODIFY COLUMN visits int(11) NOT NULL DEFAULT 0;

-- case: my-varchar-widen-within
ALTER TABLE narrow MODIFY short varchar(100);

-- case: my-varchar-widen-across
-- expect: locking
ALTER TABLE narrow MODIFY mid varchar(256);

-- case: my-varchar-widen-across-utf8mb4
-- expect: locking
ALTER TABLE orders MODIFY note varchar(64) COMMENT 'free text';

-- case: my-varchar-widen-both-long
ALTER TABLE customers MODIFY name varchar(500);

-- case: my-varchar-narrow
-- expect: data-loss locking
ALTER TABLE customers MODIFY name varchar(20);

-- case: my-bigint-to-int
-- expect: data-loss locking
ALTER TABLE orders CHANGE customer_id customer_id int unsigned NOT NULL;

-- case: my-decimal-scale
-- expect: data-loss
ALTER TABLE orders MODIFY amount decimal(10,1) NOT NULL DEFAULT 0;

-- case: my-decimal-widen
-- expect: locking
ALTER TABLE orders MODIFY amount decimal(12,2) NOT NULL DEFAULT 0.00;

-- case: my-decimal-to-int
-- expect: data-loss
ALTER TABLE orders MODIFY amount int NOT NULL DEFAULT 0;

-- case: my-datetime-to-date
-- expect: data-loss
ALTER TABLE orders MODIFY placed date;

-- case: my-datetime-precision
-- expect: data-loss
ALTER TABLE orders MODIFY placed datetime;

-- case: my-signed-to-unsigned
-- expect: data-loss locking
ALTER TABLE orders MODIFY small smallint unsigned;

-- case: my-unsigned-to-signed
-- expect: data-loss
ALTER TABLE orders MODIFY customer_id bigint NOT NULL;

-- case: my-text-to-varchar
-- expect: data-loss
ALTER TABLE orders MODIFY body varchar(100);

-- case: my-varchar-to-text
-- expect: locking
ALTER TABLE customers MODIFY name text;

-- case: my-text-to-mediumtext
-- expect: locking
ALTER TABLE orders MODIFY body mediumtext;

-- case: my-double-to-float
-- expect: data-loss
ALTER TABLE orders MODIFY ratio float;

-- case: my-char-narrow
-- expect: data-loss
ALTER TABLE orders MODIFY code char(4);

-- case: my-json-to-text
-- expect: locking
ALTER TABLE orders MODIFY doc longtext;

-- case: my-enum-append
ALTER TABLE orders MODIFY status enum('new','paid','sent','lost') NOT NULL DEFAULT 'new';

-- case: my-enum-remove
-- expect: data-loss
ALTER TABLE orders MODIFY status enum('new','sent') NOT NULL DEFAULT 'new';

-- case: my-enum-insert
-- expect: locking
ALTER TABLE orders MODIFY status enum('new','open','paid','sent') NOT NULL DEFAULT 'new';

-- case: my-enum-reorder
-- expect: locking
ALTER TABLE orders MODIFY status enum('sent','paid','new') NOT NULL DEFAULT 'new';

-- case: my-set-append
ALTER TABLE orders MODIFY flags set('a','b','c');

-- case: my-set-remove
-- expect: data-loss
ALTER TABLE orders MODIFY flags set('b');

-- case: my-enum-to-varchar
-- expect: locking
ALTER TABLE orders MODIFY status varchar(20) NOT NULL DEFAULT 'new';

-- case: my-varchar-to-enum
-- expect: data-loss
ALTER TABLE orders MODIFY note enum('x','y') DEFAULT NULL COMMENT 'free text';

-- case: my-set-not-null
-- expect: compatibility
ALTER TABLE orders MODIFY small smallint NOT NULL;

-- case: my-lost-default
-- expect: compatibility
ALTER TABLE customers MODIFY visits int NOT NULL;

-- case: my-lost-not-null
-- expect: compatibility
ALTER TABLE orders MODIFY amount decimal(10,2) DEFAULT 0.00;

-- case: my-lost-auto-increment
-- expect: compatibility
ALTER TABLE orders MODIFY COLUMN id int NOT NULL;

-- case: my-lost-on-update
-- expect: compatibility
ALTER TABLE orders MODIFY stamp timestamp NULL DEFAULT CURRENT_TIMESTAMP;

-- case: my-modify-to-same
ALTER TABLE orders MODIFY COLUMN note varchar(50) DEFAULT NULL COMMENT 'other text';

-- case: my-change-rename
-- expect: compatibility
ALTER TABLE orders CHANGE note remark varchar(50) DEFAULT NULL COMMENT 'free text';

-- case: my-rename-column
-- expect: compatibility
ALTER TABLE orders RENAME COLUMN note TO remark;

-- case: my-rename-column-added-here
ALTER TABLE orders ADD COLUMN a int;
ALTER TABLE orders RENAME COLUMN a TO b;
ALTER TABLE orders CHANGE b c int;

-- case: my-reorder
-- expect: locking
ALTER TABLE orders MODIFY note varchar(50) DEFAULT NULL COMMENT 'free text' FIRST;

-- case: my-charset-of-column
-- expect: locking
ALTER TABLE narrow MODIFY note varchar(300) CHARACTER SET utf8mb4;

-- case: my-charset-of-column-smaller
-- expect: data-loss
ALTER TABLE customers MODIFY name varchar(200) CHARACTER SET latin1;

-- case: my-collation-of-column
-- expect: locking
ALTER TABLE customers MODIFY email varchar(60) COLLATE utf8mb4_bin NOT NULL;

-- case: my-set-default
ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'x', ALTER small SET DEFAULT 1;

-- case: my-drop-default
-- expect: compatibility
ALTER TABLE customers ALTER visits DROP DEFAULT;

-- case: my-invisible-column
-- expect: compatibility
ALTER TABLE orders ALTER COLUMN note SET INVISIBLE;

-- case: my-modify-own-table
CREATE TABLE scratch (a bigint, b varchar(300));
ALTER TABLE scratch MODIFY a int NOT NULL, CHANGE b c varchar(10), DROP PRIMARY KEY;

-- case: my-modify-unknown
-- expect: locking
ALTER TABLE elsewhere MODIFY COLUMN total bigint NOT NULL;

-- case: my-several-parts-one-copies
-- expect: locking
ALTER TABLE orders ADD COLUMN x int, MODIFY small int, ADD INDEX p_i (placed);

-- case: my-modify-if-small
-- schema: CREATE TABLE tiny (id int PRIMARY KEY, a varchar(10))
CREATE TABLE bigger LIKE tiny;
ALTER TABLE bigger MODIFY a varchar(300);
