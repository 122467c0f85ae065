"""Files as they are found: odd spellings of headers, sections, placeholders, and checksums over what is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neoron.errors import SourceError, UsageError
from neoron.model.migration import Form, Migration
from neoron.source.alembic_file import read_header
from neoron.source.checksum import checksum
from neoron.source.folder import read_folder
from neoron.source.sql_file import read_sections
from neoron.sql.split import split

HEADERS = {
    "as Alembic writes it": 'revision: str = "1a2b"\ndown_revision: Union[str, None] = "0f0f"\n',
    "single quotes and a comment": "revision = '1a2b'  # ours\ndown_revision = '0f0f'  # theirs\n",
    "no spaces": 'revision="1a2b"\ndown_revision="0f0f"\n',
    "a tuple of one": "revision = '1a2b'\ndown_revision = ('0f0f',)\n",
    "a list": "revision = '1a2b'\ndown_revision = ['0f0f']\n",
    "several lines": "revision = (\n    '1a2b'\n)\ndown_revision: str | None = (\n    '0f0f'\n)\n",
    "joined text": "revision = '1a' '2b'\ndown_revision = '0f0f'\n",
    "one line for both": "down_revision = '0f0f'; revision = '1a2b'\n",
    "text that only looks like it": '"""\nrevision = "wrong"\ndown_revision = \'wrong\'\n"""\n'
    "revision = '1a2b'\ndown_revision = '0f0f'\n",
}


@pytest.mark.parametrize("spelling", HEADERS)
def test_a_header_is_read_in_every_spelling(spelling: str) -> None:
    """The version and its parent are read however a revision file spells them, without running it."""
    text = HEADERS[spelling] + "\nraise RuntimeError('the file was run')\n"
    found = read_header("versions/1a2b_add_tags.py", text, "digest")
    assert (found.version, found.parents, found.name, found.form) == ("1a2b", ("0f0f",), "add_tags", Form.PYTHON)


@pytest.mark.parametrize(
    ("text", "parents"),
    [
        ("revision = '1'\ndown_revision = None\n", ()), ("revision = '1'\n", ()),
        ("revision = '1'\ndown_revision = ('a', 'b')\n", ("a", "b")),
        ("revision = '1'\ndown_revision: tuple[str, ...] = (\n    'a',\n    'b',\n)\n", ("a", "b")),
    ],
)  # fmt: skip
def test_a_first_migration_and_a_merge_are_read(text: str, parents: tuple[str, ...]) -> None:
    """A first migration has no parent, a merge has several."""
    assert read_header("1.py", text, "").parents == parents


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", "no `revision = "), ("revision = None\n", "no `revision = "),
        ("revision = ''\n", "no `revision = "),
        ("revision = make_id()\n", "must be plain texts"), ("revision = '1'\ndef f(:\n", ""),
        ("revision = (\n", "not valid Python"),
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(text: str, says: str) -> None:
    """A file without a plain revision is refused; its body is only read when it is compiled."""
    if not says:
        assert read_header("1.py", text, "").version == "1"
        return
    with pytest.raises(SourceError, match=says):
        read_header("1.py", text, "")


def sql(text: str) -> Migration:
    """A `.sql` file with this text."""
    return Migration("1", "a", "migrations/1_a.sql", Form.SQL, (), "", text)


def sections(text: str, dialect: str = "postgresql", **variables: object) -> tuple[list[str], list[str]]:
    """The statements of both directions."""
    up, down = read_sections(sql(text), dialect, split, variables, ())  # type: ignore[arg-type]
    return [s.text for s in up.statements], [s.text for s in down.statements]


def test_sections_may_stand_in_any_order() -> None:
    """The way down may stand first, lines may end with CRLF, and a file may have no way down."""
    text = "-- migrate:down\r\nDROP TABLE a;\r\n--migrate:up\r\nCREATE TABLE a (i INT);\r\n"
    assert sections(text) == (["CREATE TABLE a (i INT)"], ["DROP TABLE a"])
    up, down = read_sections(sql("-- migrate:up transaction:false\nSELECT 1;"), "sqlite", split, {}, ())
    assert (up.in_transaction, down.is_missing) == (False, True)
    assert [s.line for s in up.statements] == [2]


def test_a_parent_line_is_no_section(tmp_path: Path) -> None:
    """`-- migrate:parent` may stand anywhere in a file, and hides none of its statements."""
    text = "-- migrate:up\nSELECT 1;\n-- migrate:parent 7\nSELECT 2;\n-- migrate:down\nSELECT 3;\n"
    assert sections(text) == (["SELECT 1", "SELECT 2"], ["SELECT 3"])
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "9_b.sql").write_text(text)
    (tmp_path / "m" / "7_a.sql").write_text("-- migrate:up\nSELECT 1;\n")
    assert [(m.version, m.parents) for m in read_folder(tmp_path, "m")] == [("7", ()), ("9", ("7",))]


def test_a_sql_file_follows_the_next_lower_number(tmp_path: Path) -> None:
    """Without a parent line a .sql file follows the file before it, by number and not by spelling."""
    (tmp_path / "m").mkdir()
    for version in ("9", "10", "100", "20260101000000"):
        (tmp_path / "m" / f"{version}_a.sql").write_text("-- migrate:up\nSELECT 1;\n")
    found = read_folder(tmp_path, "m")
    assert [(m.version, m.parents) for m in found] == [
        ("9", ()), ("10", ("9",)), ("100", ("10",)), ("20260101000000", ("100",)),
    ]  # fmt: skip


