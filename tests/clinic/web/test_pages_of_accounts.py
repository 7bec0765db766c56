"""The pages of who may come in, as people use them: a real server, a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .served import CHROMIUM, FIRST, PASSWORD, Caller, Served, Visit, make_people

expect.set_options(timeout=20_000)  # ms; a busy computer is no failure
HOSTILE = "<img src=x onerror=document.title='in'>"


@pytest.fixture
def new(tmp_path: Path) -> Iterator[str]:
    """A clinic at its first start."""
    with Served(tmp_path / "clinic", workers=0) as server:
        yield server.address


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A clinic with people."""
    with Served(tmp_path_factory.mktemp("accounts") / "clinic", workers=0) as server:
        make_people(server.address, ("dr.lee", "clinician"))
        yield server.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is not there")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


def _choose_password(page: Page, new: str) -> None:
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("New password again").fill(new)
    page.get_by_role("button", name="Change password").click()


def test_an_administrators_first_day(browser: Browser, new: str) -> None:
    visit = Visit(browser)
    page = visit.page()
    refused: list[str] = []
    page.on(
        "console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None
    )

    page.goto(f"{new}/users")
    page.wait_for_url("**/login?next=%2Fusers")
    page.get_by_label("Name").fill("administrator")
    page.get_by_role("textbox", name="Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert").first).to_have_text("name, password or one-time code are not right")
    page.get_by_role("textbox", name="Password", exact=True).fill(FIRST)
    page.get_by_role("button", name="Log in").click()
    _choose_password(page, "passwordpassword1")
    expect(page.locator("#change-problem")).to_contain_text("one of the commonest")
    _choose_password(page, PASSWORD)
    page.wait_for_url("**/users")

    page.get_by_role("button", name="New account").click()
    page.get_by_label("Login name").fill("dr.lee")
    page.get_by_label("Person").fill(HOSTILE)
    page.get_by_role("button", name="Make", exact=True).click()
    first = page.locator(".kc-secret").inner_text()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    assert page.title() == "Accounts - kinelab"

    page.goto(f"{new}/audit")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain holds")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("create")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto(f"{new}/audit")
    page.wait_for_url("**/login?next=%2Faudit")

    page.get_by_label("Name").fill("dr.lee")
    page.get_by_role("textbox", name="Password", exact=True).fill(first)
    page.get_by_role("button", name="Log in").click()
    _choose_password(page, "seven slow brown boats")
    page.wait_for_url("**/audit")
    expect(page.get_by_text("Administrators read the audit.")).to_be_visible()
    assert (visit.outside, visit.faults, refused) == ([], [], [])


def test_codes_and_tokens_of_ones_own(browser: Browser, address: str) -> None:
    visit = Visit(browser)
    page = visit.log_in(address, "dr.lee")
    page.goto(f"{address}/account")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    shared = page.locator(".kc-secret").inner_text().replace(" ", "")
    page.get_by_label("Code that it shows").fill(pyotp.TOTP(shared).now())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Recovery codes")).to_be_visible()
    codes = page.locator(".kc-secret").last.inner_text().split()
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="New token").click()
    page.get_by_label("What it is for").fill("nightly export")
    page.get_by_role("button", name="Make", exact=True).click()
    token = page.locator(".kc-secret").last.inner_text()
    page.get_by_role("button", name="I have kept it").click()
    shown = {"Authorization": f"Bearer {token}"}
    assert visit.context.request.get(f"{address}/api/v1/me", headers=shown).json()["name"] == "dr.lee"
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_text("nightly export")).to_have_count(0)
    assert visit.context.request.get(f"{address}/api/v1/me", headers=shown).status == 401

    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.get_by_label("Name").fill("dr.lee")
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("One-time code").fill(codes[0])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/")
    assert (visit.outside, visit.faults) == ([], [])


def test_a_page_that_is_open_when_its_login_ends_does_nothing_more_and_goes_to_log_in(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser)
    page = visit.log_in(address, "administrator")
    page.goto(f"{address}/users")
    page.get_by_role("button", name="New account").click()
    page.get_by_label("Login name").fill("made.after.the.end")
    visit.log_out(address)
    page.get_by_role("button", name="Make", exact=True).click()
    # By the page's own question or the guard's of its open web socket, whichever comes first.
    page.wait_for_url("**/login?problem=ended&next=%2Fusers")
    expect(page.get_by_text("Your login has ended. Log in again")).to_be_visible()
    administrator = Caller(address, "administrator")
    names = [user["name"] for user in administrator.get("/users")]
    administrator.close()
    assert "made.after.the.end" not in names


def test_a_log_in_never_ends_on_another_site(browser: Browser, address: str) -> None:
    visit = Visit(browser)
    page = visit.page()
    page.route("**/api/v1/login", lambda route: route.fulfill(json={"must_change_password": False}))
    gone: list[str] = []
    page.on("request", lambda request: gone.append(request.url) if request.is_navigation_request() else None)
    for wanted in ("//evil.example/x", "/.//evil.example", "/\\evil.example", "https://evil.example",
                   "javascript:alert(1)", "http://[", "/api/v1/logout", "/login"):  # fmt: skip
        page.goto(f"{address}/login?next={quote(wanted, safe='')}")
        page.get_by_label("Name").fill("dr.lee")
        page.get_by_role("textbox", name="Password", exact=True).fill("any")
        gone.clear()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/login")  # the first page sends who is not logged in here
        assert gone[0] == f"{address}/", wanted
    assert visit.outside == []
    visit.context.close()
