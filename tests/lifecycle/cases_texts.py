"""Files whose text is out of the ordinary, and literals that look like something else."""

from __future__ import annotations

from lifecycle.case import POSTGRESQL, Case, py, sql

TEXTS = "CREATE TABLE texts (id INTEGER PRIMARY KEY, t TEXT);"

# What no client library may take for a parameter, a comment, an escape or the end of a statement.
SIGNS = (
    "100 % of 50%s and %(name)s", ":name ::text", "really?", "{} {0} {x}", "$1 $$ $tag$", "a; b", "-- no comment",
    "/* nor this */", "it''s", '"quoted"', r"C:\new\table", "#!@^&*()[]<>|~`", "naïve 🙂 名前", "@p1 and ?1", "${x}",
)  # fmt: skip
INSERT_SIGNS = "\n".join(f"INSERT INTO texts VALUES ({i}, '{sign}');" for i, sign in enumerate(SIGNS, 10))


def _long(statements: int) -> Case:
    """A file of one line per statement, half of them structure."""
    up = [TEXTS, *(f"CREATE INDEX ix_{i} ON texts (t, id);" for i in range(20))]
    up += [f"INSERT INTO texts VALUES ({i}, 'line {i}; of many');" for i in range(statements - len(up))]
    return sql(f"{statements}_lines", "\n".join(up), "DROP TABLE texts;")


CASES = (
    sql("signs_in_literals", TEXTS + "\n" + INSERT_SIGNS, "DROP TABLE texts;"),
    py(
        "signs_in_literals",
        up=f"""
        texts = op.create_table("texts", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("t", sa.Text()))
        signs = {[sign.replace("''", "'") for sign in SIGNS]!r}
        op.bulk_insert(texts, [{{"id": i, "t": sign}} for i, sign in enumerate(signs, 10)])
        """,
        down='op.drop_table("texts")',
    ),
    py(
        "signs_in_executed_text",
        up=r"""
        op.execute("INSERT INTO orders VALUES (901, 1, 1, '100 % of 50%s, really? {} $1 a;b C:\\new it''s')")
        op.execute("UPDATE orders SET note = 'time 12\\:30' WHERE id = 901 AND note LIKE '100 \\%%'")
        """,
        down='op.execute("DELETE FROM orders WHERE id = 901")',
    ),
    sql("lines_that_end_in_crlf", TEXTS + "\n" + INSERT_SIGNS, "DROP TABLE\ntexts;", newline="\r\n"),
    py(
        "lines_that_end_in_crlf",
        up='op.add_column("orders", sa.Column("a", sa.Integer()))\nop.execute("UPDATE orders SET a = 1")',
        down='op.drop_column("orders", "a")',
        newline="\r\n",
    ),
    sql(
        "comments_everywhere",
        up="""
        -- migrate: nothing; here
        /* a; block */ CREATE TABLE /* inside */ c ( -- a column; next
            a INTEGER /* ' */, -- it's
            b TEXT DEFAULT '--' -- "
        ); -- after
        ;;
        INSERT INTO c VALUES (1, '/*'); /* the end */
        """,
        down="DROP /* it */ TABLE c -- done",
    ),
    sql(
        "literals_over_several_lines",
        up="INSERT INTO orders VALUES (901, 1, 1, 'line 1\n\tline 2;\n\n-- line 4\n  ');",
        down="DELETE FROM orders WHERE note LIKE 'line 1\n%';",
    ),
    py(
        "literals_over_several_lines",
        up='op.execute("INSERT INTO orders VALUES (901, 1, 1, \'line 1\\n\\ttab;\\n  \')")',
        down='op.execute("DELETE FROM orders WHERE id = 901")',
    ),
    sql(
        "literals_of_postgresql",
        up=r"""
        INSERT INTO orders VALUES (901, 1, 1, E'it\'s; \n C:\\new'), (902, 1, 1, $x$ it's; $$ $x$);
        INSERT INTO orders VALUES (903, 1, 1, U&'\0441;');
        /* a /* nested; */ comment */
        INSERT INTO orders SELECT 904, 1, 1, '{"a": [1]}'::jsonb ->> 'a' WHERE '{"b": 1}'::jsonb ? 'b';
        """,
        down="DELETE FROM orders WHERE id > 900;",
        engines=(POSTGRESQL,),
    ),
    sql("no_semicolon_at_the_end", "CREATE TABLE texts (t TEXT)", "DROP TABLE texts"),
    _long(2_000),
)
