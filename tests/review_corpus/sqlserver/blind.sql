-- common schema
CREATE TABLE dbo.Orgs (Id int NOT NULL CONSTRAINT PK_Orgs PRIMARY KEY CLUSTERED, Name nvarchar(100) NOT NULL);
GO
CREATE TABLE dbo.Users (Id int IDENTITY(1,1) NOT NULL CONSTRAINT PK_Users PRIMARY KEY CLUSTERED, Email nvarchar(256) NOT NULL, Name nvarchar(100) NULL, Status varchar(20) NOT NULL CONSTRAINT DF_Users_Status DEFAULT ('new'), Age int NULL, CreatedAt datetime2(7) NOT NULL, OrgId int NULL, Balance decimal(12,4) NULL, Bio nvarchar(500) NULL, Rate float NULL);
GO
CREATE TABLE dbo.Orders (Id bigint IDENTITY(1,1) NOT NULL CONSTRAINT PK_Orders PRIMARY KEY CLUSTERED, UserId int NOT NULL CONSTRAINT FK_Orders_Users REFERENCES dbo.Users(Id), Total decimal(12,2) NOT NULL CONSTRAINT CK_Orders_Total CHECK (Total >= 0), State nvarchar(20) NOT NULL, PlacedAt datetime2 NOT NULL, Note nvarchar(max) NULL);
GO
CREATE NONCLUSTERED INDEX IX_Orders_State ON dbo.Orders (State);
CREATE UNIQUE INDEX UX_Users_Email ON dbo.Users (Email);
GO
CREATE TABLE dbo.OrdersArchive (Id bigint NOT NULL, UserId int NOT NULL, Total decimal(12,2) NOT NULL, State nvarchar(20) NOT NULL, PlacedAt datetime2 NOT NULL, Note nvarchar(max) NULL);
GO
CREATE SCHEMA billing;
GO
CREATE TABLE billing.Invoices (Id int NOT NULL PRIMARY KEY, Amount int NOT NULL, Paid bit NOT NULL DEFAULT 0);
GO
CREATE VIEW dbo.ActiveUsers AS SELECT Id, Email FROM dbo.Users WHERE Status = 'active';
GO
CREATE PROCEDURE dbo.GetUser @id int AS SELECT * FROM dbo.Users WHERE Id = @id;
GO
CREATE TRIGGER dbo.TR_Users ON dbo.Users AFTER UPDATE AS BEGIN SET NOCOUNT ON; END;
GO
CREATE SEQUENCE dbo.TicketSeq AS bigint START WITH 1;
GO
CREATE TYPE dbo.IdList AS TABLE (Id int NOT NULL);
GO

-- case: blind-1
-- expect: data-loss compatibility irreversible
DROP TABLE dbo.Users;

-- case: blind-2
-- expect: data-loss compatibility irreversible
DROP TABLE IF EXISTS [dbo].[Orgs], [billing].[Invoices]

-- case: blind-3
-- expect: data-loss compatibility irreversible
IF OBJECT_ID(N'dbo.Orders', N'U') IS NOT NULL
    DROP TABLE [dbo].[Orders];

-- case: blind-4
-- expect: data-loss compatibility irreversible
drop/**/table"dbo"."Users"

-- case: blind-5
-- expect: data-loss compatibility irreversible
ALTER TABLE dbo.Users DROP COLUMN Bio;

-- case: blind-6
-- expect: data-loss compatibility irreversible
ALTER TABLE [dbo].[Users] DROP CONSTRAINT [DF_Users_Status], COLUMN [Status];

-- case: blind-7
-- expect: data-loss compatibility irreversible
ALTER TABLE dbo.Users DROP COLUMN IF EXISTS Bio, Rate;

-- case: blind-9
-- expect: data-loss compatibility irreversible
EXEC('DROP TABLE dbo.Orgs');

-- case: blind-10
-- expect: data-loss compatibility irreversible
EXEC sp_executesql N'ALTER TABLE dbo.Users DROP COLUMN Bio';

-- case: blind-12
PRINT 'DROP TABLE dbo.Users';

-- case: blind-13
-- DROP TABLE dbo.Users
/* outer /* TRUNCATE TABLE dbo.Orders */ still comment */
SELECT 1;

-- case: blind-14
INSERT INTO dbo.Orgs (Id, Name) VALUES (1, N'EXEC(''DROP TABLE x'')');

-- case: blind-15
-- expect: data-loss irreversible
TRUNCATE TABLE dbo.Orders;

