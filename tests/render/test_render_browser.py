"""The page in a real browser: nothing requested, nothing reported, nothing cut off."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import render_samples as samples

from neoron.render.html import render_report
from neoron.render.words import word

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """A headless Chromium; required where CI runs."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed: the page was not opened")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(params=samples.ALL)
def name(request: pytest.FixtureRequest) -> str:
    """Each sample report in turn."""
    return str(request.param)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page(browser, tmp_path: Path, name: str, width: int, scheme: str) -> None:
    """On a desk and on a phone, by day and by night, the page loads alone and fits its window."""
    report = samples.ALL[name]()
    path = tmp_path / "report.html"
    path.write_text(render_report(report), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append("dialog") or dialog.dismiss())
    page.goto(path.as_uri(), wait_until="networkidle")
    assert [url for url in requests if url != "data:,"] == [path.as_uri()]
    assert problems == []
    assert page.locator("#verdict").inner_text().strip() == word(report.verdict).text
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator("svg.chart").all()
    assert len(charts) == sum(map(bool, (report.phases or report.results, report.sizes_before or report.sizes_after)))
    for chart in charts:
        box = chart.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 40
        assert chart.locator("rect.bar:not(.track)").first.bounding_box()["width"] >= 1
    page.close()


def test_a_statement_opens_without_script(browser, tmp_path: Path) -> None:
    """A click on a step shows its whole statement."""
    path = tmp_path / "report.html"
    path.write_text(render_report(samples.done()), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    step = page.locator("table.steps details").nth(1)
    assert not step.locator("pre").is_visible()
    step.locator("summary").click()
    assert step.locator("pre").is_visible()
    assert "ADD COLUMN thread_id bigint" in step.locator("pre").inner_text()
    page.close()
