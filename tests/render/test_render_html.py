"""The page is one file that shows everything as text and asks nobody for anything."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
import render_samples as samples

from neoron.model.report import Phase, Report, Verdict
from neoron.model.schema import TableSize
from neoron.render import charts
from neoron.render.html import MOST_BYTES, render_report
from neoron.render.summary import size_changes
from neoron.render.words import word

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """The elements and the visible text of a page; raises where an end tag does not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(params=samples.ALL)
def report(request: pytest.FixtureRequest) -> Report:
    """Each sample report in turn."""
    return samples.ALL[request.param]()


def test_every_tag_is_closed(report: Report) -> None:
    """The page is well formed whatever the report holds."""
    page = Page(render_report(report))
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_nothing_points_outside(report: Report) -> None:
    """No attribute names another address, and there is no script."""
    elements = Page(render_report(report)).elements
    links = [
        value for _, attributes in elements for name, value in attributes.items() if name in ("src", "href", "action")
    ]
    assert {link for link in links if not (link or "").startswith("#")} == {"data:,"}
    assert not {"script", "iframe", "img", "form", "object"} & {tag for tag, _ in elements}
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    assert "url(" not in render_report(report)
    assert "@import" not in render_report(report)


def test_the_policy_forbids_everything_else(report: Report) -> None:
    """The browser itself is told to load nothing."""
    policies = [
        a["content"]
        for tag, a in Page(render_report(report)).elements
        if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_the_page_is_small(report: Report) -> None:
    """A page can be mailed, with a thousand steps and three hundred tables too."""
    assert len(render_report(report).encode()) < MOST_BYTES


def test_a_huge_statement_and_message_still_fit() -> None:
    """A megabyte of SQL in every step is cut, and the page says that it was."""
    report = samples.failed()
    results = tuple(replace(r, step=replace(r.step, sql="<&\"'>" * 200_000)) for r in report.results)
    html = render_report(replace(report, results=results, message="<" * 1_000_000))
    assert len(html.encode()) < MOST_BYTES
    assert "more characters" in html


def test_names_are_shown_as_text() -> None:
    """A table called <script> is shown with its name and runs nothing."""
    html = render_report(samples.hostile())
    page = Page(html)
    assert samples.EVIL not in html
    assert any(samples.EVIL in text for text in page.text)
    assert "{{ 7*7 }}" in "".join(page.text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)


def test_verdict_and_error_are_told_in_full() -> None:
    """A failed run shows message, place, state and next command."""
    report = samples.failed()
    text = "".join(Page(render_report(report)).text)
    for part in (
        word(report.verdict).text,
        report.message,
        report.where,
        report.state,
        report.next,
        report.digest,
        "55P03",
        "session 81",
    ):
        assert part in text


def test_tables_have_headers_with_scope(report: Report) -> None:
    """Every header cell says what it heads."""
    scopes = [attributes.get("scope") for tag, attributes in Page(render_report(report)).elements if tag == "th"]
    assert set(scopes) <= {"col", "row", "rowgroup"}


def test_what_is_left_out_is_said() -> None:
    """A long report shows the failed step and counts what it does not show."""
    text = "".join(Page(render_report(samples.large())).text)
    assert re.search(r"and \d+ steps more, not shown here: \d+ done\.", text)
    assert "tables more, not shown here" in text
    assert "phases and" in text
    assert "v50/up/1" in text


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_page(verdict: Verdict) -> None:
    """However a run ends, the page has its words."""
    assert word(verdict).text in render_report(replace(samples.done(), verdict=verdict))


def _parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own output


def test_charts_are_well_formed(report: Report) -> None:
    """Each chart parses as XML and has a title and a description."""
    for svg in filter(None, (charts.timeline(report), charts.size_bars(size_changes(report)))):
        root = _parse(svg)
        assert [child.tag for child in root][:2] == ["title", "desc"]
        assert int(root.attrib["height"]) > 0
        assert all(0 <= float(r.attrib["x"][:-1]) + float(r.attrib["width"][:-1]) <= 100.01 for r in root.iter("rect"))


def test_charts_of_nothing() -> None:
    """Without phases, steps or tables there is no empty frame."""
    assert charts.timeline(samples.empty()) == ""
    assert charts.size_bars(()) == ""


def test_charts_of_zeros() -> None:
    """A run of no time and a table of no bytes are drawn without a division by zero."""
    nothing = replace(samples.empty(), phases=(Phase("lock", 0, 0),), sizes_after=(TableSize("t", 0, 0),))
    assert "lock" in charts.timeline(nothing)
    assert "0 B" in charts.size_bars(size_changes(nothing))
    assert "lock" in render_report(nothing)


def test_skipped_steps_are_not_on_the_timeline() -> None:
    """What was never sent took no time."""
    bars = [r.attrib["class"] for r in _parse(charts.timeline(samples.failed())).iter("rect")]
    assert bars.count("bar done") == 6
    assert bars.count("bar failed") == 1
    assert "bar skipped" not in bars


def test_largest_change_comes_first() -> None:
    """The table that grew most leads, and a new table has no size before."""
    changes = size_changes(samples.done())
    assert [c.table for c in changes] == ["messages", "neoron_stash_1", "message_audits", "channels"]
    assert changes[1].bytes_before is None
    assert changes[0].row_change == 7


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read(scheme: int) -> None:
    """Every tone keeps the contrast of 4.5 to 1 that WCAG AA asks for, by day and by night."""
    block = re.findall(r":root \{(.*?)\}", render_report(samples.empty()), re.DOTALL)[scheme]
    color = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    tones = [(tone, f"{tone}-tint") for tone in ("good", "warn", "bad", "doubt", "quiet")]
    grounds = [(ink, ground) for ink in ("ink", "soft") for ground in ("card", "page", "well")]
    weak = {pair: _contrast(color[pair[0]], color[pair[1]]) for pair in tones + grounds}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}
