"""Expressions: how they come to their value, whether a condition bounds anything, how they are shown."""

from __future__ import annotations

from typing import Any

from neoron.sql.actions import Where
from neoron.sql.parts import Value, ValueKind
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import dotted, nodes, only, relation, strings

_VOLATILE = frozenset({
    "random", "random_normal", "setseed", "clock_timestamp", "timeofday", "gen_random_uuid", "uuid_generate_v1",
    "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7", "nextval", "setval", "currval", "lastval",
    "gen_random_bytes", "pg_sleep", "gen_salt", "txid_current_if_assigned",
})  # fmt: skip
_KNOWN = frozenset({
    "now", "transaction_timestamp", "statement_timestamp", "to_char", "to_timestamp", "to_date", "to_number",
    "date_trunc", "date_part", "lower", "upper", "length", "substr", "substring", "replace", "concat", "concat_ws",
    "format", "abs", "round", "floor", "ceil", "ceiling", "trunc", "mod", "power", "md5", "sha256", "make_date",
    "make_time", "make_timestamp", "make_timestamptz", "make_interval", "timezone", "extract", "age",
    "current_setting", "current_user", "session_user", "current_schema", "current_database", "txid_current",
    "pg_current_xact_id", "jsonb_build_object", "json_build_object", "jsonb_build_array", "json_build_array",
    "to_jsonb", "to_json", "array_to_string", "string_to_array", "array_append", "array_fill", "repeat", "lpad",
    "rpad", "btrim", "ltrim", "rtrim", "trim", "left", "right", "split_part", "initcap", "coalesce", "nullif",
    "greatest", "least", "encode", "decode", "hashtext", "inet_client_addr", "inet_server_addr", "version",
    "justify_interval", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "array_length",
    "cardinality", "position", "strpos", "chr", "ascii", "translate", "reverse", "regexp_replace", "to_tsvector",
    "point", "box", "circle", "hstore", "empty_blob", "row_to_json", "xmlparse", "pg_backend_pid", "overlay",
    "like_escape", "numeric", "int4", "int8", "text", "date",
})  # fmt: skip
_STABLE = frozenset({
    "now", "transaction_timestamp", "statement_timestamp", "to_char", "current_setting", "timezone",
})  # fmt: skip
_RANK = [ValueKind.NULL, ValueKind.CONSTANT, ValueKind.STABLE, ValueKind.UNKNOWN, ValueKind.VOLATILE]
_CONSTANTS = ("ival", "fval", "boolval", "sval", "bsval")


def value(node: Tree) -> Value:
    """An expression as a value: its words, and whether every row gets the same one."""
    return Value(shown(node), value_kind(node))


def value_kind(node: Tree) -> ValueKind:
    """NULL, constant, stable in a statement, volatile, or unknown: a function of the database's own.

    Source: PostgreSQL manual, 36.7 Function volatility; ALTER TABLE, notes on ADD COLUMN.
    """
    kind, fields = only(node)
    if kind == "A_Const":
        return ValueKind.NULL if fields.get("isnull") else ValueKind.CONSTANT
    worst = ValueKind.CONSTANT
    for found, part in nodes(node, "FuncCall", "SQLValueFunction", "SubLink"):
        this = _function_kind(part) if found == "FuncCall" else ValueKind.STABLE
        worst = max(worst, this, key=_RANK.index)
    if kind == "TypeCast" and worst is ValueKind.CONSTANT:
        return value_kind(fields["arg"])
    return worst


def _function_kind(call: Tree) -> ValueKind:
    name = dotted(call.get("funcname")).name
    if name in _VOLATILE:
        return ValueKind.VOLATILE
    if name in _STABLE:
        return ValueKind.STABLE
    return ValueKind.CONSTANT if name in _KNOWN else ValueKind.UNKNOWN


def is_builtin(name: str) -> bool:
    """Whether a function is one of those that we know."""
    return name in _VOLATILE or name in _KNOWN


def constant(node: Tree | None) -> object:
    """The Python value of a constant, None for anything else."""
    kind, fields = only(node or {})
    if kind == "TypeCast":
        return constant(fields.get("arg"))
    if kind != "A_Const":
        return None
    for name in _CONSTANTS:
        if name in fields:
            return fields[name].get(name, 0 if name == "ival" else False if name == "boolval" else "")
    return None


