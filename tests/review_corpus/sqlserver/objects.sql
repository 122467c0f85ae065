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

-- case: drop-table
-- expect: data-loss irreversible compatibility
DROP TABLE dbo.Orders;

-- case: drop-table-if-exists-several
-- expect: data-loss
DROP TABLE IF EXISTS [archive].[Orders], dbo.Customers

-- case: drop-table-guarded
-- expect: data-loss
IF OBJECT_ID('dbo.Orders', 'U') IS NOT NULL DROP TABLE dbo.Orders;

-- case: drop-table-three-parts
-- expect: data-loss
drop table Shop..Orders;

-- case: drop-temp-table
IF OBJECT_ID('tempdb..#work') IS NOT NULL DROP TABLE #work;
DROP TABLE IF EXISTS #other, ##global;

-- case: drop-own-table
CREATE TABLE dbo.Scratch (Id int IDENTITY PRIMARY KEY, Body varbinary(max), INDEX IX_Body NONCLUSTERED (Id));
DROP TABLE [dbo].[scratch];

-- case: create-table-rich
CREATE TABLE dbo.Ledger (Id int NOT NULL IDENTITY(1,1) PRIMARY KEY CLUSTERED WITH (FILLFACTOR = 90), Name nvarchar(50) COLLATE Latin1_General_CI_AS NOT NULL DEFAULT N'', Half AS Id / 2 PERSISTED, ParentId int NULL REFERENCES dbo.Ledger (Id), ValidFrom datetime2 GENERATED ALWAYS AS ROW START HIDDEN NOT NULL, ValidTo datetime2 GENERATED ALWAYS AS ROW END HIDDEN NOT NULL, PERIOD FOR SYSTEM_TIME (ValidFrom, ValidTo), CONSTRAINT CK_Name CHECK (LEN(Name) > 0)) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY] WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.LedgerHistory), DATA_COMPRESSION = PAGE);

-- case: create-type-and-table-type
CREATE TYPE dbo.IdList AS TABLE (Id int NOT NULL PRIMARY KEY);
CREATE TYPE dbo.Money2 FROM decimal(19,4) NOT NULL;

-- case: drop-view
-- expect: compatibility
DROP VIEW IF EXISTS dbo.OpenOrders;

-- case: drop-and-create-view
DROP VIEW dbo.OpenOrders;
GO
CREATE VIEW dbo.OpenOrders AS SELECT Id, Amount, Status FROM dbo.Orders;

-- case: create-or-alter-view
CREATE OR ALTER VIEW dbo.NewView WITH SCHEMABINDING AS SELECT Id FROM dbo.Orders;

-- case: drop-procedure
-- expect: compatibility
DROP PROCEDURE dbo.CleanUp;

-- case: drop-proc-and-create
IF OBJECT_ID('dbo.CleanUp') IS NOT NULL DROP PROC dbo.CleanUp
GO
CREATE PROC dbo.CleanUp AS SELECT 1
GO

-- case: drop-function
-- expect: compatibility
DROP FUNCTION IF EXISTS dbo.Tax, dbo.Net;

-- case: drop-trigger
-- expect: compatibility
DROP TRIGGER dbo.OrdersAudit;

-- case: drop-sequence
-- expect: compatibility
DROP SEQUENCE dbo.Numbers;

-- case: drop-synonym
-- expect: compatibility
DROP SYNONYM dbo.Bestellungen;

-- case: drop-type
-- expect: compatibility
DROP TYPE dbo.Money2;

-- case: drop-schema
-- expect: compatibility
DROP SCHEMA archive;

-- case: drop-database
-- expect: data-loss irreversible
DROP DATABASE IF EXISTS Shop;

-- case: drop-user
-- expect: compatibility
DROP USER app;

-- case: drop-login
-- expect: compatibility
DROP LOGIN app;

-- case: create-user-and-grant
CREATE USER app FOR LOGIN app WITH DEFAULT_SCHEMA = dbo;
ALTER ROLE db_datareader ADD MEMBER app;
GRANT SELECT, EXECUTE ON SCHEMA::dbo TO app;

