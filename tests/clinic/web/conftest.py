"""The API, a run to review, a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.clinic.desk import API as API
from tests.clinic.desk import Desk as Desk
from tests.clinic.desk import desk as desk
from tests.clinic.desk import settings as settings

from kinelab.files.c3d_writer import write_c3d
from kinelab.pipeline.gait_run import GaitOptions, run_gait
from kinelab.pipeline.review_prepare import prepare_review

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def reviewed_run(tmp_path_factory: pytest.TempPathFactory, walker: Any) -> Path:
    """The run folder of a virtual walker with markers, ready for review; read only."""
    folder = tmp_path_factory.mktemp("reviewed")
    walk = walker.marker_walk(seconds=6.0)
    write_c3d(walk.markers, folder / "walk.c3d", synthetic=True)
    run_gait(folder / "walk.c3d", folder / "run", GaitOptions())
    prepare_review(folder / "run", None)
    return folder / "run"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; skips where there is none."""
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.is_file():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def seats(browser: Browser) -> Iterator[dict[str, Any]]:
    """One browser profile for each person of this module, logged in once: what `see` opens pages in."""
    made: dict[str, Any] = {}
    yield made
    for one in made.values():
        one.context.close()


@pytest.fixture
def see(browser: Browser, clinic: Any, seats: dict[str, Any]) -> Iterator[Callable[[str, str], Page]]:
    """`see("anna", "/")`: a page of the module's `clinic` as this person sees it; it is closed afterwards."""
    from .served import Visit

    def opened(name: str, path: str) -> Page:
        if name not in seats:
            seats[name] = Visit(browser)
            seats[name].enter(clinic.address, name)
        page: Page = seats[name].page()
        page.goto(clinic.address + path)
        return page

    yield opened
    for one in seats.values():
        for page in one.context.pages:
            page.close()
        assert (one.outside, one.faults) == ([], [])
