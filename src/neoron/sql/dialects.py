"""How each dialect writes SQL, as tables of patterns: a new dialect is one new entry in `_DIALECTS`.

Every repetition is possessive and every alternative starts with its own character, so that matching never
backtracks and takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

# Letters, `_` and everything beyond ASCII, said by what they are not: a range up to the last code point takes
# a millisecond to compile each time it is used.
_START = r"[^\x00-@\[-\^`{-\x7f]"
_PART = r"[^\x00-#%-/:-@\[-\^`{-\x7f]"
_TAG_PART = r"[^\x00-/:-@\[-\^`{-\x7f]"
_STRING = "'(?:[^']++|'')*+'"
_DOUBLE = '"(?:[^"]++|"")*+"'
_FLAT_COMMENT = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/"
_FLAT_COMMENT_WITHOUT_COMMENT = r"/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/"
_NUMBER = r"0[xXoObB][0-9A-Fa-f_]++|(?:[0-9][0-9_]*+(?:\.(?!\.)[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+\-]?[0-9]++)?"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between two ways of writing SQL.

    Shape: token matches one token, named after its `Kind`, and solid the next one that is not a comment or a dollar
    quote; blank eats white space, comments and empty statements; run eats any number of complete tokens and stops at
    a `;`, at the end, or where an opening needs a closer look;
    compound matches the first words of a statement whose body may hold `;`, and body_end what follows the last `;`
    of such a body (None: the body ends with the END of its BEGIN ATOMIC, and parentheses protect a `;` as well);
    command matches a line for the client, not the server; folds_case says that unquoted names become lower case;
    has_string_names that 'x' may stand for a name; has_routines that a SELECT may run code of the database's own;
    blob and numbers_beyond are how to write bytes and the floats that are not numbers; quote surrounds names;
    has_backslashes says that a backslash in a string begins an escape, has_delimiters that a line `DELIMITER //`
    changes what ends a statement, and has_batches that only a line `GO` does; text_prefix stands before a string
    so that it may hold any character.
    """

    token: re.Pattern[str]
    solid: re.Pattern[str]
    blank: re.Pattern[str]
    run: re.Pattern[str]
    run_to_parenthesis: re.Pattern[str]
    run_to_comment: re.Pattern[str]
    word: re.Pattern[str]
    compound: re.Pattern[str]
    body_end: re.Pattern[str] | None
    command: re.Pattern[str]
    dollar: re.Pattern[str] | None
    space: str
    default_schema: str
    folds_case: bool
    has_string_names: bool
    has_routines: bool
    max_name_bytes: int | None
    refused_functions: frozenset[str]
    literals: Mapping[object, str]
    blob: str
    numbers_beyond: Mapping[str, str]
    quote: str = '"'
    has_backslashes: bool = False
    has_delimiters: bool = False
    has_batches: bool = False
    text_prefix: str = ""


def _token(parts: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in parts.items()), re.DOTALL)


def _solid(parts: Mapping[str, str]) -> re.Pattern[str]:
    """One token, or the end, after what is between tokens, for `findall`; a dollar quote's tag needs a second group."""
    rests = {"unfinished": f"(?:{parts['unfinished']}).*+"}
    solid = (rests.get(kind, pattern) for kind, pattern in parts.items() if kind not in ("space", "comment", "dollar"))
    return re.compile(f"(?:{parts['space']}|{parts['comment']})*+({'|'.join(solid)}|\\Z)", re.DOTALL)


def _run(plain: str, *others: str) -> re.Pattern[str]:
    return re.compile(f"(?:[{plain}]++|{'|'.join(others)})*+", re.DOTALL)


