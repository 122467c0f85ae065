"""A reader can follow every link inside the checkout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from house.tree import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def broken_links(page: Path) -> list[str]:
    """Links to files or headings that are not there; links to other sites are not followed."""
    found = (a or b for a, b in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))))
    return [link for link in found if "://" not in link and not _leads_somewhere(page, link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _hash, anchor = link.partition("#")
    target = (page.parent / name) if name else page
    return target.exists() and (not anchor or anchor in anchors(target.read_text(encoding="utf-8")))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    return {_anchor(heading) for heading in HEADING.findall(text)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def without_a_way(pages: Iterable[Path], index: str) -> list[str]:
    """Pages that the index does not link to."""
    return [page.name for page in pages if f"({page.name})" not in index]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_broken(page: Path) -> None:
    """Every link to a file or a heading of ours leads there."""
    assert broken_links(page) == []


def test_every_page_is_in_the_index() -> None:
    """Each page of docs/ has its line in docs/README.md, and each decision in theirs."""
    docs = ROOT / "docs"
    pages = [page for page in docs.glob("*.md") if page.name != "README.md"]
    assert without_a_way(pages, (docs / "README.md").read_text(encoding="utf-8")) == []
    decisions = docs / "decisions"
    found = [page for page in decisions.glob("*.md") if page.name != "README.md"]
    assert len(found) >= 9
    assert without_a_way(found, (decisions / "README.md").read_text(encoding="utf-8")) == []


def test_every_decision_has_its_four_parts() -> None:
    """A decision says why, what, at what cost, and what would change our mind."""
    parts = {"Context", "Choice", "Cost", "What would change our mind"}
    pages = [page for page in (ROOT / "docs" / "decisions").glob("*.md") if page.name != "README.md"]
    lacking = {page.name: parts - set(HEADING.findall(page.read_text(encoding="utf-8"))) for page in pages}
    assert {name: missing for name, missing in lacking.items() if missing} == {}


def test_the_link_check_can_fail(tmp_path: Path) -> None:
    """A link to a missing file or heading is found; code is no link."""
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](other.md) [c](#three) `[d](code.md)` [e](https://x.example)\n")
    assert broken_links(page) == ["other.md", "#three"]
    assert without_a_way([page], "no link") == ["page.md"]
