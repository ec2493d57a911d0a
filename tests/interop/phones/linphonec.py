"""linphonec without a sound card: says nothing, records what it hears, registers, calls and presses keys."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import free_ports
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.registration import Registration

_CONFIG = """\
[sip]
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port=-1
default_proxy=0
use_ipv6=0
guess_hostname=0
register_only_when_network_is_up=0
contact="{user}" <sip:{user}@127.0.0.1>
[proxy_0]
reg_proxy=<sip:{host};transport={transport}>
reg_identity=<sip:{user}@{host}>
reg_expires=300
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd={password}
realm=voicecore
[sound]
use_files=1
[rtp]
audio_rtp_port={rtp}
[video]
enabled=0
[storage]
uri=null
"""


def is_installed() -> bool:
    return shutil.which("linphonec") is not None


class Linphonec:
    """One phone; ready once it is registered."""

    def __init__(self, folder: Path, registration: Registration, *, answers: bool = False) -> None:
        (folder / "home").mkdir(parents=True)
        self._heard = folder / "heard.wav"
        ports = free_ports(8)
        host, _, transport = registration.registrar.removeprefix("sip:").partition(";transport=")
        over_tcp = transport == "tcp"
        text = _CONFIG.format(
            udp=-1 if over_tcp else ports,
            tcp=ports if over_tcp else -1,
            rtp=ports + 4,
            user=registration.user,
            password=registration.password,
            transport=transport or "udp",
            host=host,
        )
        (folder / "linphonerc").write_text(text, encoding="utf-8")
        command: list[str | Path] = ["linphonec", "-c", folder / "linphonerc", *(["-a"] if answers else [])]
        self._program = Program(command, folder, {"HOME": str(folder / "home")})
        try:
            self._wait_until_registered()
        except ProgramError:
            self._program.stop()
            raise
        self._program.write(f"record {self._heard}")

    def _wait_until_registered(self) -> None:
        for _ in range(40):
            self._program.write("status register")
            time.sleep(0.25)
            if any(line.startswith("registered, identity") for line in self._program.lines):
                return
        raise ProgramError(self._program.report("did not register"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()

    def dial(self, uri: str) -> None:
        self._program.write(f"call {uri}")

    def send_digits(self, digits: str) -> None:
        """Presses keys, five in two seconds. Returns when all were told to the phone."""
        for digit in digits:
            self._program.write(digit)
            time.sleep(0.4)

    def hang_up(self) -> None:
        self._program.write("terminate")

    def wait_for(self, pattern: str, seconds: float = PATIENCE_S) -> None:
        """A line of what it says: `Media streams established`, `ended`. Raises ProgramError."""
        self._program.wait_for(pattern, seconds)

    def heard(self) -> Path:
        """The recording of its call, complete once that is over."""
        return self._heard