_PG_SPACE = r" \t\r\n\f\v"
_PG_LINE_COMMENT = r"--[^\r\n]*+"
# After a line break a second part continues the same string, under the rules of the first.
_PG_NEXT_PART = rf"[ \t\f\v]*+(?:{_PG_LINE_COMMENT})?+[\r\n](?:[{_PG_SPACE}]++|{_PG_LINE_COMMENT}[\r\n])*+'"
_PG_ESCAPED = r"(?:[^'\\]++|\\.|'')*+'"
_PG_ESCAPE_STRING = f"[eE]'{_PG_ESCAPED}(?:{_PG_NEXT_PART}{_PG_ESCAPED})*+"
_PG_STRING = f"(?:[bBxXnN]|[uU]&)?+{_STRING}"
_PG_QUOTED = f"(?:[uU]&)?+{_DOUBLE}"
_PG_WORD = rf"(?![eEbBxXnN]'|[uU]&['\"]){_START}{_PART}*+"
_PG_TAG = rf"(?:{_START}{_TAG_PART}*+)?"
_PG_DOLLAR = rf"\$(?P<tag>{_PG_TAG})\$(?:[^$]++|\$(?!(?P=tag)\$))*+\$(?P=tag)\$"
_PG_PLAIN = r"[*<>=+]|-(?!-)|/(?!\*)"
# The manual's rule: a name of several characters ends with + or - only if it holds one of ~ ! @ # % ^ & | ` ?
_PG_OPERATOR = (
    rf"(?:{_PG_PLAIN}){{0,62}}+[~!@#%^&|`?](?:{_PG_PLAIN}|[~!@#%^&|`?])*+"
    rf"|(?:{_PG_PLAIN}){{0,62}}(?:[*<>=]|/(?!\*))|[+]|-(?!-)|::|:=|\.\."
)

# Between two tokens that need care everything else is eaten in one go, so what stands before a quote or a $ is told
# by looking back: e'…' knows backslashes, name'…' does not, and in name$$ the $ belongs to the name.
_PG_RUN = (
    f"(?<![eE]){_STRING}",
    f"(?<=[eE])(?<!{_PART}[eE]){_PG_ESCAPE_STRING[4:]}",
    f"(?<={_PART}[eE]){_STRING}",
    _DOUBLE,
    r"-(?!-)",
    r"/(?!\*)",
    rf"\$(?!{_START}|\$)",
    rf"(?<={_START})\$",
)
_PG_COMMENTS = (_PG_LINE_COMMENT, _FLAT_COMMENT_WITHOUT_COMMENT)
_PG_TOKENS = {
    "space": f"[{_PG_SPACE}]++",
    "word": _PG_WORD,
    "comment": f"{_PG_LINE_COMMENT}|{_FLAT_COMMENT_WITHOUT_COMMENT}",
    "string": f"{_PG_ESCAPE_STRING}|{_PG_STRING}",
    "identifier": _PG_QUOTED,
    "number": _NUMBER,
    "parameter": r"\$[0-9]++",
    "dollar": _PG_DOLLAR,
    "unfinished": rf"/\*|['\"]|[eEbBxXnN]'|[uU]&['\"]|\${_PG_TAG}\$",
    "punctuation": f"{_PG_OPERATOR}|.",
}


def _postgresql() -> Dialect:
    return Dialect(
        token=_token(_PG_TOKENS),
        solid=_solid(_PG_TOKENS),
        blank=re.compile(f"(?:[{_PG_SPACE};]++|{_PG_LINE_COMMENT}|{_FLAT_COMMENT_WITHOUT_COMMENT})*+"),
        run=_run(r"^;'\"\\$\-/", *_PG_RUN, *_PG_COMMENTS),
        run_to_parenthesis=_run(r"^'\"\\$\-/()", *_PG_RUN, *_PG_COMMENTS),
        run_to_comment=_run(r"^'\"\\$\-/", *_PG_RUN),
        compound=re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) "),
        body_end=None,
        command=re.compile(r"\\[^\n]*+"),
        word=re.compile(f"{_START}{_PART}*+"),
        dollar=re.compile(rf"\${_PG_TAG}\$"),
        space=" \t\r\n\f\v",
        default_schema="public",
        folds_case=True,
        has_string_names=False,
        has_routines=True,
        max_name_bytes=63,
        refused_functions=frozenset(),
        literals={None: "NULL", True: "true", False: "false"},
        blob="'\\x{}'::bytea",
        numbers_beyond={"inf": "'Infinity'::float8", "-inf": "'-Infinity'::float8", "nan": "'NaN'::float8"},
    )  # fmt: skip


_LITE_SPACE = r" \t\r\n\f"
_LITE_COMMENT = rf"--[^\n]*+|{_FLAT_COMMENT}"
_LITE_BLANK = f"(?:[{_LITE_SPACE}]++|{_LITE_COMMENT})*+"
_LITE_WORD = f"(?![xX]'){_START}{_PART}*+"
_LITE_STRING = f"[xX]?+{_STRING}"
_LITE_QUOTED = rf"{_DOUBLE}|`(?:[^`]++|``)*+`|\[[^\]]*+\]"

