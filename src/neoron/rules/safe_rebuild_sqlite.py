"""What SQLite's ALTER TABLE refuses, as a rebuild of the table that ends where the statement wanted to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from neoron.rules.remedy import Part, Remedy
from neoron.rules.scene import Scene, TableState
from neoron.sql.actions import Action, AddColumn, AddConstraint, AlterColumn, AlterType, Create, DropConstraint
from neoron.sql.parts import ConstraintKind, Kind
from neoron.sql.quote import quote_identifier
from neoron.sql.reader import Reader
from neoron.sql.reading.sqlite.columns import data_type
from neoron.sql.reading.sqlite.names import written

_BEFORE = ("PRAGMA foreign_keys = OFF", "BEGIN")
_AFTER = ("PRAGMA foreign_key_check", "COMMIT", "PRAGMA foreign_keys = ON")
_KEPT = ("STRICT", "WITHOUT ROWID")


@dataclass(slots=True)
class _Shape:
    """The new table: its columns by name and its constraints, as text; copied are the columns that the old one has."""

    columns: dict[str, str]
    constraints: list[str]
    copied: dict[str, str] = field(default_factory=dict)


def safe_rebuild(part: Part) -> Remedy | str:
    """The rebuild that does what the action asks for, or why it cannot be written.

    Shape: outside a transaction it brings its own, with foreign keys off around it; inside one it is the copy alone.
    Source: SQLite, "ALTER TABLE", 7 Making Other Kinds Of Table Schema Changes.
    """
    name = part.action.table  # type: ignore[attr-defined]  # the rule looks at changes of tables only
    scene, table = part.scene, part.scene.table(name)
    if not table.is_known or not table.written or name.schema not in ("", scene.default_schema):
        return "the definition of the table is not known word for word: give the file that makes it with --schema"
    shape = _shape(table)
    refusal = _changed(shape, part.action, table)
    if refusal:
        return refusal
    views = list(_views(scene.key(name), scene))
    triggers = [made for made in _triggers(scene) if _is_hit(made, scene.key(name), views, scene)]
    if not all(made.text for made in (*views, *triggers)):
        return "the text of its views and triggers is not known"
    steps = tuple(_steps(table, shape, views, triggers, scene))
    return Remedy(instead=steps if scene.in_transaction else (*_BEFORE, *steps, *_AFTER))


def _shape(table: TableState) -> _Shape:
    columns = {name: column.text for name, column in table.columns.items()}
    copied = {n: _first_word(c.text) for n, c in table.columns.items() if not c.generated}
    return _Shape(columns, [c.text for c in table.constraints.values() if c.text], copied)


def _first_word(text: str) -> str:
    return Reader.of(text, "sqlite").source[0].text


def _changed(shape: _Shape, action: Action, table: TableState) -> str:
    """Do to the shape what the action asks for; why it cannot be done, else "". Changes: shape."""
    match action:
        case AddColumn():
            return _add_column(shape, action)
        case AddConstraint():
            if action.constraint.on_delete == "cascade":
                return "it will delete rows by itself: write the rebuild by hand, once that is wanted"
            shape.constraints.append(action.constraint.text)
        case DropConstraint():
            made = table.constraints.get(action.name)
            if made is None or not made.text:
                return f"no constraint of the table is called {action.name}, or it stands in a column"
            shape.constraints.remove(made.text)
        case AlterColumn() | AlterType() if action.column in shape.columns:
            shape.columns[action.column] = _column(shape.columns[action.column], action)
        case _:
            return "what it asks for could not be read"
    return ""


def _add_column(shape: _Shape, action: AddColumn) -> str:
    column = action.column
    if any(c.kind is ConstraintKind.PRIMARY_KEY for c in column.constraints):
        return "nothing says what the key of the rows that are there should be"
    if column.is_nullable is False and column.default is None and not column.generated:
        return "nothing says what the rows that are there should get"
    shape.columns[column.name] = column.text
    return ""


def _column(text: str, action: AlterColumn | AlterType) -> str:
    """A column's definition with that change."""
    reader = Reader.of(text, "sqlite")
    first, reader.at = reader.source[0].text, 1
    kind = data_type(reader).text
    rest = reader.rest
    if isinstance(action, AlterType):
        return " ".join(filter(None, (first, action.type.text, written(rest.source))))
    rest = (_without_default if action.change.endswith("default") else _without_null)(rest)
    added = {"set not null": "NOT NULL", "set default": f"DEFAULT {action.value.text if action.value else 'NULL'}"}
    return " ".join(filter(None, (first, kind, written(rest.source), added.get(action.change, ""))))


