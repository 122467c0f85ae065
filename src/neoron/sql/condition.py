"""Conditions as tokens: whether they are always true, which columns they hold to few values, which tables they tie.

For dialects whose column names do not mind case: names come out in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neoron.sql.actions import Where
from neoron.sql.lexer import Kind, Token
from neoron.sql.quote import unquote_identifier
from neoron.sql.reader import Reader


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_CONSTANT = object()
"""What `literal` says of anything but one constant."""
_OPERATORS = _words("= == <> != < > <= >= <=> IS LIKE GLOB IN BETWEEN ISNULL NOTNULL")
_CHANGING = frozenset({"RANDOM", "RANDOMBLOB", "RAND", "UUID", "NEWID", "CHANGES"})
_NOT_COLUMNS = _words(
    """ALL AND ANY AS ASC BETWEEN BY CASE CAST COLLATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DESC DISTINCT
    ELSE END ESCAPE EXCEPT EXISTS FALSE FROM GLOB GROUP HAVING IN INDEXED INNER INTERSECT INTERVAL IS ISNULL JOIN
    LEFT LIKE LIMIT MATCH NOT NOTNULL NULL OFFSET ON OR ORDER OUTER OVER PARTITION REGEXP SELECT SOME THEN TRUE
    UNION USING VALUES WHEN WHERE WITH"""
)
_MAX_DEPTH = 40
_MAX_ALTERNATIVES = 200


def top_level(reader: Reader) -> Iterator[int]:
    """The places of the words outside parentheses and CASE … END; parentheses themselves are left out."""
    depth = cases = 0
    for at, word in enumerate(reader.words):
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif word == "CASE":
            cases += 1
        elif word == "END" and cases:
            cases -= 1
        elif not depth and not cases:
            yield at


def cut(reader: Reader, separator: str) -> list[Reader]:
    """An expression cut at a word outside parentheses; the AND of a BETWEEN is none."""
    parts, start, pending = [], 0, 0
    for at in top_level(reader):
        word = reader.words[at]
        pending += word == "BETWEEN"
        if word != separator:
            continue
        if word == "AND" and pending:
            pending -= 1
            continue
        parts.append(reader.part(start, at))
        start = at + 1
    return [*parts, reader.part(start, len(reader.words))]


def bare(reader: Reader) -> Reader:
    """An expression without the parentheses around all of it."""
    start, end = 0, len(reader.words)
    closing = _closings(reader)
    while start < end and reader.words[start] == "(" and closing.get(start) == end - 1:
        start, end = start + 1, end - 1
    return reader.part(start, end)


def _closings(reader: Reader) -> dict[int, int]:
    """Place of each `(` -> that of its `)`."""
    found, stack = {}, []
    for at, word in enumerate(reader.words):
        if word == "(":
            stack.append(at)
        elif word == ")" and stack:
            found[stack.pop()] = at
    return found


def conjuncts(reader: Reader, depth: int = 0) -> list[Reader]:
    """The parts of a condition that must all be true."""
    whole = bare(reader)
    if not whole.words:
        return []
    parts = cut(whole, "AND") if "AND" in whole.words and len(cut(whole, "OR")) == 1 else [whole]
    if len(parts) == 1 or depth > _MAX_DEPTH:
        return parts
    return [found for one in parts for found in conjuncts(one, depth + 1)]


def where(condition: Reader | None) -> Where:
    """What a condition bounds: nothing when it is missing or always true."""
    if condition is None or not condition.words:
        return Where.MISSING
    return Where.ALWAYS_TRUE if is_true(condition) else Where.BOUNDED


def literal(reader: Reader) -> object:
    """The value of a constant, None for NULL, `NOT_CONSTANT` for anything else."""
    tokens = reader.source
    sign = 1
    while len(tokens) > 1 and tokens[0].text in ("+", "-"):
        sign, tokens = (-sign if tokens[0].text == "-" else sign), tokens[1:]
    if len(tokens) != 1:
        return NOT_CONSTANT
    return _constant(tokens[0], sign)


def _constant(token: Token, sign: int) -> object:
    if token.kind is Kind.NUMBER:
        return sign * _number(token.text)
    if token.kind is Kind.STRING:
        return unquote_identifier(token.text.lstrip("nNxX"), "sqlite")
    word = token.text.upper() if token.kind is Kind.WORD else ""
    return {"TRUE": 1, "FALSE": 0, "NULL": None}.get(word, NOT_CONSTANT)


def _number(text: str) -> int | float:
    try:
        return int(text, 0) if text[:2].lower() in ("0x", "0o", "0b") else float(text.replace("_", ""))
    except ValueError:
        return 0


def is_true(reader: Reader, depth: int = 0) -> bool:
    """Whether a condition is true for every row, as far as its text shows."""
    whole = bare(reader)
    if depth > _MAX_DEPTH or not whole.words:
        return False
    alternatives = cut(whole, "OR") if "OR" in whole.words else [whole]
    if len(alternatives) > 1:
        return any(is_true(one, depth + 1) for one in alternatives) or _covers_null(alternatives)
    parts = cut(whole, "AND") if "AND" in whole.words else [whole]
    if len(parts) > 1:
        return all(is_true(one, depth + 1) for one in parts)
    if whole.words[0] == "NOT":
        return is_false(whole.part(1, len(whole.words)), depth + 1)
    if whole.words[0] in ("EXISTS", "SELECT"):
        return _is_true_query(whole, depth)
    value = literal(whole)
    return _is_truthy(value) if value is not NOT_CONSTANT else _is_true_comparison(whole)


def is_false(reader: Reader, depth: int = 0) -> bool:
    """Whether a condition is false for every row, as far as its text shows."""
    whole = bare(reader)
    if depth > _MAX_DEPTH or not whole.words:
        return False
    if whole.words[0] == "NOT":
        return is_true(whole.part(1, len(whole.words)), depth + 1)
    value = literal(whole)
    if value is not NOT_CONSTANT:
        return value is not None and not _is_truthy(value)
    left, operator, right = comparison(whole)
    if operator in ("=", "==") and left and right:
        one, other = literal(left), literal(right)
        return NOT_CONSTANT not in (one, other) and None not in (one, other) and one != other
    return operator in ("<>", "!=") and left is not None and right is not None and _is_same(left, right)


def _is_truthy(value: object) -> bool:
    if isinstance(value, str):
        number = value.strip()
        return number[:1] not in ("", "0") and number[:1].isdigit()
    return bool(value)


def _is_true_query(whole: Reader, depth: int) -> bool:
    """EXISTS (SELECT 1), or a query of a constant: neither reads a table."""
    inner = bare(whole.part(1, len(whole.words))) if whole.words[0] == "EXISTS" else whole
    if not inner.words or inner.words[0] != "SELECT" or {"FROM", "WHERE", "LIMIT", "HAVING"} & set(inner.words):
        return False
    return whole.words[0] == "EXISTS" or is_true(inner.part(1, len(inner.words)), depth + 1)


def _covers_null(alternatives: Sequence[Reader]) -> bool:
    """`x IS NULL OR x IS NOT NULL`"""
    tests = set()
    for one in alternatives:
        left, operator, _right = comparison(bare(one))
        if operator in ("IS NULL", "IS NOT NULL") and left:
            tests.add((_spelled(left), operator))
    return any((x, "IS NULL") in tests and (x, "IS NOT NULL") in tests for x, _operator in tests)


def comparison(reader: Reader) -> tuple[Reader | None, str, Reader | None]:
    """Left side, operator and right side of a comparison; operator is empty where there is none.

    Shape: the tests for NULL are `IS NULL` and `IS NOT NULL` however they are written; a NOT belongs to the operator.
    """
    for at in top_level(reader):
        word, after = reader.words[at], reader.words[at + 1 : at + 3]
        is_negated = word == "NOT" and after[:1] in (["IN"], ["LIKE"], ["GLOB"], ["BETWEEN"], ["NULL"])
        if (word in _OPERATORS or is_negated) and at:
            return _sides(reader, at, is_negated=is_negated)
    return None, "", None


def _sides(reader: Reader, at: int, *, is_negated: bool) -> tuple[Reader | None, str, Reader | None]:
    words, left, end = reader.words, reader.part(0, at), len(reader.words)
    if is_negated:
        operator = "IS NOT NULL" if words[at + 1] == "NULL" else f"NOT {words[at + 1]}"
        return left, operator, reader.part(at + 2, end)
    if words[at] in ("ISNULL", "NOTNULL"):
        return left, "IS NULL" if words[at] == "ISNULL" else "IS NOT NULL", None
    if words[at] != "IS":
        return left, words[at], reader.part(at + 1, end)
    operator, start = ("IS NOT", at + 2) if words[at + 1 : at + 2] == ["NOT"] else ("IS", at + 1)
    if words[start : start + 2] == ["DISTINCT", "FROM"]:
        operator, start = ("IS" if operator == "IS NOT" else "IS NOT"), start + 2
    right = reader.part(start, end)
    return left, f"{operator} NULL" if right.words == ["NULL"] else operator, right


def _is_true_comparison(whole: Reader) -> bool:
    left, operator, right = comparison(whole)
    if left is None:
        return False
    one = literal(left)
    if operator in ("IS NULL", "IS NOT NULL"):
        return one is None if operator == "IS NULL" else one is not None and one is not NOT_CONSTANT
    if right is None:
        return False
    other = literal(right)
    match operator:
        case "LIKE" | "GLOB":
            return (isinstance(other, str) and other != "" and set(other) <= {"%", "*"}) or _is_same(left, right)
        case "IN":
            listed = [literal(item) for item in cut(bare(right), ",")]
            return one is not NOT_CONSTANT and one is not None and one in listed
        case "BETWEEN":
            return _is_between(one, right)
    if NOT_CONSTANT not in (one, other) and type(one) is type(other) and one is not None:
        return _compared(operator, one, other)
    return operator in ("=", "==", "<=", ">=", "IS", "<=>") and _is_same(left, right)


def _is_between(value: object, bounds: Reader) -> bool:
    ends = [literal(one) for one in cut(bounds, "AND")]
    numbers = [n for n in (value, *ends) if isinstance(n, int | float)]
    return len(numbers) == 3 and numbers[1] <= numbers[0] <= numbers[2]


def _compared(operator: str, left: object, right: object) -> bool:
    match operator:
        case "=" | "==" | "IS" | "<=>":
            return left == right
        case "<>" | "!=" | "IS NOT":
            return left != right
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        return False
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}.get(operator, False)


def _is_same(left: Reader, right: Reader) -> bool:
    return _spelled(left) == _spelled(right) and not _CHANGING & set(left.words)


def _spelled(reader: Reader) -> str:
    """An expression as it is compared with another: without case, quotes of names and white space."""
    return " ".join(
        t.text if t.kind is Kind.STRING else unquote_identifier(t.text, reader.dialect).lower()
        for t in bare(reader).source
    )


def tested_not_null(condition: Reader | None) -> str:
    """The column of a condition that is nothing but `column IS NOT NULL`."""
    parts = conjuncts(condition) if condition else []
    if len(parts) != 1:
        return ""
    left, operator, _right = comparison(parts[0])
    return column_of(left) if left and operator == "IS NOT NULL" else ""


def bounded_columns(condition: Reader | None, depth: int = 0) -> tuple[str, ...]:
    """The columns that a condition holds to few values: by `=`, IN a list, BETWEEN, two bounds, a query with LIMIT."""
    found: list[str] = []
    lower: set[str] = set()
    upper: set[str] = set()
    for one in conjuncts(condition) if condition else ():
        alternatives = _alternatives(one)
        if len(alternatives) > 1:
            found += _held_by_each(alternatives, depth + 1)
            continue
        left, operator, right = comparison(one)
        if not left or not right:
            continue
        if operator in ("=", "==", "IS", "<=>"):
            found += [c for c in (_held(left, right), _held(right, left)) if c]
        elif operator == "BETWEEN" or (operator == "IN" and ("SELECT" not in right.words or has_limit(right))):
            found.append(column_of(left) or _first_of_row(left))
        elif operator in (">", ">="):
            lower.add(column_of(left))
            upper.add(column_of(right))
        elif operator in ("<", "<="):
            upper.add(column_of(left))
            lower.add(column_of(right))
    return tuple(name for name in (*found, *(lower & upper)) if name)


def _alternatives(condition: Reader) -> list[Reader]:
    """The parts of an OR."""
    whole = bare(condition)
    return cut(whole, "OR") if "OR" in whole.words else [whole]


def _held_by_each(alternatives: Sequence[Reader], depth: int) -> list[str]:
    """The columns that every part of an OR holds to few values."""
    if depth > _MAX_DEPTH or len(alternatives) > _MAX_ALTERNATIVES:
        return []
    held = [bounded_columns(one, depth) for one in alternatives]
    return [name for name in held[0] if all(name in other for other in held)]


def _first_of_row(reader: Reader) -> str:
    """The first column of `(a, b)`; empty where one of them is no column."""
    names = [column_of(item) for item in cut(bare(reader), ",")]
    return names[0] if len(names) > 1 and all(names) else ""


def _held(column: Reader, value: Reader) -> str:
    is_flag = value.words in (["TRUE"], ["FALSE"])
    return "" if is_flag or column_of(value) else column_of(column) or _first_of_row(column)


def column_of(reader: Reader | None) -> str:
    """The column, in lower case, that an expression is; empty for anything but one column."""
    if reader is None:
        return ""
    whole = bare(reader)
    names = _names(whole)
    return names[0][-1] if len(names) == 1 and 2 * len(names[0]) - 1 == len(whole.words) else ""


def _names(reader: Reader) -> list[list[str]]:
    """The columns that an expression names, each with its qualifiers."""
    found: list[list[str]] = []
    at = 0
    while at < len(reader.words):
        if not _is_column(reader, at):
            at += 1
            continue
        names = [_name(reader, at)]
        while reader.words[at + 1 : at + 2] == ["."] and at + 2 < len(reader.words):
            at += 2
            names.append(_name(reader, at))
        at += 1
        if reader.words[at : at + 1] != ["("]:
            found.append(names)
    return found


def _is_column(reader: Reader, at: int) -> bool:
    kind, word = reader.source[at].kind, reader.words[at]
    if kind is Kind.IDENTIFIER:
        return True
    return kind is Kind.WORD and word not in _NOT_COLUMNS and reader.words[at - 1 : at] not in (["COLLATE"], ["AS"])


def _name(reader: Reader, at: int) -> str:
    return unquote_identifier(reader.source[at].text, reader.dialect).lower()


def has_limit(reader: Reader) -> bool:
    """Whether a LIMIT bounds something in it; one below zero bounds nothing."""
    words = reader.words
    return any(
        word == "LIMIT" and reader.source[at + 1 : at + 2] and reader.source[at + 1].text != "-"
        for at, word in enumerate(words)
    )


def ties(own: str, conditions: Sequence[Reader]) -> bool:
    """Whether one of these conditions compares a column of the table or alias `own` with one of another table."""
    for condition in conditions:
        for one in conjuncts(condition):
            qualifiers = [names[-2] if len(names) > 1 else "" for names in _names(one)]
            others = [q for q in qualifiers if q != own]
            if others and len(qualifiers) > 1 and (own in qualifiers or "" in qualifiers):
                return True
    return False


def columns_in(reader: Reader) -> tuple[str, ...]:
    """The columns, in lower case and without qualifiers, that an expression names."""
    return tuple(names[-1] for names in _names(reader))
