"""docs/exit-codes.md, and the same table in README.md, from neoron.errors."""

from __future__ import annotations

from itertools import zip_longest

from neoron.errors import EXIT_CODES
from reference import markdown

BEGIN, END = "<!-- exit codes: made by scripts/make_reference.py -->", "<!-- end of exit codes -->"
WHEN = {
    0: "Nothing to do.",
    1: "Read the checks that are marked; `migrations check` and `database status` use it for a difference.",
    10: "Read the reason. The target is as it was. `--yes` consents to what would be lost.",
    20: "Mend what the message names, then run the same command again.",
    21: "The message says what is applied and what is half-way. Mend it, then run the same command again.",
    22: "Run the same command again: it asks the server first.",
    23: "Nothing was deployed. Make room, or mend the backup tool, then run again.",
    24: "The migrations are applied and a check failed. `neoron rollback`, or mend the data and `neoron verify`.",
    25: "Kept for the import of rows, which is not built yet.",
    64: "The message names the flag, the key with file:line, or the next command.",
    65: "The message names the file and line. The target is as it was.",
    69: "Start the server, correct the URL, or grant the right that is named.",
    70: "A fault of Neoron. Run it again with `-v` and report the traceback.",
    75: "The message names who holds the lock. Wait, then run the same command again.",
    130: "You pressed Ctrl-C. `neoron database status` says where the target is.",
}


def rows() -> list[tuple[str, str, str]]:
    """Code, meaning, what to do."""
    return [(f"`{code}`", meaning, WHEN[code]) for code, meaning in sorted(EXIT_CODES.items())]


def page() -> str:
    """The page."""
    return markdown.page(
        "Exit codes",
        "One code, one meaning, for every command. With `--json` the same number is in `exit_code`, and `error.code` "
        "is a word for it.",
        markdown.table(("Code", "Meaning", "What to do"), rows()),
        "An error is one line: the place, what is wrong, the state of the target, the next command.",
        "```text\nneoron: migrations/20260102000000_price.sql:2: no `-- migrate:up` section. Nothing changed. "
        "Next: edit migrations/20260102000000_price.sql\n```",
        "Commands, and the codes each can end with: [commands.md](commands.md). "
        "What to type next, state by state: [recovery.md](recovery.md).",
    )


def put_into(readme: str) -> str:
    """A page with the short table between its two marks; unchanged when it has none."""
    before, begin, rest = readme.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        return readme
    short = [f"{code} {meaning}" for code, meaning, _what in rows()]
    half = -(-len(short) // 2)
    pairs = zip_longest(short[:half], short[half:], fillvalue="")
    short_table = markdown.table(("Exit code", ""), pairs)
    return f"{before}{begin}\n{short_table}\n{end}{after}"
