-- common schema
CREATE TABLE [dbo].[Orders] ([Id] int IDENTITY(1,1) NOT NULL, [Name] nvarchar(50) NOT NULL, [Total] decimal(18,2) NOT NULL CONSTRAINT [DF_Orders_Total] DEFAULT ((0)), [Kind] int NULL, CONSTRAINT [PK_Orders] PRIMARY KEY CLUSTERED ([Id] ASC));
GO
CREATE VIEW [dbo].[OrderList] AS SELECT [Id], [Name], [Total] FROM [dbo].[Orders];
GO

-- case: t-ssdt-header
:setvar DatabaseName "Shop"
:on error exit
GO
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
GO
IF N'$(DatabaseName)' NOT LIKE N'True'
    BEGIN
        PRINT N'SQLCMD mode must be enabled to successfully execute this script.';
        SET NOEXEC ON;
    END
GO
USE [$(DatabaseName)];
GO
PRINT N'Creating Table [dbo].[Fresh]...';
GO
CREATE TABLE [dbo].[Fresh] ([Id] INT NOT NULL, PRIMARY KEY CLUSTERED ([Id] ASC));
GO

-- case: t-ssdt-rebuild
BEGIN TRANSACTION;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SET XACT_ABORT ON;
CREATE TABLE [dbo].[tmp_ms_xx_Orders] ([Id] INT IDENTITY (1, 1) NOT NULL, [Name] NVARCHAR (50) NOT NULL, CONSTRAINT [tmp_ms_xx_constraint_PK_Orders1] PRIMARY KEY CLUSTERED ([Id] ASC));
IF EXISTS (SELECT TOP 1 1 FROM [dbo].[Orders])
    BEGIN
        SET IDENTITY_INSERT [dbo].[tmp_ms_xx_Orders] ON;
        INSERT INTO [dbo].[tmp_ms_xx_Orders] ([Id], [Name]) SELECT [Id], [Name] FROM [dbo].[Orders] ORDER BY [Id] ASC;
        SET IDENTITY_INSERT [dbo].[tmp_ms_xx_Orders] OFF;
    END
-- expect: data-loss
DROP TABLE [dbo].[Orders];
EXECUTE sp_rename N'[dbo].[tmp_ms_xx_Orders]', N'Orders';
EXECUTE sp_rename N'[dbo].[tmp_ms_xx_constraint_PK_Orders1]', N'PK_Orders', N'OBJECT';
COMMIT TRANSACTION;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;

-- case: t-ssdt-guard
-- expect: rule:drop-column
IF EXISTS (SELECT TOP 1 1 FROM [dbo].[Orders]) RAISERROR (N'Rows were detected.', 16, 127) WITH NOWAIT ALTER TABLE [dbo].[Orders] DROP COLUMN [Kind];

-- case: t-redgate
SET XACT_ABORT ON
GO
BEGIN TRANSACTION
GO
IF @@ERROR <> 0 SET NOEXEC ON
GO
PRINT N'Altering [dbo].[Orders]'
GO
ALTER TABLE [dbo].[Orders] ADD [Colour] [varchar] (20) COLLATE Latin1_General_CI_AS NULL
GO
IF @@ERROR <> 0 SET NOEXEC ON
GO
COMMIT TRANSACTION
GO
DECLARE @Success AS BIT
SET @Success = 1
SET NOEXEC OFF
IF (@Success = 1) PRINT 'The database update succeeded'
ELSE BEGIN
	IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION
	PRINT 'The database update failed'
END
GO

-- case: t-savepoint
BEGIN TRAN;
SAVE TRAN here;
UPDATE dbo.Orders SET Name = N'x' WHERE Id = 1;
ROLLBACK TRAN here;
UPDATE dbo.Orders SET Name = N'y' WHERE Id = 1;
COMMIT;

-- case: t-composed-delete
-- expect: data-loss
INSERT INTO dbo.Archive (Id, Name) SELECT Id, Name FROM (DELETE FROM dbo.Orders OUTPUT deleted.Id, deleted.Name) AS gone;

-- case: t-where-false
DELETE FROM dbo.Orders WHERE 1 = 0;

-- case: t-current-of
UPDATE dbo.Orders SET Name = N'x' WHERE CURRENT OF c;

-- case: t-alter-view-loses-column
-- expect: compatibility
ALTER VIEW dbo.OrderList AS SELECT o.Id, o.Name FROM dbo.Orders AS o;

-- case: t-alter-view-more
CREATE OR ALTER VIEW dbo.OrderList AS SELECT o.Id, Name = o.Name, o.Total AS Total, 1 AS One FROM dbo.Orders AS o;

-- case: t-insert-tablock
-- expect: locking
INSERT INTO dbo.Orders WITH (TABLOCK) (Name) SELECT Name FROM #new;

