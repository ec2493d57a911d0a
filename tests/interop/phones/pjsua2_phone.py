"""A pjsua2 user agent in a child process: says a WAV file, records what it hears, sends and takes digits."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.registration import Registration

CHILD = Path(__file__).with_name("pjsua2_child.py")


def is_installed() -> bool:
    return importlib.util.find_spec("pjsua2") is not None


class Pjsua2Phone:
    """One phone. `says` is 16-bit mono at 8 kHz, played once, from the moment its first call has media."""

    def __init__(
        self,
        folder: Path,
        says: Path,
        *,
        answers: bool = False,
        codec: str = "PCMU",
        sip_port: int | None = None,
        reliable: bool = False,
        session_expires: int = 0,
        registration: Registration | None = None,
        srtp: Sequence[str] = (),
    ) -> None:
        """`reliable`: no call without 100rel. `session_expires`: seconds that every call is to be refreshed in.

        `srtp`: the suites that it may agree to by SDES; with none it speaks plain RTP.
        """
        folder.mkdir(parents=True)
        ports = free_ports(16)
        sip = sip_port or ports
        self.uri = f"sip:pjsua2@{ADDRESS}:{sip}"
        self._hears, self._log = folder / "heard.wav", folder / "pjsua2.log"
        files = {"says": str(says), "hears": str(self._hears), "log": str(self._log)}
        places = {"sip_port": sip, "rtp_port": ports + 4}
        ways = {"codec": codec, "answers": answers, "reliable": reliable, "session_expires": session_expires}
        security = {"srtp": list(srtp)}
        who = {"registrar": "", "user": "", "password": ""}
        if registration is not None:
            who = dict(
                zip(who, (registration.registrar, registration.user, registration.password), strict=True)
            )
        self._program = Program(
            [sys.executable, CHILD, json.dumps({**files, **places, **ways, **who, **security})], folder
        )
        try:
            self.wait_for("ready")
            if registration is not None:
                self._program.wait_for('"event": "registration", "status": 200')
        except ProgramError:
            self._program.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in list(self._program.lines) if line.startswith("{")]

    @property
    def digits(self) -> str:
        """Every digit that the other side sent, in order."""
        return "".join(str(event["digit"]) for event in self.events if event["event"] == "digit")

    def dial(self, uri: str) -> None:
        self._tell({"do": "dial", "uri": uri})

    def send_digits(self, digits: str) -> None:
        """Queues keys (RFC 4733); pjsua2 sends each for 100 ms with as long a gap. Does not wait for them."""
        self._tell({"do": "digits", "digits": digits})

    def hold(self) -> None:
        self._tell({"do": "hold"})

    def resume(self) -> None:
        self._tell({"do": "resume"})

    def update(self) -> None:
        self._tell({"do": "update"})

    def transfer(self, uri: str) -> None:
        """Blind."""
        self._tell({"do": "transfer", "uri": uri})

    def join_calls(self) -> None:
        """Transfers its first call to the party of its second one (attended)."""
        self._tell({"do": "join"})

    def hang_up(self) -> None:
        self._tell({"do": "hang_up"})

    def wait_for(self, event: str, seconds: float = PATIENCE_S) -> None:
        """Waits for an event of `pjsua2_child`. Raises ProgramError."""
        self._program.wait_for(f'"event": "{event}"', seconds)

    def wait_for_state(self, state: str, seconds: float = PATIENCE_S) -> None:
        """A call state by its name in pjsua2: CONNECTING, CONFIRMED, DISCONNECTED. Raises ProgramError."""
        self._program.wait_for(f'"state": "{state}"', seconds)

    def wait_for_media(self, *statuses: str, seconds: float = PATIENCE_S) -> None:
        """Waits until audio went through these statuses, in this order: active, we hold, on hold.

        Raises ProgramError. The same status said twice counts once.
        """
        deadline = time.monotonic() + seconds
        while True:
            told = [str(event["status"]) for event in self.events if event["event"] == "media"]
            told = [status for status, _ in itertools.groupby(told)]
            if told == list(statuses):
                return
            if time.monotonic() > deadline:
                raise ProgramError(self._program.report(f"had media {told}, not {statuses}"))
            time.sleep(0.05)

    def wait_for_transfer(self, seconds: float = PATIENCE_S) -> int:
        """The final status that it was told of its transfer. Raises ProgramError."""
        found = self._program.wait_for(r'"event": "transfer", "status": (\d+), "final": true', seconds)
        return int(found[1])

    def messages(self, direction: str, beginning: str) -> list[str]:
        """Ends the phone; what it received ("RX") or sent ("TX") that begins so: "PRACK ", "SIP/2.0 200"."""
        self._end()
        log = self._log.read_text(encoding="utf-8", errors="replace").replace("\r", "")
        told = re.findall(
            r"^[^\n]*?\.([RT]X) \d+ bytes [^\n]*:\n(.*?)\n--end msg--", log, re.DOTALL | re.MULTILINE
        )
        return [text for way, text in told if way == direction and text.startswith(beginning)]

    def heard(self) -> Path:
        """Ends the phone and returns the recording, which is complete only then."""
        self._end()
        return self._hears

    def _end(self) -> None:
        if self._program.is_running:
            self._tell({"do": "quit"})
            self._program.wait(10)

    def _tell(self, command: dict[str, str]) -> None:
        self._program.write(json.dumps(command))
