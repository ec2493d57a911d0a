"""A pjsua2 user agent in a child process: says a WAV file, records what it hears, sends and takes digits."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.program import Program, ProgramError

CHILD = Path(__file__).with_name("pjsua2_child.py")


def is_installed() -> bool:
    return importlib.util.find_spec("pjsua2") is not None


class Pjsua2Phone:
    """One phone, one call. `says` is 16-bit mono at 8 kHz, played once from the moment the call has media."""

    def __init__(
        self,
        folder: Path,
        says: Path,
        *,
        answers: bool = False,
        codec: str = "PCMU",
        sip_port: int | None = None,
        srtp: Sequence[str] = (),
    ) -> None:
        """`srtp`: the suites that it may agree to by SDES; with none it speaks plain RTP."""
        folder.mkdir(parents=True)
        ports = free_ports(8)
        sip = sip_port or ports
        self.uri = f"sip:pjsua2@{ADDRESS}:{sip}"
        self._hears = folder / "heard.wav"
        settings = {"says": str(says), "hears": str(self._hears), "codec": codec, "answers": answers}
        places = {"sip_port": sip, "rtp_port": ports + 4, "srtp": list(srtp)}
        self._program = Program([sys.executable, CHILD, json.dumps({**settings, **places})], folder)
        try:
            self.wait_for("ready")
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

    def hang_up(self) -> None:
        self._tell({"do": "hang_up"})

    def wait_for(self, event: str, seconds: float = 10.0) -> None:
        """Waits for an event of `pjsua2_child`. Raises ProgramError."""
        self._program.wait_for(f'"event": "{event}"', seconds)

    def wait_for_state(self, state: str, seconds: float = 10.0) -> None:
        """A call state by its name in pjsua2: CONNECTING, CONFIRMED, DISCONNECTED. Raises ProgramError."""
        self._program.wait_for(f'"state": "{state}"', seconds)

    def heard(self) -> Path:
        """Ends the phone and returns the recording, which is complete only then."""
        self._tell({"do": "quit"})
        self._program.wait(10)
        return self._hears

    def _tell(self, command: dict[str, str]) -> None:
        self._program.write(json.dumps(command))
