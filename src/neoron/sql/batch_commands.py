"""What a T-SQL batch must not contain: it holds many statements, so the words are looked for in the whole of it."""

from __future__ import annotations

import re

from neoron.sql.lexer import Kind, tokens

_SUSPECT = re.compile(r"(?i)\b(?:COMMIT|ROLLBACK|TRAN|TRANSACTION|USE)\b|^\s*(?::|!!)")
_MODULES = frozenset({"PROC", "PROCEDURE", "FUNCTION", "TRIGGER", "VIEW"})


def batch_transaction_control(batch: str, dialect: str) -> str:
    """The keyword with which a batch opens or ends a transaction; empty for what a module it makes would do."""
    words = _words(batch, dialect)
    if _makes_module(words):
        return ""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "BEGIN" and following in ("TRAN", "TRANSACTION", "DISTRIBUTED"):
            return f"BEGIN {following}"
        if word == "COMMIT" or (word == "ROLLBACK" and following != "IMMEDIATE"):
            return word
    return ""


def batch_command(batch: str, dialect: str) -> str:
    """`USE` or `sqlcmd command` for a batch that holds one; empty when the server gets it and stays in its database."""
    words = _words(batch, dialect)
    if batch.lstrip()[:1] == ":" or batch.lstrip()[:2] == "!!":
        return "sqlcmd command"
    for before, word, following in zip(["", *words], words, [*words[1:], ""], strict=False):
        # OPTION (USE HINT (…)) and OPTION (USE PLAN N'…') are hints.
        if word == "USE" and before not in (",", "(") and following not in ("HINT", "PLAN"):
            return "USE"
    return ""


def _words(batch: str, dialect: str) -> list[str]:
    """Words and marks in upper case, what is quoted as `x`; nothing where no word of interest is in the text."""
    if not _SUSPECT.search(batch):
        return []
    found = (token for token in tokens(batch, dialect) if token.kind is not Kind.COMMENT)
    return [t.text.upper() if t.kind in (Kind.WORD, Kind.PUNCTUATION) else "x" for t in found]


def _makes_module(words: list[str]) -> bool:
    at = 3 if words[:3] == ["CREATE", "OR", "ALTER"] else 1
    return words[:1] in (["CREATE"], ["ALTER"]) and words[at : at + 1] != [] and words[at] in _MODULES
