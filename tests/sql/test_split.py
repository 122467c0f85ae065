"""A script is cut exactly where its database would cut it."""

from __future__ import annotations

import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nasty import BY_DIALECT

from neoron.sql.split import SplitError, split

BLANKS = ["", " ", "\n", "\r\n\t", "-- a; b'\n", "/* ; ' */", ";", "\n;;\n"]
FRAGMENTS = [
    "CREATE", "TRIGGER", "TEMP", "BEGIN", "END", "CASE", "x", "'a;'", '"b;"', "`c`", "[d;]", ";", ";", ";", " ", " ",
    "\n", "-- e;\n", "/* f; */", "(", ")", "1", "$", "ending",
]  # fmt: skip

CASES = [
    ("postgresql", "", []),
    ("sqlite", " \n-- nothing\n/* here */;;", []),
    ("postgresql", "/* a /* b */ c */", []),
    ("sqlite", "SELECT 1", [("SELECT 1", 1)]),
    ("sqlite", "\ufeff\r\nSELECT 1;\r\nSELECT\r\n2;", [("SELECT 1", 2), ("SELECT\r\n2", 3)]),
    ("postgresql", "-- one\nSELECT 1 -- two\n;\n\n/* three */ SELECT 2 /* four */", [("SELECT 1", 2), ("SELECT 2", 5)]),
    ("postgresql", "SELECT 1 \t\n;SELECT 2", [("SELECT 1", 1), ("SELECT 2", 2)]),
    ("postgresql", "SELECT '--';\nSELECT 2", [("SELECT '--'", 1), ("SELECT 2", 2)]),
    ("postgresql", "SELECT 1\n \\connect x\nSELECT 2", [("SELECT 1", 1), ("\\connect x", 2), ("SELECT 2", 3)]),
    ("postgresql", "SELECT 1; \\! rm 'x\nSELECT 2", [("SELECT 1", 1), ("\\! rm 'x", 1), ("SELECT 2", 2)]),
    ("postgresql", "SELECT 1 \\gexec\n", [("SELECT 1 \\gexec", 1)]),
    ("postgresql", "SELECT '\n\\! x'", [("SELECT '\n\\! x'", 1)]),
    ("postgresql", "\\copy t from stdin\nit's;\n\\.\nSELECT 1",
     [("\\copy t from stdin\nit's;\n\\.", 1), ("SELECT 1", 4)]),
    ("postgresql", "COPY t FROM STDIN;\n\\.\nSELECT 1", [("COPY t FROM STDIN;\n\\.", 1), ("SELECT 1", 3)]),
    ("postgresql", "COPY t FROM STDIN;\nSELECT 1;", [("COPY t FROM STDIN", 1), ("SELECT 1", 2)]),
    ("postgresql", "COPY t FROM '/f';\nSELECT 1;", [("COPY t FROM '/f'", 1), ("SELECT 1", 2)]),
    ("postgresql", "-- a\rSELECT 1;", [("SELECT 1", 1)]),
    ("postgresql", "INSERT INTO t VALUES (':('); SELECT 1", [("INSERT INTO t VALUES (':(')", 1), ("SELECT 1", 1)]),
    ("postgresql", "SELECT 1$$;$$;SELECT 2", [("SELECT 1$$;$$", 1), ("SELECT 2", 1)]),
    ("postgresql", "SELECT a1$$;SELECT 2", [("SELECT a1$$", 1), ("SELECT 2", 1)]),
    ("postgresql", "CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end, b AS case; END; SELECT 1",
     [("CREATE FUNCTION f() BEGIN ATOMIC SELECT a.end, b AS case; END", 1), ("SELECT 1", 1)]),
    ("sqlite", ".read x'y\nSELECT 1;", [(".read x'y", 1), ("SELECT 1", 2)]),
    ("sqlite", "SELECT 1;\n.shell rm\n", [("SELECT 1", 1), (".shell rm", 2)]),
    ("sqlite", "SELECT 1; END; SELECT 2", [("SELECT 1", 1), ("END", 1), ("SELECT 2", 1)]),
    ("sqlite", "CREATE TRIGGER t BEGIN SELECT 1; END -- x\n", [("CREATE TRIGGER t BEGIN SELECT 1; END", 1)]),
]  # fmt: skip