-- case: blind-16
-- expect: data-loss irreversible
TRUNCATE TABLE dbo.Orders WITH (PARTITIONS (2, 4 TO 6));

-- case: blind-17
-- expect: data-loss
DELETE FROM dbo.Orders;

-- case: blind-18
-- expect: data-loss
DELETE dbo.Orders

-- case: blind-19
-- expect: data-loss
DELETE o FROM dbo.Orders AS o;

-- case: blind-20
-- expect: data-loss
DELETE FROM dbo.Orders WHERE 1=1;

-- case: blind-21
-- expect: data-loss
DELETE FROM dbo.Orders WHERE Id = Id;

-- case: blind-22
-- expect: data-loss
UPDATE dbo.Users SET Status = 'x';

-- case: blind-23
-- expect: data-loss
UPDATE u SET u.Status = 'x' FROM dbo.Users u;

-- case: blind-24
-- expect: data-loss
UPDATE dbo.Users SET Status = 'x' WHERE 1 = 1 AND 'a' = 'a';

-- case: blind-25
DELETE FROM dbo.Orders WHERE Id = 12;

-- case: blind-26
UPDATE dbo.Users SET Status = 'x' WHERE Id IN (1, 2);

-- case: blind-27
DELETE TOP (1000) FROM dbo.Orders WHERE PlacedAt < '2020-01-01';

-- case: blind-28
WHILE 1 = 1
BEGIN
    UPDATE TOP (2000) dbo.Users SET Name = Email WHERE Name IS NULL;
    IF @@ROWCOUNT = 0 BREAK;
END

-- case: blind-29
-- expect: locking performance
UPDATE dbo.Users SET Name = Email WHERE Name IS NULL;

-- case: blind-30
-- expect: data-loss
MERGE dbo.Users AS t USING (SELECT 1 AS Id) AS s ON t.Id = s.Id WHEN NOT MATCHED BY SOURCE THEN DELETE;

-- case: blind-31
MERGE INTO dbo.Orgs AS t USING (VALUES (1, N'a')) AS s (Id, Name) ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET Name = s.Name WHEN NOT MATCHED THEN INSERT (Id, Name) VALUES (s.Id, s.Name);

-- case: blind-32
ALTER TABLE dbo.Users ADD Nick nvarchar(50) NULL;

-- case: blind-33
ALTER TABLE dbo.Users ADD Active bit NOT NULL CONSTRAINT DF_Active DEFAULT (1);

-- case: blind-34 edition=standard
-- expect: locking
ALTER TABLE dbo.Users ADD Active bit NOT NULL CONSTRAINT DF_Active DEFAULT (1);

-- case: blind-35
-- expect: compatibility
ALTER TABLE dbo.Users ADD Country char(2) NOT NULL;

-- case: blind-36
-- expect: locking
ALTER TABLE dbo.Users ADD RowId uniqueidentifier NOT NULL DEFAULT NEWID();

-- case: blind-37
-- expect: locking
ALTER TABLE dbo.Users ADD RowId uniqueidentifier NOT NULL CONSTRAINT DF_R DEFAULT (newsequentialid());

-- case: blind-38
ALTER TABLE dbo.Users ADD RowId uniqueidentifier NULL DEFAULT NEWID();

-- case: blind-39
ALTER TABLE dbo.Users ADD UpdatedAt datetime2 NOT NULL DEFAULT SYSUTCDATETIME();

-- case: blind-40
ALTER TABLE dbo.Users ADD UpperName AS UPPER(Name);

-- case: blind-41
-- expect: locking
ALTER TABLE dbo.Users ADD UpperName AS UPPER(Name) PERSISTED;

-- case: blind-42
-- expect: locking
ALTER TABLE dbo.OrdersArchive ADD RowNo int IDENTITY(1,1) NOT NULL;

-- case: blind-43
-- expect: locking
ALTER TABLE dbo.Users ADD Version rowversion;

-- case: blind-44
-- expect: locking
ALTER TABLE dbo.Users ALTER COLUMN Age bigint NULL;

-- case: blind-45
ALTER TABLE dbo.Users ALTER COLUMN Name nvarchar(200) NULL;

-- case: blind-46
-- expect: compatibility
ALTER TABLE dbo.Users ALTER COLUMN Email nvarchar(300);

-- case: blind-47
-- expect: data-loss locking
ALTER TABLE dbo.Users ALTER COLUMN Bio nvarchar(100) NULL;

