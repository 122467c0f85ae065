"""Write the pages that are made from the code: `python scripts/make_reference.py`.

`--check` writes nothing and fails when a page is stale; the tests ask the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from reference import commands, configuration, engines, exit_codes, rules

ROOT = Path(__file__).resolve().parents[1]
PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands.page,
    "docs/configuration.md": configuration.page,
    "docs/engines.md": engines.page,
    "docs/exit-codes.md": exit_codes.page,
    **rules.pages(),
    "README.md": lambda: exit_codes.put_into(read("README.md")),
}


def read(name: str) -> str:
    """A page as it is now; empty when it is not there."""
    file = ROOT / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def stale() -> list[str]:
    """The pages that the code no longer agrees with."""
    return [name for name, page in PAGES.items() if page() != read(name)]


def main(words: list[str]) -> int:
    """Write what is stale, or only name it; 1 when `--check` found some."""
    found = stale()
    if "--check" in words:
        sys.stdout.write("".join(f"stale: {name}\n" for name in found))
        return int(bool(found))
    for name in found:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"wrote {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
