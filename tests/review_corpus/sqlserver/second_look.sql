-- common schema
CREATE SCHEMA Sales;
GO
CREATE TABLE Sales.Account (AccountId uniqueidentifier NOT NULL DEFAULT NEWSEQUENTIALID() PRIMARY KEY NONCLUSTERED, Number varchar(12) NOT NULL UNIQUE, Title nvarchar(60) NULL, Balance money NOT NULL CONSTRAINT DF_Account_Balance DEFAULT 0, Opened datetime NOT NULL, IsActive bit NOT NULL, Region char(2) COLLATE Latin1_General_CI_AS NULL, Score smallint NULL, Memo text NULL);
CREATE CLUSTERED INDEX CX_Account ON Sales.Account (Opened);
CREATE TABLE Sales.Entry (EntryId int IDENTITY(1,1) NOT NULL, AccountId uniqueidentifier NOT NULL, Amount decimal(12,4) NOT NULL, BookedOn date NOT NULL, Kind tinyint NOT NULL, Reference nvarchar(30) NULL, CONSTRAINT PK_Entry PRIMARY KEY CLUSTERED (EntryId ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY], CONSTRAINT FK_Entry_Account FOREIGN KEY (AccountId) REFERENCES Sales.Account (AccountId) ON DELETE NO ACTION) ON [PRIMARY];
CREATE INDEX IX_Entry_Account ON Sales.Entry (AccountId) INCLUDE (Amount);
CREATE TABLE dbo.Settings (Name sysname NOT NULL PRIMARY KEY, Value nvarchar(400) NULL);
CREATE TABLE dbo.AuditTrail (Id bigint IDENTITY NOT NULL PRIMARY KEY, At datetime2 NOT NULL DEFAULT SYSDATETIME(), What nvarchar(max));
GO
CREATE VIEW Sales.ActiveAccount AS SELECT AccountId, Number FROM Sales.Account WHERE IsActive = 1;
GO
CREATE PROCEDURE Sales.CloseAccount @id uniqueidentifier AS UPDATE Sales.Account SET IsActive = 0 WHERE AccountId = @id;
GO
CREATE PROCEDURE Sales.WipeEverything AS BEGIN DELETE FROM Sales.Entry; DELETE FROM Sales.Account END
GO

-- case: s-ef-add-column edition=enterprise
IF NOT EXISTS (SELECT * FROM [__EFMigrationsHistory] WHERE [MigrationId] = N'20260101_AddFlag')
BEGIN
    ALTER TABLE [Sales].[Entry] ADD [Flag] bit NOT NULL DEFAULT CAST(0 AS bit);
END;
GO
INSERT INTO [__EFMigrationsHistory] ([MigrationId], [ProductVersion]) VALUES (N'20260101_AddFlag', N'9.0.0');

-- case: s-ef-drop-column
DECLARE @var0 sysname;
SELECT @var0 = [d].[name] FROM [sys].[default_constraints] [d] INNER JOIN [sys].[columns] [c] ON [d].[parent_column_id] = [c].[column_id] AND [d].[parent_object_id] = [c].[object_id] WHERE ([d].[parent_object_id] = OBJECT_ID(N'[Sales].[Account]') AND [c].[name] = N'Balance');
IF @var0 IS NOT NULL EXEC(N'ALTER TABLE [Sales].[Account] DROP CONSTRAINT [' + @var0 + '];');
-- expect: data-loss
ALTER TABLE [Sales].[Account] DROP COLUMN [Balance];

-- case: s-ef-alter-column
DECLARE @var1 sysname;
SELECT @var1 = [d].[name] FROM [sys].[default_constraints] [d] WHERE [d].[parent_object_id] = OBJECT_ID(N'[Sales].[Account]');
-- expect: locking
ALTER TABLE [Sales].[Account] ALTER COLUMN [Title] nvarchar(60) NOT NULL;

-- case: s-ef-rename
-- expect: compatibility
EXEC sp_rename N'[Sales].[Account].[Title]', N'Caption', N'COLUMN';

-- case: s-alembic-style
-- expect: compatibility
ALTER TABLE Sales.Entry ADD note VARCHAR(30) NOT NULL;