-- case: t-insert-tablock-temp
INSERT INTO #work WITH (TABLOCK) (Id) SELECT Id FROM dbo.Orders WHERE Id < 100 AND Id > 0;

-- case: t-other-database
CREATE TABLE dbo.Copy (Id int);
-- expect: data-loss
DROP TABLE Archive.dbo.Copy;
DROP TABLE dbo.Copy;

-- case: t-own-database-name
ALTER TABLE Shop.dbo.Orders ALTER COLUMN Name nvarchar(80) NOT NULL;

-- case: t-bulk-logged
-- expect: irreversible
ALTER DATABASE Shop SET RECOVERY BULK_LOGGED;

-- case: t-history-period
-- expect: data-loss
ALTER TABLE dbo.Policy SET (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.PolicyHistory, HISTORY_RETENTION_PERIOD = 6 MONTHS));

-- case: t-sparse
-- expect: locking
ALTER TABLE dbo.Orders ALTER COLUMN Kind ADD SPARSE;

-- case: t-blockers edition=enterprise
-- expect: compatibility
ALTER INDEX PK_Orders ON dbo.Orders REBUILD WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 1 MINUTES, ABORT_AFTER_WAIT = BLOCKERS)));

-- case: t-scripted-check
-- expect: locking
ALTER TABLE [dbo].[Orders]  WITH CHECK ADD  CONSTRAINT [CK_Total] CHECK  (([Total]>=(0)))
GO
ALTER TABLE [dbo].[Orders] CHECK CONSTRAINT [CK_Total]
GO

-- case: t-idempotent-index
-- expect: locking
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'IX_Name')
    CREATE NONCLUSTERED INDEX IX_Name ON dbo.Orders (Name)
ELSE
    PRINT N'there'

-- case: t-rename-schema-bound-type
-- expect: compatibility
EXEC sp_rename 'dbo.Price', 'Amount', 'USERDATATYPE';

-- case: t-transaction-in-catch
BEGIN TRY
    BEGIN TRANSACTION
    CREATE TABLE dbo.Part (Id int NOT NULL)
    ALTER TABLE dbo.Part ADD CONSTRAINT PK_Part PRIMARY KEY (Id)
    COMMIT TRANSACTION
END TRY
BEGIN CATCH
    IF XACT_STATE() <> 0
        ROLLBACK TRANSACTION;
    DECLARE @m nvarchar(2048) = ERROR_MESSAGE();
    RAISERROR (@m, 16, 1);
END CATCH
DROP TABLE dbo.Part;

-- case: t-numbered-alter-in-one-line
-- expect: compatibility locking
ALTER TABLE dbo.Orders ADD A int NULL, B AS (Total * 2) PERSISTED, C int NOT NULL, D bit NULL DEFAULT 0;

-- case: t-comment-tricks
ALTER/* x */TABLE dbo.Orders/* DROP COLUMN Name */ADD E int NULL -- DROP TABLE dbo.Orders
/* GO
DROP TABLE dbo.Orders
GO */
SELECT '/*', "DROP TABLE" FROM [dbo].[DROP TABLE x] -- '

-- case: t-switch-in
CREATE TABLE dbo.Staged (Id int NOT NULL PRIMARY KEY, Name nvarchar(50) NOT NULL);
ALTER TABLE dbo.Staged SWITCH TO dbo.Orders PARTITION 5;

-- case: t-switch-out-to-new
CREATE TABLE dbo.Gone (Id int NOT NULL PRIMARY KEY, Name nvarchar(50) NOT NULL);
-- expect: data-loss
ALTER TABLE dbo.Orders SWITCH PARTITION 1 TO dbo.Gone;

-- case: t-multi-user
-- expect: locking
ALTER DATABASE Shop SET MULTI_USER WITH ROLLBACK AFTER 5 SECONDS;

-- case: t-insert-from-json
INSERT INTO dbo.Orders (Name) SELECT j.Name FROM OPENJSON(@json) WITH (Id int, Name nvarchar(50)) AS j;

-- case: t-update-outer-join
-- expect: data-loss
UPDATE dbo.Orders SET Total = 0 FROM dbo.Orders AS o LEFT JOIN dbo.Other AS x ON x.Id = o.Id;

-- case: t-positive-key
-- expect: data-loss
DELETE FROM dbo.Orders WHERE Id > 0;

-- case: t-openquery-that-writes
-- expect: rule:unparsed
SELECT * FROM OPENQUERY(far, 'DELETE FROM dbo.Orders');

-- case: t-openquery-that-reads
SELECT * FROM OPENQUERY(far, 'SELECT 1 AS a');

-- case: t-drop-fulltext
-- expect: compatibility
DROP FULLTEXT INDEX ON dbo.Orders;

-- case: t-drop-policy
-- expect: compatibility
DROP SECURITY POLICY IF EXISTS sec.Filter;
