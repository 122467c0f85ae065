"""CREATE, ALTER and DROP folded into the model of a schema, one by one."""

from __future__ import annotations

import dataclasses
import re

from tsql_check.runtime import net
from tsql_check.syntax import _name, _pad

MODULES = ("View", "Procedure", "Function", "Trigger")
CREATED = {"Table": "table", "Index": "index", "ColumnStoreIndex": "index", "XmlIndex": "index",
           "SpatialIndex": "index", "Schema": "schema", "Sequence": "sequence", "Synonym": "synonym",
           "TypeTable": "type", "TypeUddt": "type", "PartitionFunction": "partition function",
           "PartitionScheme": "partition scheme", **{m: m.lower() for m in MODULES}}
DROPPED = ("Table", "Sequence", "Synonym", "Type", "Schema", *MODULES)
# How to build an index, not what it is: not allowed in the CREATE TABLE that an ALTER TABLE is folded into.
BUILD_OPTIONS = ("Online", "Resumable", "MaxDuration", "MaxDop", "SortInTempDB", "DropExisting")


def _object(name):
    """schema.name, lower case."""
    schema = name.SchemaIdentifier
    return f"{schema.Value if schema else 'dbo'}.{name.BaseIdentifier.Value}".lower()


@dataclasses.dataclass
class Doc:
    """One schema object's script in the model; `at` when its text is no longer the file's own."""
    file: str
    ast: object
    at: tuple = None