-- case: blind-48
-- expect: data-loss locking
ALTER TABLE dbo.Users ALTER COLUMN Bio varchar(500) NULL;

-- case: blind-49
-- expect: data-loss locking
ALTER TABLE dbo.Users ALTER COLUMN Balance decimal(12,2) NULL;

-- case: blind-50
-- expect: data-loss locking
ALTER TABLE dbo.Users ALTER COLUMN Rate int NULL;

-- case: blind-51
-- expect: data-loss locking
ALTER TABLE [dbo].[Users] ALTER COLUMN [CreatedAt] [date] NOT NULL;

-- case: blind-52
-- expect: data-loss locking
ALTER TABLE dbo.Users ALTER COLUMN CreatedAt datetime2(0) NOT NULL;

-- case: blind-53
-- expect: locking compatibility
ALTER TABLE dbo.Users ALTER COLUMN Name nvarchar(100) NOT NULL;

-- case: blind-54
ALTER TABLE dbo.Users ALTER COLUMN Age bigint NULL WITH (ONLINE = ON);

-- case: blind-56
-- expect: locking
ALTER TABLE dbo.Users ALTER COLUMN Name nvarchar(100) COLLATE Latin1_General_BIN2 NULL;

-- case: blind-57
-- expect: compatibility
EXEC sp_rename 'dbo.Users.Name', 'FullName', 'COLUMN';

-- case: blind-58
-- expect: compatibility
EXEC sys.sp_rename N'[dbo].[Users]', N'People';

-- case: blind-59
-- expect: compatibility
sp_rename 'Users', 'People'

-- case: blind-60
-- expect: compatibility
EXECUTE sp_rename @objname = N'dbo.Orders.Note', @newname = N'Comment', @objtype = N'COLUMN';

-- case: blind-61
EXEC sp_rename N'dbo.Orders.IX_Orders_State', N'IX_Orders_S', N'INDEX';

-- case: blind-62
EXEC sp_rename N'dbo.CK_Orders_Total', N'CK_Total', N'OBJECT';

-- case: blind-63
-- expect: compatibility
ALTER SCHEMA billing TRANSFER dbo.Orders;

-- case: blind-64
-- expect: locking
CREATE INDEX IX_Orders_User ON dbo.Orders (UserId);

-- case: blind-65
-- expect: locking
CREATE UNIQUE NONCLUSTERED INDEX [UX] ON [dbo].[Users] ([Name]) INCLUDE ([Age]) WHERE [Name] IS NOT NULL;

-- case: blind-66
CREATE INDEX IX_Orders_User ON dbo.Orders (UserId) WITH (ONLINE = ON);

-- case: blind-67 edition=standard
-- expect: compatibility
CREATE INDEX IX_Orders_User ON dbo.Orders (UserId) WITH (ONLINE = ON);

-- case: blind-68
CREATE INDEX IX_Orders_User ON dbo.Orders (UserId) INCLUDE (Total) WITH (ONLINE = ON (WAIT_AT_LOW_PRIORITY (MAX_DURATION = 5 MINUTES, ABORT_AFTER_WAIT = SELF)), RESUMABLE = ON);

-- case: blind-70
-- expect: locking
CREATE CLUSTERED INDEX CX_Arch ON dbo.OrdersArchive (PlacedAt);

-- case: blind-71
-- expect: locking
CREATE CLUSTERED COLUMNSTORE INDEX CCI ON dbo.OrdersArchive;

-- case: blind-72
-- expect: locking
CREATE NONCLUSTERED COLUMNSTORE INDEX NCCI ON dbo.Orders (UserId, Total);

-- case: blind-75
-- expect: locking
ALTER INDEX IX_Orders_State ON dbo.Orders REBUILD;

-- case: blind-76
-- expect: locking
ALTER INDEX ALL ON dbo.Orders REBUILD WITH (FILLFACTOR = 80);

-- case: blind-77
ALTER INDEX ALL ON dbo.Orders REBUILD WITH (ONLINE = ON);

-- case: blind-78
ALTER INDEX IX_Orders_State ON dbo.Orders REORGANIZE;

-- case: blind-79
-- expect: performance
ALTER INDEX IX_Orders_State ON dbo.Orders DISABLE;

-- case: blind-80
-- expect: performance compatibility
ALTER INDEX PK_Orders ON dbo.Orders DISABLE;

-- case: blind-81
-- expect: locking
ALTER TABLE dbo.Orders REBUILD WITH (DATA_COMPRESSION = PAGE);

