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

-- case: delete-all
-- expect: data-loss
DELETE FROM dbo.Orders;

-- case: delete-all-short
-- expect: data-loss
delete Orders

-- case: delete-true
-- expect: data-loss
DELETE dbo.Orders WHERE 1 = 1;

-- case: delete-by-key
DELETE FROM dbo.Orders WHERE Id = 42;

-- case: delete-by-keys
DELETE FROM [dbo].[Orders] WHERE [Id] IN (1, 2, 3);

-- case: delete-unbatched
-- expect: performance
DELETE FROM dbo.Orders WHERE Status = 'void' AND Placed < '2020-01-01';

-- case: delete-top-loop
DECLARE @n int = 1;
WHILE @n > 0
BEGIN
    DELETE TOP (2000) FROM dbo.Orders WHERE Status = 'void';
    SET @n = @@ROWCOUNT;
END;

-- case: delete-top-loop-everything
WHILE 1 = 1
BEGIN
-- expect: data-loss
    DELETE TOP (5000) FROM dbo.Orders
    IF @@ROWCOUNT = 0 BREAK
END

-- case: delete-joined
-- expect: performance
DELETE o FROM dbo.Orders AS o INNER JOIN dbo.Customers c ON c.Id = o.CustomerId WHERE c.Visits = 0;

-- case: delete-cross-join
-- expect: data-loss
DELETE o FROM dbo.Orders o, dbo.Customers c WHERE c.Visits = 0;

-- case: delete-from-temp
CREATE TABLE #work (Id int);
DELETE FROM #work;

-- case: delete-from-table-variable
DECLARE @ids TABLE (Id int NOT NULL);
INSERT INTO @ids (Id) VALUES (1);
DELETE FROM @ids;
UPDATE @ids SET Id = 2;

-- case: delete-through-cte
-- expect: data-loss
WITH doomed AS (SELECT * FROM dbo.Orders) DELETE FROM doomed;

-- case: update-all
-- expect: data-loss performance
UPDATE dbo.Orders SET Status = 'old';

-- case: update-by-key
UPDATE dbo.Orders SET Status = 'old', Amount += 1 WHERE Id = 5;

-- case: update-unbatched
-- expect: performance
UPDATE dbo.Orders SET Note = N'' WHERE Note IS NULL;

-- case: update-top-loop
SET NOCOUNT ON;
again:
UPDATE TOP (1000) dbo.Orders SET Note = N'' WHERE Note IS NULL;
IF @@ROWCOUNT > 0 GOTO again;

-- case: update-by-range
DECLARE @from bigint = 1;
UPDATE dbo.Orders SET Note = N'' WHERE Id >= @from AND Id < @from + 1000;

-- case: update-joined
-- expect: performance
UPDATE o SET o.Note = c.Name FROM dbo.Orders o JOIN dbo.Customers c ON c.Id = o.CustomerId WHERE o.Note IS NULL;

-- case: update-unjoined
-- expect: data-loss
UPDATE dbo.Orders SET Note = c.Name FROM dbo.Customers c WHERE c.Visits > 3;

-- case: update-alias-all
-- expect: data-loss
UPDATE o SET o.Status = 'x' FROM dbo.Orders AS o;

-- case: truncate
-- expect: data-loss
TRUNCATE TABLE dbo.Orders;

-- case: truncate-partitions
-- expect: data-loss
TRUNCATE TABLE dbo.Orders WITH (PARTITIONS (2, 4, 6 TO 8));

-- case: truncate-own
CREATE TABLE dbo.Staging (A int);
TRUNCATE TABLE dbo.Staging;

-- case: merge-by-source-delete
-- expect: data-loss
MERGE INTO dbo.Orders WITH (HOLDLOCK) AS t USING dbo.Loaded AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET t.Note = s.Note WHEN NOT MATCHED BY TARGET THEN INSERT (CustomerId, Status) VALUES (s.CustomerId, 'new') WHEN NOT MATCHED BY SOURCE THEN DELETE OUTPUT $action, deleted.Id;

-- case: merge-upsert
MERGE dbo.Customers AS t USING (VALUES (1, N'a@b.c')) AS s (Id, Email) ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET Email = s.Email WHEN NOT MATCHED THEN INSERT (Email) VALUES (s.Email);

-- case: insert-values
INSERT INTO dbo.Customers (Email, Name) VALUES (N'a@b.c', N'GO; DROP TABLE dbo.Orders; --'), (N'd', NULL);

-- case: insert-select-all
-- expect: performance
INSERT INTO archive.Orders (Id, Amount) SELECT Id, Amount FROM dbo.Orders;

-- case: insert-select-bounded
INSERT INTO archive.Orders (Id, Amount) SELECT Id, Amount FROM dbo.Orders WHERE Id BETWEEN 1 AND 5000;

-- case: insert-select-top
INSERT INTO archive.Orders (Id, Amount) SELECT TOP (1000) Id, Amount FROM dbo.Orders ORDER BY Id;

-- case: insert-where-not-exists
INSERT INTO dbo.Customers (Email) SELECT N'x@y.z' WHERE NOT EXISTS (SELECT 1 FROM dbo.Customers WHERE Email = N'x@y.z');