-- case: s-go-in-string
INSERT INTO dbo.Settings (Name, Value) VALUES (N'script', N'
GO
DROP TABLE Sales.Entry
GO
');

-- case: s-semicolonless-mix
SET ANSI_NULLS ON
SET QUOTED_IDENTIFIER ON
CREATE TABLE dbo.Lookup (Id int NOT NULL, Name nvarchar(50) NOT NULL, CONSTRAINT PK_Lookup PRIMARY KEY (Id))
INSERT dbo.Lookup (Id, Name) VALUES (1, N'one'), (2, N'two')
ALTER TABLE dbo.Lookup ADD CONSTRAINT UQ_Lookup UNIQUE (Name)
CREATE INDEX IX_Lookup ON dbo.Lookup (Name)
DELETE FROM dbo.Lookup
-- expect: data-loss
DELETE Sales.Entry
PRINT 'done'

-- case: s-money-to-decimal
-- expect: data-loss
ALTER TABLE Sales.Account ALTER COLUMN Balance decimal(10,2) NOT NULL;

-- case: s-money-to-wide-decimal
-- expect: locking
ALTER TABLE Sales.Account ALTER COLUMN Balance decimal(19,4) NOT NULL;

-- case: s-datetime-to-datetime2
-- expect: locking
ALTER TABLE Sales.Account ALTER COLUMN Opened datetime2(3) NOT NULL;

-- case: s-datetime-to-smalldatetime
-- expect: data-loss
ALTER TABLE Sales.Account ALTER COLUMN Opened smalldatetime NOT NULL;

-- case: s-text-to-varchar-max
ALTER TABLE Sales.Account ALTER COLUMN Memo varchar(max) NULL;

-- case: s-tinyint-to-int
-- expect: locking
ALTER TABLE Sales.Entry ALTER COLUMN Kind int NOT NULL;

-- case: s-char-to-nchar
-- expect: locking
ALTER TABLE Sales.Account ALTER COLUMN Region nchar(2) NULL;

-- case: s-smallint-to-tinyint
-- expect: data-loss
ALTER TABLE Sales.Account ALTER COLUMN Score tinyint NULL;

-- case: s-decimal-fewer-digits
-- expect: data-loss
ALTER TABLE Sales.Entry ALTER COLUMN Amount decimal(8,4) NOT NULL;

-- case: s-widen-number
ALTER TABLE Sales.Account ALTER COLUMN Number varchar(24) NOT NULL;

-- case: s-widen-number-null
-- expect: compatibility
ALTER TABLE Sales.Account ALTER COLUMN Number varchar(24) NULL;

-- case: s-drop-clustered-index
-- expect: locking
DROP INDEX CX_Account ON Sales.Account;

-- case: s-drop-clustered-index-online edition=enterprise
-- expect: performance
DROP INDEX CX_Account ON Sales.Account WITH (ONLINE = ON);

-- case: s-create-with-drop-existing edition=enterprise
CREATE INDEX IX_Entry_Account ON Sales.Entry (AccountId, BookedOn) WITH (DROP_EXISTING = ON, ONLINE = ON);

-- case: s-create-with-drop-existing-offline
-- expect: locking
CREATE INDEX IX_Entry_Account ON Sales.Entry (AccountId, BookedOn) WITH (DROP_EXISTING = ON);

-- case: s-columnstore-clustered
-- expect: locking
CREATE CLUSTERED COLUMNSTORE INDEX CCI ON dbo.AuditTrail;

-- case: s-spatial
-- expect: locking
CREATE SPATIAL INDEX SI ON dbo.Places (Shape) USING GEOGRAPHY_AUTO_GRID;

-- case: s-inline-index-table
CREATE TABLE dbo.Queue (Id bigint IDENTITY, Payload nvarchar(max), INDEX IX_Id CLUSTERED (Id), INDEX IX_U UNIQUE NONCLUSTERED (Id) WHERE Id > 10);

-- case: s-resume
ALTER INDEX IX_Entry_Account ON Sales.Entry RESUME WITH (MAX_DURATION = 10 MINUTES);
ALTER INDEX IX_Entry_Account ON Sales.Entry PAUSE;

-- case: s-constraint-resumable-2019 edition=enterprise version=2019
-- expect: compatibility
ALTER TABLE dbo.AuditTrail ADD CONSTRAINT UQ_At UNIQUE NONCLUSTERED (At, Id) WITH (ONLINE = ON, RESUMABLE = ON);

-- case: s-constraint-resumable-2022 edition=enterprise version=2022
ALTER TABLE dbo.AuditTrail ADD CONSTRAINT UQ_At UNIQUE NONCLUSTERED (At, Id) WITH (ONLINE = ON, RESUMABLE = ON);

-- case: s-two-constraints-one-alter
-- expect: locking
ALTER TABLE Sales.Entry ADD CONSTRAINT CK_Kind CHECK (Kind IN (1, 2, 3)), CONSTRAINT DF_Kind DEFAULT 1 FOR Kind;

-- case: s-column-and-fk-in-one
-- expect: locking
ALTER TABLE Sales.Entry ADD ParentId int NULL CONSTRAINT FK_Entry_Parent REFERENCES Sales.Entry (EntryId), Extra nvarchar(10) NULL;

-- case: s-trust-in-same-transaction
BEGIN TRANSACTION;
ALTER TABLE Sales.Entry WITH NOCHECK ADD CONSTRAINT CK_Kind CHECK (Kind < 9);
-- expect: locking
ALTER TABLE Sales.Entry WITH CHECK CHECK CONSTRAINT CK_Kind;
COMMIT;

-- case: s-nocheck-load-recheck
-- expect: data-loss
ALTER TABLE Sales.Entry NOCHECK CONSTRAINT FK_Entry_Account;
INSERT INTO Sales.Entry (AccountId, Amount, BookedOn, Kind) SELECT AccountId, 1, '2026-01-01', 1 FROM #load;
-- expect: locking
ALTER TABLE Sales.Entry WITH CHECK CHECK CONSTRAINT FK_Entry_Account;

-- case: s-keyset-batches
DECLARE @last int = 0, @max int = (SELECT MAX(EntryId) FROM Sales.Entry);
WHILE @last < @max
BEGIN
    UPDATE Sales.Entry SET Reference = N'x' WHERE EntryId > @last AND EntryId <= @last + 2000 AND Reference IS NULL;
    SET @last = @last + 2000;
    WAITFOR DELAY '00:00:00.100';
END

-- case: s-cte-top-batch
;WITH part AS (SELECT TOP (1000) * FROM dbo.AuditTrail WHERE At < '2020-01-01' ORDER BY Id)
DELETE FROM part;

-- case: s-cte-row-number-duplicates
-- expect: performance
WITH numbered AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY Number ORDER BY Opened) AS rn FROM Sales.Account)
DELETE FROM numbered WHERE rn > 1;

