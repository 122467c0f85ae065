"""Migrations that mix DDL with DML whose effect shows when it happens twice, and the way back."""

from __future__ import annotations

from fix_project import ProjectFolder

FIRST_UP = """
CREATE TABLE parents (id INT PRIMARY KEY, size INT NOT NULL, note VARCHAR(40)) ENGINE=InnoDB;
INSERT INTO parents VALUES (1, 10, 'one; or "uno"'), (2, 20, 'it\\'s two');
CREATE TABLE children (
    id INT PRIMARY KEY, parent_id INT NOT NULL, amount INT NOT NULL,
    CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parents (id)
);
INSERT INTO children VALUES (1, 1, 5), (2, 2, 7), (3, 2, 9);
CREATE INDEX ix_amount ON children (amount);
"""
FIRST_DOWN = "DROP TABLE children; DROP TABLE parents;"
SECOND_UP = """
SET @step = 3;
ALTER TABLE parents ADD COLUMN total INT NOT NULL DEFAULT 0, ADD COLUMN extra INT NULL;
UPDATE parents SET total = total + 1, size = size + @step;
INSERT INTO children SELECT id + 10, id, size FROM parents;
ALTER TABLE children ADD CONSTRAINT ck_amount CHECK (amount > 0);
DROP INDEX ix_amount ON children;
ALTER TABLE parents RENAME COLUMN note TO remark;
ALTER TABLE parents MODIFY remark VARCHAR(60) NULL, ALTER COLUMN extra SET DEFAULT 4;
CREATE VIEW big AS SELECT id, size FROM parents WHERE size > 12;
{routines}
INSERT INTO children VALUES (20, 1, 1);
RENAME TABLE children TO offspring;
"""
SECOND_DOWN = """
RENAME TABLE offspring TO children;
{no_routines}
DROP VIEW big;
ALTER TABLE parents CHANGE remark note VARCHAR(40);
CREATE INDEX ix_amount ON children (amount);
ALTER TABLE children DROP CONSTRAINT ck_amount;
DELETE FROM children WHERE id > 3;
UPDATE parents SET size = size - 3;
ALTER TABLE parents DROP COLUMN total, DROP COLUMN extra;
"""
ROUTINES = """
DELIMITER //
CREATE TRIGGER tr_children BEFORE INSERT ON {table} FOR EACH ROW BEGIN SET NEW.amount = NEW.amount + 100; END//
CREATE PROCEDURE grow() BEGIN UPDATE parents SET size = size + 1; END//
DELIMITER ;
"""
NO_ROUTINES = "DROP PROCEDURE grow; DROP TRIGGER tr_children;"
THIRD_UP = "UPDATE parents SET size = size + 1000; INSERT INTO offspring VALUES (30, 2, 2);"
THIRD_DOWN = "DELETE FROM offspring WHERE amount = 102; UPDATE parents SET size = size - 1000;"
VERSIONS = ("20260101000000", "20260102000000", "20260103000000")


def write(folder: ProjectFolder, *, has_routines_last: bool = False) -> None:
    """Write the three migrations; a trigger and a procedure are in the second, or in the third, which no script holds.

    Source: MySQL manual, "SQL Syntax Permitted in Prepared Statements": neither can be prepared there.
    """
    made, gone = ("", "") if has_routines_last else (ROUTINES.format(table="children"), NO_ROUTINES)
    second = (SECOND_UP.format(routines=made), SECOND_DOWN.format(no_routines=gone))
    third = (THIRD_UP, THIRD_DOWN)
    if has_routines_last:
        third = (ROUTINES.format(table="offspring") + THIRD_UP, f"{THIRD_DOWN} {NO_ROUTINES}")
    for version, (up, down) in zip(VERSIONS, ((FIRST_UP, FIRST_DOWN), second, third), strict=True):
        folder.sql(version, f"step_{version[7]}", up, down)