-- case: revoke
-- expect: compatibility
REVOKE SELECT ON dbo.Orders FROM app;

-- case: deny
-- expect: compatibility
DENY UPDATE ON OBJECT::dbo.Orders TO app CASCADE;

-- case: role-drop-member
-- expect: compatibility
ALTER ROLE db_datareader DROP MEMBER app;

-- case: security-policy
-- expect: compatibility
CREATE SECURITY POLICY sec.Filter ADD FILTER PREDICATE sec.fn(CustomerId) ON dbo.Orders WITH (STATE = ON);

-- case: recovery-simple
-- expect: irreversible
ALTER DATABASE Shop SET RECOVERY SIMPLE;

-- case: recovery-simple-current
-- expect: irreversible
ALTER DATABASE CURRENT SET RECOVERY SIMPLE WITH NO_WAIT;

-- case: backup-log-nul
-- expect: irreversible
BACKUP LOG Shop TO DISK = N'NUL';

-- case: backup-safe
BACKUP DATABASE Shop TO DISK = N'/backup/shop.bak' WITH COPY_ONLY, CHECKSUM, COMPRESSION;
BACKUP LOG Shop TO DISK = N'/backup/shop.trn' WITH CHECKSUM;

-- case: restore-replace
-- expect: data-loss
RESTORE DATABASE Shop FROM DISK = N'/backup/shop.bak' WITH REPLACE, RECOVERY;

-- case: restore-verify
RESTORE VERIFYONLY FROM DISK = N'/backup/shop.bak' WITH CHECKSUM;
RESTORE HEADERONLY FROM DISK = N'/backup/shop.bak';

-- case: restore-snapshot
-- expect: data-loss
RESTORE DATABASE Shop FROM DATABASE_SNAPSHOT = 'Shop_snap';

-- case: single-user
-- expect: locking
ALTER DATABASE Shop SET SINGLE_USER WITH ROLLBACK IMMEDIATE;

-- case: rcsi
-- expect: locking
ALTER DATABASE Shop SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;

-- case: allow-snapshot
ALTER DATABASE Shop SET ALLOW_SNAPSHOT_ISOLATION ON;

-- case: offline
-- expect: locking
ALTER DATABASE [Shop] SET OFFLINE;

-- case: query-store
ALTER DATABASE CURRENT SET QUERY_STORE = ON (OPERATION_MODE = READ_WRITE);

-- case: database-add-file
ALTER DATABASE Shop ADD FILE (NAME = more, FILENAME = '/data/more.ndf', SIZE = 10MB);

-- case: alter-database-in-transaction transaction=one
-- expect: compatibility
ALTER DATABASE Shop SET ALLOW_SNAPSHOT_ISOLATION ON;

-- case: create-things
CREATE SCHEMA reports AUTHORIZATION dbo;
GO
CREATE SEQUENCE dbo.More AS int START WITH 1 INCREMENT BY 1;
CREATE SYNONYM dbo.O FOR dbo.Orders;
GO
CREATE FUNCTION dbo.Twice (@x int) RETURNS int AS BEGIN RETURN @x * 2 END;
GO
CREATE TRIGGER dbo.T ON dbo.Customers AFTER UPDATE AS BEGIN SET NOCOUNT ON; UPDATE dbo.Customers SET Visits = 0; END;

-- case: work-under-lock
BEGIN TRAN;
ALTER TABLE dbo.Orders ADD Total decimal(10,2) NULL;
-- expect: locking
EXEC (N'UPDATE dbo.Orders SET Total = Amount');
COMMIT;

-- case: drop-assembly
-- expect: compatibility
DROP ASSEMBLY Tools;

-- case: cdc-off
-- expect: data-loss
EXEC sys.sp_cdc_disable_table @source_schema = N'dbo', @source_name = N'Orders', @capture_instance = N'all';
