-- common schema
CREATE TABLE dbo.Customers (Id int IDENTITY(1,1) NOT NULL CONSTRAINT PK_Customers PRIMARY KEY CLUSTERED, Email nvarchar(200) NOT NULL, Name nvarchar(100) NULL, Visits int NOT NULL CONSTRAINT DF_Customers_Visits DEFAULT (0), CreatedAt datetime2(7) NOT NULL DEFAULT SYSUTCDATETIME());
CREATE TABLE [dbo].[Orders] ([Id] bigint IDENTITY(1,1) NOT NULL, CustomerId int NOT NULL, Amount decimal(10,2) NULL, Note nvarchar(max) NULL, Status varchar(20) NOT NULL CONSTRAINT DF_Orders_Status DEFAULT 'new', Placed datetime2(3) NULL, Code char(10) NULL, Ratio float NULL, Extra xml NULL, CONSTRAINT PK_Orders PRIMARY KEY CLUSTERED (Id), CONSTRAINT FK_Orders_Customers FOREIGN KEY (CustomerId) REFERENCES dbo.Customers (Id), CONSTRAINT CK_Orders_Amount CHECK (Amount >= 0), CONSTRAINT UQ_Orders_Code UNIQUE (Code));
CREATE NONCLUSTERED INDEX IX_Orders_Status ON dbo.Orders (Status);
CREATE NONCLUSTERED INDEX IX_Orders_Placed ON dbo.Orders (Placed);
CREATE TABLE archive.Orders (Id bigint NOT NULL PRIMARY KEY, Amount decimal(10,2) NULL);
GO
CREATE VIEW dbo.OpenOrders AS SELECT Id, Amount FROM dbo.Orders WHERE Status = 'open';
GO
CREATE PROCEDURE dbo.CleanUp AS DELETE FROM dbo.Orders;
GO
CREATE TRIGGER dbo.OrdersAudit ON dbo.Orders AFTER INSERT AS SET NOCOUNT ON;
GO
CREATE SEQUENCE dbo.Numbers AS bigint START WITH 1;
GO

-- case: add-fk
-- expect: locking
ALTER TABLE dbo.Orders ADD CONSTRAINT FK_2 FOREIGN KEY (CustomerId) REFERENCES dbo.Customers (Id);

-- case: add-fk-with-check
-- expect: locking
ALTER TABLE [dbo].[Orders] WITH CHECK ADD CONSTRAINT [FK_2] FOREIGN KEY([CustomerId]) REFERENCES [dbo].[Customers] ([Id]);

-- case: add-fk-nocheck
-- expect: performance
ALTER TABLE dbo.Orders WITH NOCHECK ADD CONSTRAINT FK_2 FOREIGN KEY (CustomerId) REFERENCES dbo.Customers (Id);

-- case: add-fk-cascade
-- expect: data-loss
ALTER TABLE dbo.Orders ADD FOREIGN KEY (CustomerId) REFERENCES dbo.Customers ON DELETE CASCADE ON UPDATE NO ACTION;

-- case: add-fk-new-tables
CREATE TABLE dbo.A (Id int NOT NULL PRIMARY KEY);
CREATE TABLE dbo.B (Id int NOT NULL PRIMARY KEY, AId int NOT NULL);
ALTER TABLE dbo.B ADD CONSTRAINT FK_B_A FOREIGN KEY (AId) REFERENCES dbo.A (Id);

-- case: add-check
-- expect: locking
ALTER TABLE dbo.Orders ADD CONSTRAINT CK_2 CHECK (Amount < 1000000);

-- case: add-check-nocheck
-- expect: performance
ALTER TABLE dbo.Orders WITH NOCHECK ADD CONSTRAINT CK_2 CHECK (Amount < 1000000);

-- case: nocheck-then-check-later
ALTER TABLE dbo.Orders WITH NOCHECK ADD CONSTRAINT CK_2 CHECK (Amount < 1000000);
GO
ALTER TABLE dbo.Orders WITH CHECK CHECK CONSTRAINT CK_2;

-- case: nocheck-constraint
-- expect: data-loss
ALTER TABLE dbo.Orders NOCHECK CONSTRAINT FK_Orders_Customers;

-- case: nocheck-constraint-all
-- expect: data-loss
ALTER TABLE dbo.Orders NOCHECK CONSTRAINT ALL;