-- case: s-delete-exists
-- expect: performance
DELETE FROM Sales.Entry WHERE NOT EXISTS (SELECT 1 FROM Sales.Account a WHERE a.AccountId = Sales.Entry.AccountId);

-- case: s-delete-in-subquery-of-itself
-- expect: data-loss
DELETE FROM Sales.Entry WHERE EntryId IN (SELECT EntryId FROM Sales.Entry);

-- case: s-delete-not-null-column
-- expect: data-loss
DELETE FROM Sales.Entry WHERE EntryId IS NOT NULL;

-- case: s-delete-or-true
-- expect: data-loss
DELETE FROM Sales.Entry WHERE Kind = 4 OR 1 = 1;

-- case: s-update-from-temp
UPDATE e SET e.Reference = n.Reference FROM Sales.Entry e INNER JOIN #new n ON n.EntryId = e.EntryId;

-- case: s-update-self-alias-all
-- expect: data-loss performance
UPDATE a SET Score = 0 FROM Sales.Account a WITH (ROWLOCK);

-- case: s-update-variable-only
DECLARE @n int = 0;
-- expect: data-loss
UPDATE Sales.Entry SET @n = Kind = @n + 1;

-- case: s-merge-delete-matched
-- expect: data-loss
MERGE Sales.Account AS t USING #gone AS s ON t.AccountId = s.AccountId WHEN MATCHED AND s.Kind = 1 THEN DELETE;

