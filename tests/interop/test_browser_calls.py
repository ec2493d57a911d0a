"""JsSIP in Chromium with real WebRTC audio: calls numbers, calls and is called by phones, and keeps its calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.conftest import ALICE, DAVE
from tests.interop.phones import sound
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.jssip import JsSip
from tests.interop.phones.server import Server
from tests.interop.phones.sound import RATE
from tests.interop.phones.web_phone import likeness

CLEAR = 0.7
"""Of most parts of what was said. Chromium stretches speech when the machine stalls, and Opus keeps what is heard
rather than the waveform: libopus alone gives 0.91 for speech."""


PATIENCE_S = 20.0


def once_clear(likeness: Callable[[], float]) -> float:
    """What is measured as soon as it is CLEAR: a machine that stalls spoils what Chromium hears for a while."""
    end = time.monotonic() + PATIENCE_S
    while (found := likeness()) <= CLEAR and time.monotonic() < end:
        time.sleep(0.5)
    return found


@contextmanager
def daves_page(
    office: Server, folder: Path, script: Path, says: Path | None = None, *, answers: bool = False
) -> Iterator[JsSip]:
    """A page that has registered."""
    with JsSip(
        folder,
        script,
        websocket=office.websocket,
        uri=f"sip:{DAVE.name}@{office.address}",
        password=DAVE.password,
        says=says,
        answers=answers,
    ) as page:
        page.wait_for("registered")
        yield page


def test_a_browser_hears_the_greeting_of_1000_and_its_key_leads_on(
    office: Server, tmp_path: Path, script: Path
) -> None:
    welcome, music_intro = office.prompt("welcome"), office.prompt("music_intro")
    before = len(office.calls())
    with daves_page(office, tmp_path / "page", script) as page:
        page.call(office.uri("1000"))
        page.wait_for("connection", state="connected")
        time.sleep(len(welcome) / RATE + 1)
        page.order("press", keys="1")
        time.sleep(len(music_intro) / RATE + 2)
        heard = page.heard()
        page.order("hang_up")
        page.wait_for("ended")
    assert likeness(welcome, heard) > CLEAR
    assert likeness(music_intro, heard) > CLEAR
    assert office.new_calls(before) == [("1000", "caller hung up")]


def test_a_browser_hears_itself(office: Server, tmp_path: Path, script: Path, speech: Path) -> None:
    with daves_page(office, tmp_path / "page", script, speech) as page:
        page.call(office.uri("9001"))
        page.wait_for("connection", state="connected")
        said = sound.section(sound.read_wav(speech), 0.5, 3.5)
        assert once_clear(lambda: likeness(said, page.heard())) > CLEAR
        page.order("hang_up")


def test_a_browser_is_called_by_a_phone(
    office: Server, tmp_path: Path, script: Path, speech: Path, other_speech: Path
) -> None:
    with (
        daves_page(office, tmp_path / "page", script, other_speech, answers=True) as page,
        Baresip(tmp_path / "alice", speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(DAVE.number))
        page.wait_for("connection", state="connected")
        alice.wait_for("CALL_CLOSED", 30)  # where its speech ends
        to_page, to_alice = page.heard(), sound.read_wav(alice.heard())
    assert likeness(sound.section(sound.read_wav(speech), 1.5, 3.5), to_page) > CLEAR
    answer = sound.read_wav(other_speech)
    assert max(part.correlation for part in sound.find_parts(answer, to_alice)) > CLEAR


def test_a_browser_calls_a_phone(
    office: Server, tmp_path: Path, script: Path, speech: Path, long_speech: Path
) -> None:
    with (
        Baresip(
            tmp_path / "alice", long_speech, answers=True, registration=office.registration(ALICE)
        ) as alice,
        daves_page(office, tmp_path / "page", script, speech) as page,
    ):
        page.call(office.uri(ALICE.number))
        page.wait_for("connection", state="connected")
        alice.wait_for("CALL_ESTABLISHED")
        time.sleep(7)
        to_page = page.heard()
        page.order("hang_up")
        alice.wait_for("CALL_CLOSED")
        to_alice = sound.read_wav(alice.heard())
    assert likeness(sound.section(sound.read_wav(speech), 0.5, 3.5), to_alice) > CLEAR
    assert likeness(sound.section(sound.read_wav(long_speech), 2, 5), to_page) > CLEAR


def test_hold_and_ice_restart_of_a_browser_leave_the_call_as_it_was(
    office: Server, tmp_path: Path, script: Path
) -> None:
    with daves_page(office, tmp_path / "page", script) as page:
        page.call(office.uri("9004"))
        page.wait_for("connection", state="connected")
        for order, event in (("hold", "held"), ("resume", "resumed"), ("restart_ice", "restarted")):
            page.order(order)
            page.wait_for(event)
            time.sleep(1)
        page.order("forget")
        time.sleep(2)
        heard = page.heard()
        page.order("hang_up")
        page.wait_for("ended")
    assert sound.level_db(sound.section(heard, 0.5, 1.5)) > -40


def test_a_browser_transfers_its_caller_to_a_number(
    office: Server, tmp_path: Path, script: Path, long_speech: Path
) -> None:
    """Blind: the caller then hears itself."""
    with (
        daves_page(office, tmp_path / "page", script, answers=True) as page,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(DAVE.number))
        page.wait_for("connection", state="connected")
        page.order("transfer", target=office.uri("9001"))
        page.wait_for("ended")
        time.sleep(4)
        alice.hang_up()
        alice.wait_for("CALL_CLOSED")
        heard = sound.read_wav(alice.heard())
    said = sound.read_wav(long_speech)
    assert likeness(sound.section(heard, len(heard) / RATE - 2.5, len(heard) / RATE - 0.5), said) > CLEAR


def test_a_page_that_is_loaded_again_goes_on_with_its_call(
    office: Server, tmp_path: Path, script: Path, long_speech: Path
) -> None:
    before = len(office.calls())
    with (
        daves_page(office, tmp_path / "page", script, answers=True) as page,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(DAVE.number))
        page.wait_for("connection", state="connected")
        replaces = page.wait_for("confirmed")["replaces"]
        page.events.clear()
        began = time.monotonic()
        page.order("load_again")
        page.wait_for("registered")
        page.call(office.uri("1000"), f"Replaces: {replaces}")
        page.wait_for("connection", state="connected")
        away_s = time.monotonic() - began
        time.sleep(3)
        said = sound.read_wav(long_speech)
        assert once_clear(lambda: likeness(page.heard()[-2 * RATE :], said)) > CLEAR
        page.order("hang_up")
        alice.wait_for("CALL_CLOSED")
    assert away_s < 10
    assert office.new_calls(before) == [(DAVE.number, "platform hung up")]


def test_a_page_whose_connection_breaks_registers_again_and_its_dialog_follows(
    office: Server, tmp_path: Path, script: Path, long_speech: Path
) -> None:
    with (
        daves_page(office, tmp_path / "page", script, answers=True) as page,
        Baresip(tmp_path / "alice", long_speech, registration=office.registration(ALICE)) as alice,
    ):
        alice.dial(office.uri(DAVE.number))
        page.wait_for("connection", state="connected")
        # RFC 5627: the dialog names the page by its GRUU, and not by the contact that it registers.
        assert ";gr=urn:uuid:" in page.wait_for("confirmed")["contact"]
        page.events.clear()
        page.order("drop_connection")
        page.wait_for("registered")
        time.sleep(1)
        alice.hang_up()
        assert page.wait_for("ended")["by"] == "remote"
