"""Bodies: DO blocks, functions and procedures, and the SQL that they put together and run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from neoron.sql.actions import Action, Create, Transaction, Unread
from neoron.sql.parts import Kind
from neoron.sql.reading.postgresql.expressions import constant
from neoron.sql.reading.postgresql.grammar import NotParsed, Tree, routines, statements
from neoron.sql.reading.postgresql.rows import CHANGES
from neoron.sql.reading.postgresql.source import Source, dotted, nodes, only, strings

ReadText = Callable[[str, Source], Iterator[Action]]
"""Reads statements of a text that stands inside another one."""

_MAX_DEPTH = 6
_HOLE = "neoron_dynamic"
"""Stands for a name that is only known at run time."""
_FORMAT = re.compile(r"%(?:(\d+)\$)?(?:-?\d+)?([sIL%])")
_ASSIGNED = re.compile(r"\s*([\w.]+)\s*:?=\s*(.*)", re.DOTALL)


def do_block(node: Tree, source: Source, read: ReadText) -> Iterator[Action]:
    """DO: it runs now."""
    options = {d.get("defname"): d.get("arg", {}) for d in (a.get("DefElem", {}) for a in node.get("args", ()))}
    language = options.get("language", {}).get("String", {}).get("sval", "plpgsql").lower()
    body = options.get("as", {}).get("String", {}).get("sval", "")
    if language != "plpgsql":
        yield Unread(reason=f"a DO block in {language} is not read", words=language)
        return
    yield from _plpgsql(f"DO {_quoted(body)}", body, replace(source, inside="do"), read)


def create_function(node: Tree, source: Source, read: ReadText) -> Iterator[Action]:
    """CREATE FUNCTION, CREATE PROCEDURE: what it does happens when it is called."""
    kind = Kind.PROCEDURE if node.get("is_procedure") else Kind.FUNCTION
    options = {d.get("defname"): d.get("arg", {}) for d in (o.get("DefElem", {}) for o in node.get("options", ()))}
    language = options.get("language", {}).get("String", {}).get("sval", "sql").lower()
    texts = strings(options.get("as", {}).get("List", {}).get("items"))
    inner = replace(source, inside=kind.value)
    body: tuple[Action, ...] = ()
    if texts and language == "plpgsql":
        returns = " RETURNS trigger" if _returns_trigger(node) else " RETURNS void"
        head = f"CREATE FUNCTION f(){returns} LANGUAGE plpgsql AS "
        body = tuple(_plpgsql(head + _quoted(texts[0]), texts[0], inner, read))
    elif texts and language == "sql":
        body = tuple(_nested(texts[0], inner, read, texts[0]))
    elif node.get("sql_body"):
        body = tuple(a for k, f in nodes(node["sql_body"], *CHANGES) for a in CHANGES[k](f, inner))
    yield Create(kind=kind, name=dotted(node.get("funcname")), replaces=bool(node.get("replace")), body=body)


def _returns_trigger(node: Tree) -> bool:
    return dotted(node.get("returnType", {}).get("names")).name in ("trigger", "event_trigger")


def _quoted(body: str) -> str:
    tag = "$neoron$"
    while tag in body:
        tag = f"$n{tag[1:]}"
    return f"{tag}{body}{tag}"


def _plpgsql(definition: str, body: str, source: Source, read: ReadText) -> Iterator[Action]:
    try:
        trees = routines(definition)
    except NotParsed as fault:
        yield Unread(reason=f"its body cannot be read: {fault.message}", inside=source.inside,
                     offset=source.find(body.strip()[:40]))  # fmt: skip
        return
    variables = _variables(trees)
    for kind, fields in nodes(trees, *_STATEMENTS):
        yield from _body_statement(kind, fields, variables, source, read)


_QUERIES = ("PLpgSQL_stmt_execsql", "PLpgSQL_stmt_perform", "PLpgSQL_stmt_call", "PLpgSQL_stmt_fors",
            "PLpgSQL_stmt_return_query", "PLpgSQL_stmt_open", "PLpgSQL_stmt_forc")  # fmt: skip
_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors")
_ENDS = {"PLpgSQL_stmt_commit": "commit", "PLpgSQL_stmt_rollback": "rollback"}
_STATEMENTS = (*_QUERIES, *_DYNAMIC, *_ENDS, "PLpgSQL_stmt_assign", "PLpgSQL_stmt_return")


def _body_statement(
    kind: str, fields: Tree, variables: dict[str, list[str]], source: Source, read: ReadText
) -> Iterator[Action]:
    expression = next((f for name in ("sqlstmt", "expr", "query", "dynquery") for k, f in [only(fields.get(name, {}))]
                       if k == "PLpgSQL_expr"), {})  # fmt: skip
    text = expression.get("query", "")
    if kind in _ENDS:
        yield Transaction(verb=_ENDS[kind], inside=source.inside)
    elif kind in _DYNAMIC or (kind == "PLpgSQL_stmt_return_query" and fields.get("dynquery")):
        yield from executed(text, variables, source, read)
    elif kind == "PLpgSQL_stmt_assign":
        match = _ASSIGNED.match(text)
        yield from _quiet(f"SELECT {match[2] if match else text}", source, read)
    elif kind == "PLpgSQL_stmt_return":
        yield from _quiet(f"SELECT {text}", source, read) if text else ()
    elif text:
        yield from _nested(text, source, read, text)


def _quiet(text: str, source: Source, read: ReadText) -> Iterator[Action]:
    """What a value calls; a value that is not read is no statement that is not read."""
    yield from (a for a in _nested(text, source, read, text[7:27]) if not isinstance(a, Unread))


def _variables(trees: list[Tree]) -> dict[str, list[str]]:
    """Variable -> the expressions that are assigned to it anywhere in the body."""
    found: dict[str, list[str]] = {}
    for _kind, fields in nodes(trees, "PLpgSQL_stmt_assign"):
        match = _ASSIGNED.match(fields.get("expr", {}).get("PLpgSQL_expr", {}).get("query", ""))
        if match:
            found.setdefault(match[1].lower(), []).append(match[2])
    for _kind, fields in nodes(trees, "PLpgSQL_var"):
        default = fields.get("default_val", {}).get("PLpgSQL_expr", {}).get("query")
        if default:
            found.setdefault(str(fields.get("refname", "")).lower(), []).append(default)
    return found


def executed(
    expression: str, variables: dict[str, list[str]], source: Source, read: ReadText
) -> Iterator[Action]:
    """EXECUTE: the text that the expression makes, with a name in each hole that is filled at run time."""
    given = variables.get(expression.strip().lower(), [expression])
    inner = replace(source, inside="exec" if source.inside != "do" else "do, EXECUTE")
    for one in given:
        try:
            tree = statements(f"SELECT {one}")[0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
        except (NotParsed, LookupError):
            tree = {}
        text = _made(tree, variables)
        if text is None:
            yield Unread(reason="EXECUTE of a text that is put together at run time", words=one[:60],
                         inside=source.inside, offset=source.find(one[:40]))  # fmt: skip
        else:
            yield from _nested(text, inner, read, one[:40])


def _made(tree: Tree, variables: dict[str, list[str]], depth: int = 0) -> str | None:
    """The text that an expression makes, as far as it is written down; None when nothing of it is."""
    kind, fields = only(tree)
    known = constant(tree)
    if isinstance(known, str):
        return known
    if kind == "FuncCall" and dotted(fields.get("funcname")).name == "format":
        pattern, *arguments = fields.get("args", ({},))
        form = constant(pattern)
        return _filled(form, [constant(a) for a in arguments]) if isinstance(form, str) else None
    if kind == "FuncCall" and dotted(fields.get("funcname")).name in ("concat", "concat_ws"):
        parts = [_made(a, variables, depth + 1) for a in fields.get("args", ())]
        return "".join(p or _HOLE for p in parts) if any(parts) else None
    if kind == "A_Expr" and strings(fields.get("name")) == ["||"] and depth < 200:
        left, right = (_made(fields.get(side, {}), variables, depth + 1) for side in ("lexpr", "rexpr"))
        return None if left is None and right is None else f"{_spaced(left)}{right if right is not None else _HOLE}"
    return None


def _spaced(text: str | None) -> str:
    return _HOLE if text is None else text


def _filled(form: str, arguments: list[object]) -> str:
    values = iter(arguments)

    def one(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        value = arguments[int(match[1]) - 1] if match[1] and int(match[1]) <= len(arguments) else next(values, None)
        if match[2] == "L":
            return "'" + str(value if value is not None else _HOLE).replace("'", "''") + "'"
        return str(value) if value is not None else _HOLE

    return _FORMAT.sub(one, form)


def _nested(text: str, source: Source, read: ReadText, written: str) -> Iterator[Action]:
    if source.depth >= _MAX_DEPTH:
        yield Unread(reason="bodies inside bodies go too deep", inside=source.inside)
        return
    at = source.find(written.strip()[:60])
    for action in read(text, replace(source, text=text, base=0, depth=source.depth + 1, origin=at)):
        yield action if action.inside else replace(action, inside=source.inside)
