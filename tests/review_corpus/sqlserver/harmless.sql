-- common schema
CREATE TABLE dbo.Orders (Id int IDENTITY(1,1) NOT NULL CONSTRAINT PK_Orders PRIMARY KEY, CustomerId int NOT NULL, Amount decimal(10,2) NULL, Note nvarchar(max) NULL, Status varchar(20) NOT NULL CONSTRAINT DF_Status DEFAULT 'new', Placed datetime2(3) NULL, Code char(10) NULL CONSTRAINT UQ_Code UNIQUE, INDEX IX_Cust (CustomerId));
CREATE TABLE dbo.Customers (Id int NOT NULL PRIMARY KEY, Name nvarchar(100) NULL, Region varchar(3));

-- case: ok-01-select-id-amount-from-dbo
SELECT Id, Amount FROM dbo.Orders WHERE Id = 1 FOR XML PATH('x');

-- case: ok-02-select-o-id-from-dbo
SELECT o.Id FROM dbo.Orders o WITH (UPDLOCK, READPAST) WHERE o.Status = 'new';

-- case: ok-03-select-top-10-from-dbo
SELECT TOP (10) * FROM dbo.Orders ORDER BY Id DESC;

-- case: ok-04-create-function-dbo-f1-a
CREATE FUNCTION dbo.F1 (@a int) RETURNS TABLE AS RETURN SELECT Id FROM dbo.Orders WHERE CustomerId = @a;

-- case: ok-05-create-function-dbo-f2-returns
CREATE FUNCTION dbo.F2 () RETURNS @r TABLE (Id int) AS BEGIN INSERT INTO @r SELECT Id FROM dbo.Orders; DELETE FROM @r; RETURN; END;

-- case: ok-06-create-procedure-dbo-p1-as
CREATE PROCEDURE dbo.P1 AS BEGIN TRAN; TRUNCATE TABLE dbo.Orders; COMMIT;

-- case: ok-07-alter-procedure-dbo-p1-as
ALTER PROCEDURE dbo.P1 AS SELECT 1;

-- case: ok-08-alter-function-dbo-f1-a
ALTER FUNCTION dbo.F1 (@a int) RETURNS TABLE AS RETURN SELECT Id FROM dbo.Orders;

-- case: ok-09-create-table-t-id-int
CREATE TABLE #t (Id int, INDEX a (Id)); INSERT #t SELECT Id FROM dbo.Orders; UPDATE #t SET Id = 1; DELETE #t; TRUNCATE TABLE #t; DROP TABLE #t;

-- case: ok-10-create-table-g-id-int
CREATE TABLE ##g (Id int); ALTER TABLE ##g ADD x int NOT NULL DEFAULT 0; DROP TABLE ##g;

-- case: ok-11-alter-table-dbo-orders-add
ALTER TABLE dbo.Orders ADD A1 int NULL;

-- case: ok-12-alter-table-dbo-orders-add
ALTER TABLE dbo.Orders ADD A2 datetime2 NULL CONSTRAINT DF_A2 DEFAULT SYSUTCDATETIME(), A3 AS (Amount + 1), A4 varchar(10) SPARSE NULL;

-- case: ok-13-alter-table-dbo-orders-add
ALTER TABLE dbo.Orders ADD CONSTRAINT DF_Placed DEFAULT SYSUTCDATETIME() FOR Placed;

-- case: ok-14-alter-table-dbo-orders-alter
ALTER TABLE dbo.Orders ALTER COLUMN Status varchar(40) NOT NULL;

-- case: ok-15-alter-table-dbo-customers-alter
ALTER TABLE dbo.Customers ALTER COLUMN Name nvarchar(400);

-- case: ok-16-alter-table-dbo-customers-alter
ALTER TABLE dbo.Customers ALTER COLUMN Name nvarchar(400) NULL;

-- case: ok-17-alter-table-dbo-customers-alter
ALTER TABLE dbo.Customers ALTER COLUMN Region varchar(3) NULL;

-- case: ok-18-alter-table-dbo-orders-alter
ALTER TABLE dbo.Orders ALTER COLUMN Note nvarchar(max) NULL;

-- case: ok-19-alter-table-dbo-orders-drop
ALTER TABLE dbo.Orders DROP CONSTRAINT IF EXISTS CK_None;

-- case: ok-20-alter-index-ix-cust-on
ALTER INDEX IX_Cust ON dbo.Orders REORGANIZE WITH (LOB_COMPACTION = ON);

