"""sp_rename, and what follows a rename: keys, foreign keys and indexes, but no text of a module."""

from __future__ import annotations

import re

from tsql_check.folding import _object
from tsql_check.runtime import net
from tsql_check.syntax import _name


def _call(identifier, name):
    """Give a name that may hold any character."""
    identifier.Value, identifier.QuoteType = name, net().dom.QuoteType.SquareBracket


class Renaming:
    """The part of a chain that knows sp_rename."""

    def _rename(self, s, file, line, column):
        """EXEC sp_rename of a table, a column, an index or a constraint."""
        values = [p.ParameterValue for p in s.ExecuteSpecification.ExecutableEntity.Parameters]
        if any(type(v).__name__ != "StringLiteral" for v in values) or len(values) < 2:
            message = "sp_rename with computed names is not modelled"
            return self._report(file, line, column, "dynamic", "note", message, "fold")
        path = [p.strip("[]\"") for p in re.findall(r"\[[^\]]*\]|\"[^\"]*\"|[^.]+", values[0].Value)]
        new, what = values[1].Value, values[2].Value.upper() if len(values) > 2 else "OBJECT"
        depth = 1 if what in ("COLUMN", "INDEX") else 0
        table = path[:len(path) - depth]
        table = "table:" + ".".join(["dbo"] * (2 - len(table)) + table).lower()
        owner = ".".join(["dbo"] * (3 - len(path)) + path[:-1]).lower()
        if len(values) < 3 and len(path) > 1 and f"table:{owner}" in self.docs and self._column(
                self.docs[f"table:{owner}"].ast.Definition, path[-1]) is not None:
            what, table = "COLUMN", f"table:{owner}"  # the type may be left out
        if table not in self.docs:
            for key, doc in self.docs.items():
                constraint = _name(doc.ast) == "CreateTable" and self._constraint(doc.ast.Definition, path[-1])[1]
                if constraint:
                    _call(constraint.ConstraintIdentifier, new)
                    return self._check([self._reprint(key, file, line, column)])
            return self._report(file, line, column, "state", "note", f"sp_rename of {values[0].Value} is not modelled: "
                                "no such table, column, index or constraint", "fold")
        definition, old = self.docs[table].ast.Definition, path[-1].lower()
        changed = {table}
        if what == "COLUMN":
            target = self._column(definition, old)
            if target is None:
                return self._report(file, line, column, "state", "error", f"sp_rename: no column {old}", "fold")
            _call(target.ColumnIdentifier, new)
        elif what == "INDEX":
            key = f"{table.replace('table:', 'index:')}.{old}"
            if key in self.docs:
                doc = self.docs[key]
                self._forget(key)
                _call(doc.ast.Name, new)
                changed = {self._key(doc.ast)}
                self.docs[self._key(doc.ast)] = doc
            for index in definition.Indexes:
                if index.Name.Value.lower() == old:
                    _call(index.Name, new)
        else:
            doc = self.docs[table]
            self._forget(table)
            _call(doc.ast.SchemaObjectName.BaseIdentifier, new)
            changed = {self._key(doc.ast)}
            self.docs[self._key(doc.ast)] = doc
        if what != "INDEX":  # keys, foreign keys and indexes follow a rename; module texts do not
            for key, doc in list(self.docs.items()):
                if self._follow(doc.ast, table[6:], old if what == "COLUMN" else None, new):
                    changed.add(self._key(doc.ast))
                    if self._key(doc.ast) != key:
                        self._forget(key)
                        self.docs[self._key(doc.ast)] = doc
        for key in changed:
            self._reprint(key, file, line, column)
        self._check(changed)

    def _follow(self, ast, table, column, new):
        """Carry the rename of `table` (column None) or of `table`.`column` into keys and indexes."""
        touched = False

        def set_name(identifier):
            nonlocal touched
            if column is None or identifier.Value.lower() == column:
                _call(identifier, new)
                touched = True

        def set_columns(columns):
            for c in columns:
                c = getattr(c, "Column", c)  # ColumnWithSortOrder
                set_name(c.MultiPartIdentifier.Identifiers[0] if hasattr(c, "MultiPartIdentifier") else c)

        if _name(ast) == "CreateTable":
            own = column is not None and _object(ast.SchemaObjectName) == table
            groups = [ast.Definition.TableConstraints] + [c.Constraints for c in ast.Definition.ColumnDefinitions]
            for constraint in (c for group in groups for c in group):
                kind = type(constraint).__name__
                if own and kind in ("UniqueConstraintDefinition", "ForeignKeyConstraintDefinition"):
                    set_columns(constraint.Columns)
                if kind == "ForeignKeyConstraintDefinition" and _object(constraint.ReferenceTableName) == table:
                    if column is None:
                        set_name(constraint.ReferenceTableName.BaseIdentifier)
                    else:
                        set_columns(constraint.ReferencedTableColumns)
            for index in ast.Definition.Indexes if own else ():
                set_columns(list(index.Columns) + list(index.IncludeColumns))
        elif getattr(ast, "OnName", None) is not None and _object(ast.OnName) == table:
            if column is None:
                set_name(ast.OnName.BaseIdentifier)
            else:
                set_columns(list(ast.Columns) + list(getattr(ast, "IncludeColumns", None) or []))
        return touched
