"""Random scripts of nasty pieces, such that each engine's own client can be asked where it cuts them."""

from __future__ import annotations

import random
from collections.abc import Callable

_STRINGS = ["'a'", "'a;b'", "''", "'it''s; '", "';'", "'--'", "'/*'", "'*/'", "'GO'", "'END;'", "'\n;\n'", "'ü;é'",
            "'DELIMITER //'", "'$$'", "'#'", "'\"'", "'`'"]  # fmt: skip
_COMMENTS = ["-- c\n", "-- ;\n", "-- it's\n", "-- /* \n", "-- $$ ;\r\n", "/* c */", "/* ; */", "/* it's \" */",
             "/* -- */", "/*;\n;*/", "/***/", "/**/", "/* \n-- x\n*/"]  # fmt: skip
_SPACE = [" ", " ", " ", "\n", "\t", "\r\n", "  \n"]
_PLAIN = ["1", "x", "2.5", "1e3", "(1)", "+", "- 1", "/ 2", "* 3", "begin", "END", "case", "Go", "a_b", "(", ")"]

PIECES: dict[str, list[str]] = {
    "postgresql": [
        *_STRINGS, *_COMMENTS, *_PLAIN,
        '"a;b"', '"a"";"', '"--"', "$$;$$", "$$ it's $$", "$a$ $$ ; $a$", "$ab1$;$ab$;$ab1$", "$ü$ ; $ü$", "x$1",
        "a$b$c", "E'\\';',", "e'\\\\',", "E'a''b;\\'',", "U&'\\003b;'", "B'01'", "x'3b'", "N'a;'", "'\\'", "$1", "5-6",
        "->>", "<->", "/* a /* ; */ b' */", "/* /* /* ; */ ; */ \" */", "ATOMIC", "--\n", "- -1", "::text", "@> ",
        "(';')", "/*/**/;*/",
    ],
    "mariadb": [
        *_STRINGS, *_COMMENTS, *_PLAIN,
        '"a;b"', '"a"";"', "`a;b`", "`a``;`", "'\\';'", "'\\\\'", '"\\";"', "x'3b'", "b'01'", "N'a;'", "_utf8'a;'",
        "# c ;\n", "# it's\n", "#\n", "--\n", "--\t;\n", "1--1", "5--3", "/*! 1 */", "/*!50100 ';' */", "/*M! 2 */",
        "@a", "@@b", "@'a;'", "@`a;`", "|| 1", "&& 1", ":= 1", "a.b", "1a", "\"it's\"", "'say \"'", "`it's`",
    ],
}  # fmt: skip
"""Per dialect, pieces that are whole tokens, comments or stray words; put together they need not make sense.

Shape: a comma follows E'…', because psql misses that such a string goes on, under the same rules, on the next line.
"""

_BODIES = [
    "CREATE PROCEDURE {name}() BEGIN SELECT 1; SELECT ';'; END",
    "CREATE PROCEDURE {name}()\nBEGIN\n  IF 1 THEN SELECT 'END;'; END IF; -- ; {delimiterless}\n  SELECT 2;\nEND",
    "CREATE FUNCTION {name}() RETURNS int BEGIN DECLARE x int; SET x = CASE WHEN 1 THEN 2 END; RETURN x; END",
    "CREATE TRIGGER {name} BEFORE INSERT ON t FOR EACH ROW BEGIN SET new.a = 'x;'; /* ; */ SET new.b = 2; END",
    "SELECT 1; SELECT `a;b`",
]
_MARKS = ["//", "$$", "|", ";;", "%%", "END_OF_IT"]


def _words(rng: random.Random, pieces: list[str]) -> str:
    return "".join(rng.choice(pieces) + rng.choice(_SPACE) for _ in range(rng.randint(1, 9)))


def _framed(rng: random.Random, body: str) -> str:
    """A script as files come: with a byte order mark, with CR LF, with and without its last semicolon."""
    body = body.replace("\n", "\r\n") if rng.random() < 0.1 and "\r" not in body else body
    return ("\ufeff" if rng.random() < 0.1 else "") + body