-- case: s-insert-exec
-- expect: data-loss
INSERT INTO #out EXEC Sales.WipeEverything;

-- case: s-call-safe-procedure
EXEC @rc = Sales.CloseAccount @id = '6F9619FF-8B86-D011-B42D-00C04FC964FF';

-- case: s-alter-procedure-only
GO
ALTER PROCEDURE Sales.CloseAccount @id uniqueidentifier AS
BEGIN
    SET NOCOUNT ON;
    DELETE FROM Sales.Entry;
END
GO

-- case: s-trigger-body
GO
CREATE TRIGGER Sales.trEntry ON Sales.Entry INSTEAD OF DELETE AS
BEGIN
    UPDATE Sales.Entry SET Kind = 0;
END
GO

-- case: s-openquery
-- expect: rule:unparsed
EXEC xp_cmdshell 'sqlcmd -Q "DROP TABLE x"';

-- case: s-cursor-drop
DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT name FROM sys.tables WHERE name LIKE N'tmp%';
DECLARE @t sysname, @cmd nvarchar(400);
OPEN c;
FETCH NEXT FROM c INTO @t;
WHILE @@FETCH_STATUS = 0
BEGIN
    SET @cmd = N'DROP TABLE ' + QUOTENAME(@t);
-- expect: data-loss
    EXEC sp_executesql @cmd;
    FETCH NEXT FROM c INTO @t;
END
CLOSE c; DEALLOCATE c;

-- case: s-string-agg-drop
DECLARE @sql nvarchar(max);
SELECT @sql = STRING_AGG(N'ALTER TABLE ' + QUOTENAME(SCHEMA_NAME(schema_id)) + N'.' + QUOTENAME(name) + N' NOCHECK CONSTRAINT ALL', N';') FROM sys.tables;
-- expect: data-loss
EXEC (@sql);

-- case: s-print-sql
DECLARE @sql nvarchar(max) = N'DROP TABLE Sales.Entry';
PRINT @sql;

-- case: s-sp-executesql-select
EXEC sp_executesql N'SELECT * FROM Sales.Entry WHERE Kind = @k; -- DROP TABLE Sales.Entry', N'@k int', 3;

-- case: s-drop-table-in-transaction-rolled-back
-- expect: locking
SELECT 1 FROM Sales.Entry WITH (TABLOCKX);

-- case: s-synonym-and-drop-own
CREATE SYNONYM dbo.E FOR Sales.Entry;
GO
DROP SYNONYM dbo.E;

-- case: s-drop-recreate-table
-- expect: data-loss
DROP TABLE dbo.Settings;
CREATE TABLE dbo.Settings (Name sysname NOT NULL PRIMARY KEY, Value nvarchar(400) NULL);
INSERT INTO dbo.Settings (Name, Value) VALUES (N'a', N'b');

-- case: s-drop-new-in-if
IF OBJECT_ID(N'dbo.Stage', N'U') IS NULL CREATE TABLE dbo.Stage (Id int NOT NULL);
TRUNCATE TABLE dbo.Stage;
DROP TABLE dbo.Stage;

-- case: s-temporal-retention
-- expect: data-loss
ALTER TABLE dbo.Policy SET (SYSTEM_VERSIONING = OFF);
-- expect: data-loss
DROP TABLE dbo.PolicyHistory;

-- case: s-add-period
ALTER TABLE dbo.Fresh SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.FreshHistory, DATA_CONSISTENCY_CHECK = ON));

-- case: s-change-tracking
ALTER TABLE Sales.Entry ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON);

-- case: s-database-options
-- expect: performance
ALTER DATABASE CURRENT SET AUTO_SHRINK ON;
-- expect: compatibility
ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 160;
-- expect: locking
ALTER DATABASE CURRENT SET READ_ONLY WITH NO_WAIT;
ALTER DATABASE CURRENT SET RECOVERY FULL;

