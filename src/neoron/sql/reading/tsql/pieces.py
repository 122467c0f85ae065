"""Where the statements of a batch begin and end: T-SQL needs no semicolon between them.

The words that begin a statement are reserved, so that outside parentheses each of them does begin one, but for the
places that `_continues` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from neoron.sql.reading.tsql.cursor import word_set

STARTS = word_set(
    """ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY
    DISABLE DROP ENABLE EXEC EXECUTE FETCH GOTO GRANT IF INSERT KILL MERGE OPEN PRINT RAISERROR READTEXT RECONFIGURE
    RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SELECT SET SHUTDOWN THROW TRUNCATE UPDATE UPDATETEXT USE WAITFOR WHILE
    WRITETEXT"""
)
"""The words that begin statements; WITH does only behind a `;`, so it is none of them."""
_MARKS = STARTS | word_set("( ) ; CASE END ELSE TO FROM VALUES")
_ROUTINES = word_set("PROC PROCEDURE FUNCTION TRIGGER")
_DML = word_set("SELECT INSERT UPDATE DELETE MERGE")
_FOLLOWS: dict[str, frozenset[str]] = {
    "WITH": _DML, "INSERT": word_set("SELECT EXEC EXECUTE"), "UPDATE": word_set("SET"), "VIEW": word_set("SELECT"),
    "DATABASE": word_set("SET"),
}  # fmt: skip
"""Verb -> what may follow it once as a part of the same statement."""
_BEFORE: dict[str, frozenset[str]] = {
    "SELECT": word_set("UNION ALL EXCEPT INTERSECT FOR RETURN"),
    "UPDATE": word_set("THEN FOR AFTER BEFORE OF ,"), "DELETE": word_set("THEN AFTER BEFORE OF ,"),
    "INSERT": word_set("THEN AFTER BEFORE OF BULK FOR ,"), "SET": word_set("UPDATE DELETE"), "ALTER": word_set("OR"),
    "GRANT": word_set("WITH"), "ROLLBACK": word_set("WITH"), "FETCH": word_set("ROW ROWS"),
}  # fmt: skip
"""Word -> what in front of it makes it a part of the statement."""
_AFTER: dict[str, frozenset[str]] = {
    "MERGE": word_set("JOIN RANGE UNION"), "EXECUTE": word_set("AS"), "EXEC": word_set("AS"),
    "ALTER": word_set("COLUMN"),
    "DROP": word_set("PERSISTED ROWGUIDCOL NOT SPARSE HIDDEN MASKED COLUMN CONSTRAINT PERIOD MEMBER"),
}  # fmt: skip
"""Word -> what behind it makes it a part of the statement."""
_TABLE_ACTIONS = word_set("ADD ALTER DROP SET CHECK NOCHECK WITH ENABLE DISABLE SWITCH REBUILD")
_OBJECTS = word_set(
    """TABLE VIEW PROC PROCEDURE FUNCTION TRIGGER INDEX SEQUENCE SCHEMA DATABASE TYPE SYNONYM STATISTICS USER LOGIN
    ROLE ASSEMBLY RULE DEFAULT"""
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement of a batch, from one token to another; head is where its IF or WHILE begins, if it has one.

    Shape: is_conditional says that an IF or a CATCH block stands around it; is_header that it is such an IF or WHILE
    in front of a block; repeats says that it stands in a loop.
    """

    start: int
    end: int
    head: int
    is_conditional: bool = False
    is_header: bool = False


@dataclass(slots=True)
class _Blocks:
    """The blocks around a place: for each, whether what it holds may not run."""

    open: list[bool] = field(default_factory=list)

    @property
    def is_conditional(self) -> bool:
        return any(self.open)


def pieces(words: Sequence[str]) -> Iterator[Piece]:
    """The statements of a batch in their order; blocks, TRY and CATCH only show in `is_conditional`."""
    blocks, at, stop = _Blocks(), 0, len(words)
    head: int | None = None
    while at < stop:
        word = words[at]
        after = words[at + 1] if at + 1 < stop else ""
        if word in ("IF", "WHILE"):
            head = at if head is None else head
            at = statement_end(words, at, stop)
            if at < stop and words[at] == "BEGIN" and not _opens_transaction(words, at):
                yield Piece(head, at, head, blocks.is_conditional, is_header=True)
        elif word == "BEGIN" and not _opens_transaction(words, at):
            blocks.open.append(head is not None or after == "CATCH")
            head = None
            at += 2 if after in ("TRY", "CATCH", "ATOMIC") else 1
        elif word == "END" and after != "CONVERSATION":
            if blocks.open:
                blocks.open.pop()
            at += 2 if after in ("TRY", "CATCH") else 1
        elif word in (";", "ELSE"):
            head = at if word == "ELSE" else None
            at += 1
        elif after == ":" and word not in STARTS:
            at += 2
        else:
            end = stop if _is_routine(words, at) else statement_end(words, at, stop)
            yield Piece(at, end, at if head is None else head, blocks.is_conditional or head is not None)
            at, head = end, None