-- case: check-constraint-untrusted
-- expect: performance
ALTER TABLE dbo.Orders CHECK CONSTRAINT FK_Orders_Customers;

-- case: recheck-old-constraint
-- expect: locking
ALTER TABLE dbo.Orders WITH CHECK CHECK CONSTRAINT FK_Orders_Customers;

-- case: recheck-all
-- expect: locking
ALTER TABLE dbo.Orders WITH CHECK CHECK CONSTRAINT ALL;

-- case: add-default-constraint
ALTER TABLE dbo.Orders ADD CONSTRAINT DF_Orders_Placed DEFAULT (SYSUTCDATETIME()) FOR Placed;

-- case: drop-default-constraint
-- expect: compatibility
ALTER TABLE dbo.Orders DROP CONSTRAINT DF_Orders_Status;

-- case: replace-default-constraint
ALTER TABLE dbo.Orders DROP CONSTRAINT DF_Orders_Status;
ALTER TABLE dbo.Orders ADD CONSTRAINT DF_Orders_Status DEFAULT 'fresh' FOR Status;

-- case: drop-check-constraint
ALTER TABLE dbo.Orders DROP CONSTRAINT CK_Orders_Amount;

-- case: drop-unique-constraint
-- expect: compatibility
ALTER TABLE dbo.Orders DROP UQ_Orders_Code;

-- case: drop-fk
-- expect: compatibility
ALTER TABLE dbo.Orders DROP CONSTRAINT IF EXISTS FK_Orders_Customers;

-- case: drop-primary-key
-- expect: locking
ALTER TABLE dbo.Orders DROP CONSTRAINT PK_Orders;

-- case: add-unique
-- expect: locking
ALTER TABLE dbo.Customers ADD CONSTRAINT UQ_Email UNIQUE NONCLUSTERED (Email);

-- case: add-unique-online edition=enterprise
ALTER TABLE dbo.Customers ADD CONSTRAINT UQ_Email UNIQUE NONCLUSTERED (Email) WITH (ONLINE = ON, MAXDOP = 2);

-- case: add-primary-key
-- schema: CREATE TABLE dbo.Heap (Id int NOT NULL)
-- expect: locking
ALTER TABLE dbo.Heap ADD CONSTRAINT PK_Heap PRIMARY KEY (Id);

-- case: create-index
-- expect: locking
CREATE INDEX IX_1 ON dbo.Orders (CustomerId);

-- case: create-index-include
-- expect: locking
CREATE UNIQUE NONCLUSTERED INDEX [IX_1] ON [dbo].[Orders] ([CustomerId] ASC, [Placed] DESC) INCLUDE ([Amount]) WHERE [Status] = 'open' WITH (FILLFACTOR = 80, SORT_IN_TEMPDB = ON) ON [PRIMARY];

-- case: create-index-online-standard edition=standard
-- expect: compatibility
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = ON);

-- case: create-index-online-enterprise edition=enterprise
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) INCLUDE (Amount) WITH (ONLINE = ON, MAXDOP = 1);

-- case: create-index-offline-enterprise edition=enterprise
-- expect: locking
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = OFF);

-- case: create-index-resumable edition=enterprise
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = ON, RESUMABLE = ON, MAX_DURATION = 60 MINUTES);

-- case: create-index-resumable-2017 edition=enterprise version=14
-- expect: compatibility
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = ON, RESUMABLE = ON);

-- case: create-index-low-priority-2022 edition=enterprise
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 5 MINUTES, ABORT_AFTER_WAIT = SELF)));

-- case: create-index-low-priority-2019 edition=enterprise version=15
-- expect: compatibility
CREATE INDEX IX_1 ON dbo.Orders (CustomerId) WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 5 MINUTES, ABORT_AFTER_WAIT = SELF)));

-- case: create-index-on-new-table
CREATE TABLE dbo.Fresh (A int);
CREATE CLUSTERED INDEX IX_1 ON dbo.Fresh (A);

-- case: create-index-on-temp
SELECT Id INTO #ids FROM dbo.Orders WHERE Id BETWEEN 1 AND 1000;
CREATE UNIQUE CLUSTERED INDEX IX ON #ids (Id);

