"""axe looks at the page in each of its states: nothing serious, in light and dark, in English and Chinese.

Each look leaves a picture in build/screenshots, for people.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.component.desktop.fake_site import FakeSite, open_page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def _ready(page: Page, site: FakeSite) -> None:
    expect(page.locator("#number")).to_be_visible()


def _in_call(page: Page, site: FakeSite) -> None:
    page.locator("#number").fill("1000")
    page.keyboard.press("Enter")
    expect(page.locator("#health")).to_be_visible()
    page.keyboard.press("Control+Shift+M")
    page.keyboard.press("Control+Shift+D")
    page.keyboard.type("12#")


def _two_calls(page: Page, site: FakeSite) -> None:
    _in_call(page, site)
    site.peer.call("2001")
    expect(page.get_by_role("alert")).to_be_visible()


def _troubled(page: Page, site: FakeSite) -> None:
    """The connection cannot be made anew, the microphone is blocked."""
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError'); } }"
    )
    page.locator("#number").fill("1000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    site.drop_sip()
    expect(page.get_by_role("alert")).to_have_count(2)


def _details(page: Page, site: FakeSite) -> None:
    page.locator("tbody button").nth(1).click()
    expect(page.locator("canvas").first).to_be_attached()
    for summary in page.locator("details > summary").all():
        summary.click()
    page.locator(".ladder summary").first.click()


STATES: dict[str, Callable[[Page, FakeSite], None]] = {
    "ready": _ready,
    "in-call": _in_call,
    "two-calls": _two_calls,
    "troubled": _troubled,
    "details": _details,
}


@pytest.fixture(scope="session")
def axe(root: Path, dist: Path) -> str:
    script = root / "voicecore" / "desktop" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        pytest.skip("axe-core is not installed: run `make setup`")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pictures(root: Path) -> Path:
    folder = root / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def findings(page: Page, axe: str) -> list[str]:
    """What axe calls serious or worse."""
    page.evaluate(axe)
    options: dict[str, Any] = {"runOnly": RULES, "resultTypes": ["violations"]}
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def show(page: Page, language: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.evaluate("tag => localStorage.setItem('voicecore.language', tag)", language)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_nothing_serious_in_english(
    page: Page, site: FakeSite, axe: str, pictures: Path, state: str, scheme: str
) -> None:
    _look(page, site, axe, pictures, state, "en", scheme)


@pytest.mark.parametrize(("language", "scheme"), [("zh-Hans", "light"), ("zh-Hant", "dark")])
@pytest.mark.parametrize("state", ["in-call", "details"])
def test_nothing_serious_in_chinese(
    page: Page, site: FakeSite, axe: str, pictures: Path, state: str, language: str, scheme: str
) -> None:
    _look(page, site, axe, pictures, state, language, scheme)


def test_nothing_serious_when_signing_in(site: FakeSite, context: BrowserContext, axe: str) -> None:
    site.token = "secret"
    page = context.new_page()
    open_page(page)
    expect(page.get_by_label("Access token")).to_be_visible()
    assert findings(page, axe) == []


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_cut_off_on_narrow_screens(page: Page, pictures: Path, width: int) -> None:
    """320 CSS pixels is a 1280 pixel screen at 400 % (WCAG 1.4.10)."""
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator("#number")).to_be_visible()
    page.screenshot(path=pictures / f"narrow-{width}.png", full_page=True)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def _look(
    page: Page, site: FakeSite, axe: str, pictures: Path, state: str, language: str, scheme: str
) -> None:
    show(page, language, scheme)
    status = page.get_by_role("status").first
    expect(status).to_have_text({"en": "Ready", "zh-Hans": "就绪", "zh-Hant": "就緒"}[language])
    STATES[state](page, site)
    page.screenshot(path=pictures / f"{state}-{language}-{scheme}.png", full_page=True)
    assert findings(page, axe) == []
