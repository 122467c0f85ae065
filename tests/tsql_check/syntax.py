"""Syntax: every batch, and the literal text of EXEC(N'...') and sp_executesql inside it, by ScriptDom."""

from __future__ import annotations

import re

from tsql_check.runtime import CannotRun, Finding, net


def _parse(text, file, target):
    text = re.sub(r"(?im)^([ \t]*GO[ \t]+)(\d+)", lambda m: m[1] + " " * len(m[2]), text)  # GO 5
    parser = getattr(net().dom, f"TSql{target}Parser", None)
    if parser is None:
        raise CannotRun(f"no T-SQL parser for --target {target}; this ScriptDom has 80 to 150")
    script, errors = parser(True).Parse(net().system.IO.StringReader(text), None)
    return script, [Finding(file, e.Line, e.Column, f"SQL{e.Number}", "error", e.Message, "ScriptDom")
                    for e in errors]


def _name(node):
    return type(node).__name__.removesuffix("Statement")


def _flatten(statements, conditional=False, modules=False):
    """Yield (statement, conditional) in order, looking into IF, BEGIN, WHILE, TRY and EXEC-able bodies."""
    for s in statements:
        kind = _name(s)
        if kind == "If":
            yield from _flatten([x for x in (s.ThenStatement, s.ElseStatement) if x], True, modules)
        elif kind == "While":
            yield from _flatten([s.Statement], True, modules)
        elif kind == "BeginEndBlock" or (modules and getattr(s, "StatementList", None)):
            yield from _flatten(s.StatementList.Statements, conditional, modules)
        elif kind == "TryCatch":
            yield from _flatten(s.TryStatements.Statements, conditional, modules)
            if modules:
                yield from _flatten(s.CatchStatements.Statements, True, modules)
        else:
            yield s, conditional


def _dynamic(statement):
    """(text padded to its place in the file, parameter declarations) of literal dynamic SQL;
    None when the statement runs none, "" when it is built at run time."""
    if _name(statement) != "Execute":
        return None
    entity = statement.ExecuteSpecification.ExecutableEntity
    parameters = ""
    if type(entity).__name__ == "ExecutableStringList":
        literals = list(entity.Strings)
    elif _procedure(entity) == "sp_executesql" and len(entity.Parameters):
        literals = [entity.Parameters[0].ParameterValue]
        if len(entity.Parameters) > 1:
            declared = entity.Parameters[1].ParameterValue
            parameters = declared.Value if type(declared).__name__ == "StringLiteral" else ""
    else:
        return None
    if any(type(x).__name__ != "StringLiteral" for x in literals):
        return ""
    first = literals[0]
    text = "".join(x.Value for x in literals)
    return _pad(first.StartLine, first.StartColumn + 1 + first.IsNational, text), parameters


def _procedure(entity):
    """Name of the procedure that an EXEC calls, lower case."""
    reference = getattr(entity, "ProcedureReference", None)
    reference = reference and reference.ProcedureReference
    return reference.Name.BaseIdentifier.Value.lower() if reference else ""


def _pad(line, column, text):
    return "\n" * (line - 1) + " " * (column - 1) + text


def parse(text, file="<text>", target=150):
    """Syntax findings of a script; literal EXEC(N'...') text is parsed too."""
    script, findings = _parse(text, file, target)
    for batch in getattr(script, "Batches", None) or []:
        for statement, _ in _flatten(batch.Statements, modules=True):
            inner = _dynamic(statement)
            if inner:
                findings += parse(inner[0], file, target)
    return findings
