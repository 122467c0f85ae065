"""What a WHERE or ON bounds, as far as its words tell."""

from __future__ import annotations

from dataclasses import dataclass

from neoron.sql.actions import Where
from neoron.sql.lexer import Kind
from neoron.sql.reading.tsql.cursor import Cursor, word_set

_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "!<", "!>"})
_MAX_DEPTH = 40
_NOT_NAMES = word_set(
    """AND OR NOT IS NULL IN LIKE BETWEEN EXISTS SELECT FROM WHERE CASE WHEN THEN ELSE END ON AS ANY ALL SOME
    COLLATE ESCAPE ORDER BY GROUP TOP DISTINCT JOIN INNER LEFT RIGHT OUTER CROSS FULL APPLY UNION HAVING
    DESC ASC"""
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a condition says.

    Shape: where is never MISSING here; columns are those held to few values, each with its qualifier; ties are pairs
    of qualifiers that an equation ties together, with the columns; not_null_test is the column of a condition that is
    nothing but `column IS NOT NULL`, positive_test one of nothing but `column > 0` or the like.
    """

    where: Where
    columns: tuple[tuple[str, str], ...] = ()
    ties: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = ()
    not_null_test: str = ""
    has_top: bool = False
    positive_test: str = ""


def bounds(condition: Cursor, table: str = "", depth: int = 0) -> Bounds:
    """Read a condition; table is the name of the one that is changed."""
    condition = _bare(condition)
    if depth > _MAX_DEPTH:
        return Bounds(Where.BOUNDED)
    either = _cut(condition, "OR")
    if len(either) > 1:
        return _any_of([bounds(part, table, depth + 1) for part in either])
    parts = _cut(condition, "AND")
    if len(parts) > 1:
        return _all_of([bounds(part, table, depth + 1) for part in parts])
    return _single(condition, table, depth)


def _bare(condition: Cursor) -> Cursor:
    """Without the parentheses around all of it."""
    for _ in range(_MAX_DEPTH):
        if condition.words[:1] != ["("] or condition.closing(0) != len(condition.words) - 1:
            break
        condition = condition.piece(1, len(condition.words) - 1)
    return condition


def _cut(condition: Cursor, word: str) -> list[Cursor]:
    """The parts between OR or AND; the AND of a BETWEEN and those inside a CASE cut nothing."""
    if word not in condition.words:
        return [condition]
    found, start, skips, case = [], 0, 0, 0
    for at in condition.outside(0):
        here = condition.words[at]
        case += (here == "CASE") - (here == "END")
        if here == "BETWEEN":
            skips += 1
        elif here == "AND" and skips:
            skips -= 1
        elif here == word and case <= 0:
            found.append(condition.piece(start, at))
            start = at + 1
    return [*found, condition.piece(start, len(condition.words))]


def _any_of(parts: list[Bounds]) -> Bounds:
    if any(part.where is Where.ALWAYS_TRUE for part in parts):
        return Bounds(Where.ALWAYS_TRUE)
    common = set(parts[0].columns).intersection(*(part.columns for part in parts[1:]))
    ties = set(parts[0].ties).intersection(*(part.ties for part in parts[1:]))
    return Bounds(Where.BOUNDED, tuple(sorted(common)), tuple(ties), has_top=all(part.has_top for part in parts))


def _all_of(parts: list[Bounds]) -> Bounds:
    where = Where.ALWAYS_TRUE if all(part.where is Where.ALWAYS_TRUE for part in parts) else Where.BOUNDED
    half = [column for part in parts for column in part.columns]
    lower = {c[4:] for _q, c in half if c.startswith("low:")} & {c[4:] for _q, c in half if c.startswith("top:")}
    columns = [(q, c) for q, c in half if ":" not in c]
    columns += [(q, c[4:]) for q, c in half if c[:4] == "low:" and c[4:] in lower]
    halves = [(q, c) for q, c in half if ":" in c and c[4:] not in lower]
    tests = [part.not_null_test for part in parts if part.where is not Where.ALWAYS_TRUE]
    return Bounds(where, (*columns, *halves), tuple(tie for part in parts for tie in part.ties),
                  tests[0] if len(tests) == 1 else "", any(part.has_top for part in parts))  # fmt: skip


def _single(part: Cursor, table: str, depth: int) -> Bounds:
    words = part.words
    if not words:
        return Bounds(Where.BOUNDED)
    if words[0] == "NOT" and words[1:2] != ["EXISTS"]:
        inner = _bare(part.piece(1, len(words)))
        return Bounds(Where.ALWAYS_TRUE if _constant(inner) is False else Where.BOUNDED)
    if words[:2] == ["CURRENT", "OF"]:
        return Bounds(Where.BOUNDED, has_top=True)
    if words[0] in ("EXISTS", "NOT"):
        return _exists(part, is_wanted=words[0] == "EXISTS")
    truth = _constant(part)
    if truth is not None:
        return Bounds(Where.ALWAYS_TRUE if truth else Where.BOUNDED, has_top=not truth)
    left = part.piece(0, len(words))
    name = qualified(left)
    if name is None:
        return _reversed(part)
    return _about(name, left.remaining(), table, depth)


def _exists(part: Cursor, *, is_wanted: bool) -> Bounds:
    """EXISTS: what ties its query to the outer one; without FROM it is always true."""
    words = part.words
    if is_wanted and "FROM" not in words:
        return Bounds(Where.ALWAYS_TRUE)
    return Bounds(Where.BOUNDED, ties=_ties_inside(part))


def _ties_inside(part: Cursor) -> tuple[tuple[tuple[str, str], tuple[str, str]], ...]:
    names = {name for name in _names(part) if name[0]}
    found = sorted(names)
    return tuple((a, b) for a in found[:8] for b in found[:8] if a[0] < b[0])


def _names(part: Cursor) -> list[tuple[str, str]]:
    found, reader = [], part.piece(0, len(part.words))
    while not reader.is_done:
        name = qualified(reader)
        if name:
            found.append(name)
        else:
            reader.at += 1
    return found


def qualified(reader: Cursor) -> tuple[str, str] | None:
    """Read a column with its qualifier; nothing is read when none comes next."""
    if reader.kind() not in (Kind.WORD, Kind.IDENTIFIER) or reader.word() in _NOT_NAMES:
        return None
    start = reader.at
    parts = reader.name_parts()
    if reader.word() == "(" or not parts:
        reader.at = start
        return None
    return (parts[-2] if len(parts) > 1 else "", parts[-1])


def _about(name: tuple[str, str], rest: Cursor, table: str, depth: int) -> Bounds:
    """`name …`: a comparison, IN, BETWEEN, LIKE, IS."""
    word = rest.word()
    if word == "BETWEEN":
        return Bounds(Where.BOUNDED, (name,))
    if word == "IN":
        return _among(name, rest, table, depth)
    if rest.words == ["IS", "NOT", "NULL"]:
        return Bounds(Where.BOUNDED, not_null_test=name[1])
    if word == "LIKE":
        is_all = rest.raw(1).lstrip("nN") == "'%'" and len(rest.words) == 2
        return Bounds(Where.ALWAYS_TRUE if is_all else Where.BOUNDED, not_null_test=name[1] if is_all else "")
    if word not in _COMPARISONS:
        return Bounds(Where.BOUNDED)
    right = rest.piece(1, len(rest.words))
    other = qualified(right)
    right.at = 0 if other is None else right.at
    if other is not None and right.is_done:
        if other[1] == name[1] and (other[0] == name[0] or not other[0] or not name[0]) and word in ("=", "<=", ">="):
            return Bounds(Where.ALWAYS_TRUE if other == name else Where.BOUNDED, not_null_test=name[1],
                          ties=((name, other),) if other != name else ())  # fmt: skip
        return Bounds(Where.BOUNDED, ties=((name, other),) if word == "=" else ())
    if word == "=":
        has_top = "TOP" in right.words
        return Bounds(Where.BOUNDED, (name,) if not _names(right) or "SELECT" in right.words else (), has_top=has_top,
                      ties=tuple((name, n) for n in _names(right) if n[0] and n[0] != name[0])[:4])  # fmt: skip
    if word in ("<", "<=", "!>"):
        return Bounds(Where.BOUNDED, ((name[0], f"top:{name[1]}"),))
    low = _literal(right.remaining())
    is_positive = isinstance(low, float) and (low <= 0 or (low == 1 and word == ">=")) and word in (">", ">=")
    return Bounds(Where.BOUNDED, ((name[0], f"low:{name[1]}"),) if word in (">", ">=", "!<") else (),
                  positive_test=name[1] if is_positive else "")  # fmt: skip


def _among(name: tuple[str, str], rest: Cursor, table: str, depth: int) -> Bounds:
    rest.at += 1
    inner = rest.inner()
    if inner.word() not in ("SELECT", "WITH"):
        return Bounds(Where.BOUNDED, (name,))
    has_top = any(word == "TOP" for word in inner.words[:3]) or "FETCH" in inner.words
    is_same = _selects_all_of(inner, table)
    where = Where.ALWAYS_TRUE if is_same and not has_top else Where.BOUNDED
    small = (name,) if has_top or any(token.text[:1] in "#@" for token in inner.source) else ()
    return Bounds(where, small, ties=_ties_inside(inner), has_top=has_top)


def _selects_all_of(inner: Cursor, table: str) -> bool:
    """SELECT x FROM the same table, and nothing else."""
    reader = inner.piece(0, len(inner.words))
    if not table or not reader.seek("FROM"):
        return False
    reader.at += 1
    parts = reader.name_parts()
    reader.skip("AS")
    reader.one_name()
    return bool(parts) and parts[-1] == table and reader.is_done


def _reversed(part: Cursor) -> Bounds:
    """`5 = Id`, `@from <= Id`, or an expression."""
    for at in part.outside(0):
        if part.words[at] in _COMPARISONS:
            right = part.piece(at + 1, len(part.words))
            name = qualified(right)
            left = part.piece(0, at)
            if name is None or not right.is_done or _names(left):
                names = _names(part)
                ties = tuple((a, b) for a in names[:4] for b in names[:4] if a[0] < b[0])
                return Bounds(Where.BOUNDED, ties=ties if part.words[at] == "=" else ())
            turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(part.words[at], part.words[at])
            mark = {"=": "", "<": "top:", "<=": "top:", ">": "low:", ">=": "low:"}.get(turned)
            return Bounds(Where.BOUNDED, () if mark is None else ((name[0], f"{mark}{name[1]}"),))
    return Bounds(Where.BOUNDED)


def _constant(part: Cursor) -> bool | None:
    """Whether a comparison of literals is true; None for anything else."""
    part = _bare(part)
    for at in part.outside(0):
        word = part.words[at]
        if word in ("=", "<=", ">=") and _same(part.piece(0, at), part.piece(at + 1, len(part.words))):
            return True
        if word in ("IN", "BETWEEN") and at == 1 and part.kind() is not Kind.PARAMETER:
            return _among_literals(part, word)
        if word in _COMPARISONS:
            left, right = _literal(part.piece(0, at)), _literal(part.piece(at + 1, len(part.words)))
            return None if left is None or right is None else _compare(left, word, right)
        if word == "IS" and at == 1 and part.words[0] == "NULL":
            return part.words[at + 1 :] == ["NULL"]
        if word == "IS" and at == 1 and _literal(part.piece(0, 1)) is not None:
            return part.words[at + 1 :] == ["NOT", "NULL"]
    return None


def _same(left: Cursor, right: Cursor) -> bool:
    """Whether two expressions of several words are written alike; one that is made anew each time never is the same."""
    texts = [[token.text.lower() for token in side.source] for side in (left, right)]
    return len(texts[0]) > 1 and texts[0] == texts[1] and not {"newid", "rand"} & set(texts[0]) and "." not in texts[0]


def _among_literals(part: Cursor, word: str) -> bool | None:
    """`1 IN (1, 2)`, `5 BETWEEN 1 AND 9`."""
    value = _literal(part.piece(0, 1))
    rest = part.piece(2, len(part.words))
    pieces = rest.inner().cut(",") if word == "IN" else rest.cut("AND")
    found = [_literal(piece) for piece in pieces]
    if value is None or None in found:
        return None
    if word == "IN":
        return value in found
    low, high = found[0], found[-1]
    return bool(low is not None and high is not None and _compare(low, "<=", value) and _compare(value, "<=", high))


def _literal(part: Cursor) -> float | str | None:
    part = _bare(part)
    sign = -1.0 if part.word() == "-" and len(part.words) == 2 else 1.0
    part.at += sign < 0
    if len(part.words) - part.at != 1:
        return None
    raw = part.raw()
    if part.kind() is Kind.STRING:
        return (raw[1:] if raw[0] in "nN" else raw)[1:-1].rstrip().lower()
    try:
        return sign * float(raw) if part.kind() is Kind.NUMBER else None
    except ValueError:
        return None


def _compare(left: float | str, word: str, right: float | str) -> bool | None:
    if type(left) is not type(right):
        return None
    is_less, is_equal = left < right, left == right  # type: ignore[operator]  # of one type, as was seen just now
    answers = {"=": is_equal, "<>": not is_equal, "!=": not is_equal, "<": is_less, ">": not is_less and not is_equal,
               "<=": is_less or is_equal, ">=": not is_less, "!<": not is_less, "!>": is_less or is_equal}  # fmt: skip
    return answers[word]

