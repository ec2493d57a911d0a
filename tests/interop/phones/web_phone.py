"""The page of ours in headless Chromium: a person's hands on it, a WAV file as its microphone, an ear at its sound."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
import soundfile
import soxr
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.component.desktop.chromium import ARGUMENTS, executable
from tests.interop.phones import sound
from tests.interop.phones.program import PATIENCE_S
from tests.interop.phones.sound import RATE, Samples, read_wav

DIST = Path(__file__).resolve().parents[3] / "voicecore" / "desktop" / "dist"
MICROPHONE_RATE = 48_000
_PATIENCE_MS = 15_000
_FINE = 4
_T = TypeVar("_T")

# Voice processing is made for rooms and people; here it would eat the test's sounds.
_SETTINGS = "localStorage.setItem('voicecore.devices', JSON.stringify({ cleanUp: false }))"
_EAR = """
const PlainSocket = window.WebSocket;
window.sockets = [];
window.WebSocket = class extends PlainSocket {
  constructor(...given) {
    super(...given);
    window.sockets.push(this);
  }
};
window.heard = [];
const Plain = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Plain {
  constructor(...given) {
    super(...given);
    window.connections = [...(window.connections ?? []), this];
    this.addEventListener("track", ({ track }) => {
      const context = new AudioContext({ sampleRate: 8000 });
      const source = context.createMediaStreamSource(new MediaStream([track]));
      const ear = context.createScriptProcessor(1024, 1, 1);
      ear.onaudioprocess = ({ inputBuffer }) => window.heard.push(inputBuffer.getChannelData(0).slice());
      source.connect(ear);
      ear.connect(context.destination);
    });
  }
};
"""
_TELL_HEARD = """() => {
  const all = new Float32Array(window.heard.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of window.heard) { all.set(part, at); at += part.length; }
  let text = "";
  for (const octet of new Uint8Array(all.buffer)) text += String.fromCharCode(octet);
  return btoa(text);
}"""


def likeness(reference: Samples, heard: Samples) -> float:
    """How much of the reference came out of the browser's loudspeaker: the median of its parts.

    The browser's jitter buffer stretches, and resampling moves sound by parts of a sample: four times as many
    samples find the place.
    """
    fine_reference, fine_heard = (soxr.resample(one, RATE, _FINE * RATE) for one in (reference, heard))
    parts = sound.find_parts(fine_reference, fine_heard, part_s=0.4 * _FINE)
    return float(np.median([part.correlation for part in parts]))


def missing() -> str | None:
    """What has to be there first; None: nothing."""
    if executable() is None:
        return "there is no Chromium: apt-get install chromium"
    if not (DIST / "index.html").exists():
        return "the page is not built: install Node 20.19 or later and run `make setup`"
    return None


class WebPhone:
    """One browser with one tab. `says`: 8 kHz mono; it begins when the microphone is first opened.

    Playwright keeps a loop of its own running in its thread, so it gets a thread of its own.
    """

    def __init__(self, folder: Path, address: str, says: Path, *, before: str = "") -> None:
        """`before`: a script that runs before the page's own."""
        folder.mkdir(parents=True)
        microphone = folder / "microphone.wav"
        louder = soxr.resample(read_wav(says), RATE, MICROPHONE_RATE)
        soundfile.write(microphone, louder, MICROPHONE_RATE, subtype="PCM_16")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="web phone")
        self._playwright: Playwright | None = None
        try:
            self._page: Page = self._thread.submit(self._open, address, microphone, before).result()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    # -- what a person does -----------------------------------------------------------------------
    def call(self, number: str) -> None:
        self.type_number(number)
        self.press("Call")

    def type_number(self, number: str) -> None:
        self.do(lambda page: page.get_by_label("Number").fill(number))

    def press(self, name: str) -> None:
        self.do(lambda page: page.get_by_role("button", name=name).click())

    def press_keys(self, keys: str) -> None:
        for key in keys:
            self.press(f"Key {({'*': 'star', '#': 'pound'}).get(key, key)}")

    def cut_signalling(self) -> None:
        """The WebSocket of SIP breaks, as by a change of network; the page makes a new one."""
        cut = "() => window.sockets.filter((one) => one.protocol === 'sip').forEach((one) => one.close())"
        self.do(lambda page: page.evaluate(cut))

    def reload(self) -> None:
        self.do(lambda page: page.reload())

    # -- what a person sees and hears -------------------------------------------------------------
    def wait_for(self, status: str, seconds: float = PATIENCE_S) -> None:
        """Until the page says so. Raises AssertionError."""
        self.do(
            lambda page: expect(page.get_by_role("status", name="Phone status")).to_have_text(
                status, timeout=seconds * 1000
            )
        )

    def wait_for_text(self, words: str) -> None:
        self.do(lambda page: expect(page.get_by_text(words).first).to_be_visible())

    def heard(self) -> Samples:
        """All that came out of the loudspeaker since the page was loaded."""
        text = self.do(lambda page: page.evaluate(_TELL_HEARD))
        samples: Samples = np.frombuffer(base64.b64decode(str(text)), dtype="<f4").astype(np.float64)
        return samples

    def account(self) -> str:
        """The name under which it registered."""
        found = self.do(lambda page: page.evaluate("() => sessionStorage.getItem('voicecore.account')"))
        return str(found)

    def do(self, act: Callable[[Page], _T]) -> _T:
        """Whatever else, in the browser's thread."""
        return self._thread.submit(act, self._page).result()

    # -- the browser ------------------------------------------------------------------------------
    def _open(self, address: str, microphone: Path, before: str) -> Page:
        self._playwright = sync_playwright().start()
        program = executable()
        assert program is not None, missing()
        browser = self._playwright.chromium.launch(
            executable_path=program,
            args=[
                *ARGUMENTS,
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
                "--allow-loopback-in-peer-connection",
                "--disable-features=WebRtcHideLocalIpsWithMdns",
            ],
        )
        context = browser.new_context(permissions=["microphone"], locale="en-GB")
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(_SETTINGS)
        context.add_init_script(_EAR)
        context.add_init_script(before)
        page = context.new_page()
        page.goto(address)
        return page

    def _close(self) -> None:
        def stop() -> None:
            if self._playwright is not None:
                self._playwright.stop()

        self._thread.submit(stop).result()
        self._thread.shutdown()
