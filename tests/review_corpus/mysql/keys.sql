-- common schema
CREATE TABLE customers (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL, name varchar(200), spot point NOT NULL SRID 4326, UNIQUE KEY email_u (email)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT, customer_id bigint unsigned NOT NULL, amount decimal(10,2) NOT NULL DEFAULT 0.00, note varchar(50), body text, PRIMARY KEY (id), KEY n_i (note), KEY na_i (note, amount), CONSTRAINT pos CHECK (amount >= 0), CONSTRAINT o_c FOREIGN KEY (customer_id) REFERENCES customers (id)) ENGINE=InnoDB;
CREATE TABLE loose (id int NOT NULL, k int NOT NULL, KEY k_i (k));

-- case: my-create-index
CREATE INDEX a_i ON orders (amount);

-- case: my-create-index-online-stated
CREATE UNIQUE INDEX a_i USING BTREE ON orders (amount, note(10) DESC) COMMENT 'x' ALGORITHM=INPLACE LOCK=NONE;

-- case: my-add-index
ALTER TABLE orders ADD INDEX a_i (amount), ADD KEY b_i ((amount * 2)), ADD UNIQUE c_i (id, note);

-- case: my-create-index-copy
-- expect: locking
CREATE INDEX a_i ON orders (amount) ALGORITHM = COPY;

-- case: my-create-index-exclusive
-- expect: locking
CREATE INDEX a_i ON orders (amount) LOCK EXCLUSIVE;

-- case: my-fulltext
-- expect: locking
CREATE FULLTEXT INDEX f_i ON orders (body) WITH PARSER ngram;

-- case: my-fulltext-alter
-- expect: locking
ALTER TABLE orders ADD FULLTEXT (body, note);

-- case: my-spatial
-- expect: locking
ALTER TABLE customers ADD SPATIAL INDEX s_i (spot);

-- case: my-index-on-own-table
CREATE TABLE scratch (id int, t text);
CREATE FULLTEXT INDEX f_i ON scratch (t);
ALTER TABLE scratch ADD PRIMARY KEY (id);

-- case: my-drop-index
-- expect: performance
DROP INDEX na_i ON orders;

-- case: my-drop-index-in-alter
-- expect: performance
ALTER TABLE orders DROP KEY na_i;

-- case: my-drop-redundant-index
DROP INDEX n_i ON orders;

-- case: my-drop-index-replaced
ALTER TABLE orders DROP INDEX na_i, ADD INDEX nai_i (note, amount, id);

-- case: my-drop-own-index
CREATE INDEX a_i ON orders (amount);
DROP INDEX a_i ON orders ALGORITHM=INPLACE;

-- case: my-rename-index
ALTER TABLE orders RENAME INDEX n_i TO note_i;

-- case: my-index-invisible
ALTER TABLE orders ALTER INDEX n_i INVISIBLE;

-- case: my-drop-unique
-- expect: compatibility
ALTER TABLE customers DROP INDEX email_u;

-- case: my-add-primary-key
-- expect: locking
ALTER TABLE loose ADD PRIMARY KEY (id);

-- case: my-add-primary-key-named
-- expect: locking
ALTER TABLE loose ADD CONSTRAINT pk PRIMARY KEY USING BTREE (id, k);

-- case: my-drop-primary-key
-- expect: locking
ALTER TABLE loose DROP PRIMARY KEY;

-- case: my-change-primary-key
-- expect: locking
ALTER TABLE loose DROP PRIMARY KEY, ADD PRIMARY KEY (k, id);

-- case: my-add-foreign-key
-- expect: locking
ALTER TABLE loose ADD CONSTRAINT l_o FOREIGN KEY (k) REFERENCES orders (id);

-- case: my-add-foreign-key-quoted
-- expect: locking
ALTER TABLE `shop`.`loose` ADD FOREIGN KEY `l_o` (`k`) REFERENCES `shop`.`orders` (`id`) ON UPDATE CASCADE;

-- case: my-add-foreign-key-cascade
-- expect: data-loss locking
ALTER TABLE loose ADD FOREIGN KEY (k) REFERENCES orders (id) ON DELETE CASCADE;

-- case: my-add-foreign-key-unchecked
-- expect: data-loss
SET foreign_key_checks = 0;
ALTER TABLE loose ADD CONSTRAINT l_o FOREIGN KEY (k) REFERENCES orders (id), ALGORITHM=INPLACE, LOCK=NONE;
SET foreign_key_checks = 1;

-- case: my-foreign-key-on-own-table
CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders (id);

-- case: my-drop-foreign-key
-- expect: compatibility
ALTER TABLE orders DROP FOREIGN KEY o_c;

-- case: my-drop-and-add-foreign-key
-- expect: locking
ALTER TABLE orders DROP FOREIGN KEY o_c, ADD CONSTRAINT o_c2 FOREIGN KEY (customer_id) REFERENCES customers (id) ON UPDATE CASCADE;

-- case: my-add-check
-- expect: locking
ALTER TABLE orders ADD CONSTRAINT big CHECK (amount < 1000000);

-- case: my-add-check-unnamed
-- expect: locking
ALTER TABLE orders ADD CHECK (note <> '');

-- case: my-add-check-not-enforced
ALTER TABLE orders ADD CONSTRAINT big CHECK (amount < 1000000) NOT ENFORCED;

-- case: my-enforce-check
-- expect: locking
ALTER TABLE orders ALTER CHECK pos ENFORCED;

-- case: my-drop-check
ALTER TABLE orders DROP CHECK pos;

-- case: my-drop-constraint
ALTER TABLE orders DROP CONSTRAINT pos;

-- case: my-add-unique-constraint
ALTER TABLE orders ADD CONSTRAINT u UNIQUE KEY u_i (note, id), LOCK=NONE;

-- case: my-add-index-lock-default
ALTER TABLE orders ADD INDEX a_i (amount) USING BTREE KEY_BLOCK_SIZE=8, ALGORITHM=DEFAULT, LOCK=DEFAULT;