def _without_default(rest: Reader) -> Reader:
    start = next((at for at, word in enumerate(rest.words) if word == "DEFAULT"), -1)
    if start < 0:
        return rest
    rest.at = start + 1
    if rest.word() == "(":
        rest.skip_parentheses()
    else:
        rest.skip_any("+", "-")
        rest.at += 1
    return _joined(rest, start, rest.at)


def _without_null(rest: Reader) -> Reader:
    """Without [NOT] NULL and the conflict clause of it."""
    for at, word in enumerate(rest.words):
        if word != "NULL" or rest.words[at - 1 : at] == ["DEFAULT"] or rest.words[at - 2 : at] == ["IS", "NOT"]:
            continue
        if rest.words[:at].count("(") != rest.words[:at].count(")"):
            continue
        start = at - 1 if rest.words[at - 1 : at] == ["NOT"] else at
        end = at + 4 if rest.words[at + 1 : at + 3] == ["ON", "CONFLICT"] else at + 1
        return _joined(rest, start, end)
    return rest


def _joined(reader: Reader, start: int, end: int) -> Reader:
    return Reader([*reader.source[:start], *reader.source[end:]], reader.dialect)


def _steps(
    table: TableState, shape: _Shape, views: Sequence[Create], triggers: Sequence[Create], scene: Scene
) -> Iterator[str]:
    old, new = quote_identifier(table.written, "sqlite"), quote_identifier(_free(table, scene), "sqlite")
    key = scene.key(table.name)
    others = [t for t in triggers if t.table and scene.key(t.table) != key and not _is_on(t, views, scene)]
    yield from (f"DROP TRIGGER {quote_identifier(t.name.name, 'sqlite')}" for t in others)
    yield from (f"DROP VIEW {quote_identifier(v.name.name, 'sqlite')}" for v in reversed(views))
    options = ", ".join(word for word in _KEPT if word in table.options)
    parts = ", ".join([*shape.columns.values(), *shape.constraints])
    yield f"CREATE TABLE {new} ({parts})" + (f" {options}" if options else "")
    listed = ", ".join(shape.copied.values())
    yield f"INSERT INTO {new} ({listed}) SELECT {listed} FROM {old}"
    if any(column.is_identity for column in table.columns.values()):
        yield (
            "UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = "
            f"{_text(table.written)}) WHERE name = {_text(_free(table, scene))}"
        )
    yield f"DROP TABLE {old}"
    yield f"ALTER TABLE {new} RENAME TO {old}"
    for name, index in table.indexes.items():
        unique = "UNIQUE INDEX" if index.is_unique else "INDEX"
        yield f"CREATE {unique} {quote_identifier(name, 'sqlite')} ON {old} {index.text}"
    yield from (made.text for made in views)
    yield from (made.text for made in triggers)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _free(table: TableState, scene: Scene) -> str:
    """A name that no table has."""
    name = f"new_{table.written}"
    while name.lower() in scene.tables:
        name = f"new_{name}"
    return name


def _views(key: str, scene: Scene) -> Iterator[Create]:
    """The views that read the table, or such a view, in the order in which they were made."""
    read = {key}
    for (kind, name), made in scene.objects.items():
        if kind is Kind.VIEW and read & {scene.key(one) for one in made.reads}:
            read.add(name)
            yield made


def _triggers(scene: Scene) -> list[Create]:
    return [made for (kind, _name), made in scene.objects.items() if kind is Kind.TRIGGER]


def _is_hit(trigger: Create, key: str, views: Sequence[Create], scene: Scene) -> bool:
    """On the table, or naming it or one of those views: it is dropped, or stands in the way of the rename."""
    names = {key, *(scene.key(view.name) for view in views)}
    on = {scene.key(trigger.table)} if trigger.table else set()
    return bool(names & (on | {scene.key(one) for one in trigger.reads}))


def _is_on(trigger: Create, views: Sequence[Create], scene: Scene) -> bool:
    """On one of these views, with which it is dropped."""
    return trigger.table is not None and scene.key(trigger.table) in {scene.key(view.name) for view in views}
