"""Names that have to be quoted, or look as if they need not be."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, py, sql

LONG = "a_table_whose_name_has_exactly_sixty_characters_in_it_right_"
assert len(LONG) == 60

CASES = (
    sql(
        "mixed_case_names",
        up="""
        CREATE TABLE "MixedCase" ("Id" INTEGER PRIMARY KEY, "iD2" TEXT, plain TEXT);
        CREATE INDEX "IX_MixedCase_iD2" ON "MixedCase" ("iD2", plain);
        INSERT INTO "MixedCase" VALUES (1, 'a', 'b');
        ALTER TABLE "MixedCase" RENAME COLUMN "iD2" TO "Id2";
        """,
        down='DROP TABLE "MixedCase";',
    ),
    sql(
        "reserved_names",
        up="""
        CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "from" TEXT, "group" TEXT);
        CREATE INDEX "index" ON "order" ("from");
        INSERT INTO "order" VALUES (1, 'drop', 'table');
        CREATE VIEW "view" AS SELECT "select" AS "where" FROM "order";
        """,
        down='DROP VIEW "view"; DROP TABLE "order";',
    ),
    py(
        "reserved_names",
        up="""
        op.create_table("order", sa.Column("select", sa.Integer(), primary_key=True), sa.Column("from", sa.Text()))
        op.create_index("index", "order", ["from"])
        op.bulk_insert(sa.table("order", sa.column("select"), sa.column("from")), [{"select": 1, "from": "there"}])
        """,
        down="""
        op.drop_index("index", "order")
        op.drop_table("order")
        """,
    ),
    sql(
        "names_in_other_alphabets",
        up="""
        CREATE TABLE bücher (größe INTEGER, "имя" TEXT, "名前 🙂" TEXT);
        CREATE INDEX "ключ" ON bücher ("имя");
        INSERT INTO bücher VALUES (1, 'Война и мир', '🙂');
        """,
        down="DROP TABLE bücher;",
    ),
    sql(
        "names_with_signs_in_them",
        up="""
        CREATE TABLE "two words; and -- more" ("a ""quoted"" one" INTEGER, "50 %" TEXT, "it's :here" TEXT, "{?}" TEXT);
        INSERT INTO "two words; and -- more" VALUES (1, '%s', ':x', '?');
        ALTER TABLE "two words; and -- more" ADD COLUMN "$1" TEXT;
        """,
        down='DROP TABLE "two words; and -- more";',
    ),
    py(
        "names_with_signs_in_them",
        up="""
        op.create_table("two words", sa.Column("50 %", sa.Integer()), sa.Column('a "quoted" one', sa.Text()))
        op.add_column("two words", sa.Column("it's", sa.Text()))
        """,
        down='op.drop_table("two words")',
    ),
    sql(
        "names_of_60_characters",
        up=f"""
        CREATE TABLE {LONG} (id INTEGER PRIMARY KEY, {LONG.replace("table", "field")} INTEGER);
        CREATE INDEX {LONG.replace("table", "index")} ON {LONG} ({LONG.replace("table", "field")});
        INSERT INTO {LONG} VALUES (1, 2);
        """,
        down=f"DROP TABLE {LONG};",
    ),
    py(
        "names_of_60_characters",
        up=f"""
        op.create_table("{LONG}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("b", sa.Integer()))
        op.create_index("{LONG.replace("table", "index")}", "{LONG}", ["b"])
        """,
        down=f'op.drop_table("{LONG}")',
    ),
    sql(
        "same_name_in_two_schemas",
        up="""
        CREATE SCHEMA "Side";
        CREATE TABLE "Side".orders (id INT PRIMARY KEY, other TEXT);
        INSERT INTO "Side".orders VALUES (1, 'x');
        ALTER TABLE "Side".orders DROP COLUMN other;
        DELETE FROM "Side".orders;
        """,
        down='DROP SCHEMA "Side" CASCADE;',
        engines=(POSTGRESQL,),
    ),
)
