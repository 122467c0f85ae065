"""Where a COPY reads from or writes to."""

from __future__ import annotations

from neoron.sql.lexer import Kind, tokens

_ENDS = {"STDIN": {"FROM": "FROM STDIN", "TO": "TO STDOUT"}, "PROGRAM": {"FROM": "FROM PROGRAM", "TO": "TO PROGRAM"}}
_ENDS |= {"STDOUT": _ENDS["STDIN"], "PSTDIN": _ENDS["STDIN"], "PSTDOUT": _ENDS["STDIN"]}


def copy_stream(statement: str, dialect: str) -> str:
    """The other end of a COPY: `FROM STDIN`, `TO STDOUT`, `FROM PROGRAM`, `TO PROGRAM`, `FROM FILE` or `TO FILE`.

    Shape: empty for any other statement.
    """
    depth, direction, is_first = 0, "", True
    for token in tokens(statement, dialect):
        word = token.text.upper() if token.kind is Kind.WORD else ""
        if token.kind is Kind.COMMENT:
            continue
        if is_first and word != "COPY":
            return ""
        is_first = False
        if direction:
            return _ENDS.get(word, {}).get(direction, f"{direction} FILE")
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        direction = word if not depth and word in ("FROM", "TO") else ""
    return ""
