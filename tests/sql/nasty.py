"""Statements that a careless splitter cuts in the wrong place."""

from __future__ import annotations

SQLITE = [
    "SELECT 1",
    "SELECT 'a;b', 'it''s;', ''",
    'SELECT "a;b", `c;d`, [e;f] FROM "t;""u"',
    "SELECT x'00', X'3b'",
    "SELECT 1 -- a ; b 'c\n, 2",
    "SELECT 1 /* ; ' \" */ , 2",
    "SELECT '\\'",
    "INSERT INTO t VALUES (1, ':(', '--', '/*')",
    "CREATE TABLE \"begin\" (end_at text, \"case\" text)",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
    "create temp trigger if not exists t before update of x on a when new.x > 1 begin\n"
    "  update b set n = case when n > 1 then 2 else 3 end;\n  delete from c where d = ';END;';\nend",
    "CREATE /* a */ TRIGGER t DELETE ON a BEGIN SELECT 1; /* ; */ -- END;\n INSERT INTO b VALUES (1); END",
    "CREATE TEMPORARY TRIGGER \"end;\" AFTER DELETE ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END",
    "WITH a AS (SELECT ';') SELECT * FROM a",
    "BEGIN IMMEDIATE",
    "END",
    "SELECT :a, @b, $c, ?1",
    "SELECT 1\r\n, 2",
    "SELECT t\n.x FROM t",
    "EXPLAIN QUERY PLAN SELECT ';'",
]

POSTGRESQL = [
    "SELECT 1",
    "SELECT 'a;b', 'it''s;', ''",
    "SELECT '\\'",
    "SELECT E'\\';', e'\\\\', E'a''b;'",
    "SELECT E'a'\n'\\';b'",
    "SELECT name'\\', B'01', x'3b', U&'\\003b', U&\"d\\0061t;\"",
    'SELECT "a;b" FROM "t;""u"',
    "SELECT $$;$$, $a$ $$ ; $b$ ; $a$, $ü$;$ü$",
    "SELECT a$b$c, x$1 FROM t$$",
    "SELECT $1 + $2",
    "SELECT 1 -- ; 'x\n, 2",
    "SELECT 1 /* ; /* ' ; */ $$ */ , 2",
    "SELECT 3 * -1, 4 / 2, a <-> b, c ->> 'd', 5 - -6",
    "INSERT INTO t VALUES (1, ':(', '--', '/*', ')')",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN 1; END; $body$",
    "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC\n"
    "  SELECT CASE WHEN a > 1 THEN 2 ELSE CASE a WHEN 3 THEN 4 END END;\n  SELECT 5;\nEND",
    "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO a VALUES (';'); DELETE FROM b; END",
    "CREATE OR REPLACE /* x /* y */ z */ FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (SELECT 1); END",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; UPDATE b SET c = ';)')",
    "DO $$ BEGIN PERFORM 1; END $$",
    "BEGIN",
    "END",
    "SELECT CASE WHEN 1 = 1 THEN 2 END",
    "CREATE TABLE \"begin\" (atomic int, \"end\" int)",
    "SELECT 1\r\n, 2",
    "COPY t FROM STDIN;\n1\tit's; $$\n\\N\t\"\n\\.",
]

BY_DIALECT = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
