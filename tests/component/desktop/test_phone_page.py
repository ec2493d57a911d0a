"""The page as a phone: what it shows, what it sends, what it keeps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.component.desktop.fake_site import FakeSite, open_page
from tests.component.desktop.sip_peer import Message

BUTTONS = ["Call", "Hang up", "Mute", "Hold", "Transfer", "Key star", "Key pound"]
BUTTONS += [f"Key {digit}" for digit in range(10)]


def says(page: Page, status: str) -> None:
    expect(page.get_by_role("status", name="Phone status")).to_have_text(status)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def call(page: Page, number: str) -> None:
    page.get_by_label("Number").fill(number)
    press(page, "Call")


def wait_for(page: Page, site: FakeSite, method: str, count: int = 1) -> Message:
    """The latest request of this method, once there are `count`."""
    for _ in range(100):
        if site.peer.methods().count(method) >= count:
            return site.peer.last(method)
        page.wait_for_timeout(50)
    raise AssertionError(f"no {count} {method} among {site.peer.methods()}")


def test_the_page_registers_calls_holds_and_hangs_up(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    assert site.peer.last("INVITE").start.startswith("INVITE sip:1000@127.0.0.1 ")
    press(page, "Hold")
    says(page, "On hold")
    assert "a=sendonly" in site.peer.last("INVITE").body
    press(page, "Hold")
    says(page, "In call")
    press(page, "Hang up")
    says(page, "Ready")
    assert "BYE" in site.peer.methods()


def test_a_call_that_nobody_answers_is_cancelled(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    site.peer.answers = 180
    call(page, "1000")
    says(page, "Calling")
    wait_for(page, site, "INVITE")
    press(page, "Hang up")
    says(page, "Ready")
    assert "CANCEL" in site.peer.methods()


def test_a_busy_number_is_said_in_words(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    site.peer.answers = 486
    call(page, "1000")
    expect(page.get_by_text("1000: busy")).to_be_visible()
    says(page, "Ready")


def test_a_call_comes_in_and_is_answered(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    site.peer.call("2001")
    says(page, "Ringing")
    expect(page.get_by_role("alert")).to_contain_text("2001 is calling you")
    expect(page).to_have_title("2001 is calling you")
    press(page, "Answer")
    says(page, "In call")


def test_a_second_call_waits_and_the_first_is_held_for_it(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    site.peer.call("2001")
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    press(page, "Answer")
    expect(page.get_by_role("button", name="Swap")).to_be_enabled()
    press(page, "Swap")
    expect(page.locator('.line[data-active="true"]')).to_contain_text("With 1000")


def test_keys_write_the_number_before_a_call_and_are_sent_in_one(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    for name in ("Key 1", "Key 0", "Key star", "Key pound"):
        press(page, name)
    expect(page.get_by_label("Number")).to_have_value("10*#")
    call(page, "1000")
    says(page, "In call")
    press(page, "Key 5")
    expect(page.get_by_text("Keys sent: 5")).to_be_visible()


def test_a_blind_transfer_refers_the_other_side_and_leaves(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    page.get_by_label("Number").fill("3000")
    press(page, "Transfer")
    assert "<sip:3000@127.0.0.1>" in wait_for(page, site, "REFER")["refer-to"]
    says(page, "Ready")


def test_an_attended_transfer_joins_the_first_caller_to_the_second(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    first = site.peer.last("INVITE")["call-id"]
    call(page, "2000")
    expect(page.get_by_role("button", name="Connect both")).to_be_enabled()
    second = site.peer.last("INVITE")
    press(page, "Connect both")
    refer = wait_for(page, site, "REFER")
    assert refer["call-id"] == first
    from_tag = re.search(r"tag=([^;]+)", second["from"])
    assert from_tag is not None
    replaces = f"Replaces={second['call-id']}%3Bto-tag%3Dpeer%3Bfrom-tag%3D{from_tag[1]}"
    assert refer["refer-to"] == f"<sip:2000@127.0.0.1?{replaces}>"


def test_a_reload_takes_the_call_up_again_with_the_same_account(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    old = site.peer.last("INVITE")
    page.reload()
    says(page, "In call")
    new = site.peer.last("INVITE")
    from_tag = re.search(r"tag=([^;]+)", old["from"])
    assert from_tag is not None
    assert new["replaces"] == f"{old['call-id']};to-tag=peer;from-tag={from_tag[1]}"
    assert "BYE" not in [method for peer in site.peers for method in peer.methods()]
    asked = [request.post_data_json for request in site.asked if request.url.endswith("/phone-credentials")]
    assert asked == [{}, {"account": "web-1"}]


def test_a_held_call_is_on_hold_after_a_reload(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    press(page, "Hold")
    says(page, "On hold")
    page.reload()
    says(page, "On hold")
    assert "a=sendonly" in site.peer.last("INVITE").body


def test_a_lost_connection_is_made_anew_and_the_call_finds_a_new_way(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    before = re.search(r"a=ice-ufrag:(\S+)", site.peer.last("INVITE").body)
    site.drop_sip()
    expect(page.get_by_text("The connection to the server is lost")).to_be_visible()
    expect(page.get_by_text("The connection to the server is lost")).to_be_hidden()
    after = re.search(r"a=ice-ufrag:(\S+)", wait_for(page, site, "INVITE").body)
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    says(page, "In call")


def test_a_second_tab_says_so_and_takes_the_call_over(
    page: Page, site: FakeSite, context: BrowserContext
) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    second = context.new_page()
    open_page(second)
    says(second, "Open elsewhere")
    press(second, "Use it here")
    says(second, "In call")
    assert site.peer.last("INVITE")["replaces"]
    says(page, "Open elsewhere")


def test_mute_is_a_switch_and_is_said(page: Page) -> None:
    says(page, "Ready")
    call(page, "1000")
    says(page, "In call")
    mute = page.get_by_role("button", name="Mute")
    expect(mute).to_have_attribute("aria-pressed", "false")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("They cannot hear you: muted")).to_be_visible()


def test_a_person_without_a_mouse_calls_mutes_and_hangs_up(page: Page) -> None:
    says(page, "Ready")
    page.keyboard.press("Control+Shift+F")
    page.keyboard.type("1000")
    page.keyboard.press("Enter")
    says(page, "In call")
    page.keyboard.press("Control+Shift+D")
    page.keyboard.type("42")
    expect(page.get_by_text("Keys sent: 42")).to_be_visible()
    page.keyboard.press("Control+Shift+M")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Shift+E")
    says(page, "Ready")


def test_every_control_is_reached_by_the_tab_key(page: Page) -> None:
    says(page, "Ready")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]"
                "?.textContent ?? document.activeElement.textContent"
            )
        )
    assert {"Number", "Language", "Microphone", "Key 5", "Key pound", "Shortcuts on"} <= reached


@pytest.mark.parametrize("state", ["Ready", "In call"])
def test_promised_names_are_found_once(page: Page, state: str) -> None:
    says(page, "Ready")
    if state == "In call":
        call(page, "1000")
        says(page, state)
    for name in BUTTONS:
        expect(page.get_by_role("button", name=name)).to_have_count(1)
    expect(page.get_by_label("Number")).to_have_count(1)
    expect(page.get_by_label("Phone status")).to_have_count(1)


def test_a_blocked_microphone_is_said_with_what_to_do(page: Page) -> None:
    says(page, "Ready")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => {"
        " throw new DOMException('no', 'NotAllowedError'); } }"
    )
    call(page, "1000")
    expect(page.get_by_role("alert")).to_contain_text("Allow it beside the page's address")
    says(page, "Ready")


def test_a_lost_microphone_is_replaced_by_the_default_one(page: Page) -> None:
    says(page, "Ready")
    page.evaluate(
        """() => {
          const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          window.opened = [];
          navigator.mediaDevices.getUserMedia = async (wish) => {
            window.opened.push(await open(wish));
            return window.opened.at(-1);
          };
        }"""
    )
    call(page, "1000")
    says(page, "In call")
    page.evaluate("() => window.opened[0].getTracks()[0].dispatchEvent(new Event('ended'))")
    page.wait_for_function("() => window.opened.length === 2")
    expect(page.get_by_text("The microphone is gone")).to_be_hidden()
    says(page, "In call")


def test_a_tab_that_slept_connects_anew_and_says_so(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    page.evaluate("() => document.dispatchEvent(new Event('resume'))")
    expect(page.get_by_role("alert").filter(has_text="This tab was asleep")).to_be_visible()
    says(page, "Ready")
    assert len(site.peers) == 2
    press(page, "Dismiss")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_new_network_means_a_new_connection(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    says(page, "Not connected")
    says(page, "Ready")
    assert len(site.peers) == 2


def test_a_site_with_tokens_asks_for_one(site: FakeSite, context: BrowserContext) -> None:
    site.token = "right"
    page = context.new_page()
    open_page(page)
    token = page.get_by_label("Access token")
    token.fill("wrong")
    press(page, "Sign in")
    expect(page.get_by_role("alert")).to_have_text("This token is not valid.")
    token.fill("right")
    press(page, "Sign in")
    says(page, "Ready")


def test_calls_appear_as_the_server_tells_them(page: Page, site: FakeSite) -> None:
    says(page, "Ready")
    row = page.get_by_role("row").filter(has_text="9001")
    expect(row).to_have_count(0)
    told = {
        "id": "c3",
        "direction": "inbound",
        "from": "sip:7@127.0.0.1",
        "to": "9001",
        "state": "active",
        "started_at": "2026-11-20T09:00:00Z",
        "answered_at": None,
        "ended_at": None,
        "duration_s": None,
        "outcome": None,
        "recordings": 0,
    }
    site.tell({"kind": "call-started", "seq": 2, "at": told["started_at"], "call": told})
    expect(row).to_contain_text("Now")


def test_a_call_shows_its_recording_and_its_ladder(page: Page) -> None:
    page.get_by_role("button", name="Details of web-1 to 1000").click()
    expect(page.get_by_role("heading", name="web-1 → 1000")).to_be_focused()
    recording = page.get_by_role("region", name="Recording 1")
    expect(recording.get_by_role("button", name="Play")).to_be_visible()
    expect(recording.locator("canvas").first).to_be_attached()
    page.get_by_text("SIP ladder").click()
    page.get_by_text("INVITE sip:1000@127.0.0.1").first.click()
    expect(page.get_by_text("Call-ID: 1").first).to_be_visible()


def test_the_language_is_kept_over_a_reload(page: Page) -> None:
    says(page, "Ready")
    page.get_by_label("Language").select_option("zh-Hans")
    expect(page.get_by_role("status", name="电话状态")).to_have_text("就绪")
    page.reload()
    expect(page.get_by_role("status", name="电话状态")).to_have_text("就绪")
    assert page.evaluate("() => document.documentElement.lang") == "zh-Hans"
    page.get_by_label("语言").select_option("zh-Hant")
    expect(page.get_by_role("status", name="電話狀態")).to_have_text("就緒")