UNFINISHED = [
    ("postgresql", "SELECT 1;\nSELECT 'a;\n", "string", 2),
    ("postgresql", "SELECT E'\\'", "string", 1),
    ("postgresql", 'SELECT "a', 'quoted identifier "', 1),
    ("postgresql", 'SELECT U&"a', 'quoted identifier "', 1),
    ("postgresql", "\n\nSELECT $body$ a $$ ;", "dollar quote $body$", 3),
    ("postgresql", "SELECT 1;\n/* /* */", "comment /*", 2),
    ("postgresql", "SELECT 1 /* x", "comment /*", 1),
    ("postgresql", "CREATE FUNCTION f()\nBEGIN ATOMIC SELECT 1;", "BEGIN ATOMIC body", 2),
    ("sqlite", "SELECT x'a", "string", 1),
    ("sqlite", "SELECT 1;\nSELECT `a", "quoted identifier `", 2),
    ("sqlite", "SELECT [a", "quoted identifier [", 1),
    ("sqlite", "/* x", "comment /*", 1),
    ("sqlite", "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n SELECT 1;", "trigger body", 2),
]


@pytest.mark.parametrize(("dialect", "text", "expected"), CASES)
def test_scripts_are_cut_into_their_statements(dialect: str, text: str, expected: list[tuple[str, int]]) -> None:
    """Each statement comes out as it was written, with the line it starts on."""
    assert [(s.text, s.line) for s in split(text, dialect)] == expected


@pytest.mark.parametrize(("dialect", "text", "what", "line"), UNFINISHED)
def test_what_is_never_closed_is_named(dialect: str, text: str, what: str, line: int) -> None:
    """A script that ends inside a quote, comment or body is refused with the line where that was opened."""
    with pytest.raises(SplitError) as refused:
        split(text, dialect)
    assert refused.value.message == f"unterminated {what} opened here"
    assert refused.value.line == line


def test_lines_are_counted_from_where_the_text_starts() -> None:
    """A section's statements and errors carry the lines of the whole file."""
    assert split("\nSELECT 1", "sqlite", first_line=10)[0].line == 11
    with pytest.raises(SplitError) as refused:
        split("\nSELECT '", "sqlite", first_line=10)
    assert refused.value.line == 11


def test_an_unknown_dialect_is_refused() -> None:
    """A dialect without tables is an error that names those there are."""
    with pytest.raises(ValueError, match="postgresql, sqlite"):
        split("SELECT 1", "cobol")


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@given(data=st.data())
def test_joined_statements_come_apart_again(dialect: str, data: st.DataObject) -> None:
    """However statements are put together, the same statements come out, each on its line."""
    chosen = data.draw(st.lists(st.sampled_from(BY_DIALECT[dialect]), max_size=8))
    script, expected = "", []
    for statement in chosen:
        script += data.draw(st.sampled_from(BLANKS))
        expected.append((statement, script.count("\n") + 1))
        script += statement + ("\n" if statement.endswith("\\.") else data.draw(st.sampled_from([";", " ;", "\n;\n"])))
    assert [(s.text, s.line) for s in split(script, dialect)] == expected


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_sqlite_itself_cuts_at_the_same_places(text: str) -> None:
    """For every text, what SQLite calls a complete statement is what we cut off."""
    try:
        ours = ["".join(s.text.split()) for s in split(text, "sqlite")]
    except SplitError:
        assert not sqlite3.complete_statement(text)
        return
    theirs = [part for part in _cut_by_sqlite(text) if split(part, "sqlite")]
    assert len(ours) == len(theirs)
    assert all(mine in "".join(part.split()) for mine, part in zip(ours, theirs, strict=True))


def _cut_by_sqlite(text: str) -> list[str]:
    parts, start = [], 0
    for at, character in enumerate(text, start=1):
        if character == ";" and sqlite3.complete_statement(text[start:at]):
            parts.append(text[start:at])
            start = at
    return [*parts, text[start:]]


@pytest.mark.parametrize("dialect", sorted(BY_DIALECT))
@pytest.mark.parametrize(
    "unit",
    [
        "INSERT INTO t (a, b) VALUES (1, 'x; -- ''y'' :(');\n",
        "a$1",
        "SELECT (",
        "\\ ",
        "/* x */ ",
        "CREATE TRIGGER t BEGIN SELECT CASE 1 WHEN 2 THEN 3 END; END;\n",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END;\n",
        "COPY t FROM STDIN;\n1\n\\.\n",
    ],
)
def test_time_grows_with_the_text(dialect: str, unit: str) -> None:
    """A text that is eight times as long takes about eight times as long, whatever it repeats."""
    ratios = []
    while not ratios or (min(ratios) >= 40 and len(ratios) < 3):  # other work on the machine makes one of them longer
        short, long = (
            min(_seconds(unit * (size // len(unit)), dialect) for _ in range(3)) for size in (50_000, 400_000)
        )
        ratios.append(long / max(short, 0.001))
    assert min(ratios) < 40


def _seconds(text: str, dialect: str) -> float:
    start = time.perf_counter()
    split(text, dialect)
    return time.perf_counter() - start
