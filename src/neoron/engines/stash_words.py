"""The words in which an engine's stash is written, and the list of what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neoron.engines.roles import Session
from neoron.sql.quote import quote_identifier

ENTRIES = "neoron_stash_entries"


@dataclass(frozen=True, slots=True)
class StashColumn:
    """A column as the stash sees it.

    Shape: kept is how its value is copied, `{}` or a cast to text where its type may be dropped as well; definition
    is the copy's own type, where its table is not made from a query; is_numbered says that only a new row may name it.
    """

    name: str
    type: str
    is_generated: bool = False
    kept: str = "{}"
    definition: str = ""
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: these columns refer to those of a parent."""

    columns: tuple[str, ...]
    schema: str
    table: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the list. Shape: detail as `_copy` and `_settle` have written it."""

    id: int
    name: str
    version: str
    direction: str
    run_id: str
    kept_at: str
    row_count: int
    state: str
    detail: dict[str, Any]

    @property
    def schema(self) -> str:
        """The table's schema, empty for the default one."""
        return str(self.detail["schema"])

    @property
    def table(self) -> str:
        """The table that it was taken from."""
        return str(self.detail["table"])

    @property
    def columns(self) -> list[str]:
        """The columns o0, o1, … by their own names."""
        return list(self.detail["columns"])

    @property
    def key(self) -> list[str]:
        """The columns that tell rows apart; none where nothing does."""
        return list(self.detail["key"])

    @property
    def is_whole(self) -> bool:
        """Whether whole rows were copied."""
        return bool(self.detail["whole"])