def _opens_transaction(words: Sequence[str], at: int) -> bool:
    after = words[at + 1] if at + 1 < len(words) else ""
    return after in ("TRAN", "TRANSACTION", "DISTRIBUTED", "DIALOG", "CONVERSATION")


def _is_routine(words: Sequence[str], at: int) -> bool:
    """CREATE or ALTER of a procedure, function or trigger: what follows it in the batch is its body."""
    if words[at] not in ("CREATE", "ALTER"):
        return False
    kind = at + 3 if list(words[at + 1 : at + 3]) == ["OR", "ALTER"] else at + 1
    return kind < len(words) and words[kind] in _ROUTINES


def statement_end(words: Sequence[str], start: int, stop: int) -> int:
    """The index behind the last token of the statement that begins at an index.

    Shape: for IF and WHILE it is the end of their condition.
    """
    state = _State(words, start)
    depth = case = 0
    is_granting = words[start] in ("GRANT", "DENY", "REVOKE")
    at = start + 1
    while at < stop:
        word = words[at]
        if word not in _MARKS:
            pass
        elif word == "(":
            depth += 1
        elif word == ")":
            depth = max(depth - 1, 0)
        elif depth:
            pass
        elif word == ";":
            return at
        elif word == "CASE":
            case += 1
        elif word in ("END", "ELSE"):
            if not case:
                return at
            case -= word == "END"
        elif is_granting:
            is_granting = word not in ("TO", "FROM")
        elif word == "VALUES":
            state.follows = frozenset()
        elif word in STARTS and not case and not state.continues(at):
            return at
        at += 1
    return stop


class _State:
    """What the statement so far lets follow."""

    def __init__(self, words: Sequence[str], start: int) -> None:
        self.words = words
        self.start = start
        self.verb = words[start]
        self.second = words[start + 1] if start + 1 < len(words) else ""
        known = "VIEW" if "VIEW" in words[start + 1 : start + 4] and self.verb in ("CREATE", "ALTER") else self.verb
        known = "DATABASE" if (self.verb, self.second) == ("ALTER", "DATABASE") else known
        self.follows = frozenset() if self.second == "STATISTICS" else _FOLLOWS.get(known, frozenset())

    def continues(self, at: int) -> bool:
        """Whether the word at an index, which may begin a statement, is a part of this one."""
        words, word = self.words, self.words[at]
        before, after = words[at - 1], words[at + 1] if at + 1 < len(words) else ""
        if before == "." or self._is_followed_by(word):
            return True
        if before in _BEFORE.get(word, ()) and not (before == "," and self.verb not in ("CREATE", "ALTER")):
            return True
        if word == "SELECT" and before == "AS":
            return self.verb in ("CREATE", "ALTER")
        if after in _AFTER.get(word, ()):
            return word not in ("EXEC", "EXECUTE") or before in ("WITH", ",")
        return self._is_special(word, after, words[at + 2] if at + 2 < len(words) else "", at)

    def _is_followed_by(self, word: str) -> bool:
        if word not in self.follows:
            return False
        self.follows = _FOLLOWS.get(word, frozenset()) if self.verb == "WITH" else frozenset()
        self.verb = word if self.verb == "WITH" else self.verb
        return True

    def _is_special(self, word: str, after: str, next_after: str, at: int) -> bool:
        if word == "IF":
            return after == "EXISTS" and next_after != "("
        if word in ("UPDATE", "DELETE") and self.words[at - 1] == "ON":
            return after in ("CASCADE", "NO", "SET")
        if word == "UPDATE":
            return after == "(" and self.verb in ("IF", "WHILE")
        if word == "DROP" and self.verb == "ALTER":
            if self.second == "TABLE":
                return not _TABLE_ACTIONS.intersection(self.words[self.start + 2 : min(at, self.start + 14)])
            return after not in _OBJECTS
        if word == "SET":
            return self.verb == "ALTER" and after == "("
        if word in ("ENABLE", "DISABLE"):
            return after != "TRIGGER" or self.verb == "ALTER"
        if word == "THROW":
            return after not in ("", ";", "END")
        if word == "BULK":
            return after != "INSERT"
        return False


__all__ = ["STARTS", "Piece", "pieces", "statement_end"]