-- case: ok-21-alter-index-all-on-dbo
ALTER INDEX ALL ON dbo.Orders SET (STATISTICS_NORECOMPUTE = OFF);

-- case: ok-22-update-statistics-dbo-orders
UPDATE STATISTICS dbo.Orders;

-- case: ok-23-create-statistics-s1-on-dbo
CREATE STATISTICS s1 ON dbo.Orders (Amount);

-- case: ok-24-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = 1 WHERE Id = 1;

-- case: ok-25-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = 1 WHERE Id IN (1,2,3);

-- case: ok-26-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = 1 WHERE Code = 'x';

-- case: ok-27-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = 1 WHERE Id BETWEEN 1 AND 500 AND Status = 'new';

-- case: ok-28-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = 1 WHERE Id >= 1 AND Id < 500;

-- case: ok-29-update-o-set-amount-1
UPDATE o SET Amount = 1 FROM dbo.Orders o WHERE o.Id = 5;

-- case: ok-30-update-o-set-amount-c
UPDATE o SET Amount = c.Id FROM dbo.Orders AS o INNER JOIN dbo.Customers AS c ON c.Id = o.CustomerId WHERE o.Id = 5;

-- case: ok-31-update-dbo-orders-set-amount
UPDATE dbo.Orders SET Amount = (SELECT MAX(x) FROM #t) WHERE Id = @id;

-- case: ok-32-delete-from-dbo-orders-where
DELETE FROM dbo.Orders WHERE Id = @id;

-- case: ok-33-delete-top-1000-from-dbo
DELETE TOP (1000) FROM dbo.Orders WHERE Status = 'old';

-- case: ok-34-delete-from-dbo-orders-where
DELETE FROM dbo.Orders WHERE Id IN (SELECT TOP (500) Id FROM dbo.Orders WHERE Status = 'old' ORDER BY Id);

-- case: ok-35-delete-o-from-dbo-orders
DELETE o FROM dbo.Orders o JOIN @ids i ON i.Id = o.Id;

-- case: ok-36-delete-o-output-deleted-id
DELETE o OUTPUT deleted.Id FROM dbo.Orders o WHERE o.Id = 1;

-- case: ok-37-insert-into-dbo-customers-id
INSERT INTO dbo.Customers (Id, Name) VALUES (1, N'x');

-- case: ok-38-insert-into-dbo-customers-id
INSERT INTO dbo.Customers (Id, Name) SELECT v.Id, v.Name FROM (VALUES (1, N'a'), (2, N'b')) AS v (Id, Name) WHERE NOT EXISTS (SELECT 1 FROM dbo.Customers c WHERE c.Id = v.Id);

-- case: ok-39-insert-into-dbo-customers-id
INSERT INTO dbo.Customers (Id, Name) SELECT j.Id, j.Name FROM OPENJSON(@json) WITH (Id int, Name nvarchar(100)) AS j;

-- case: ok-40-merge-dbo-customers-as-t
MERGE dbo.Customers AS t USING (SELECT 1 AS Id, N'x' AS Name) AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET Name = s.Name WHEN NOT MATCHED BY TARGET THEN INSERT (Id, Name) VALUES (s.Id, s.Name);

-- case: ok-41-exec-sp-rename-n-dbo
EXEC sp_rename N'dbo.Orders.IX_Cust', N'IX_Customer', N'INDEX';

-- case: ok-42-exec-sp-rename-n-dbo
EXEC sp_rename N'dbo.UQ_Code', N'UQ_Orders_Code';

-- case: ok-43-exec-sp-rename-n-dbo
EXEC sp_rename N'dbo.DF_Status', N'DF_Orders_Status', N'OBJECT';

-- case: ok-44-exec-sys-sp-addextendedproperty-ms
EXEC sys.sp_addextendedproperty 'MS_Description', 'x', 'SCHEMA', 'dbo', 'TABLE', 'Orders';

-- case: ok-45-exec-sp-updatestats
EXEC sp_updatestats;

-- case: ok-46-exec-sp-recompile-n-dbo
EXEC sp_recompile N'dbo.Orders';

-- case: ok-47-exec-sp-refreshview-n-dbo
EXEC sp_refreshview N'dbo.V';

-- case: ok-48-exec-sp-settriggerorder-n-dbo
EXEC sp_settriggerorder N'dbo.T', N'First', N'INSERT';

-- case: ok-49-exec-sp-set-session-context
EXEC sp_set_session_context N'a', 1;

-- case: ok-50-declare-r-int-exec-r
DECLARE @r int; EXEC @r = sp_getapplock @Resource = N'x', @LockMode = N'Exclusive', @LockTimeout = 0;

-- case: ok-51-grant-select-on-dbo-orders
GRANT SELECT ON dbo.Orders TO app; GRANT EXECUTE ON SCHEMA::dbo TO app;

-- case: ok-52-create-role-r1-alter-role
CREATE ROLE r1; ALTER ROLE r1 ADD MEMBER app; CREATE USER u1 FOR LOGIN u1; CREATE LOGIN l1 WITH PASSWORD = 'x';

-- case: ok-53-backup-database-shop-to-disk
BACKUP DATABASE Shop TO DISK = 'x.bak' WITH COPY_ONLY; BACKUP LOG Shop TO DISK = 'x.trn';

-- case: ok-54-restore-filelistonly-from-disk-x
RESTORE FILELISTONLY FROM DISK = 'x.bak';

-- case: ok-55-dbcc-checkdb-dbcc-show-statistics
DBCC CHECKDB; DBCC SHOW_STATISTICS ('dbo.Orders', 'IX_Cust'); DBCC TRACEON (1222, -1); DBCC SQLPERF (LOGSPACE);

-- case: ok-56-alter-database-shop-set-query
ALTER DATABASE Shop SET QUERY_STORE = ON; ALTER DATABASE Shop SET ALLOW_SNAPSHOT_ISOLATION ON; ALTER DATABASE Shop MODIFY FILE (NAME = a, SIZE = 5GB);

-- case: ok-57-alter-database-shop-set-auto
ALTER DATABASE Shop SET AUTO_UPDATE_STATISTICS_ASYNC ON; ALTER DATABASE Shop ADD FILEGROUP fg2; ALTER DATABASE Shop SET PAGE_VERIFY CHECKSUM;

-- case: ok-58-alter-database-scoped-configuration-set
ALTER DATABASE SCOPED CONFIGURATION SET LEGACY_CARDINALITY_ESTIMATION = ON;

-- case: ok-59-create-synonym-dbo-s1-for
CREATE SYNONYM dbo.S1 FOR dbo.Orders; CREATE SEQUENCE dbo.Q1; CREATE TYPE dbo.T1 FROM int; CREATE SCHEMA s2;

-- case: ok-60-create-partition-function-pf-int
CREATE PARTITION FUNCTION pf (int) AS RANGE LEFT FOR VALUES (1, 2); CREATE PARTITION SCHEME ps AS PARTITION pf ALL TO ([PRIMARY]);

-- case: ok-61-set-lock-timeout-5000-set
SET LOCK_TIMEOUT 5000; SET DEADLOCK_PRIORITY LOW; SET TRANSACTION ISOLATION LEVEL SNAPSHOT; SET STATISTICS IO ON; SET CONTEXT_INFO 0x1;

-- case: ok-62-create-table-dbo-child-id
CREATE TABLE dbo.Child (Id int NOT NULL PRIMARY KEY, OrderId int NOT NULL, CONSTRAINT FK1 FOREIGN KEY (OrderId) REFERENCES dbo.Orders (Id) ON DELETE CASCADE);
CREATE INDEX IX1 ON dbo.Child (OrderId); ALTER TABLE dbo.Child ADD B int NOT NULL DEFAULT 0; INSERT INTO dbo.Child (Id, OrderId) SELECT 1, Id FROM dbo.Orders WHERE Id = 1; DROP INDEX IX1 ON dbo.Child; DELETE FROM dbo.Child;

-- case: ok-64-enable-trigger-all-on-dbo
ENABLE TRIGGER ALL ON dbo.Orders; ALTER TABLE dbo.Orders ENABLE CHANGE_TRACKING;

-- case: ok-65-alter-table-dbo-orders-set
ALTER TABLE dbo.Orders SET (LOCK_ESCALATION = DISABLE);

-- case: ok-66-print-drop-table-dbo-orders
PRINT 'DROP TABLE dbo.Orders'; RAISERROR ('DELETE FROM x', 10, 1); THROW 50000, 'TRUNCATE TABLE x', 1;

-- case: ok-67-create-trigger-dbo-trg-on
CREATE TRIGGER dbo.trg ON dbo.Orders AFTER UPDATE AS UPDATE o SET Placed = SYSUTCDATETIME() FROM dbo.Orders o JOIN inserted i ON i.Id = o.Id;

-- case: ok-68-declare-x-xml-a-set
DECLARE @x xml = '<a/>'; SET @x.modify('delete /a'); SELECT @x.value('(/a)[1]', 'int');
