"""Migrations that show when anything of them happens twice: counters go up, rows have no key."""

from __future__ import annotations

from fix_project import ProjectFolder

ONCE = "UPDATE counters SET n = n + 1"


def note(text: str) -> str:
    """A row without a key: running it twice makes two."""
    return f"INSERT INTO notes (note) VALUES ('{text}')"


def write(folder: ProjectFolder, engine: str) -> tuple[str, ...]:
    """Write the migrations for one engine; their versions in order."""
    _tables(folder)
    _mixed(folder)
    _outside(folder, engine)
    _rebuild(folder)
    _python(folder)
    return ("1", "2", "3", "4", "5")


def _tables(folder: ProjectFolder) -> None:
    folder.sql(
        "1", "tables",
        f"""
        CREATE TABLE counters (name varchar(20) NOT NULL PRIMARY KEY, n int NOT NULL);
        INSERT INTO counters (name, n) VALUES ('a', 0);
        CREATE TABLE notes (note varchar(40) NOT NULL);
        CREATE TABLE parents (id int NOT NULL PRIMARY KEY, label varchar(40) NOT NULL);
        CREATE TABLE children (id int NOT NULL PRIMARY KEY,
          parent_id int NOT NULL REFERENCES parents (id) ON DELETE CASCADE);
        INSERT INTO parents (id, label) VALUES (1, 'x'), (2, 'y'), (3, 'z');
        INSERT INTO children (id, parent_id) VALUES (1, 1), (2, 1), (3, 2), (4, 3);
        {note('tables')};
        """,
        "DROP TABLE children; DROP TABLE parents; DROP TABLE notes; DROP TABLE counters;",
    )  # fmt: skip


def _mixed(folder: ProjectFolder) -> None:
    folder.sql(
        "2", "mixed",
        f"{ONCE}; {note('mixed')}; ALTER TABLE parents ADD COLUMN size int; UPDATE parents SET size = id * 10;"
        f"{ONCE}; CREATE INDEX parents_label ON parents (label);",
        f"{ONCE}; {note('mixed back')}; DROP INDEX parents_label; ALTER TABLE parents DROP COLUMN size;",
    )  # fmt: skip


def _outside(folder: ProjectFolder, engine: str) -> None:
    if engine == "postgresql":
        first = "CREATE INDEX CONCURRENTLY children_parent ON children (parent_id)"
        second = "CREATE UNIQUE INDEX CONCURRENTLY parents_size ON parents (size)"
        drops = ("DROP INDEX CONCURRENTLY children_parent", "DROP INDEX CONCURRENTLY parents_size")
    else:
        first, second = "VACUUM", "CREATE UNIQUE INDEX parents_size ON parents (size)"
        drops = ("VACUUM", "DROP INDEX parents_size")
    folder.sql(
        "3", "outside",
        f"{ONCE}; {first}; {note('between')}; {ONCE}; {second}; {note('after')};",
        f"{ONCE}; {drops[0]}; {note('outside back')}; {drops[1]}; {ONCE};", options="transaction:false",
    )  # fmt: skip


def _rebuild(folder: ProjectFolder) -> None:
    """A table that others refer to is built anew under its name; its children must stay."""
    made = "CREATE TABLE parents_new (id int NOT NULL PRIMARY KEY, size int, label varchar(40) NOT NULL"
    new, old = f"{made} DEFAULT '-')", f"{made})"
    copy = "INSERT INTO parents_new (id, label, size) SELECT id, label, size FROM parents"
    if folder.url.startswith("sqlite"):
        swap = f"{copy}; DROP TABLE parents; ALTER TABLE parents_new RENAME TO parents;"
        again = "CREATE INDEX parents_label ON parents (label); CREATE UNIQUE INDEX parents_size ON parents (size)"
        folder.sql("4", "rebuild", f"{new}; {swap} {again}; {ONCE};", f"{old}; {swap} {again}; {ONCE};")
        return
    way, way_back = ("ALTER TABLE parents ALTER COLUMN label " + end for end in ("SET DEFAULT '-'", "DROP DEFAULT"))
    folder.sql("4", "rebuild", f"{way}; {ONCE}; {note('rebuilt')};", f"{ONCE}; {way_back};")


def _python(folder: ProjectFolder) -> None:
    up = """
    with op.batch_alter_table("children") as batch:
        batch.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="7"))
    rows = op.get_bind().execute(sa.text("SELECT count(*) FROM children")).scalar()
    op.execute(f"INSERT INTO notes (note) VALUES ('python saw {rows}')")
    op.execute("UPDATE counters SET n = n + 1")
    """
    down = """
    with op.batch_alter_table("children") as batch:
        batch.drop_column("weight")
    op.execute("UPDATE counters SET n = n + 1")
    """
    folder.py("5", "python", "4", up, down)