@dataclass(frozen=True, slots=True)
class StashWords:
    """An engine's words.

    Shape: formats take `{}`; same_values takes two values and is true also for two NULLs; cast takes a value and a
    type; locks are the statements that keep writers from a table; followers are the tables whose rows a deleted row may
    take along; quieted runs while a table's own triggers are silent, and settles its sequences afterwards.
    """

    dialect: str
    mark: str
    short: str
    long: str
    table_exists: str
    as_text: str
    same_values: str
    cast: str
    overriding: str
    folds: bool
    locks: Callable[[str], tuple[str, ...]]
    columns: Callable[[Session, str, str], list[StashColumn]]
    key: Callable[[Session, str, str], tuple[str, ...]]
    followers: Callable[[Session, str, str], list[tuple[str, str]]]
    parents: Callable[[Session, str, str], list[Reference]]
    silence: Callable[[Session, str, str], list[str]]
    settle_sequences: Callable[[Session, str, str], None]
    table_options: str = ""
    add_column: str = "ADD COLUMN"

    @property
    def entries_table(self) -> str:
        """The statement that makes the list where it is missing."""
        short, long = self.short, self.long
        return (
            f"CREATE TABLE IF NOT EXISTS {ENTRIES} (id BIGINT NOT NULL PRIMARY KEY, name {short} NOT NULL, "
            f"version {short} NOT NULL, direction {short} NOT NULL, run_id {short} NOT NULL, kept_at {short} NOT NULL, "
            f"row_count BIGINT NOT NULL, state {short} NOT NULL, detail {long} NOT NULL){self.table_options}"
        )

    def quoted(self, name: str) -> str:
        """A name, quoted."""
        return quote_identifier(name, self.dialect)

    def folded(self, name: str) -> str:
        """A name as this engine compares it."""
        return name.lower() if self.folds else name

    def table(self, schema: str, table: str) -> str:
        """A table's quoted name."""
        return f"{self.quoted(schema)}.{self.quoted(table)}" if schema else self.quoted(table)

    def same(self, left: str, right: str) -> str:
        """A condition: both values, as `text` gives them, are the same to the last digit."""
        return self.same_values.format(left, right)

    def text(self, value: str, type: str) -> str:
        """A value of a type as `same` compares it."""
        return value

    def old(self, alias: str, kept: Kept, i: int) -> str:
        """A kept value as `same` compares it."""
        return self.text(f"{alias}.o{i}", kept.detail["types"][i])

    def now(self, kept: Kept, i: int, present: Mapping[str, str]) -> str:
        """The same column's value in row t of the table, as `same` compares it."""
        column = kept.columns[i]
        return self.text(f"t.{self.quoted(column)}", present[self.folded(column)])

    def few(self, columns: str, rest: str, count: int = 1) -> str:
        """The query of at most so many rows."""
        return f"SELECT {columns} {rest} LIMIT {count}"

    def copy(self, session: Session, name: str, columns: Sequence[StashColumn], source: str) -> int:
        """Make the table that keeps these columns, as o0, o1, …, of every row; how many, or -1."""
        values = ", ".join(f"{c.kept.format(self.quoted(c.name))} AS o{i}" for i, c in enumerate(columns))
        return session.execute(f"CREATE TABLE {name} AS SELECT {values} FROM {source}")

    def match(self, kept: Kept, present: Mapping[str, str]) -> str:
        """A condition: row t of the table is row s of the stash, by the key."""
        parts = []
        for column in kept.key:
            i = kept.columns.index(column)
            old, now = f"s.o{i}", f"t.{self.quoted(column)}"
            is_same_type = kept.detail["types"][i] == present.get(self.folded(column)) and not kept.detail["as_text"][i]
            both = (now, old)
            if not is_same_type:
                texts = self.now(kept, i, present), self.old("s", kept, i)
                both = (self.as_text.format(texts[0]), self.as_text.format(texts[1]))
            parts.append(" = ".join(both))
        return " AND ".join(parts)

    def note(self, session: Session, kept: Kept, state: str, **facts: Any) -> int:
        """Write down how a kept thing stands; what holds no rows is forgotten. The rows it holds."""
        count = int(session.query(f"SELECT count(*) FROM {kept.name}")[0][0])
        if not count:
            self.forget(session, kept)
            return 0
        detail = json.dumps({**kept.detail, **facts})
        session.execute(
            f"UPDATE {ENTRIES} SET name = {self.mark}, state = {self.mark}, row_count = {self.mark},"
            f" detail = {self.mark} WHERE id = {self.mark}", (kept.name, state, count, detail, kept.id),
        )  # fmt: skip
        return count

    def update_from(self, target: str, source: str, match: str, sets: Sequence[str], where: str) -> str:
        """The statement that sets columns of a table from matching rows of another; each is named with its alias."""
        return f"UPDATE {target} SET {', '.join(sets)} FROM {source} WHERE {match} AND {where}"

    def update(self, name: str, sets: Sequence[str], where: str) -> str:
        """The statement that sets columns of rows, called s, of a kept thing."""
        return f"UPDATE {name} AS s SET {', '.join(sets)} WHERE {where}"

    def set_to(self, alias: str, column: str, value: str) -> str:
        """A part of `update_from`'s sets."""
        return f"{column} = {value}"

    def delete_from(self, name: str, where: str) -> str:
        """The statement that deletes rows, called s, of a kept thing."""
        return f"DELETE FROM {name} AS s WHERE {where}"

    def fill(self, session: Session, target: str, values: Mapping[str, str], name: str, where: Sequence[str]) -> int:
        """Insert the rows, called s, of a kept thing whose keys are free; how many.

        Shape: values maps the target's quoted columns to expressions.
        """
        return session.execute(
            f"INSERT INTO {target} ({', '.join(values)}){self.overriding} SELECT {', '.join(values.values())}"
            f" FROM {name} s WHERE {' AND '.join(where)} ON CONFLICT DO NOTHING"
        )

    def has_own_parent(self, target: str, kept: Kept, reference: Reference, values: Mapping[int, str]) -> str:
        """A condition on a row that refers to its own table; empty where the database looks at the whole statement."""
        return ""

    def steady(self, session: Session, kept: Kept) -> list[str]:
        """Columns that would change by themselves with any other column of their row."""
        return []

    def forget(self, session: Session, kept: Kept) -> None:
        """Drop a kept thing and its row of the list."""
        session.execute(f"DROP TABLE IF EXISTS {kept.name}")
        session.execute(f"DELETE FROM {ENTRIES} WHERE id = {self.mark}", (kept.id,))