-- case: s-scoped-configuration
ALTER DATABASE SCOPED CONFIGURATION SET MAXDOP = 4;

-- case: s-clear-plan-cache
-- expect: performance
DBCC FREEPROCCACHE WITH NO_INFOMSGS;

-- case: s-restore-new-name
RESTORE DATABASE ShopCopy FROM DISK = N'/b/shop.bak' WITH MOVE 'Shop' TO '/d/copy.mdf', MOVE 'Shop_log' TO '/d/copy.ldf', STATS = 10;

-- case: s-drop-certificate
-- expect: data-loss
DROP CERTIFICATE BackupCert;

-- case: s-drop-master-key
-- expect: data-loss
DROP MASTER KEY;

-- case: s-rename-database
-- expect: compatibility
ALTER DATABASE Shop MODIFY NAME = Store;

-- case: s-rename-constraint
EXEC sp_rename N'Sales.FK_Entry_Account', N'FK_Entry_Acc', N'OBJECT';

-- case: s-rename-view
-- expect: compatibility
EXEC sp_rename 'Sales.ActiveAccount', 'LiveAccount';

-- case: s-drop-unknown-constraint
-- expect: compatibility
ALTER TABLE dbo.Unknown DROP CONSTRAINT DF__Unknown__Col__1A2B3C4D;

-- case: s-rows-small
INSERT INTO dbo.Settings (Name, Value) SELECT N'k', N'v' WHERE NOT EXISTS (SELECT * FROM dbo.Settings WHERE Name = N'k');

-- case: s-xact-abort-transaction
SET XACT_ABORT, NOCOUNT ON;
BEGIN TRAN;
ALTER TABLE Sales.Entry ADD Channel varchar(10) NULL;
INSERT INTO dbo.Settings (Name, Value) VALUES (N'channel', N'web');
COMMIT TRAN;

-- case: s-update-statistics-then-index
UPDATE STATISTICS Sales.Entry (IX_Entry_Account) WITH SAMPLE 20 PERCENT, NORECOMPUTE;
ALTER INDEX IX_Entry_Account ON Sales.Entry REORGANIZE PARTITION = 1 WITH (LOB_COMPACTION = ON);

-- case: s-grant-with-option
GRANT CONTROL ON SCHEMA::Sales TO app WITH GRANT OPTION;
GRANT INSERT, UPDATE, DELETE ON Sales.Entry TO app AS dbo;

-- case: s-revoke-schema
-- expect: compatibility
REVOKE EXECUTE ON SCHEMA::Sales FROM app CASCADE;

-- case: s-disable-login
-- expect: compatibility
ALTER LOGIN app DISABLE;

-- case: s-password
ALTER LOGIN app WITH PASSWORD = N'x';

-- case: s-labels-and-return
IF DB_NAME() <> N'Shop'
BEGIN
    RAISERROR (N'wrong database', 16, 1);
    RETURN;
END
ELSE
    PRINT N'ok';

-- case: s-case-in-update
UPDATE Sales.Account SET Score = CASE WHEN Balance > 0 THEN 1 ELSE 0 END WHERE AccountId = '6F9619FF-8B86-D011-B42D-00C04FC964FF';
-- expect: data-loss
UPDATE Sales.Account SET Score = CASE WHEN Balance > 0 THEN 1 ELSE 0 END

-- case: s-nested-transactions
BEGIN TRAN outerOne;
-- expect: compatibility
BEGIN TRAN innerOne;
UPDATE dbo.Settings SET Value = N'1' WHERE Name = N'a';
COMMIT TRAN innerOne;
COMMIT TRAN outerOne;

-- case: s-drop-index-replaced edition=enterprise
CREATE INDEX IX_Entry_Account2 ON Sales.Entry (AccountId, Kind) WITH (ONLINE = ON);
DROP INDEX IX_Entry_Account ON Sales.Entry;

-- case: s-drop-and-create-index
DROP INDEX IX_Entry_Account ON Sales.Entry;
-- expect: locking
CREATE INDEX IX_Entry_Account ON Sales.Entry (AccountId) INCLUDE (Amount, Kind);