_LITE_RUN = (_STRING, _LITE_QUOTED, r"-(?!-)", r"/(?!\*)")
_LITE_TOKENS = {
    "space": f"[{_LITE_SPACE}]++",
    "word": _LITE_WORD,
    "comment": _LITE_COMMENT,
    "string": _LITE_STRING,
    "identifier": _LITE_QUOTED,
    "number": _NUMBER,
    "parameter": rf"\?[0-9]*+|[:@$#]{_PART}++",
    "unfinished": r"/\*|['\"`\[]|[xX]'",
    "punctuation": r"\|\||->>?|<[=><]|>[=>]|[=!]=|.",
}


def _sqlite() -> Dialect:
    return Dialect(
        token=_token(_LITE_TOKENS),
        solid=_solid(_LITE_TOKENS),
        blank=re.compile(f"(?:[{_LITE_SPACE};]++|{_LITE_COMMENT})*+"),
        run=_run(r"^;'\"`\[\-/", *_LITE_RUN, _LITE_COMMENT),
        run_to_parenthesis=_run(r"^'\"`\[\-/()", *_LITE_RUN, _LITE_COMMENT),
        run_to_comment=_run(r"^'\"`\[\-/", *_LITE_RUN),
        compound=re.compile("(?:EXPLAIN (?:QUERY PLAN )?)?CREATE (?:TEMP |TEMPORARY )?TRIGGER "),
        body_end=re.compile(
            rf"(?:[{_LITE_SPACE};]++|{_LITE_COMMENT})*+END(?!{_PART}){_LITE_BLANK}(?:;|\Z)", re.IGNORECASE
        ),
        command=re.compile(r"\.[A-Za-z][^\n]*+"),
        word=re.compile(f"{_START}{_PART}*+"),
        dollar=None,
        space=" \t\r\n\f",
        default_schema="main",
        folds_case=False,
        has_string_names=True,
        has_routines=False,
        max_name_bytes=None,
        refused_functions=frozenset({"load_extension"}),
        literals={None: "NULL", True: "1", False: "0"},
        blob="X'{}'",
        numbers_beyond={"inf": "9e999", "-inf": "-9e999", "nan": "NULL"},
    )  # fmt: skip


_MY_SPACE = r" \t\r\n\f\v"
# Two dashes begin a comment only before white space, a control character or the end: 5--3 is 8.
_MY_LINE_COMMENT = r"--(?=[\x00-\x20\x7f]|\Z)[^\n]*+|#[^\n]*+"
# What stands in /*! … */ and /*M! … */ is run by the server, so it is no comment.
_MY_COMMENT = rf"{_MY_LINE_COMMENT}|(?!/\*M?!){_FLAT_COMMENT}"
_MY_VERSIONED = rf"(?=/\*M?!){_FLAT_COMMENT}"
_MY_STRING = r"'(?:[^'\\]++|''|\\.)*+'|\"(?:[^\"\\]++|\"\"|\\.)*+\""
_MY_QUOTED = "`(?:[^`]++|``)*+`"
_MY_RUN = (_MY_STRING, _MY_QUOTED, r"-(?!-[\x00-\x20\x7f]|-\Z)", r"/(?!\*)", _MY_VERSIONED)
_MY_TOKENS = {
    "space": f"[{_MY_SPACE}]++",
    "word": rf"(?![xXbBnN]'){_START}{_PART}*+|[0-9]++{_START}{_PART}*+(?<![0-9][eExXbB])(?<!\.)",
    "comment": _MY_COMMENT,
    "string": rf"[xXbBnN]?+(?:{_MY_STRING})",
    "identifier": _MY_QUOTED,
    "number": _NUMBER,
    "parameter": rf"{_MY_VERSIONED}|\?|@@?(?:{_PART}|\.)*+",
    "unfinished": r"/\*|['\"`]",
    "punctuation": r"\|\||&&|<=>|<[=><]|>[=>]|!=|:=|.",
}


