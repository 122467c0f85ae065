"""Scripts of nasty pieces by the thousand, and how each engine's own client cuts them."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fix_oracle_mariadb import client_arguments
from neoron.sql.canonical import canonical
from neoron.sql.split import split

MARK = "SELECT 'neoron mark'"
_COMMON = (
    "1",
    "-1",
    "a",
    "a.b",
    "f(1)",
    "((2))",
    "'a;b'",
    "''",
    "'it''s;'",
    "'-- no; comment'",
    "'/* nor; this'",
    "'two\nlines;'",
    '1 -- ; it\'s "open"\n',
    "1 --\n",
    "1 /* ; ' \" ` */",
    "1 /**/",
    "1 /*;*/",
    "1 /* -- ; */",
    "1 - 1",
    "4 / 2",
    "3 * 2",
    "'naïve; 名前 🙂'",
    "CASE WHEN 1 = 1 THEN 2 END",
    "'\t;\r\n;'",
    "1 -- é;\r\n",
)
_PIECES = {
    "postgresql": (
        *_COMMON,
        '"q;q"',
        '"t;""u"',
        "E'\\';'",
        "e'\\\\'",
        "E'a''b;\\n'",
        "$$;$$",
        "$a$ $$ ; $b$ ; $a$",
        "$ü$;'$ü$",
        "x$1",
        "a$b$c",
        "$1",
        "1 /* ; /* ' ; */ $$ */",
        "1 /* /* */ ; */",
        "B'01'",
        "x'3b'",
        "U&'\\003b'",
        "'\\'",
        "5 - -6",
        "$$\n;\n$$",
        "$_1$;$$;$_1$",
        "N'a;'",
    ),
    # A backslash at the end of a line is left out by the client, in a string too: not among these.
    "mariadb": (
        *_COMMON,
        "'it\\'s;'",
        "'a\\\\'",
        '"d;\\"q"',
        '"t;""u"',
        "`b;q`",
        "`b``;q`",
        "1 # ; it's\n",
        "1 #\n",
        "5--3",
        "5 - -3",
        "0x3b",
        "x'3b'",
        "_utf8mb4'x;'",
        "N'a;'",
        "@a",
        "@`b;`",
        "@'c;'",
        "1 -- ; `\n",
        "1 /* # ; */",
    ),
    "sqlite": (
        *_COMMON,
        '"q;q"',
        '"t;""u"',
        "`c;d`",
        "[e;f]",
        "x'3b'",
        "'\\'",
        ":a",
        "@b",
        "$c",
        "?1",
        "a -- x; [\n",
        "1 /* [;] */",
    ),
}
_TRIGGER = "CREATE TRIGGER {name} AFTER INSERT ON t BEGIN SELECT {0};{space}UPDATE b SET n = {1}; END"
_WHOLE = {
    "postgresql": (
        "CREATE FUNCTION {name}() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN SELECT {0};{space}RETURN 1; END $body$",
        "CREATE FUNCTION {name}() RETURNS int LANGUAGE sql BEGIN ATOMIC {space}"
        "SELECT CASE WHEN {0} THEN {1} END;{space}END",
        "DO $$ BEGIN PERFORM 1;{space}END $$",
        "CREATE RULE {name} AS ON INSERT TO t DO ALSO (DELETE FROM a;{space}UPDATE b SET c = {0})",
    ),
    "mariadb": (
        "\nDELIMITER {mark}\nCREATE PROCEDURE {name}() BEGIN SELECT {0};{space}SELECT {1}; END{mark}\n"
        "DELIMITER ;\nSELECT 2",
        "\ndelimiter {mark}\nCREATE TRIGGER {name} BEFORE INSERT ON t FOR EACH ROW BEGIN{space}"
        "SET NEW.a = {0}; END {mark}"
        "\nDELIMITER ;\nSELECT {1}",
    ),
    "sqlite": (
        _TRIGGER,
        _TRIGGER.replace("TRIGGER", "TEMP TRIGGER"),
        "create temporary trigger if not exists {name} before update of x on a when {0} begin\n"
        " delete from c where {1};\nend",
    ),
}
_PSQL_QUERY = re.compile(r"^\*{9} QUERY \*{10}\n(.*?)\n\*{26}$", re.DOTALL | re.MULTILINE)
_MARIADB_QUERY = re.compile(r"^--------------\n(.*?)\n--------------$", re.DOTALL | re.MULTILINE)
_SQLITE_TIME = re.compile(r"^Run Time: real [^\n]*\n", re.MULTILINE)
_SQLITE_ROW = re.compile(r"^INSERT INTO neoron_row[^\n]*\n", re.MULTILINE)
_SPACES = (" ", "\n", "\r\n", "\t", "\n\n", " /* ; */ ", " -- ;\n")
_ENDS = {
    "postgresql": (";\n", " ; ", ";-- x;\n", ";/* ' /* ; */ */\n", "\n;\n", " -- y;\n;\r\n", ";;\n"),
    "mariadb": (";\n", " ; ", ";-- x;\n", "; /* ' ; */\n", "\n;\n", " -- y;\n;\r\n", " # z;\n;\n"),
    # The shell tells lines, so that one statement must end each.
    "sqlite": (";\n", " ;\n", ";-- x;\n", "; /* ' ; */\n", "\n;\n", " -- y;\n;\r\n"),
}


@dataclass
class Generator:
    """Makes scripts of one engine from a seed."""

    engine: str
    rng: random.Random
    names: int = 0

    def script(self) -> str:
        """One script of one to five statements, each with its end."""
        ends = _ENDS[self.engine]
        return "".join(self._statement() + self.rng.choice(ends) for _ in range(self.rng.randint(1, 5)))

    def _statement(self) -> str:
        if self.rng.random() < 0.2:
            self.names += 1
            form = self.rng.choice(_WHOLE[self.engine])
            mark = self.rng.choice(("//", "$$", "||", "//;"))
            pieces = [p for p in (self._piece(), self._piece()) if mark not in p and "$body$" not in p]
            filled = [*pieces, "1", "2"][:2]
            space = self.rng.choice(("", " ", "\n", "\r\n"))
            return form.format(*filled, name=f"n{self.names}", space=space, mark=mark)
        start = self.rng.choice(("", "\n", " /* ; */ ", "-- x; '\n", "\r\n"))
        pieces = [self._piece() for _ in range(self.rng.randint(1, 6))]
        space = self.rng.choice(_SPACES)
        return f"{start}SELECT{space}" + f"{self.rng.choice(_SPACES)},".join(pieces)

    def _piece(self) -> str:
        return self.rng.choice(_PIECES[self.engine])


def ours(text: str, engine: str) -> list[str]:
    """How Neoron cuts a script, evened out."""
    return [canonical(statement.text, engine) for statement in split(text, engine)]


def theirs(engine: str, url: str, scripts: list[str], folder: Path) -> list[list[str]]:
    """How the client cuts each of these scripts, which it runs as one file that begins with a BOM."""
    file = folder / "all.sql"
    # A newline that is translated would not be the one that is tried.
    # The sqlite3 shell no longer knows a CREATE TRIGGER behind a BOM: the mark stands between.
    file.write_bytes((f"\ufeff{MARK};\n" + "".join(f"{text}\n{MARK};\n" for text in scripts)).encode())
    sent = {"postgresql": _by_psql, "mariadb": _by_mariadb, "sqlite": _by_sqlite3}[engine](url, file)
    found: list[list[str]] = [[]]
    for statement in sent:
        if MARK in statement:
            found.append([])
        elif evened := canonical(statement, engine).removesuffix(";").rstrip():
            found[-1].append(evened)
    return found[1:-1]


def _by_psql(url: str, file: Path) -> list[str]:
    """What its log frames as one query each."""
    log = file.with_suffix(".log")
    log.unlink(missing_ok=True)
    _run(["psql", "-X", "-q", "-o", "/dev/null", "-L", str(log), "-f", str(file), url])
    return _PSQL_QUERY.findall(log.read_bytes().decode())


def _by_mariadb(url: str, file: Path) -> list[str]:
    """What it shows between two lines before it sends it."""
    words, environment = client_arguments(url)
    shown = _run(
        ["mariadb", *words, "--force", "-vv", "--skip-comments", urlsplit(url).path.lstrip("/")], file, environment
    )
    return _MARIADB_QUERY.findall(shown)


def _by_sqlite3(url: str, file: Path) -> list[str]:
    """What it echoes before it takes the time of running it; a row is one line that says so."""
    options = [".timer on", ".mode insert neoron_row"]
    shown = _run(["sqlite3", "-batch", "-echo", *(w for o in options for w in ("-cmd", o)), ":memory:"], file)
    return [_SQLITE_ROW.sub("", echoed) for echoed in _SQLITE_TIME.split(shown)]


def _run(command: list[str], stdin: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """What a client writes; that it goes on after errors is part of it."""
    program = shutil.which(command[0])
    assert program, f"{command[0]} was not found"
    text = stdin.read_bytes() if stdin else None
    done = subprocess.run([program, *command[1:]], input=text, env=environment, capture_output=True, check=False)
    return done.stdout.decode()
