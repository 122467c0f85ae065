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

-- case: drop-column
-- expect: data-loss compatibility
ALTER TABLE dbo.Orders DROP COLUMN Note;

-- case: drop-column-several
-- expect: data-loss
ALTER TABLE [dbo].[Orders] DROP CONSTRAINT DF_Orders_Status, COLUMN IF EXISTS [Status], Code;

-- case: drop-column-guarded
-- expect: data-loss
IF COL_LENGTH('dbo.Orders', 'Note') IS NOT NULL
    ALTER TABLE dbo.Orders DROP COLUMN Note;

-- case: drop-column-in-block
IF EXISTS (SELECT 1 FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.Orders') AND name = N'Note')
BEGIN
-- expect: data-loss
    ALTER TABLE Orders DROP COLUMN Note
END

-- case: drop-column-of-own-table
CREATE TABLE dbo.Fresh (A int, B int);
ALTER TABLE dbo.Fresh DROP COLUMN B;

-- case: drop-column-added-here
ALTER TABLE dbo.Orders ADD Tmp int NULL;
ALTER TABLE dbo.orders DROP COLUMN tmp;

-- case: drop-column-of-temp
CREATE TABLE #t (a int, b int);
ALTER TABLE #t DROP COLUMN b;

-- case: add-nullable
ALTER TABLE dbo.Orders ADD Remark nvarchar(400) NULL;

-- case: add-several-nullable
ALTER TABLE dbo.Orders ADD Remark nvarchar(400), Weight decimal(9,3) NULL, Seen bit SPARSE NULL;

-- case: add-nullable-with-default
ALTER TABLE dbo.Orders ADD Remark nvarchar(40) NULL CONSTRAINT DF_Orders_Remark DEFAULT N'';

-- case: add-nullable-default-with-values
-- expect: locking
ALTER TABLE dbo.Orders ADD Remark nvarchar(40) NULL CONSTRAINT DF_Orders_Remark DEFAULT N'' WITH VALUES;

-- case: add-not-null-no-default
-- expect: compatibility
ALTER TABLE dbo.Orders ADD Remark nvarchar(40) NOT NULL;

-- case: add-not-null-default-standard edition=standard
-- expect: locking
ALTER TABLE dbo.Orders ADD Flag bit NOT NULL DEFAULT 0;

-- case: add-not-null-default-enterprise edition=enterprise
ALTER TABLE dbo.Orders ADD Flag bit NOT NULL CONSTRAINT DF_Orders_Flag DEFAULT (0), Made datetime2 NOT NULL DEFAULT (GETUTCDATE());

-- case: add-not-null-default-enterprise-newid edition=enterprise
-- expect: locking
ALTER TABLE dbo.Orders ADD Token uniqueidentifier NOT NULL CONSTRAINT DF_Token DEFAULT NEWID();

-- case: add-not-null-default-enterprise-newsequentialid edition=enterprise
-- expect: locking
ALTER TABLE dbo.Orders ADD Token uniqueidentifier NOT NULL DEFAULT (NEWSEQUENTIALID());

-- case: add-not-null-default-enterprise-max edition=enterprise
-- expect: locking
ALTER TABLE dbo.Orders ADD Body nvarchar(max) NOT NULL DEFAULT N'';

-- case: add-not-null-default-enterprise-sequence edition=enterprise
-- expect: locking
ALTER TABLE dbo.Orders ADD Number bigint NOT NULL DEFAULT (NEXT VALUE FOR dbo.Numbers);

-- case: add-not-null-default-new-table
CREATE TABLE dbo.Fresh (A int);
ALTER TABLE dbo.Fresh ADD B int NOT NULL DEFAULT 0;

-- case: add-identity
-- expect: locking
ALTER TABLE dbo.Orders ADD Number int IDENTITY(1,1);

-- case: add-rowversion
-- expect: locking
ALTER TABLE dbo.Orders ADD Version rowversion;

-- case: add-computed
ALTER TABLE dbo.Orders ADD Total AS (Amount * 2);

-- case: add-computed-persisted
-- expect: locking
ALTER TABLE dbo.Orders ADD Total AS (Amount * 2) PERSISTED;

-- case: add-column-check
-- expect: locking
ALTER TABLE dbo.Orders ADD Age int NULL CONSTRAINT CK_Age CHECK (Age > 0);

-- case: add-column-unique
-- expect: locking
ALTER TABLE dbo.Orders ADD Token uniqueidentifier NULL UNIQUE;

-- case: add-column-references
-- expect: locking
ALTER TABLE dbo.Orders ADD BuyerId int NOT NULL CONSTRAINT DF_Buyer DEFAULT 1 CONSTRAINT FK_Buyer FOREIGN KEY REFERENCES dbo.Customers (Id);

-- case: widen-varchar
ALTER TABLE dbo.Orders ALTER COLUMN Status varchar(50) NOT NULL;

-- case: widen-nvarchar-null
ALTER TABLE dbo.Customers ALTER COLUMN Name nvarchar(200) NULL;

-- case: widen-loses-not-null
-- expect: compatibility
ALTER TABLE dbo.Orders ALTER COLUMN Status varchar(50);

-- case: narrow-varchar
-- expect: data-loss
ALTER TABLE dbo.Customers ALTER COLUMN Name nvarchar(50) NULL;

-- case: max-to-n
-- expect: data-loss
ALTER TABLE dbo.Orders ALTER COLUMN Note nvarchar(4000) NULL;

-- case: nvarchar-to-varchar
-- expect: data-loss
ALTER TABLE dbo.Customers ALTER COLUMN Email varchar(200) NOT NULL;

-- case: int-to-bigint
-- expect: locking
ALTER TABLE dbo.Orders ALTER COLUMN CustomerId bigint NOT NULL;

-- case: int-to-bigint-online edition=enterprise
ALTER TABLE dbo.Orders ALTER COLUMN CustomerId bigint NOT NULL WITH (ONLINE = ON);

-- case: int-to-bigint-online-standard edition=standard
-- expect: compatibility
ALTER TABLE dbo.Orders ALTER COLUMN CustomerId bigint NOT NULL WITH (ONLINE = ON);

-- case: bigint-to-int
-- expect: data-loss locking
ALTER TABLE archive.Orders ALTER COLUMN Id int NOT NULL;

-- case: decimal-scale-down
-- expect: data-loss
ALTER TABLE dbo.Orders ALTER COLUMN Amount decimal(10,1) NULL;

-- case: decimal-wider
-- expect: locking
ALTER TABLE dbo.Orders ALTER COLUMN Amount decimal(20,4) NULL;

-- case: float-to-int
-- expect: data-loss
ALTER TABLE dbo.Orders ALTER COLUMN Ratio int NULL;

-- case: datetime2-to-date
-- expect: data-loss
ALTER TABLE dbo.Orders ALTER COLUMN Placed date NULL;

-- case: datetime2-precision-down
-- expect: data-loss
ALTER TABLE dbo.Orders ALTER COLUMN Placed datetime2(0) NULL;

-- case: null-to-not-null
-- expect: locking
ALTER TABLE dbo.Orders ALTER COLUMN Placed datetime2(3) NOT NULL;

-- case: not-null-to-null
-- expect: compatibility
ALTER TABLE dbo.Customers ALTER COLUMN Visits int NULL;

-- case: change-collation
-- expect: locking
ALTER TABLE dbo.Orders ALTER COLUMN Status varchar(20) COLLATE Latin1_General_BIN2 NOT NULL;

-- case: alter-unknown-column
-- expect: locking
ALTER TABLE sales.Invoices ALTER COLUMN Total decimal(19,4) NOT NULL;

-- case: alter-column-of-new-table
CREATE TABLE dbo.Fresh (A int NULL);
ALTER TABLE dbo.Fresh ALTER COLUMN A tinyint NOT NULL;

-- case: alter-column-mask
ALTER TABLE dbo.Customers ALTER COLUMN Email ADD MASKED WITH (FUNCTION = 'email()');

-- case: alter-column-add-persisted
-- expect: locking
-- schema: CREATE TABLE dbo.Lines (a int, b AS (a + 1))
ALTER TABLE dbo.Lines ALTER COLUMN b ADD PERSISTED;

-- case: rename-column
-- expect: compatibility
EXEC sp_rename 'dbo.Orders.Note', 'Remark', 'COLUMN';

-- case: rename-column-named-arguments
-- expect: compatibility
EXECUTE sys.sp_rename @objname = N'[dbo].[Orders].[Note]', @newname = N'Remark', @objtype = N'column';

-- case: rename-table
-- expect: compatibility
EXEC sp_rename 'dbo.Orders', 'Purchases';

-- case: rename-table-first-in-batch-without-exec
-- expect: compatibility
sp_rename 'Orders', 'Purchases', 'OBJECT'

-- case: rename-index
EXEC sp_rename N'dbo.Orders.IX_Orders_Status', N'IX_Orders_State', N'INDEX';

-- case: rename-own-table
CREATE TABLE dbo.Fresh (A int);
EXEC sp_rename 'dbo.Fresh', 'Fresher';
ALTER TABLE dbo.Fresher DROP COLUMN A;

-- case: rename-swap
CREATE TABLE dbo.Orders_New (Id bigint NOT NULL PRIMARY KEY);
EXEC sp_rename 'dbo.Orders', 'Orders_Old';
EXEC sp_rename 'dbo.Orders_New', 'Orders';

-- case: transfer-schema
-- expect: compatibility
ALTER SCHEMA archive TRANSFER dbo.Orders;

-- case: transfer-object-class
-- expect: compatibility
ALTER SCHEMA archive TRANSFER OBJECT::dbo.Orders;

-- case: switch-out
-- expect: data-loss
ALTER TABLE dbo.Orders SWITCH PARTITION 3 TO archive.Orders PARTITION 3;

-- case: versioning-off
-- expect: data-loss
ALTER TABLE dbo.Orders SET (SYSTEM_VERSIONING = OFF);

-- case: lock-escalation
ALTER TABLE dbo.Orders SET (LOCK_ESCALATION = AUTO);

-- case: table-rebuild
-- expect: locking
ALTER TABLE dbo.Orders REBUILD;

-- case: table-rebuild-compressed
-- expect: locking
ALTER TABLE dbo.Orders REBUILD PARTITION = ALL WITH (DATA_COMPRESSION = PAGE);

-- case: table-rebuild-online edition=enterprise
ALTER TABLE dbo.Orders REBUILD WITH (DATA_COMPRESSION = ROW, ONLINE = ON);

-- case: disable-trigger
-- expect: compatibility
ALTER TABLE dbo.Orders DISABLE TRIGGER ALL;

-- case: disable-trigger-statement
-- expect: compatibility
DISABLE TRIGGER dbo.OrdersAudit ON dbo.Orders;

-- case: enable-trigger
ENABLE TRIGGER dbo.OrdersAudit ON dbo.Orders;
ALTER TABLE dbo.Orders ENABLE TRIGGER OrdersAudit;