-- case: blind-82
ALTER TABLE dbo.Orders REBUILD WITH (DATA_COMPRESSION = PAGE, ONLINE = ON);

-- case: blind-83
-- expect: locking compatibility
ALTER TABLE dbo.Users ADD CONSTRAINT CK_Age CHECK (Age > 0);

-- case: blind-85
-- expect: locking
ALTER TABLE dbo.Users ADD CONSTRAINT FK_Users_Orgs FOREIGN KEY (OrgId) REFERENCES dbo.Orgs (Id);

-- case: blind-87
-- expect: locking
ALTER TABLE dbo.Orders WITH CHECK CHECK CONSTRAINT FK_Orders_Users;

-- case: blind-90
-- expect: locking compatibility
ALTER TABLE dbo.Users ADD CONSTRAINT UQ_Name UNIQUE (Name);

-- case: blind-91
-- expect: locking compatibility
ALTER TABLE dbo.OrdersArchive ADD CONSTRAINT PK_Arch PRIMARY KEY CLUSTERED (Id);

-- case: blind-92
ALTER TABLE dbo.OrdersArchive ADD CONSTRAINT UQ_Arch UNIQUE NONCLUSTERED (Id) WITH (ONLINE = ON);

-- case: blind-93
ALTER TABLE dbo.Users ADD CONSTRAINT DF_Age DEFAULT (18) FOR Age;

-- case: blind-94
-- expect: compatibility
ALTER TABLE dbo.Users DROP CONSTRAINT DF_Users_Status;

-- case: blind-96
-- expect: compatibility
ALTER TABLE dbo.Orders DROP FK_Orders_Users;

-- case: blind-97
-- expect: locking compatibility
ALTER TABLE dbo.Orders DROP CONSTRAINT PK_Orders;

-- case: blind-98
-- expect: data-loss
ALTER TABLE dbo.Users WITH NOCHECK ADD CONSTRAINT FK_U FOREIGN KEY (OrgId) REFERENCES dbo.Orgs (Id) ON DELETE CASCADE;

-- case: blind-99
-- expect: compatibility
DROP VIEW dbo.ActiveUsers;

-- case: blind-100
-- expect: compatibility
DROP PROCEDURE IF EXISTS dbo.GetUser;

-- case: blind-101
-- expect: compatibility
DROP TRIGGER dbo.TR_Users;

-- case: blind-102
-- expect: compatibility
DROP SEQUENCE dbo.TicketSeq;

-- case: blind-103
-- expect: compatibility
DROP TYPE dbo.IdList;

-- case: blind-104
-- expect: compatibility
DISABLE TRIGGER dbo.TR_Users ON dbo.Users;

-- case: blind-105
-- expect: compatibility
ALTER TABLE dbo.Users DISABLE TRIGGER ALL;

-- case: blind-106
ALTER TABLE dbo.Users ENABLE TRIGGER TR_Users;

-- case: blind-107
CREATE OR ALTER VIEW dbo.ActiveUsers AS SELECT Id, Email, Name FROM dbo.Users WHERE Status = 'active';

-- case: blind-108
CREATE OR ALTER PROCEDURE dbo.GetUser @id int AS BEGIN SET NOCOUNT ON; SELECT * FROM dbo.Users WHERE Id = @id; END

-- case: blind-109
CREATE PROCEDURE dbo.Purge AS BEGIN DELETE FROM dbo.Orders; END

-- case: blind-113
-- expect: compatibility
DENY SELECT ON dbo.Users TO app;

-- case: blind-114
-- expect: compatibility
REVOKE SELECT, INSERT ON OBJECT::dbo.Users FROM app;

-- case: blind-115
GRANT SELECT ON dbo.Users TO app;

-- case: blind-116
-- expect: compatibility
DBCC CHECKIDENT ('dbo.Orders', RESEED, 0);

-- case: blind-117
DBCC CHECKIDENT ('dbo.Orders', NORESEED);

-- case: blind-118
-- expect: compatibility
ALTER SEQUENCE dbo.TicketSeq RESTART WITH 1;

-- case: blind-119
-- expect: data-loss locking
ALTER TABLE dbo.Orders SWITCH TO dbo.OrdersArchive;

-- case: blind-120
-- expect: data-loss locking
ALTER TABLE dbo.Orders SWITCH PARTITION 1 TO dbo.OrdersArchive PARTITION 1;

-- case: blind-122
-- expect: locking
ALTER PARTITION FUNCTION pf() SPLIT RANGE ('2026-01-01');