def shown(node: Tree) -> str:
    """An expression in a few words."""
    kind, fields = only(node)
    match kind:
        case "A_Const":
            found = constant(node)
            return "NULL" if found is None else f"'{found}'" if isinstance(found, str) else str(found).lower()
        case "FuncCall":
            return f"{dotted(fields.get('funcname')).name}({'…' if fields.get('args') else ''})"
        case "TypeCast":
            return shown(fields.get("arg", {}))
        case "ColumnRef":
            return ".".join(strings(fields.get("fields")))
        case "SQLValueFunction":
            return str(fields.get("op", "")).removeprefix("SVFOP_").lower()
    return "(…)"


def where(node: Tree | None) -> Where:
    """What a condition bounds: nothing when it is missing or always true."""
    if not node:
        return Where.MISSING
    return Where.ALWAYS_TRUE if is_always_true(node) else Where.BOUNDED


def is_always_true(node: Tree) -> bool:
    """Whether a condition is true for every row, as far as its text shows."""
    kind, fields = only(node)
    match kind:
        case "A_Const" | "TypeCast":
            return constant(node) in (True, "t", "true", "on", "yes", "1") and constant(node) is not None
        case "BoolExpr":
            return _is_true_bool(fields)
        case "A_Expr":
            return _is_true_comparison(fields)
        case "SubLink":
            return _is_true_subquery(fields)
        case "BooleanTest":
            return fields.get("booltesttype") in ("IS_TRUE", "IS_NOT_FALSE") and is_always_true(fields.get("arg", {}))
        case "NullTest":
            argument = fields.get("arg", {})
            if fields.get("nulltesttype") == "IS_NULL":
                return value_kind(argument) is ValueKind.NULL
            return constant(argument) is not None
    return False


def _is_true_bool(fields: Tree) -> bool:
    parts = fields.get("args", [])
    match fields.get("boolop"):
        case "AND_EXPR":
            return all(is_always_true(part) for part in parts)
        case "OR_EXPR":
            return any(is_always_true(part) for part in parts) or _covers_null(parts)
    return len(parts) == 1 and (constant(parts[0]) is False or _is_false_comparison(parts[0]))


def _is_false_comparison(node: Tree) -> bool:
    kind, fields = only(node)
    if kind != "A_Expr" or strings(fields.get("name")) != ["="]:
        return False
    left, right = constant(fields.get("lexpr")), constant(fields.get("rexpr"))
    return left is not None and right is not None and left != right


def _covers_null(parts: list[Tree]) -> bool:
    """`x IS NULL OR x IS NOT NULL`"""
    tests = [(str(bare(f.get("arg"))), f.get("nulltesttype")) for k, f in map(only, parts) if k == "NullTest"]
    return any((x, "IS_NULL") in tests and (x, "IS_NOT_NULL") in tests for x, _test in tests)


def bare(tree: Any) -> Any:
    """A tree without its places in the text, to compare two of them."""
    if isinstance(tree, dict):
        return {key: bare(item) for key, item in tree.items() if key not in ("location", "stmt_location", "stmt_len")}
    return [bare(item) for item in tree] if isinstance(tree, list) else tree