-- case: identity-insert
SET IDENTITY_INSERT dbo.Customers ON;
INSERT dbo.Customers (Id, Email) VALUES (1, N'a');
SET IDENTITY_INSERT dbo.Customers OFF;

-- case: output-into
DECLARE @gone TABLE (Id bigint);
DELETE FROM dbo.Orders OUTPUT deleted.Id INTO @gone WHERE Id = 7;

-- case: select-into
SELECT * INTO dbo.OrdersCopy FROM dbo.Orders WHERE Id = 1;
DROP TABLE dbo.OrdersCopy;

-- case: select-tablockx
-- expect: locking
SELECT COUNT(*) FROM dbo.Orders WITH (TABLOCKX, HOLDLOCK);

-- case: select-nolock
SELECT COUNT(*) FROM dbo.Orders WITH (NOLOCK);

-- case: select-strings
SELECT 'DROP TABLE dbo.Orders', N'TRUNCATE TABLE x', [delete] FROM dbo.Customers; -- DELETE FROM dbo.Orders
/* DROP TABLE dbo.Orders /* nested */ TRUNCATE TABLE dbo.Orders */
PRINT 'done';

-- case: exec-string
-- expect: data-loss
EXEC (N'DROP TABLE dbo.Orders');

-- case: exec-concatenated
-- expect: data-loss
EXEC ('TRUNCATE ' + 'TABLE dbo.Orders');

-- case: sp-executesql
-- expect: data-loss
EXEC sp_executesql N'DELETE FROM dbo.Orders WHERE 1 = 1';

-- case: sp-executesql-parameters
EXEC sys.sp_executesql @stmt = N'DELETE FROM dbo.Orders WHERE Id = @id', @params = N'@id bigint', @id = 5;

-- case: exec-variable
DECLARE @sql nvarchar(max) = N'ALTER TABLE dbo.Orders DROP COLUMN ' + QUOTENAME(N'Note');
-- expect: data-loss
EXEC sp_executesql @sql;

-- case: exec-variable-built
DECLARE @sql nvarchar(max);
SET @sql = N'DROP ';
SET @sql += N'TABLE dbo.Orders';
-- expect: data-loss
EXEC (@sql);

-- case: drop-default-by-name-lookup
DECLARE @name sysname;
SELECT @name = dc.name FROM sys.default_constraints dc WHERE dc.parent_object_id = OBJECT_ID(N'dbo.Orders');
-- expect: compatibility
IF @name IS NOT NULL EXEC (N'ALTER TABLE dbo.Orders DROP CONSTRAINT [' + @name + N']');

-- case: exec-unknown
-- expect: rule:unparsed
EXEC (@whatever);

-- case: exec-procedure-that-deletes
-- expect: data-loss
EXEC dbo.CleanUp;

-- case: create-procedure-that-deletes
CREATE OR ALTER PROCEDURE dbo.Purge @id int AS
BEGIN
    SET NOCOUNT ON;
    DELETE FROM dbo.Orders;
    DROP TABLE dbo.Orders;
END;

-- case: create-procedure-and-run
GO
CREATE PROCEDURE dbo.Purge AS TRUNCATE TABLE dbo.Orders
GO
-- expect: data-loss
EXECUTE [dbo].[Purge]

-- case: system-procedure-harmless
EXEC sp_help 'dbo.Orders';
EXEC sys.sp_addextendedproperty @name = N'MS_Description', @value = N'x', @level0type = N'SCHEMA', @level0name = N'dbo', @level1type = N'TABLE', @level1name = N'Orders';

-- case: foreach-table
-- expect: data-loss
EXEC sp_MSforeachtable 'TRUNCATE TABLE ?';

-- case: try-catch
BEGIN TRY
    BEGIN TRANSACTION;
-- expect: data-loss
    DROP TABLE dbo.Orders;
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
    THROW;
END CATCH

-- case: try-catch-safe
BEGIN TRY
    BEGIN TRAN
    INSERT INTO dbo.Customers (Email) VALUES (N'a');
    COMMIT
END TRY
BEGIN CATCH
    ROLLBACK
    ;THROW
END CATCH

-- case: no-semicolons
SET XACT_ABORT ON
DECLARE @a int = 1, @b int
SELECT @b = COUNT(*) FROM dbo.Orders WHERE Id = @a
IF @b = 0 PRINT 'none' ELSE PRINT 'some'
-- expect: data-loss
DROP TABLE dbo.Orders
INSERT dbo.Customers (Email) VALUES (N'x')
-- expect: data-loss
TRUNCATE TABLE archive.Orders
UPDATE dbo.Customers SET Visits = 1 WHERE Id = 3

-- case: open-transaction
-- expect: compatibility
BEGIN TRANSACTION;
UPDATE dbo.Customers SET Visits = 1 WHERE Id = 3;

-- case: waitfor-and-raiserror
WAITFOR DELAY '00:00:01';
RAISERROR (N'x', 16, 1) WITH NOWAIT;
IF 1 = 0 RETURN;
USE Shop;
