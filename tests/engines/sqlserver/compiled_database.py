"""A database that exists only as the schema which Microsoft's compiler has of it.

It takes the place of a session where no server can be had: each text that would be sent is compiled against the schema
of that moment, DDL changes it, and what is asked of the catalog is answered from it. It has no rows: a query for one
finds one, and a count is 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fix_tsql import TsqlCheck
from neoron.engines.sqlserver import rows, stash_words
from neoron.engines.stash_words import ENTRIES

Row = tuple[Any, ...]
_PER_CHARACTER = {"nvarchar": 2, "nchar": 2}


class CompiledDatabase:
    """A session on it. Shape: sent is every text; errors are the compiler's, with the text that they are of."""

    def __init__(self, tsql: TsqlCheck, *setup: str) -> None:
        self.sent: list[str] = []
        self.chain = tsql.chain(*setup)
        self.entries: dict[int, list[Any]] = {}
        self.errors = [str(f) for f in self.chain.findings if f.severity == "error"]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Compile it; one row touched."""
        self.query(sql, parameters)
        return 1

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Compile it; what the schema answers."""
        names = iter(range(len(parameters)))
        text = re.sub(r"\?(?=[^']*(?:'[^']*'[^']*)*$)", lambda _: f"@p{next(names)}", sql) if parameters else sql
        declared = "".join(f"DECLARE @p{i} sql_variant; " for i in range(len(parameters)))
        self.sent.append(text)
        before = len(self.chain.findings)
        self.chain.add(declared + text, f"text {len(self.sent)}")
        found = self.chain.findings[before:]
        self.errors += [f"{finding}\n{text}" for finding in found if finding.severity == "error"]
        return self._answer(sql, parameters)

    def begin(self) -> None:
        """As a server does."""

    commit = begin

    def _answer(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        if sql.startswith(f"INSERT INTO {ENTRIES}"):
            self.entries[parameters[0]] = list(parameters)
        elif sql.startswith(f"UPDATE {ENTRIES}"):
            name, state, count, detail, id = parameters
            self.entries[id][1], self.entries[id][6:] = name, [count, state, detail]
        elif sql.startswith(f"DELETE FROM {ENTRIES}"):
            del self.entries[parameters[0]]
        elif sql.startswith("SELECT id, name"):
            return [tuple(row) for row in self.entries.values()]
        elif sql.startswith("SELECT coalesce(max(id)"):
            return [(max([0, *self.entries]) + 1,)]
        elif ask := _CATALOG.get(sql):
            return list(ask(self, _named(str(parameters[0]))))
        return [(1,)]

    def table(self, name: str) -> Any:
        """The definition of `schema.name`, as its script stands now; None where it is not there."""
        doc = self.chain.docs.get(f"table:{name}")
        return doc and doc.ast.Definition

    def columns(self, name: str) -> Iterator[Row]:
        """As the catalog would answer `stash_words.COLUMNS`."""
        for column in self.table(name).ColumnDefinitions if self.table(name) else ():
            type = column.DataType and column.DataType.Name.BaseIdentifier.Value.lower()
            sizes = [p.Value for p in getattr(column.DataType, "Parameters", None) or []]
            first = int(sizes[0]) if sizes and sizes[0].isdigit() else -1
            length = first * _PER_CHARACTER.get(type, 1) if first > 0 else -1
            is_filled = column.ComputedColumnExpression is not None or type in ("rowversion", "timestamp")
            is_text = type in ("char", "varchar", "nchar", "nvarchar")
            collation = column.Collation.Value if column.Collation else "Latin1_General_CI_AS" if is_text else ""
            scale = int(sizes[1]) if len(sizes) > 1 else 7 if first < 0 and str(type).startswith("datetime") else first
            yield (column.ColumnIdentifier.Value, type or "int", length, first, max(scale, 0), collation,
                   int(is_filled), int(column.IdentityOptions is not None))  # fmt: skip

    def keys(self, name: str) -> Iterator[tuple[bool, list[str]]]:
        """Every unique key: whether it is the primary one, and its columns."""
        table = self.table(name)
        for column in table.ColumnDefinitions if table else ():
            for constraint in column.Constraints:
                if type(constraint).__name__ == "UniqueConstraintDefinition":
                    yield bool(constraint.IsPrimaryKey), [column.ColumnIdentifier.Value]
        for constraint in table.TableConstraints if table else ():
            if type(constraint).__name__ == "UniqueConstraintDefinition":
                parts = [list(c.Column.MultiPartIdentifier.Identifiers)[-1].Value for c in constraint.Columns]
                yield bool(constraint.IsPrimaryKey), parts

    def primary_key(self, name: str) -> list[Row]:
        """As `stash_words.KEY`."""
        return [(column,) for is_primary, columns in self.keys(name) if is_primary for column in columns]

    def unique(self, name: str) -> Iterator[Row]:
        """As `stash_words.UNIQUE`, filtered indexes too."""
        number = 0
        for number, (_, columns) in enumerate(self.keys(name), 1):
            yield from ((number, "", column) for column in columns)
        for key, doc in self.chain.docs.items():
            if key.startswith(f"index:{name}.") and getattr(doc.ast, "Unique", False):
                number += 1
                condition = doc.ast.FilterPredicate
                text = self.chain.printer.GenerateScript(condition) if condition is not None else ""
                for column in doc.ast.Columns:
                    yield number, text, list(column.Column.MultiPartIdentifier.Identifiers)[-1].Value

    def references(self) -> Iterator[tuple[str, str, list[str], list[str], bool]]:
        """Every foreign key: child, parent, the columns of both, and whether it acts when a row goes."""
        for key, doc in self.chain.docs.items():
            if not key.startswith("table:"):
                continue
            inline = [(c, k) for c in doc.ast.Definition.ColumnDefinitions for k in c.Constraints]
            for column, constraint in [*inline, *((None, k) for k in doc.ast.Definition.TableConstraints)]:
                if type(constraint).__name__ == "ForeignKeyConstraintDefinition":
                    own = [column.ColumnIdentifier.Value] if column else [c.Value for c in constraint.Columns]
                    parent = constraint.ReferenceTableName
                    schema = parent.SchemaIdentifier.Value if parent.SchemaIdentifier else "dbo"
                    name = f"{schema}.{parent.BaseIdentifier.Value}".lower()
                    other = [c.Value for c in constraint.ReferencedTableColumns]
                    acts = str(constraint.DeleteAction) in ("Cascade", "SetNull", "SetDefault")
                    yield key.removeprefix("table:"), name, own, other, acts

    def followers(self, name: str) -> list[Row]:
        """As `stash_words.FOLLOWERS`."""
        found = {child for child, parent, _, _, acts in self.references() if acts and parent == name != child}
        return [tuple(child.split(".", 1)) for child in sorted(found)]

    def parents(self, name: str) -> Iterator[Row]:
        """As `stash_words.PARENTS`."""
        for number, (child, parent, own, other, _) in enumerate(self.references()):
            if child == name:
                for pair in zip(own, other, strict=True):
                    yield (number, *parent.split(".", 1), *pair)

    def triggers(self, name: str) -> list[Row]:
        """As `stash_words.TRIGGERS`."""
        docs = [(key, doc.ast) for key, doc in self.chain.docs.items() if key.startswith("trigger:")]
        return [(a.Name.BaseIdentifier.Value,) for _, a in docs if _dotted(a.TriggerObject.Name) == name]

    def numbered(self, name: str) -> list[Row]:
        """As `rows.NUMBERED`."""
        return [(row[0],) for row in self.columns(name) if row[7]]

    def is_there(self, name: str) -> list[Row]:
        """As the stash asks whether its list is there."""
        return [(1,)] if self.table(name) else []


def _dotted(name: Any) -> str:
    return f"{name.SchemaIdentifier.Value if name.SchemaIdentifier else 'dbo'}.{name.BaseIdentifier.Value}".lower()


def _named(quoted: str) -> str:
    """`[a].[b]` as the chain knows it."""
    parts = [part.replace("]]", "]") for part in re.findall(r"\[((?:[^\]]|\]\])*)\]", quoted)] or [quoted]
    return ".".join(parts if len(parts) > 1 else ["dbo", *parts]).lower()


_CATALOG: dict[str, Any] = {
    stash_words.COLUMNS: CompiledDatabase.columns, stash_words.KEY: CompiledDatabase.primary_key,
    stash_words.UNIQUE: CompiledDatabase.unique, stash_words.FOLLOWERS: CompiledDatabase.followers,
    stash_words.PARENTS: CompiledDatabase.parents, stash_words.TRIGGERS: CompiledDatabase.triggers,
    rows.NUMBERED: CompiledDatabase.numbered, stash_words.WORDS.table_exists: CompiledDatabase.is_there,
}  # fmt: skip
