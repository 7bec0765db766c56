"""A report in a real browser: a finding leads to its strides, keys choose one, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from kinelab.reports import figure_style
from kinelab.reports.analysis import Analysis
from kinelab.reports.report_files import write_report

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no browser at {CHROMIUM}")


@pytest.fixture(scope="module")
def shown(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, list[str]]]:
    """The page, and what the browser said or asked for beside it."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:  # the figures of the strides are drawn, the others left blank
        patch.setattr(
            figure_style, "svg_text", lambda figure: '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
        )
        write_report(analysis, folder)
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url))
        page.goto(f"file://{folder / 'report.html'}")
        yield page, said
        browser.close()


def opacity(page: Page, stride: int) -> str:
    told: str = page.evaluate(
        f"getComputedStyle(document.querySelector('.panel:target g.s{stride}')).opacity"
    )
    return told


def test_a_finding_leads_to_its_strides_and_keys_choose_one(shown: tuple[Page, list[str]]) -> None:
    page, said = shown
    assert page.locator(".panel:visible").count() == 0
    page.locator(".strides a").first.focus()
    page.keyboard.press("Enter")
    panel = page.locator(".panel:visible")
    assert panel.count() == 1
    assert panel.locator("svg").is_visible()
    panel.locator('input[value="1"]').focus()
    page.keyboard.press("Space")
    assert (opacity(page, 1), opacity(page, 2)) == ("1", "0.25")
    page.keyboard.press("ArrowDown")
    assert (opacity(page, 1), opacity(page, 2)) == ("0.25", "1")
    panel.get_by_role("link", name="Back to what was found").click()
    assert page.locator(".panel:visible").count() == 0
    assert said == [page.url.split("#")[0]]  # the page itself, no error, nothing else


def test_in_print_the_strides_are_a_table(shown: tuple[Page, list[str]]) -> None:
    page, _ = shown
    assert not page.locator(".appendix").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".appendix").is_visible()
    assert page.locator("#rests").is_visible()
    assert page.locator(".screen:visible").count() == 0
    page.emulate_media(media="screen")
