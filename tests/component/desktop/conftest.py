"""The built page in headless Chromium, with a site that is only answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.component.desktop.chromium import ARGUMENTS, executable
from tests.component.desktop.fake_site import FakeSite, open_page


@pytest.fixture(scope="session")
def dist(root: Path) -> Path:
    folder = root / "voicecore" / "desktop" / "dist"
    if not (folder / "index.html").exists():
        pytest.skip("the page is not built: install Node 20.19 or later and run `make setup`")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: while it lives, its thread can run no other event loop."""
    program = executable()
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    size = {"width": 1280, "height": 1000}
    context = browser.new_context(permissions=["microphone"], locale="en-GB", viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def site(dist: Path, context: BrowserContext) -> FakeSite:
    site = FakeSite(dist)
    site.serve(context)
    return site


@pytest.fixture
def page(site: FakeSite, context: BrowserContext) -> Iterator[Page]:
    """Open and registered. Whatever the page could not do, or was forbidden, fails the test."""
    wrong: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None
    )
    open_page(page)
    yield page
    assert wrong == []