class Folding:
    """The part of a chain that knows CREATE, ALTER and DROP."""

    def _folds(self, s):
        kind = _name(s)
        target = getattr(s, "SchemaObjectName", None)
        if target is not None and target.BaseIdentifier.Value.startswith("#"):
            return False
        if kind.startswith("AlterTable"):
            return kind in ("AlterTableAddTableElement", "AlterTableAlterColumn", "AlterTableDropTableElement")
        if kind.startswith("Drop"):
            return kind[4:] in (*DROPPED, "Index") and not (
                kind == "DropTable" and any(o.BaseIdentifier.Value.startswith("#") for o in s.Objects))
        kind = re.sub(r"^(CreateOrAlter|Create|Alter)", "", kind)
        return kind in MODULES or (_name(s) == f"Create{kind}" and kind in CREATED)

    def _key(self, s):
        kind = CREATED[re.sub(r"^(CreateOrAlter|Create|Alter)", "", _name(s))]
        if kind == "procedure":
            return f"{kind}:{_object(s.ProcedureReference.Name)}"
        if kind == "index":
            return f"{kind}:{_object(s.OnName)}.{s.Name.Value.lower()}"
        name = getattr(s, "SchemaObjectName", None) or s.Name
        return f"{kind}:{_object(name) if hasattr(name, 'BaseIdentifier') else name.Value.lower()}"

    def _fold(self, s, conditional, file, text):
        kind, where = _name(s), (file, s.StartLine, s.StartColumn)

        def complain(message, excusable=True):
            # IF [NOT] EXISTS (...) guards missing and present objects; dynamic SQL may have dropped a constraint.
            if not (conditional if excusable else self.blind):
                self._report(*where, "state", "error", message, "fold")

        if kind.startswith("Drop"):
            touched = self._drop(s, conditional, complain)
        elif kind.startswith("AlterTable"):
            key = f"table:{_object(s.SchemaObjectName)}"
            if key not in self.docs:
                return complain(f"cannot alter {key.replace(':', ' ')}: no such table")
            {"AlterTableAddTableElement": self._add_elements, "AlterTableAlterColumn": self._alter_column,
             "AlterTableDropTableElement": self._drop_elements}[kind](
                self.docs[key].ast.Definition, s, complain, conditional)
            touched = [self._reprint(key, *where)]
        else:
            key, exists = self._key(s), self._key(s) in self.docs
            replaces = kind.startswith(("Alter", "CreateOrAlter")) or any(
                str(o.OptionKind) == "DropExisting" and str(o.OptionState) == "On"
                for o in getattr(s, "IndexOptions", None) or [])
            if exists and not replaces:
                return complain(f"{key.replace(':', ' ')} already exists")
            if not exists and replaces and not kind.startswith("CreateOrAlter"):
                complain(f"cannot replace {key.replace(':', ' ')}: it does not exist")
            if key.split(":")[0] in map(str.lower, MODULES):
                text = re.sub(r"(?i)^(CREATE\s+OR\s+)?ALTER\b", "CREATE", text)
            self.docs[key] = Doc(file, s)
            self._put(key, _pad(s.StartLine, s.StartColumn, text))
            touched = [key]
        if kind.endswith(MODULES):
            self.unchecked.update(touched)
        else:
            self._check(touched)

    def _reprint(self, key, file, line, column):
        doc = self.docs[key] = Doc(file, self.docs[key].ast, (line, column))
        self._put(key, self.printer.GenerateScript(doc.ast))
        return key

    def _forget(self, key):
        del self.docs[key]
        self.model.DeleteObjects(key)

    def _drop(self, s, conditional, complain):
        kind = _name(s)[4:]
        if kind == "Index":
            for clause in s.DropIndexClauses:
                table = clause.Object if hasattr(clause, "Object") else None
                name = (clause.Index.Value if table else clause.Index.ChildIdentifier.Value).lower()
                table = _object(table) if table else _object(clause.Index)  # old form: DROP INDEX t.ix
                inline = self.docs.get(f"table:{table}")
                inline = inline and [i for i in inline.ast.Definition.Indexes if i.Name.Value.lower() == name]
                if f"index:{table}.{name}" in self.docs:
                    self._forget(f"index:{table}.{name}")
                elif inline:
                    self.docs[f"table:{table}"].ast.Definition.Indexes.Remove(inline[0])
                    self._reprint(f"table:{table}", self.docs[f"table:{table}"].file, s.StartLine, s.StartColumn)
                elif not s.IsIfExists:
                    complain(f"cannot drop index {name} on {table}: no such index")
            return []
        names = list(s.Objects) if hasattr(s, "Objects") else [s.Schema if kind == "Schema" else s.Name]
        for name in names:
            key = f"{kind.lower()}:" + (name.BaseIdentifier.Value.lower() if kind == "Schema" else _object(name))
            if key in self.docs:
                self._forget(key)
                for child, doc in list(self.docs.items()) if kind == "Table" else ():
                    owner = getattr(doc.ast, "OnName", None) or getattr(doc.ast, "TriggerObject", None)
                    if owner is not None and f"table:{_object(getattr(owner, 'Name', owner))}" == key:
                        self._forget(child)
            elif not s.IsIfExists:
                complain(f"cannot drop {key.replace(':', ' ')}: it does not exist")
        return []

    def _add_elements(self, table, s, complain, conditional):
        for part in ("ColumnDefinitions", "TableConstraints", "Indexes"):
            for element in list(getattr(s.Definition, part)):
                name = getattr(element, {"ColumnDefinitions": "ColumnIdentifier", "Indexes": "Name",
                                         "TableConstraints": "ConstraintIdentifier"}[part])
                if conditional and name is not None and (self._column(table, name.Value) if part == "ColumnDefinitions"
                                                         else self._constraint(table, name.Value)[1]):
                    continue  # its guard sees that it is there
                if part == "TableConstraints" and type(element).__name__ == "DefaultConstraintDefinition":
                    column = self._column(table, element.Column.Value)  # ADD CONSTRAINT d DEFAULT x FOR c
                    if column is None:
                        complain(f"cannot add a default for column {element.Column.Value}: no such column", False)
                    elif column.DefaultConstraint is not None:
                        complain(f"column {element.Column.Value} already has a default", False)
                    else:
                        element.Column, column.DefaultConstraint = None, element
                    continue
                default = getattr(element, "DefaultConstraint", None)
                if default is not None:
                    default.WithValues = False  # how to fill the rows there are: not allowed in a CREATE TABLE
                options = getattr(element, "IndexOptions", None) or []
                for option in [o for o in options if str(o.OptionKind) in BUILD_OPTIONS]:
                    options.Remove(option)
                getattr(table, part).Add(element)
        if s.Definition.SystemTimePeriod is not None:
            table.SystemTimePeriod = s.Definition.SystemTimePeriod

    @staticmethod
    def _column(table, name):
        return next((c for c in table.ColumnDefinitions if c.ColumnIdentifier.Value.lower() == name.lower()), None)

    def _alter_column(self, table, s, complain, _):
        column = self._column(table, s.ColumnIdentifier.Value)
        if column is None:
            return complain(f"cannot alter column {s.ColumnIdentifier.Value}: no such column")
        if s.DataType is None:
            return None  # ADD/DROP ROWGUIDCOL, SPARSE, PERSISTED, MASKED: not modelled
        column.DataType = s.DataType
        column.Collation = s.Collation or column.Collation
        for c in [c for c in column.Constraints if type(c).__name__ == "NullableConstraintDefinition"]:
            column.Constraints.Remove(c)
        nullable = net().dom.NullableConstraintDefinition()
        nullable.Nullable = str(s.AlterTableAlterColumnOption) != "NotNull"
        column.Constraints.Add(nullable)

    def _drop_elements(self, table, s, complain, _):
        kind = ""
        for element in s.AlterTableDropTableElements:
            # In DROP COLUMN a, b the word stands before the first name only.
            kind = kind if str(element.TableElementType) == "NotSpecified" and kind else str(element.TableElementType)
            if kind == "Period":
                table.SystemTimePeriod = None
                continue
            name = element.Name.Value
            if kind == "Column":
                column = self._column(table, name)
                if column is not None:
                    for named in (column.DefaultConstraint, *column.Constraints):
                        label = getattr(named, "ConstraintIdentifier", None)
                        if label is not None:
                            complain(f"cannot drop column {name}: constraint {label.Value} depends on it", False)
                    table.ColumnDefinitions.Remove(column)
                found = column is not None
            else:
                found = self._drop_constraint(table, name)
            if not found and not element.IsIfExists:
                complain(f"cannot drop {kind.lower()} {name}: it does not exist")

    @staticmethod
    def _constraint(table, name):
        """(owner, constraint) by constraint name: the owner is a list of constraints or the defaulted column."""
        owners = [table.TableConstraints] + [c.Constraints for c in table.ColumnDefinitions]
        pairs = [(owner, c) for owner in owners for c in owner]
        pairs += [(c, c.DefaultConstraint) for c in table.ColumnDefinitions if c.DefaultConstraint is not None]
        return next(((o, c) for o, c in pairs if c.ConstraintIdentifier is not None
                     and c.ConstraintIdentifier.Value.lower() == name.lower()), (None, None))

    def _drop_constraint(self, table, name):
        owner, constraint = self._constraint(table, name)
        if hasattr(owner, "DefaultConstraint"):
            owner.DefaultConstraint = None
        elif owner is not None:
            owner.Remove(constraint)
        return owner is not None
