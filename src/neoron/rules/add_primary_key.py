"""A primary key builds its index while everybody waits"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neoron.model.finding import Category, Severity
from neoron.model.plan import LockLevel
from neoron.rules.alter_cost import rebuild_is_felt
from neoron.rules.constraints_sqlserver import built_key
from neoron.rules.rule import Effect, Example, Hit, OnEngine, Rule, hits
from neoron.rules.safe_mysql import key_online
from neoron.rules.safe_postgresql import safe_primary_key
from neoron.rules.safe_sqlserver import built_online
from neoron.rules.scene import Scene
from neoron.sql.actions import AddConstraint
from neoron.sql.parts import ConstraintKind


def builds_primary(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD PRIMARY KEY without an index that is there, or with one over columns that may be NULL."""
    constraint = action.constraint
    if constraint.kind is not ConstraintKind.PRIMARY_KEY or not scene.is_heavy(action.table):
        return
    table = scene.table(action.table)
    if not constraint.using_index:
        message = f"nobody can read or write {action.table} while the index is built"
        yield Hit(message, table=scene.key(action.table))
        return
    index = table.indexes.get(constraint.using_index)
    columns = [table.columns[c] for c in (index.columns if index else ()) if c in table.columns]
    if any(column.is_nullable is not False for column in columns):
        yield Hit(f"nobody can read or write {action.table} while its key is looked at for NULL in every row",
                  table=scene.key(action.table))  # fmt: skip


def rebuilds_by_key(action: AddConstraint, scene: Scene) -> Iterator[Hit]:
    """ADD PRIMARY KEY: the rows are written again in its order."""
    is_primary = action.constraint.kind is ConstraintKind.PRIMARY_KEY
    if is_primary and rebuild_is_felt(action, scene, action.table):
        yield from hits(f"all of {action.table} is written again in the order of the key", Category.LOCKING,
                        Category.PERFORMANCE, table=scene.key(action.table))  # fmt: skip


RULE = Rule(
    id="add-primary-key",
    category=Category.LOCKING,
    severity=Severity.ERROR,
    title="A primary key builds its index while everybody waits",
    why=(
        "Nobody can read or write the table until the index is built and every column was looked at for NULL."
    ),
    instead=(
        "CREATE UNIQUE INDEX CONCURRENTLY, make the columns NOT NULL safely, then ADD PRIMARY KEY USING INDEX"
    ),
    looks_at=(AddConstraint,),
    also=(Category.COMPATIBILITY,),
    aliases=("squawk:adding-serial-primary-key-field", "eugene:E7"),
    engines={
        "mariadb": OnEngine(
            rebuilds_by_key,
            Effect(LockLevel.NONE, rewrites=True, source="measured on MariaDB 10.11"),
            Example(
                bad="ALTER TABLE loose ADD PRIMARY KEY (id);",
                good="CREATE TABLE fresh (id int NOT NULL); ALTER TABLE fresh ADD PRIMARY KEY (id);",
                schema="CREATE TABLE loose (id int NOT NULL, n int);",
            ),
            instead="state ALGORITHM=INPLACE, LOCK=NONE, so that the server refuses rather than keep writers out",
            remedy=key_online,
        ),
        "mysql": OnEngine(
            rebuilds_by_key,
            Effect(
                LockLevel.NONE, rewrites=True,
                source="MySQL manual, 17.12.1 Online DDL Operations, Primary Key Operations",
            ),
            Example(
                bad="ALTER TABLE loose ADD PRIMARY KEY (id);",
                good="CREATE TABLE fresh (id int NOT NULL); ALTER TABLE fresh ADD PRIMARY KEY (id);",
                schema="CREATE TABLE loose (id int NOT NULL, n int);",
            ),
            instead="state ALGORITHM=INPLACE, LOCK=NONE, so that the server refuses rather than keep writers out",
            remedy=key_online,
        ),
        "postgresql": OnEngine(
            builds_primary,
            Effect(
                LockLevel.ALL, scans=True,
                source=(
                "PostgreSQL manual, ALTER TABLE, ADD table_constraint_using_index; measured on 10 to 18"
            ),
            ),
            Example(
                bad="ALTER TABLE loose ADD PRIMARY KEY (id);",
                good=(
                    "CREATE UNIQUE INDEX CONCURRENTLY loose_id ON loose (id); ALTER TABLE loose ADD PRIMARY KEY"
                    " USING INDEX loose_id;"
                ),
                schema="CREATE TABLE loose (id bigint NOT NULL);",
            ),
            remedy=safe_primary_key,
        ),
        "sqlserver": OnEngine(
            partial(built_key, ConstraintKind.PRIMARY_KEY),
            Effect(
                LockLevel.ALL, scans=True, safe_since="with ONLINE = ON on Enterprise",
                source="Microsoft Learn, ALTER TABLE table_constraint (Transact-SQL), ONLINE",
            ),
            Example(
                bad="ALTER TABLE archive ADD CONSTRAINT pk_archive PRIMARY KEY (id);",
                good="ALTER TABLE archive ADD CONSTRAINT pk_archive PRIMARY KEY (id) WITH (ONLINE = ON);",
                schema="CREATE TABLE archive (id bigint NOT NULL);",
                edition="enterprise",
            ),
            instead="WITH (ONLINE = ON) where the edition has it; otherwise at a quiet time",
            remedy=built_online,
        ),
    },
)