def test_what_is_not_a_migration_by_nature_is_passed_over(tmp_path: Path) -> None:
    """Dot files, byte code, __init__.py and a README are no migrations; a missing folder is named."""
    (tmp_path / "m" / "__pycache__").mkdir(parents=True)
    for name in (".gitkeep", "__init__.py", "README.md", "__pycache__/1.pyc"):
        (tmp_path / "m" / name).write_text("x")
    assert read_folder(tmp_path, "m") == ()
    with pytest.raises(UsageError, match="no migrations folder `n`"):
        read_folder(tmp_path, "n")


def test_a_file_over_the_size_limit_names_the_setting(tmp_path: Path) -> None:
    """A file over the limit is refused with both sizes and the setting."""
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1_a.sql").write_text("-- migrate:up\n" + "SELECT 1;\n" * 1000)
    with pytest.raises(SourceError) as error:
        read_folder(tmp_path, "m", max_file_bytes=1000)
    assert "10,014 bytes is over the limit of 1,000" in str(error.value)
    assert "max_file_bytes" in error.value.next


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("it's", "'it''s'"), (3, "3"), (2.5, "2.5"), (True, "true"), ({"identifier": 'a"b'}, '"a""b"'),
        ("x'); DROP TABLE a; --", "'x''); DROP TABLE a; --'"), ("${other}", "'${other}'"), (-1, "-1"),
    ],
)  # fmt: skip
def test_a_placeholder_becomes_a_literal_of_its_type(value: object, literal: str) -> None:
    """A value is put in as one literal or one name, and is not looked into again."""
    up, _down = sections("-- migrate:up\nSELECT ${x}, '${x}', $$${x}$$, \"${x}\" -- ${x}\n, ${ x };", x=value)
    assert up == [f"SELECT {literal}, '${{x}}', $$${{x}}$$, \"${{x}}\" -- ${{x}}\n, {literal}"]


SPACE = st.sampled_from([" ", "\n", "\t", "\r\n", "  \n ", " /* note */ ", " -- note\n", "\n--\n", "/**/ "])
PIECES = ["CREATE", "TABLE", "a", "(", "i", "INT", "DEFAULT", "'two  spaces -- kept'", ",", '"a  b"', "TEXT", ")"]


def _checksum(text: str, dialect: str) -> str:
    up, down = read_sections(sql(text), dialect, split, {}, ())
    return checksum(sql(text), up, down, dialect)


@settings(max_examples=150, deadline=None)
@given(st.lists(SPACE, min_size=len(PIECES), max_size=len(PIECES)), st.sampled_from(["sqlite", "postgresql"]), SPACE)
def test_layout_never_changes_the_checksum(spaces: list[str], dialect: str, head: str) -> None:
    """White space, line ends and comments never count as a change of a .sql file."""
    text = "".join(piece + space for piece, space in zip(PIECES, spaces, strict=True))
    plain = _checksum(f"-- migrate:up\n{' '.join(PIECES)};\n", dialect)
    assert _checksum(f"{head}\n-- migrate:up\n{text};\n\n", dialect) == plain


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(PIECES) - 1), st.sampled_from(["sqlite", "postgresql"]))
def test_every_word_counts(place: int, dialect: str) -> None:
    """A changed word, and a changed space inside a string or a quoted name, is a change."""
    changed = list(PIECES)
    changed[place] = changed[place].replace("  ", " ") if "  " in changed[place] else f"{changed[place]} x"
    before, after = (f"-- migrate:up\n{' '.join(pieces)};\n" for pieces in (PIECES, changed))
    assert _checksum(before, dialect) != _checksum(after, dialect)


def test_the_way_down_and_the_mode_count() -> None:
    """Another way down, or another transaction mode, is a change as well."""
    texts = ["-- migrate:up\nSELECT 1;", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;"]
    texts += ["-- migrate:up transaction:false\nSELECT 1;", "-- migrate:up\nSELECT 1;\nSELECT 2;"]
    assert len({_checksum(text, "sqlite") for text in texts}) == len(texts)


PYTHON = "revision = '1'\n\n\ndef upgrade():\n    if True:\n        op.execute('a  b')\n    op.execute('c')\n"


def _python(text: str) -> str:
    migration = Migration("1", "a", "1_a.py", Form.PYTHON, (), "", text)
    return checksum(migration, *read_sections(sql("-- migrate:up\nSELECT 1;"), "sqlite", split, {}, ()), "sqlite")


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        (PYTHON.replace("\n", "\r\n"), True), ("# licence\n\n" + PYTHON, True), (PYTHON.rstrip("\n"), True),
        (PYTHON.replace("    ", "\t"), True), (PYTHON.replace("op.execute('c')", "op.execute( 'c' )  # c"), True),
        (PYTHON.replace("    op.execute('c')", "        op.execute('c')"), False),
        (PYTHON.replace("'a  b'", "'a b'"), False), (PYTHON.replace("True", "False"), False),
    ],
)  # fmt: skip
def test_a_python_file_is_compared_by_its_tokens(text: str, is_same: bool) -> None:
    """Comments, line ends and indentation style are no change of a .py file; a moved or changed token is one."""
    assert (_python(text) == _python(PYTHON)) == is_same
