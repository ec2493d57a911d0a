"""A user agent of baresip-python (libre and baresip of 2026) in a child process: SDES, DTLS-SRTP, attended transfer.

The `Baresip` beside it is the program of Debian, six years older.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.registration import Registration

CHILD = Path(__file__).with_name("baresip5_child.py")


class Baresip5:
    """One phone. `says` is 16-bit mono at 8 kHz, played once from the beginning of each call."""

    def __init__(
        self,
        folder: Path,
        says: Path,
        *,
        answers: bool = False,
        codecs: Sequence[str] = ("pcmu",),
        mediaenc: str = "",
        sip_port: int | None = None,
        registration: Registration | None = None,
    ) -> None:
        """`mediaenc`: "srtp-mand" for SDES, "dtls_srtp", or none."""
        folder.mkdir(parents=True)
        ports = free_ports(24)
        sip = sip_port or ports
        self.uri = f"sip:peer@{ADDRESS}:{sip}"
        self._hears = folder / "heard.wav"
        account: dict[str, object] = {
            "user": "peer",
            "domain": f"{ADDRESS}:{sip}",
            "password": "",
            "reg_interval": 0,
        }
        if registration is not None:
            account = {
                "user": registration.user,
                "domain": registration.registrar.removeprefix("sip:"),
                "password": registration.password,
            }
        account["audio_codecs"] = list(codecs)
        account["extra_params"] = [f"mediaenc={mediaenc}"] if mediaenc else []
        config = {
            "net_interface": ADDRESS,
            "audio_source": f"aufile,{says}",
            "max_concurrent_calls": None,
            "extra_config_text": f"sip_listen {ADDRESS}:{sip}\nrtp_ports {ports + 4}-{ports + 23}\n",
        }
        settings = {"account": account, "config": config, "hears": str(self._hears), "answers": answers}
        self._program = Program([sys.executable, "-P", CHILD, json.dumps(settings)], folder)
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

    def dial(self, uri: str) -> None:
        self._tell({"do": "dial", "uri": uri})

    def send_digits(self, digits: str) -> None:
        self._tell({"do": "digits", "digits": digits})

    def hold(self) -> None:
        self._tell({"do": "hold"})

    def resume(self) -> None:
        self._tell({"do": "resume"})

    def transfer(self, uri: str) -> None:
        """Blind."""
        self._tell({"do": "transfer", "uri": uri})

    def join_calls(self) -> None:
        """Transfers its first call to the party of its second one (attended)."""
        self._tell({"do": "join"})

    def hang_up(self) -> None:
        self._tell({"do": "hang_up"})

    def wait_for(self, event: str, seconds: float = PATIENCE_S) -> None:
        """Waits for an event of `baresip5_child`. Raises ProgramError."""
        self._program.wait_for(f'"event": "{event}"', seconds)

    def wait_for_call(self, event: str, number: int, seconds: float = PATIENCE_S) -> None:
        """Waits until the call of that number, from 1, is "established" or "closed". Raises ProgramError."""
        self._program.wait_for(f'"event": "{event}", "call": {number}\\b', seconds)

    def wait_for_transfer(self, seconds: float = PATIENCE_S) -> bool:
        """Whether its transfer went through, as it was told. Raises ProgramError."""
        return self._program.wait_for(r'"event": "transfer", "done": (true|false)', seconds)[1] == "true"

    def heard(self) -> Path:
        """Ends the phone and returns the recording of its first call."""
        if self._program.is_running:
            self._tell({"do": "quit"})
            self._program.wait(10)
        return self._hears

    def _tell(self, command: dict[str, str]) -> None:
        self._program.write(json.dumps(command))