-- case: blind-123
-- expect: locking
ALTER PARTITION FUNCTION pf() MERGE RANGE ('2020-01-01');

-- case: blind-124
CREATE TABLE #ids (Id int NOT NULL);
INSERT INTO #ids SELECT Id FROM dbo.Users;
CREATE CLUSTERED INDEX cx ON #ids (Id);
DELETE FROM #ids;
DROP TABLE #ids;

-- case: blind-125
DECLARE @t TABLE (Id int);
INSERT INTO @t VALUES (1);
DELETE FROM @t;

-- case: blind-126
CREATE TABLE dbo.Tags (Id int NOT NULL PRIMARY KEY, Label nvarchar(50) NOT NULL);
GO
CREATE INDEX IX_Tags ON dbo.Tags (Label);
ALTER TABLE dbo.Tags ALTER COLUMN Label nvarchar(20) NOT NULL;
ALTER TABLE dbo.Tags ADD CONSTRAINT CK CHECK (Label <> '');

-- case: blind-127
CREATE TABLE dbo.Scratch (a int); DROP TABLE dbo.Scratch;

-- case: blind-128
-- expect: locking
SELECT * FROM dbo.Orders WITH (TABLOCKX, HOLDLOCK);

-- case: blind-131
-- expect: locking compatibility
ALTER DATABASE Shop SET SINGLE_USER WITH ROLLBACK IMMEDIATE;

-- case: blind-132
-- expect: locking compatibility
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;

-- case: blind-134
-- expect: locking performance
DBCC SHRINKDATABASE (Shop);

-- case: blind-135
-- expect: locking performance
DBCC SHRINKFILE (1, 100);

-- case: blind-137
UPDATE STATISTICS dbo.Orders;

-- case: blind-138
SET XACT_ABORT ON;
BEGIN TRANSACTION;
ALTER TABLE dbo.Users ADD Nick nvarchar(50) NULL;
COMMIT TRANSACTION;

-- case: blind-140
SET LOCK_TIMEOUT 5000;
ALTER TABLE dbo.Users ADD Nick nvarchar(50) NULL;

-- case: blind-141
-- expect: data-loss irreversible
DELETE FROM sys.objects;

-- case: blind-142
IF NOT EXISTS (SELECT * FROM sys.columns WHERE name = 'Nick' AND object_id = OBJECT_ID('dbo.Users')) ALTER TABLE dbo.Users ADD Nick nvarchar(50);

-- case: blind-144
INSERT INTO dbo.OrdersArchive SELECT * FROM dbo.Orders WHERE Id < 1000;

-- case: blind-145
-- expect: data-loss
DELETE TOP (100) PERCENT FROM dbo.Orders;

-- case: blind-146
-- expect: data-loss
WITH c AS (SELECT * FROM dbo.Orders) DELETE FROM c;

-- case: blind-147
WITH c AS (SELECT TOP (500) * FROM dbo.Orders WHERE State = N'old' ORDER BY Id) DELETE FROM c;

-- case: blind-152
-- expect: compatibility
DROP USER app;

-- case: blind-153
-- expect: compatibility
ALTER LOGIN app DISABLE;

-- case: blind-154
-- expect: compatibility
DROP SYNONYM dbo.Syn;

-- case: blind-155
CREATE SYNONYM dbo.Syn FOR dbo.Users;

-- case: blind-156
SET IDENTITY_INSERT dbo.Orders ON;
INSERT INTO dbo.Orders (Id, UserId, Total, State, PlacedAt) VALUES (1, 1, 1, N'a', '2020-01-01');
SET IDENTITY_INSERT dbo.Orders OFF;

-- case: blind-158
BEGIN TRY
  ALTER TABLE dbo.Users ADD Nick nvarchar(10) NULL;
END TRY
BEGIN CATCH
  THROW;
END CATCH

-- case: blind-160
EXEC sp_addextendedproperty N'MS_Description', N'DROP', N'SCHEMA', N'dbo', N'TABLE', N'Users';

-- case: blind-162
ALTER TABLE dbo.Users ADD A int NULL, B int NULL, C AS (A + B);

-- case: blind-163
-- expect: locking compatibility
ALTER TABLE dbo.Users ADD A int NULL, CONSTRAINT CK_A CHECK (Age < 200);

-- case: blind-164
CREATE STATISTICS st ON dbo.Orders (State);

-- case: blind-165
ALTER TABLE dbo.Orders SET (LOCK_ESCALATION = DISABLE);
