"""Our page in Chromium: it calls and is called, transfers, and keeps its call over a reload, a cut and another tab."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.interop.conftest import ACCOUNTS, ALICE, BOB, CAROL
from tests.interop.phones import sound, web_phone
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE, Samples
from tests.interop.phones.web_phone import WebPhone

SPOKEN, HEARD = 0.7, 0.7
"""Of the browser's speech at the other side, and of sound at its loudspeaker, which its jitter buffer stretches.

Opus keeps what is heard rather than the waveform: libopus alone gives 0.91 for speech, at any bit rate."""


@pytest.fixture(scope="module", name="desk")
def _desk(tmp_path_factory: pytest.TempPathFactory, rendered: Path, root: Path) -> Iterator[Server]:
    if (problem := web_phone.missing()) is not None:
        pytest.skip(problem)
    folder = tmp_path_factory.mktemp("desk")
    with Server(folder, rendered, root / "prompts", accounts=ACCOUNTS, has_page=True) as running:
        yield running


@pytest.fixture(name="browser")
def _browser(desk: Server, tmp_path: Path, long_speech: Path) -> Iterator[WebPhone]:
    with WebPhone(tmp_path / "browser", desk.page, long_speech) as phone:
        phone.wait_for("Ready")
        yield phone


def part(path: Path, begin_s: float, end_s: float) -> Samples:
    return sound.section(sound.read_wav(path), begin_s, end_s)


def test_the_browser_talks_to_the_menu_and_the_recording_holds_both(
    desk: Server, browser: WebPhone, long_speech: Path
) -> None:
    welcome, leave = desk.prompt("welcome"), desk.prompt("leave_message")
    before = len(desk.calls())
    browser.call("1000")
    browser.wait_for("In call")
    time.sleep(len(welcome) / RATE + 1)
    browser.press_keys("3")
    time.sleep(len(leave) / RATE + 3)
    heard = browser.heard()
    browser.press("Hang up")
    browser.wait_for("Ready")
    desk.new_calls(before)
    recording = desk.recordings("call")[-1]
    assert sound.likeness(part(long_speech, 1.0, 4.0), sound.read_wav(recording, 0)) > SPOKEN
    assert sound.find(welcome, sound.read_wav(recording, 1)).correlation > 0.99
    assert sound.find(leave, sound.read_wav(recording, 1)).correlation > 0.99
    assert web_phone.likeness(leave, heard) > HEARD


def test_a_sip_phone_calls_the_browser_and_both_hear(
    desk: Server, browser: WebPhone, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    before = len(desk.calls())
    with Baresip(tmp_path / "alice", other_speech, registration=desk.registration(ALICE)) as alice:
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        alice.wait_for("CALL_CLOSED")  # where its speech ends
        browser.wait_for("Ready")
        assert web_phone.likeness(part(other_speech, 2.0, 6.0), browser.heard()) > HEARD
        assert sound.likeness(part(long_speech, 1.0, 4.0), sound.read_wav(alice.heard())) > SPOKEN
    desk.new_calls(before)
    assert desk.codecs() == ["PCMU", "PCMU"]
    assert min(desk.relayed()) > 100


def test_the_browser_calls_a_sip_phone_holds_it_and_both_hear(
    desk: Server, browser: WebPhone, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    before = len(desk.calls())
    with Baresip(tmp_path / "bob", other_speech, answers=True, registration=desk.registration(BOB)) as bob:
        browser.call(BOB.number)
        browser.wait_for("In call")
        time.sleep(3)
        browser.press("Hold")
        browser.wait_for("On hold")
        browser.press("Hold")
        browser.wait_for("In call")
        bob.wait_for("CALL_CLOSED")
        assert web_phone.likeness(part(other_speech, 0.5, 2.5), browser.heard()) > HEARD
        assert sound.likeness(part(long_speech, 0.5, 2.5), sound.read_wav(bob.heard())) > SPOKEN
    desk.new_calls(before)
    assert desk.codecs() == ["PCMU", "PCMU"], "after hold and resume as well"
    assert min(desk.relayed()) > 100


def test_the_browser_transfers_its_caller_to_a_number(
    desk: Server, browser: WebPhone, tmp_path: Path, other_speech: Path
) -> None:
    with Baresip(tmp_path / "alice", other_speech, registration=desk.registration(ALICE)) as alice:
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        time.sleep(1)
        browser.type_number("9001")
        browser.press("Transfer")
        browser.wait_for("Ready")
        alice.wait_for("CALL_CLOSED")
        assert sound.likeness(part(other_speech, 5.0, 7.0), sound.read_wav(alice.heard())) > 0.99


def test_the_browser_joins_its_two_parties(
    desk: Server, browser: WebPhone, tmp_path: Path, other_speech: Path, long_speech: Path
) -> None:
    with (
        Baresip(
            tmp_path / "carol", other_speech, answers=True, registration=desk.registration(CAROL)
        ) as carol,
        Baresip(tmp_path / "alice", long_speech, registration=desk.registration(ALICE)) as alice,
    ):
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        browser.call(CAROL.number)
        carol.wait_for("CALL_ESTABLISHED")
        browser.wait_for("In call")
        browser.press("Connect both")
        browser.wait_for("Ready")
        carol.wait_for("CALL_CLOSED")  # where its speech ends
        alice.wait_for("CALL_CLOSED")
        assert sound.likeness(part(other_speech, 5.0, 7.0), sound.read_wav(alice.heard())) > 0.99


def test_a_reload_keeps_the_call_and_the_caller_hears_music_meanwhile(
    desk: Server, browser: WebPhone, tmp_path: Path, long_speech: Path, speech: Path
) -> None:
    with Baresip(tmp_path / "alice", long_speech, registration=desk.registration(ALICE)) as alice:
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        time.sleep(2)
        began = time.monotonic()
        browser.reload()
        browser.wait_for("In call")
        away_s = time.monotonic() - began
        time.sleep(5)
        browser.press("Hang up")
        alice.wait_for("CALL_CLOSED")
        heard = sound.read_wav(alice.heard())
    print(f"from the reload to In call: {away_s:.2f} s")
    # The microphone's file begins anew with the page: its first seconds are heard twice.
    twice = sound.find_parts(part(long_speech, 0.8, 1.6), heard[-round(5.5 * RATE) :], part_s=0.8)
    assert twice[0].correlation > SPOKEN
    assert sound.likeness(part(long_speech, 0.8, 1.6), heard[: round(3.5 * RATE)]) > SPOKEN


def test_a_cut_connection_costs_no_call(
    desk: Server, browser: WebPhone, tmp_path: Path, long_speech: Path
) -> None:
    with Baresip(tmp_path / "alice", long_speech, registration=desk.registration(ALICE)) as alice:
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        time.sleep(2)
        browser.cut_signalling()
        browser.wait_for_text("The connection to the server is lost")
        time.sleep(8)
        browser.press("Hang up")  # over the new connection
        alice.wait_for("CALL_CLOSED")
        browser.wait_for("Ready")
        heard = sound.read_wav(alice.heard())
    assert sound.likeness(part(long_speech, 7.0, 9.0), heard) > SPOKEN


def test_another_tab_takes_the_phone_with_its_call(
    desk: Server, browser: WebPhone, tmp_path: Path, long_speech: Path
) -> None:
    def take_over(page: Page) -> None:
        second = page.context.new_page()
        second.goto(desk.page)
        second.get_by_role("button", name="Use it here").click()
        expect(second.get_by_role("status", name="Phone status")).to_have_text("In call")
        expect(page.get_by_role("status", name="Phone status")).to_have_text("Open elsewhere")

    with Baresip(tmp_path / "alice", long_speech, registration=desk.registration(ALICE)) as alice:
        alice.dial(desk.uri(browser.account()))
        browser.wait_for("Ringing")
        browser.press("Answer")
        browser.wait_for("In call")
        browser.do(take_over)
        time.sleep(2)
        assert not [event for event in alice.events if event.get("type") == "CALL_CLOSED"]


def test_keys_arrive_as_they_were_pressed(
    desk: Server, browser: WebPhone, tmp_path: Path, long_speech: Path
) -> None:
    with Baresip(tmp_path / "bob", long_speech, answers=True, registration=desk.registration(BOB)) as bob:
        browser.call(BOB.number)
        browser.wait_for("In call")
        time.sleep(1)
        browser.press_keys("147*0#")
        time.sleep(2)
        assert bob.digits == "147*0#"


def test_the_call_is_in_the_list_with_its_ladder_and_waveform(desk: Server, browser: WebPhone) -> None:
    browser.call("1000")
    browser.wait_for("In call")
    time.sleep(2)
    browser.press("Hang up")
    browser.wait_for("Ready")
    account = browser.account()

    def look(page: Page) -> None:
        page.get_by_role("button", name=f"Details of {account} to 1000").click()
        expect(page.get_by_role("region", name="Recording 1").locator("canvas").first).to_be_attached()
        page.get_by_text("SIP ladder").click()
        expect(page.get_by_text("INVITE (SDP)").first).to_be_visible()
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()

    browser.do(look)