-- case: create-clustered-index
-- schema: CREATE TABLE dbo.Heap (Id int NOT NULL)
-- expect: locking
CREATE CLUSTERED INDEX CX ON dbo.Heap (Id);

-- case: create-columnstore
-- expect: locking
CREATE NONCLUSTERED COLUMNSTORE INDEX NCCI ON dbo.Orders (Amount, Placed);

-- case: create-xml-index
-- expect: locking
CREATE PRIMARY XML INDEX PX ON dbo.Orders (Extra);

-- case: create-fulltext
CREATE FULLTEXT CATALOG ft AS DEFAULT;
CREATE FULLTEXT INDEX ON dbo.Orders (Note) KEY INDEX PK_Orders WITH STOPLIST = SYSTEM;

-- case: drop-index
-- expect: performance
DROP INDEX IX_Orders_Status ON dbo.Orders;

-- case: drop-index-if-exists
-- expect: performance
DROP INDEX IF EXISTS [IX_Orders_Status] ON [dbo].[Orders], IX_Orders_Placed ON dbo.Orders;

-- case: drop-index-old-form
-- expect: performance
DROP INDEX Orders.IX_Orders_Status;

-- case: drop-index-created-here edition=enterprise
CREATE INDEX IX_Tmp ON dbo.Orders (CustomerId) WITH (ONLINE = ON);
DROP INDEX IX_Tmp ON dbo.Orders;

-- case: rebuild-index
-- expect: locking
ALTER INDEX IX_Orders_Status ON dbo.Orders REBUILD;

-- case: rebuild-all
-- expect: locking
ALTER INDEX ALL ON dbo.Orders REBUILD WITH (FILLFACTOR = 90);

-- case: rebuild-online edition=enterprise
ALTER INDEX PK_Orders ON dbo.Orders REBUILD PARTITION = 4 WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1 MINUTES, ABORT_AFTER_WAIT = SELF)));

-- case: rebuild-online-standard edition=standard
-- expect: compatibility
ALTER INDEX PK_Orders ON dbo.Orders REBUILD WITH (ONLINE = ON);

-- case: reorganize-index
ALTER INDEX IX_Orders_Status ON dbo.Orders REORGANIZE;

-- case: disable-index
-- expect: performance
ALTER INDEX IX_Orders_Status ON dbo.Orders DISABLE;

-- case: disable-clustered-index
-- expect: compatibility
ALTER INDEX PK_Orders ON dbo.Orders DISABLE;

-- case: index-options
ALTER INDEX IX_Orders_Status ON dbo.Orders SET (IGNORE_DUP_KEY = OFF, ALLOW_PAGE_LOCKS = ON);

-- case: drop-statistics
-- expect: performance
DROP STATISTICS dbo.Orders.st_amount;

-- case: statistics-safe
CREATE STATISTICS st_amount ON dbo.Orders (Amount) WITH FULLSCAN;
UPDATE STATISTICS dbo.Orders WITH FULLSCAN;

-- case: dbreindex
-- expect: locking
DBCC DBREINDEX ('dbo.Orders', '', 80);

-- case: shrink
-- expect: locking
DBCC SHRINKDATABASE (Shop, 10);

-- case: shrinkfile
-- expect: locking
DBCC SHRINKFILE (N'Shop_Data', 1024) WITH NO_INFOMSGS;

-- case: checkdb
DBCC CHECKDB (Shop) WITH NO_INFOMSGS;

-- case: checkdb-repair
-- expect: data-loss
DBCC CHECKDB (Shop, REPAIR_ALLOW_DATA_LOSS);

-- case: reseed
-- expect: compatibility
DBCC CHECKIDENT ('dbo.Orders', RESEED, 0);

-- case: checkident-look
DBCC CHECKIDENT ('dbo.Orders', NORESEED);

-- case: sequence-restart
-- expect: compatibility
ALTER SEQUENCE dbo.Numbers RESTART WITH 1;

-- case: sequence-increment
ALTER SEQUENCE dbo.Numbers INCREMENT BY 10;

-- case: partition-split
-- expect: locking
ALTER PARTITION FUNCTION pf_month() SPLIT RANGE ('2026-01-01');

-- case: partition-scheme-next
ALTER PARTITION SCHEME ps_month NEXT USED [PRIMARY];
