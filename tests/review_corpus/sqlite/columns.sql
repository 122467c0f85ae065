-- common schema
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), amount REAL, note TEXT, code TEXT, kind TEXT CHECK (kind <> ''), status TEXT NOT NULL DEFAULT 'new');
CREATE INDEX orders_code ON orders (code);
CREATE VIEW noted AS SELECT id, amount FROM orders;

-- case: add-column
ALTER TABLE orders ADD COLUMN shipped_at TEXT;

-- case: add-column-without-keyword
ALTER TABLE orders ADD shipped_at TEXT;

-- case: add-column-default
ALTER TABLE orders ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

-- case: add-column-default-in-parentheses
ALTER TABLE orders ADD COLUMN priority INTEGER NOT NULL DEFAULT (5);

-- case: add-column-negative-default
ALTER TABLE "orders" ADD COLUMN "offset" REAL DEFAULT -1.5;

-- case: add-column-quoted-names
ALTER TABLE [orders] ADD [gift wrap] BOOLEAN DEFAULT FALSE;

-- case: add-column-no-type
ALTER TABLE main.orders ADD COLUMN anything;

-- case: add-column-nullable-references
ALTER TABLE orders ADD COLUMN agent_id INTEGER REFERENCES customers (id);

-- case: add-column-virtual
ALTER TABLE orders ADD COLUMN total REAL AS (amount * 1.2);

-- case: add-column-virtual-spelled-out
ALTER TABLE orders ADD COLUMN total REAL GENERATED ALWAYS AS (amount * 1.2) VIRTUAL;

-- case: add-column-not-null-without-default
-- expect: compatibility rule:add-column-not-null
ALTER TABLE orders ADD COLUMN region TEXT NOT NULL;

-- case: add-column-not-null-default-null
-- expect: compatibility
ALTER TABLE orders ADD COLUMN region TEXT NOT NULL DEFAULT NULL;

-- case: add-column-current-timestamp
-- expect: compatibility rule:unsupported-alter
ALTER TABLE orders ADD COLUMN created_at TEXT DEFAULT CURRENT_TIMESTAMP;

-- case: add-column-current-date-not-null
-- expect: compatibility
ALTER TABLE orders ADD created_on TEXT NOT NULL DEFAULT CURRENT_DATE;

-- case: add-column-expression-default
-- expect: compatibility
ALTER TABLE orders ADD COLUMN token TEXT DEFAULT (lower(hex(randomblob(16))));

-- case: add-column-strftime-default
-- expect: compatibility
ALTER TABLE orders ADD COLUMN ts INTEGER DEFAULT (strftime('%s','now'));

-- case: add-column-unique
-- expect: compatibility
ALTER TABLE orders ADD COLUMN token TEXT UNIQUE;

-- case: add-column-primary-key
-- expect: compatibility
ALTER TABLE orders ADD COLUMN uid INTEGER PRIMARY KEY;

-- case: add-column-stored
-- expect: compatibility
ALTER TABLE orders ADD COLUMN total REAL GENERATED ALWAYS AS (amount * 1.2) STORED;

-- case: add-column-references-with-default
PRAGMA foreign_keys = ON;
-- expect: compatibility
ALTER TABLE orders ADD COLUMN agent_id INTEGER DEFAULT 1 REFERENCES customers (id);

-- case: add-column-check
-- expect: locking
ALTER TABLE orders ADD COLUMN stars INTEGER DEFAULT 3 CHECK (stars BETWEEN 1 AND 5);

-- case: add-column-if-not-exists-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ADD COLUMN IF NOT EXISTS x INTEGER;

-- case: add-two-columns-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ADD COLUMN x INTEGER, ADD COLUMN y INTEGER;

-- case: add-to-own-table
CREATE TABLE fresh (id INTEGER PRIMARY KEY);
ALTER TABLE fresh ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE fresh DROP COLUMN name;

-- case: drop-column
-- expect: data-loss compatibility irreversible rule:drop-column
ALTER TABLE orders DROP COLUMN note;

-- case: drop-column-without-keyword
-- expect: data-loss
alter table orders drop "note";

-- case: drop-column-bracketed
-- expect: data-loss
ALTER TABLE [main].[orders] DROP COLUMN [Note];

-- case: drop-column-unknown-table
-- expect: data-loss
ALTER TABLE payments DROP COLUMN memo;

-- case: drop-added-column
ALTER TABLE orders ADD COLUMN tmp INTEGER;
ALTER TABLE orders DROP COLUMN tmp;

-- case: drop-column-in-a-transaction
BEGIN IMMEDIATE;
-- expect: data-loss
ALTER TABLE orders DROP COLUMN note;
COMMIT;

-- case: drop-column-on-old-version version=3.34
-- expect: compatibility
ALTER TABLE orders DROP COLUMN note;

-- case: drop-indexed-column
-- expect: compatibility rule:unsupported-alter
ALTER TABLE orders DROP COLUMN code;

-- case: drop-indexed-column-after-its-index
-- expect: performance
DROP INDEX orders_code;
-- expect: data-loss
ALTER TABLE orders DROP COLUMN code;

-- case: drop-unique-column
-- expect: compatibility rule:unsupported-alter
ALTER TABLE customers DROP COLUMN email;

-- case: drop-key-column
-- expect: compatibility rule:unsupported-alter
ALTER TABLE customers DROP id;

-- case: drop-foreign-key-column
-- expect: compatibility
ALTER TABLE orders DROP COLUMN customer_id;

-- case: drop-two-columns-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders DROP COLUMN note, DROP COLUMN amount;

-- case: rename-column
-- expect: compatibility rule:rename-column
ALTER TABLE orders RENAME COLUMN note TO remark;

-- case: rename-column-without-keyword
-- expect: compatibility
ALTER TABLE orders RENAME note TO "remark";

-- case: rename-column-on-old-version version=3.24
-- expect: compatibility
ALTER TABLE orders RENAME COLUMN note TO remark;

-- case: rename-added-column
ALTER TABLE orders ADD COLUMN remrak TEXT;
ALTER TABLE orders RENAME COLUMN remrak TO remark;

-- case: alter-column-type-is-not-sqlite
-- expect: compatibility rule:unsupported-alter
ALTER TABLE orders ALTER COLUMN amount TYPE NUMERIC;

-- case: modify-column-is-not-sqlite
-- expect: compatibility rule:unsupported-alter
ALTER TABLE orders MODIFY COLUMN amount INTEGER NOT NULL;

-- case: set-default-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';

-- case: add-foreign-key-is-not-sqlite
-- expect: compatibility rule:unsupported-alter
ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id);

-- case: add-unique-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ADD UNIQUE (code);

-- case: add-primary-key-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ADD PRIMARY KEY (id);

-- case: add-check-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);

-- case: drop-constraint-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders DROP CONSTRAINT positive;

-- case: set-not-null-is-not-sqlite
-- expect: compatibility
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;

-- case: rename-index-is-not-sqlite
-- expect: compatibility
ALTER INDEX orders_code RENAME TO orders_by_code;