def _mysql() -> Dialect:
    return Dialect(
        token=_token(_MY_TOKENS),
        solid=_solid(_MY_TOKENS),
        blank=re.compile(f"(?:[{_MY_SPACE};]++|{_MY_COMMENT})*+"),
        run=_run(r"^;'\"`\-/#", *_MY_RUN, _MY_COMMENT),
        run_to_parenthesis=_run(r"^'\"`\-/#()", *_MY_RUN, _MY_COMMENT),
        run_to_comment=_run(r"^'\"`\-/#", *_MY_RUN),
        compound=re.compile(
            r"(?:CREATE (?:OR REPLACE )?(?:DEFINER = \S+ (?:@ ?\S+ )?)?"
            r"(?:AGGREGATE )?(?:FUNCTION|PROCEDURE|TRIGGER|EVENT) |BEGIN NOT ATOMIC )"
        ),
        body_end=None,
        command=re.compile(r"(?!)"),
        word=re.compile(f"{_START}{_PART}*+"),
        dollar=None,
        space=" \t\r\n\f\v",
        default_schema="",
        folds_case=False,
        has_string_names=False,
        has_routines=True,
        max_name_bytes=256,
        refused_functions=frozenset(),
        literals={None: "NULL", True: "TRUE", False: "FALSE"},
        blob="X'{}'",
        numbers_beyond={"inf": "NULL", "-inf": "NULL", "nan": "NULL"},
        quote="`",
        has_backslashes=True,
        has_delimiters=True,
    )  # fmt: skip


_MS_SPACE = r" \t\r\n\f\v"
_MS_LINE_COMMENT = r"--[^\r\n]*+"
_MS_STRING = f"[nN]?+{_STRING}"
_MS_BRACKETS = r"\[(?:[^\]]++|\]\])*+\]"
_MS_PART = r"[^\x00-\x22%-/:-?\[-\^`{-\x7f]"
# `$(name)` is a variable of sqlcmd; it stands for a word.
_MS_WORD = rf"(?![nN]'){_START}{_MS_PART}*+|\#\#?+{_MS_PART}*+|\$\([A-Za-z_][\w\-]*+\)"
_MS_RUN = (_STRING, _DOUBLE, _MS_BRACKETS, r"-(?!-)", r"/(?!\*)")
_MS_COMMENTS = (_MS_LINE_COMMENT, _FLAT_COMMENT_WITHOUT_COMMENT)
_MS_TOKENS = {
    "space": f"[{_MS_SPACE}]++",
    "word": _MS_WORD,
    "comment": f"{_MS_LINE_COMMENT}|{_FLAT_COMMENT_WITHOUT_COMMENT}",
    "string": _MS_STRING,
    "identifier": f"{_MS_BRACKETS}|{_DOUBLE}",
    "number": r"0[xX][0-9A-Fa-f]*+|(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+\-]?[0-9]++)?",
    "parameter": rf"@@?+{_MS_PART}*+|\${_START}{_MS_PART}*+",
    "unfinished": r"/\*|['\"\[]|[nN]'",
    "punctuation": r"::|<>|<=|>=|![=<>]|[+\-*/%&|^]=|.",
}


def _mssql() -> Dialect:
    return Dialect(
        token=_token(_MS_TOKENS),
        solid=_solid(_MS_TOKENS),
        blank=re.compile(f"(?:[{_MS_SPACE};]++|{_MS_LINE_COMMENT}|{_FLAT_COMMENT_WITHOUT_COMMENT})*+"),
        run=_run(r"^;'\"\[\-/", *_MS_RUN, *_MS_COMMENTS),
        run_to_parenthesis=_run(r"^'\"\[\-/()", *_MS_RUN, *_MS_COMMENTS),
        run_to_comment=_run(r"^'\"\[\-/", *_MS_RUN),
        compound=re.compile(r"(?!)"),
        body_end=None,
        command=re.compile(
            r"[ \t]*+(?:!!|:(?:r|setvar|connect|on|error|out|perftrace|exit|quit|reset|ed|help|list|listvar|serverlist"
            r"|xml)\b)[^\n]*+",
            re.IGNORECASE,
        ),
        word=re.compile(_MS_WORD),
        dollar=None,
        space=" \t\r\n\f\v",
        default_schema="dbo",
        folds_case=False,
        has_string_names=False,
        has_routines=False,
        max_name_bytes=None,
        refused_functions=frozenset(),
        literals={None: "NULL", True: "1", False: "0"},
        blob="0x{}",
        numbers_beyond={"inf": "NULL", "-inf": "NULL", "nan": "NULL"},
        quote="[",
        has_batches=True,
        text_prefix="N",
    )  # fmt: skip


_DIALECTS = {
    "sqlite": _sqlite, "postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql, "mssql": _mssql,
}  # fmt: skip


@cache
def dialect_named(name: str) -> Dialect:
    """The tables of a dialect; `Engine.dialect` names one. Each is compiled when it is asked for: a run needs but one.

    Raises: ValueError for a name that no dialect has.
    """
    make = _DIALECTS.get(name)
    if make is None:
        raise ValueError(f"no SQL dialect is called {name!r}; there are {', '.join(sorted(_DIALECTS))}")
    return make()