def postgresql_script(rng: random.Random) -> str:
    """Statements of stray pieces; parentheses balance, because psql does not cut inside them."""
    statements = []
    for _ in range(rng.randint(1, 6)):
        words = _words(rng, PIECES["postgresql"])
        balance = _balance(words)
        statements.append("SELECT " + "( " * max(-balance[0], 0) + words + " )" * max(balance[1], 0))
    return _framed(rng, "".join(s + rng.choice([";", " ;", "\n;\n", ";;", "; -- c\n", ";/* ; */"]) for s in statements))


def _balance(words: str) -> tuple[int, int]:
    """The lowest depth of parentheses among the pieces, and how many stay open when as many are put before."""
    depth = low = 0
    for word in words.split():
        depth += {"(": 1, ")": -1}.get(word, 0)
        low = min(low, depth)
    return low, depth - low


def mariadb_script(rng: random.Random) -> str:
    """Statements of stray pieces, and routines between DELIMITER lines."""
    parts = []
    for number in range(rng.randint(1, 6)):
        if rng.random() < 0.25:
            mark = rng.choice(_MARKS)
            body = rng.choice(_BODIES).format(name=f"r{number}", delimiterless="x")
            word = rng.choice(["DELIMITER", "delimiter", "Delimiter"])
            parts.append(f"\n{word} {mark}\n{body}{rng.choice(['', ' ', chr(10)])}{mark}\n{word} ;\n")
        else:
            end = rng.choice([";", " ;", "\n;\n", "; -- c\n", ";/* ; */", "; # ;\n", ";\n"])
            parts.append("SELECT " + _words(rng, PIECES["mariadb"]) + end)
    return _framed(rng, "".join(parts))


_LITE = [
    "SELECT 'a;b', 'it''s;', ''", 'SELECT 1 AS "a;b"', "SELECT 1 AS [x;y]", "SELECT 1 AS `p;``q`", "SELECT x'3b'",
    "SELECT 1 /* ; ' */ + 2", "SELECT 1 -- ; '\n + 2", "SELECT '--', '/*', ':('", "SELECT CASE WHEN 1 THEN 'END;' END",
    'CREATE TABLE "t;{n}" (a, [end;], "begin" DEFAULT \';\')', "CREATE TABLE t{n} (a, b)",
    "CREATE TABLE u{n} (a); CREATE TRIGGER w{n} AFTER INSERT ON u{n} BEGIN SELECT 1; SELECT 'END;'; END",
    "CREATE TABLE v{n} (a); create temp trigger \"x;{n}\" after delete on v{n} begin\n select case when 1 then 2 end;"
    " delete from v{n} where a = ';end;'; -- END; \n end",
    "CREATE TABLE y{n} (a); CREATE /* ; */ TRIGGER z{n} UPDATE ON y{n} BEGIN SELECT 1; /* END; */ SELECT 2; END",
    "PRAGMA user_version = 7", "WITH a AS (SELECT ';') SELECT * FROM a", "VALUES (1), (';')", "BEGIN; END",
    "SELECT 'ü;é'", "SELECT 1\t+\t2", "SELECT\r\n1",
]  # fmt: skip


def sqlite_script(rng: random.Random) -> str:
    """Statements that SQLite can prepare: its client shows only those."""
    parts = [rng.choice(["", "\ufeff" if rng.random() < 0.3 else "", "-- c ;\n", "/* ; */ "])]
    for number in range(rng.randint(1, 6)):
        end = rng.choice([" ;", "\n ;", ";", "; -- c ;\n", ";/* ;' */ ", ";;", "; ; "])
        parts.append(rng.choice(_LITE).format(n=number) + end + rng.choice(_SPACE))
    return "".join(parts)


SCRIPTS: dict[str, Callable[[random.Random], str]] = {
    "postgresql": postgresql_script, "mariadb": mariadb_script, "sqlite": sqlite_script,
}  # fmt: skip
