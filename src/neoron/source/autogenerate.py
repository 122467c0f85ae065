"""Models against a schema, by Alembic's autogenerate: differences in, a revision file out.

Imports Alembic, so it is itself imported only by the commands that author migrations.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code, renderers
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from neoron.model.migration import Version

_TEMPLATE = '''"""{title}

Revision ID: {version}
Revises: {revises}
"""

from alembic import op
import sqlalchemy as sa
{imports}
revision = {version!r}
down_revision = {parents!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
AskRename = Callable[[str, str, str], bool]


class _RenameColumn(ops.AlterColumnOp):
    """A rename whose way back is a rename: Alembic's own way back leaves the new name."""

    def reverse(self) -> _RenameColumn:
        return _RenameColumn(
            self.table_name, str(self.modify_name), schema=self.schema, modify_name=self.column_name,
            existing_type=self.existing_type, existing_nullable=self.existing_nullable,
        )  # fmt: skip


class _RenameTable(ops.RenameTableOp):
    """Likewise for a table, for which Alembic has no way back."""

    def reverse(self) -> _RenameTable:
        return _RenameTable(self.new_table_name, self.table_name, schema=self.schema)


@renderers.dispatch_for(_RenameTable)
def _render_rename(_context: Any, operation: _RenameTable) -> str:
    return f"op.rename_table({operation.table_name!r}, {operation.new_table_name!r})"


@dataclass(frozen=True, slots=True)
class Difference:
    """What separates the models from the migrations.

    Shape: changes is one phrase per operation; destructive holds those that drop something; script is
    Alembic's operations, for rendering.
    """

    changes: tuple[str, ...]
    destructive: tuple[str, ...]
    script: Any
    context: Any


def difference(connection: Any, metadata: Any, renames: Sequence[tuple[str, str]], ask: AskRename) -> Difference:
    """Compare a live schema with models; renames are applied where given or confirmed, never guessed.

    Shape: renames are (old, new) pairs; ask hears table, old and new column.
    """
    options = {"include_object": _is_ours, "compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection=connection, opts=options)
    script = produce_migrations(context, metadata)
    upgrade = script.upgrade_ops
    if upgrade is not None:
        _rename_tables(upgrade, dict(renames))
        _rename_columns(upgrade, dict(renames), ask)
        upgrade.reverse_into(script.downgrade_ops_list[0])
    flat = list(_flat(upgrade.ops if upgrade else ()))
    changes = tuple(_worded(operation) for operation in flat)
    drops = (ops.DropTableOp, ops.DropColumnOp)
    destructive = tuple(_worded(operation) for operation in flat if isinstance(operation, drops))
    return Difference(changes, destructive, script, context)


def _is_ours(_object: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:
    is_own = bool(name) and (str(name).startswith("neoron_") or name == "alembic_version")
    return not (kind == "table" and reflected and is_own)


def _flat(operations: Sequence[Any]) -> Any:
    for operation in operations:
        if isinstance(operation, ops.ModifyTableOps):
            yield from _flat(operation.ops)
        else:
            yield operation


def _rename_tables(upgrade: Any, renames: dict[str, str]) -> None:
    dropped = {o.table_name: o for o in upgrade.ops if isinstance(o, ops.DropTableOp)}
    created = {o.table_name: o for o in upgrade.ops if isinstance(o, ops.CreateTableOp)}
    for old, new in renames.items():
        if old in dropped and new in created:
            place = upgrade.ops.index(created[new])
            upgrade.ops[place] = _RenameTable(old, new)
            upgrade.ops.remove(dropped[old])


def _rename_columns(upgrade: Any, renames: dict[str, str], ask: AskRename) -> None:
    for table in (o for o in upgrade.ops if isinstance(o, ops.ModifyTableOps)):
        dropped = [o for o in table.ops if isinstance(o, ops.DropColumnOp)]
        added = [o for o in table.ops if isinstance(o, ops.AddColumnOp)]
        for drop in dropped:
            add = _renamed_to(table.table_name, drop, added, renames, ask)
            if add is not None:
                place = table.ops.index(drop)
                table.ops[place] = _RenameColumn(
                    table.table_name, drop.column_name, schema=table.schema, modify_name=add.column.name,
                    existing_type=drop.to_column().type, existing_nullable=drop.to_column().nullable,
                )  # fmt: skip
                table.ops.remove(add)
                added.remove(add)


def _renamed_to(table: str, drop: Any, added: Sequence[Any], renames: dict[str, str], ask: AskRename) -> Any:
    given = renames.get(drop.column_name) or renames.get(f"{table}.{drop.column_name}")
    for add in added:
        if given and add.column.name == given.rpartition(".")[2]:
            return add
    if given is None:
        for add in added:
            same_type = str(add.column.type) == str(drop.to_column().type)
            if same_type and ask(table, drop.column_name, add.column.name):
                return add
    return None


def _worded(operation: Any) -> str:
    table = getattr(operation, "table_name", "") or getattr(operation, "source_table", "") or ""
    if isinstance(operation, ops.AddColumnOp):
        return f"adds column {table}.{operation.column.name}"
    if isinstance(operation, ops.DropColumnOp):
        return f"drops column {table}.{operation.column_name}"
    if isinstance(operation, ops.AlterColumnOp):
        if operation.modify_name:
            return f"renames column {table}.{operation.column_name} to {operation.modify_name}"
        return f"alters column {table}.{operation.column_name}"
    if isinstance(operation, ops.RenameTableOp):
        return f"renames table {table} to {operation.new_table_name}"
    if isinstance(operation, (ops.CreateTableOp, ops.DropTableOp)):
        return f"{'creates' if isinstance(operation, ops.CreateTableOp) else 'drops'} table {table}"
    name = getattr(operation, "constraint_name", None) or getattr(operation, "index_name", None) or "unnamed"
    kind = type(operation).__name__.removesuffix("Op")
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in kind).strip()
    verb, _, thing = words.partition(" ")
    return f"{verb}s {thing} {name} on {table}"


def render(title: str, version: Version, parents: tuple[Version, ...], found: Difference | None) -> str:
    """A revision file; without a difference both functions only pass."""
    imports: set[str] = set()
    upgrade = downgrade = "    pass"
    if found and found.script.upgrade_ops:
        context = found.context
        upgrade = _code(found.script.upgrade_ops, context, imports)
        downgrade = _code(found.script.downgrade_ops, context, imports)
    down = parents[0] if len(parents) == 1 else parents or None
    return _TEMPLATE.format(
        title=title, version=version, revises=", ".join(parents) or "", parents=down,
        imports="".join(f"{line}\n" for line in sorted(imports)), upgrade=upgrade, downgrade=downgrade,
    )  # fmt: skip


def _code(operations: Any, context: Any, imports: set[str]) -> str:
    body = render_python_code(operations, render_as_batch=True, migration_context=context)
    imports |= {line for line in context.opts.get("imports", ()) if line}
    lines = [line for line in body.splitlines() if not line.strip().startswith("# ###")]
    # Alembic's text is indented but for its first line, a comment that is left out here.
    return textwrap.indent(textwrap.dedent("\n".join(lines)), "    ").rstrip() or "    pass"
