"""Migrations in T-SQL whose effect shows when it happens twice, the way back, and what is in the database after them.

Only what every server of this protocol knows: one column to an ALTER, no inline index, no MERGE.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from fix_project import ProjectFolder
from fix_sqlserver import connect

FIRST_UP = """
CREATE TABLE parents (id int NOT NULL CONSTRAINT pk_parents PRIMARY KEY, size int NOT NULL, note nvarchar(40));
INSERT INTO parents (id, size, note) VALUES (1, 10, N'it''s one'), (2, 20, N'zwei größer');
GO
CREATE TABLE children (
    id int NOT NULL CONSTRAINT pk_children PRIMARY KEY,
    parent_id int NOT NULL CONSTRAINT fk_parent REFERENCES parents (id),
    amount int NOT NULL
);
INSERT INTO children (id, parent_id, amount) VALUES (1, 1, 5), (2, 2, 7), (3, 2, 9);
GO
CREATE INDEX ix_amount ON children (amount);
"""
FIRST_DOWN = "DROP TABLE children;\nDROP TABLE parents;"
SECOND_UP = """
ALTER TABLE parents ADD total int NOT NULL CONSTRAINT df_total DEFAULT 0;
GO
UPDATE parents SET total = total + 1, size = size + 3;
INSERT INTO children (id, parent_id, amount) SELECT id + 10, id, size FROM parents;
GO
ALTER TABLE children ADD CONSTRAINT ck_amount CHECK (amount > 0);
GO
CREATE VIEW big AS SELECT id, size FROM dbo.parents WHERE size > 12;
GO
CREATE PROCEDURE grow AS UPDATE parents SET size = size + 1;
GO
EXEC grow;
"""
SECOND_DOWN = """
DROP PROCEDURE grow;
DROP VIEW big;
ALTER TABLE children DROP CONSTRAINT ck_amount;
DELETE FROM children WHERE id > 10;
UPDATE parents SET size = size - 4;
ALTER TABLE parents DROP CONSTRAINT df_total;
ALTER TABLE parents DROP COLUMN total;
"""
THIRD_UP = "UPDATE parents SET size = size + 1000;\nINSERT INTO children (id, parent_id, amount) VALUES (30, 2, 2);"
THIRD_DOWN = "DELETE FROM children WHERE id = 30;\nUPDATE parents SET size = size - 1000;"
VERSIONS = ("20260101000000", "20260102000000", "20260103000000")


def write(folder: ProjectFolder) -> None:
    """Write the three migrations."""
    ways = ((FIRST_UP, FIRST_DOWN), (SECOND_UP, SECOND_DOWN), (THIRD_UP, THIRD_DOWN))
    for version, (up, down) in zip(VERSIONS, ways, strict=True):
        folder.sql(version, f"step_{version[7]}", up, down)


def facts(url: str) -> tuple[Any, ...]:
    """The history's versions, the columns and the rows of every table of ours, and the modules."""
    with closing(connect(url)) as session:
        history = ()
        if session.query("SELECT 1 WHERE OBJECT_ID(N'neoron_history', N'U') IS NOT NULL"):
            history = tuple(session.query("SELECT version, progress FROM neoron_history ORDER BY position"))
        columns = session.query(
            "SELECT t.name, c.name, TYPE_NAME(c.user_type_id), c.is_nullable FROM sys.tables AS t "
            "JOIN sys.columns AS c ON c.object_id = t.object_id WHERE t.name IN (N'parents', N'children') "
            "ORDER BY t.name, c.column_id"
        )
        tables = dict.fromkeys(row[0] for row in columns)
        rows = [session.query(f"SELECT * FROM {table} ORDER BY id") for table in tables]
        there = [
            session.query(f"SELECT 1 WHERE OBJECT_ID(N'{name}') IS NOT NULL") != []
            for name in ("big", "grow", "ck_amount", "fk_parent", "df_total", "pk_parents")
        ]
        return history, tuple(columns), tuple(map(tuple, rows)), tuple(there)