def _is_true_comparison(fields: Tree) -> bool:
    operator = (strings(fields.get("name")) or [""])[0]
    left, right = constant(fields.get("lexpr")), constant(fields.get("rexpr"))
    if fields.get("kind") in ("AEXPR_LIKE", "AEXPR_ILIKE"):
        return right == "%"
    if fields.get("kind") == "AEXPR_IN" and operator == "=" and left is not None:
        return left in [constant(item) for item in _items(fields.get("rexpr"))]
    if fields.get("kind") == "AEXPR_BETWEEN" and isinstance(left, int | float):
        bounds = [constant(item) for item in _items(fields.get("rexpr"))]
        return all(isinstance(b, int | float) for b in bounds) and bounds[0] <= left <= bounds[-1]  # type: ignore[operator]
    if fields.get("kind") not in ("AEXPR_OP", "AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
        return False
    if left is not None and right is not None and type(left) is type(right):
        return _compare(operator, left, right)
    same = bare(fields.get("lexpr")) == bare(fields.get("rexpr"))
    return same and operator in ("=", "<=", ">=") and value_kind(fields.get("lexpr", {})) is ValueKind.CONSTANT


def _items(node: Tree | None) -> list[Tree]:
    fields = only(node or {})[1]
    items: list[Tree] = fields.get("items", [])
    return items


def _compare(operator: str, left: Any, right: Any) -> bool:
    match operator:
        case "=":
            return bool(left == right)
        case "<>" | "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
        case ">=":
            return bool(left >= right)
    return False


def _is_true_subquery(fields: Tree) -> bool:
    select = fields.get("subselect", {}).get("SelectStmt", {})
    if fields.get("subLinkType") == "EXISTS_SUBLINK":
        return not select.get("fromClause") and not select.get("whereClause") and bool(select.get("targetList"))
    targets = select.get("targetList", [])
    is_plain = fields.get("subLinkType") == "EXPR_SUBLINK" and len(targets) == 1 and not select.get("fromClause")
    return is_plain and is_always_true(targets[0].get("ResTarget", {}).get("val", {}))


def tested_not_null(node: Tree | None) -> str:
    """The column of a condition that is nothing but `column IS NOT NULL`."""
    found = proven_not_null(node)
    return found[0] if len(found) == 1 and len(conjuncts(node)) == 1 else ""


def is_whole_table(node: Tree | None, table: str) -> bool:
    """`column IN (SELECT the same column FROM the same table)` without a condition: every row."""
    kind, fields = only(node or {})
    select = fields.get("subselect", {}).get("SelectStmt", {}) if kind == "SubLink" else {}
    sources = [relation(f) for k, f in map(only, select.get("fromClause", [])) if k == "RangeVar"]
    bounds = ("whereClause", "limitCount", "havingClause", "groupClause", "limitOffset", "op")
    is_bounded = any(select.get(name) not in (None, "SETOP_NONE") for name in bounds)
    targets = select.get("targetList", [])
    is_same = len(targets) == 1 and bare(targets[0].get("ResTarget", {}).get("val")) == bare(fields.get("testexpr"))
    return [s.name for s in sources] == [table] and not is_bounded and is_same


def bounded_columns(node: Tree | None) -> tuple[str, ...]:
    """The columns that a condition holds to few values: by `=`, IN, BETWEEN, two bounds, or a query with LIMIT."""
    found: list[str] = []
    lower: set[str] = set()
    upper: set[str] = set()
    for part in conjuncts(node):
        kind, fields = only(part)
        column = _column_of(fields.get("lexpr") or fields.get("testexpr"))
        if kind == "SubLink" and column:
            if next(nodes(fields, "limitCount"), None) or fields.get("subselect", {}).get("SelectStmt", {}).get(
                "limitCount"
            ):
                found.append(column)
        elif kind == "CurrentOfExpr":
            found.append("ctid")
        elif kind == "A_Expr" and column:
            _note(fields, column, found, lower, upper)
        elif kind == "A_Expr" and (other := _column_of(fields.get("rexpr"))) and _is_equal(fields):
            found.append(other)
    return (*found, *(lower & upper))


def _note(fields: Tree, column: str, found: list[str], lower: set[str], upper: set[str]) -> None:
    operator = (strings(fields.get("name")) or [""])[0]
    kind = fields.get("kind")
    if kind in ("AEXPR_BETWEEN", "AEXPR_BETWEEN_SYM") or (kind == "AEXPR_IN" and operator == "="):
        found.append(column)
    elif kind == "AEXPR_OP_ANY" or _is_equal(fields):
        if not _column_of(fields.get("rexpr")) and not isinstance(constant(fields.get("rexpr")), bool):
            found.append(column)
    elif operator in (">", ">="):
        lower.add(column)
    elif operator in ("<", "<="):
        upper.add(column)


def _is_equal(fields: Tree) -> bool:
    return fields.get("kind") == "AEXPR_OP" and strings(fields.get("name")) == ["="]


def _column_of(node: Tree | None) -> str:
    kind, fields = only(node or {})
    names = strings(fields.get("fields")) if kind == "ColumnRef" else []
    return names[-1] if names else ""


def conjuncts(node: Tree | None) -> list[Tree]:
    """The parts of a condition that must all be true."""
    kind, fields = only(node or {})
    if kind == "BoolExpr" and fields.get("boolop") == "AND_EXPR":
        return [found for part in fields.get("args", []) for found in conjuncts(part)]
    return [node] if node else []


def proven_not_null(node: Tree | None) -> tuple[str, ...]:
    """The columns that a CHECK proves to be NOT NULL."""
    return tuple(
        column
        for part in conjuncts(node)
        for kind, fields in [only(part)]
        if kind == "NullTest" and fields.get("nulltesttype") == "IS_NOT_NULL"
        for column in [_column_of(fields.get("arg"))]
        if column
    )


def references(node: Tree | None) -> set[str]:
    """The column names that an expression reads."""
    return {names[-1] for _k, f in nodes(node or {}, "ColumnRef") if (names := strings(f.get("fields")))}
