"""Types, columns, constraints and indexes of the syntax tree -> the parts that every dialect shares."""

from __future__ import annotations

from neoron.sql.parts import ColumnDefinition, Constraint, ConstraintKind, DataType, Generated, IndexDefinition
from neoron.sql.reading.postgresql.expressions import constant, proven_not_null, references, shown, value
from neoron.sql.reading.postgresql.grammar import Tree
from neoron.sql.reading.postgresql.source import dotted, relation, strings

_TYPES = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "bpchar": "char", "float4": "real", "bool": "boolean",
    "float8": "double precision", "int": "integer", "decimal": "numeric",
}  # fmt: skip
_SERIALS = {
    "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint", "smallserial": "smallint",
    "serial2": "smallint",
}  # fmt: skip
_KINDS = {
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY, "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_CHECK": ConstraintKind.CHECK, "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUSION, "CONSTR_NOTNULL": ConstraintKind.NOT_NULL,
}  # fmt: skip
_ACTIONS = {"c": "cascade", "n": "set null", "d": "set default", "r": "restrict"}


def data_type(node: Tree | None, collation: str = "") -> DataType:
    """A TypeName."""
    node = node or {}
    name = dotted(node.get("names"))
    own = name.name if name.schema in ("", "pg_catalog") else str(name)
    arguments = tuple(a for a in (constant(m) for m in node.get("typmods", ())) if isinstance(a, int))
    called = _TYPES.get(own, _SERIALS.get(own, own))
    if called == "char" and own == "bpchar" and not arguments:
        called = "text"
    if called == "interval" and arguments:
        arguments = arguments[1:]
    is_array = bool(node.get("arrayBounds"))
    text = called + (f"({','.join(map(str, arguments))})" if arguments else "") + ("[]" if is_array else "")
    return DataType(called, arguments, is_array=is_array, collation=collation, text=text)


def collation_of(node: Tree) -> str:
    """The collation that a column definition names."""
    return str(dotted(node.get("collClause", {}).get("collname"))) if node.get("collClause") else ""


def column(node: Tree) -> ColumnDefinition:
    """A ColumnDef with its constraints."""
    found = [c["Constraint"] for c in node.get("constraints", ()) if "Constraint" in c]
    kinds = {c.get("contype"): c for c in found}
    default = kinds.get("CONSTR_DEFAULT")
    generated = kinds.get("CONSTR_GENERATED")
    name = node.get("colname", "")
    own = dotted(node.get("typeName", {}).get("names")).name
    constraints = tuple(
        constraint(c, (name,)) for c in found if c.get("contype") in _KINDS and c["contype"] != "CONSTR_NOTNULL"
    )
    is_serial = own in _SERIALS
    is_not_null = "CONSTR_NOTNULL" in kinds or "CONSTR_PRIMARY" in kinds or is_serial or "CONSTR_IDENTITY" in kinds
    return ColumnDefinition(
        name, data_type(node.get("typeName"), collation_of(node)),
        False if is_not_null else True if "CONSTR_NULL" in kinds else None,
        value(default["raw_expr"]) if default and default.get("raw_expr") else None,
        is_serial or "CONSTR_IDENTITY" in kinds,
        Generated(shown(generated.get("raw_expr", {})), generated.get("generated_kind", "s") == "s")
        if generated else None,
        constraints,
    )  # fmt: skip


def constraint(node: Tree, of_column: tuple[str, ...] = ()) -> Constraint:
    """A Constraint node, of a table or of one column."""
    kind = _KINDS[node["contype"]]
    expression = node.get("raw_expr")
    keys = strings(node.get("keys")) or strings(node.get("fk_attrs"))
    if kind is ConstraintKind.CHECK:
        keys = sorted(references(expression))
    is_foreign = kind is ConstraintKind.FOREIGN_KEY
    is_enforced = node.get("is_enforced", kind not in (ConstraintKind.CHECK, ConstraintKind.FOREIGN_KEY))
    options = {word for word, is_said in (("NO INHERIT", node.get("is_no_inherit")),
                                          ("NOT ENFORCED", not is_enforced)) if is_said}  # fmt: skip
    return Constraint(
        kind, node.get("conname", ""), tuple(keys) or of_column, shown(expression) if expression else "",
        proven_not_null(expression) if kind is ConstraintKind.CHECK else (),
        relation(node["pktable"]) if is_foreign else None, tuple(strings(node.get("pk_attrs"))),
        _ACTIONS.get(node.get("fk_del_action", ""), ""), _ACTIONS.get(node.get("fk_upd_action", ""), ""),
        is_enforced and not node.get("skip_validation", False), bool(node.get("deferrable")),
        node.get("indexname", ""), frozenset(options),
    )  # fmt: skip


def index(node: Tree) -> IndexDefinition:
    """An IndexStmt."""
    elements = [e.get("IndexElem", {}) for e in node.get("indexParams", ())]
    table = node.get("relation", {})
    return IndexDefinition(
        node.get("idxname", ""), relation(table), tuple(e.get("name", "") for e in elements),
        bool(node.get("unique")), bool(node.get("concurrent")), bool(node.get("if_not_exists")),
        bool(node.get("whereClause")), node.get("accessMethod", ""),
        frozenset() if table.get("inh") else frozenset({"ONLY"}),
    )  # fmt: skip
