"""SIPp plays a scenario of ours, message by message: parties that lose, repeat or cross what they send."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tests.interop.phones.ports import ADDRESS, free_ports, is_free
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.sound import Samples

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is 0 if every call went as the scenario says. `report` is what SIPp found wrong."""

    status: int
    report: str
    received: tuple[str, ...]
    """Every message that came in, those too that SIPp passed over as repeated."""

    def requests(self, method: str) -> list[str]:
        """Those of `received` that ask for this method."""
        return [text for text in self.received if text.startswith(f"{method} ")]

    def responses(self, status: int, method: str) -> list[str]:
        """Those of `received` that answer this method with this status."""
        cseq = re.compile(rf"^CSeq:\s*\d+\s+{method}\s*$", re.IGNORECASE | re.MULTILINE)
        return [text for text in self.received if text.startswith(f"SIP/2.0 {status} ") and cseq.search(text)]


def is_installed() -> bool:
    return shutil.which("sipp") is not None


def to_a_law(samples: Samples) -> bytes:
    """ITU-T G.711 A-law of samples from -1 to 1, as SIPp's rtp_stream sends it."""
    thirteen_bits = np.clip(np.round(samples * 4096), -4096, 4095).astype(np.int32)
    magnitude: NDArray[np.int32] = np.where(thirteen_bits >= 0, thirteen_bits, -thirteen_bits - 1)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    step = np.where(segment == 0, 1, segment)
    code = (segment << 4) | ((magnitude >> step) & 0x0F)
    sign = np.where(thirteen_bits >= 0, 0x80, 0)
    return bytes((code | sign) ^ 0x55 & 0xFF for code, sign in zip(code.tolist(), sign.tolist(), strict=True))


class Sipp:
    """One scenario, `scenarios/NAME.xml`, started at once. It places its calls at `target`, or waits for them.

    `number` is [service] in the scenario. `says` replaces @SPEECH@: the file that its rtp_stream plays. With `echoes`
    every RTP packet that comes to [media_port] goes back at once. `transport` as SIPp names it: "t1" is one TCP
    connection. `seconds` end it in any case.
    """

    def __init__(
        self,
        scenario: str,
        folder: Path,
        *,
        target: str | None = None,
        number: str = "1000",
        sip_port: int | None = None,
        calls: int = 1,
        says: Samples | None = None,
        echoes: bool = False,
        seconds: float = 30.0,
        transport: str = "u1",
    ) -> None:
        """`target` is address:port; None: SIPp is called, at `sip_port`."""
        folder.mkdir(parents=True)
        self._folder, self._seconds = folder, seconds
        text = (SCENARIOS / f"{scenario}.xml").read_text(encoding="utf-8")
        if says is not None:
            speech = folder / "speech.alaw"
            speech.write_bytes(to_a_law(says))
            text = text.replace("@SPEECH@", str(speech))
        (folder / "scenario.xml").write_text(text, encoding="utf-8")
        ports = free_ports(12)
        sip = sip_port or ports
        command = ["sipp", *([target] if target else []), "-sf", "scenario.xml", "-s", number]
        command += ["-i", ADDRESS, "-p", str(sip)]
        command += ["-t", transport, "-max_socket", "1000"]  # its own default is above the usual file limit
        media = ["-mi", ADDRESS, "-mp", str(ports + 4), *(["-rtp_echo"] if echoes else [])]
        amount = ["-m", str(calls), "-l", str(calls), "-r", str(min(calls, 50))]
        ends = ["-timeout", f"{seconds:.0f}s", "-timeout_error", "-nostdin"]
        traces = ["-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"]
        self._program = Program([*command, *media, *amount, *ends, *traces], folder, {"TERM": "dumb"})
        if target is None:
            self._wait_until_it_listens(sip)

    def _wait_until_it_listens(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while is_free(port):
            if time.monotonic() > deadline or not self._program.is_running:
                self._program.stop()
                raise ProgramError(self._program.report("does not listen"))
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()

    def outcome(self) -> Outcome:
        """Waits until all calls are over."""
        try:
            status = self._program.wait(self._seconds + 10)
        finally:
            self._program.stop()
        report = _read(self._folder / "errors.log") or "\n".join(self._program.lines[-40:])
        return Outcome(status, report, tuple(_received(_read(self._folder / "messages.log"))))


def play(
    scenario: str,
    target: str,
    folder: Path,
    *,
    number: str = "1000",
    calls: int = 1,
    says: Samples | None = None,
    echoes: bool = False,
    seconds: float = 30.0,
    transport: str = "u1",
) -> Outcome:
    """Runs a scenario against `target`, all its calls at once, to the end; the rest as for `Sipp`."""
    with Sipp(
        scenario,
        folder,
        target=target,
        number=number,
        calls=calls,
        says=says,
        echoes=echoes,
        seconds=seconds,
        transport=transport,
    ) as running:
        return running.outcome()


def _received(trace: str) -> Iterator[str]:
    for part in re.split(r"^-{20,}.*$", trace, flags=re.MULTILINE):
        head, _, text = part.strip().partition("\n\n")
        if " message received " in head:
            yield text.replace("\r", "")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
