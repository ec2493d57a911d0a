"""A baresip without screen or sound card: what it says comes from a WAV file, what it hears goes into one."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS, free_ports, written
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.registration import Registration

_CONFIG = """\
poll_method epoll
sip_listen {address}:{sip}
net_interface {interface}
call_local_timeout 120
call_max_calls 4
audio_path {folder}
audio_source aufile,{says}
audio_player aubridge,nil
audio_alert aubridge,nil
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_txmode thread
rtp_ports {rtp}-{rtp_last}
rtcp_mux no
snd_path {folder}
module_path {modules}
module g711.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
module cons.so
cons_listen 127.0.0.1:{console}
statmode_default off
{cafile}"""
_ACCOUNT = (
    "<sip:{user}@{address}:{sip}>;regint=0;answermode={answer};audio_codecs={codec};dtmfmode=rtpevent{srtp}"
)
# Its parser ends a password at the first space.
_REGISTERED = "<sip:{user}@{host}>;auth_user={user};auth_pass={password};regint=300;answermode={answer};\
audio_codecs={codec};dtmfmode=rtpevent"
_OPUS = "opus/48000/2"
_KEY_RELEASED = b"\x04"  # baresip's own: ends the telephone-event that a digit began


def modules() -> Path:
    """Where Debian's package puts the modules, on a machine of any kind."""
    return next(Path("/usr/lib").glob("**/baresip/modules"))


def is_installed() -> bool:
    return shutil.which("baresip") is not None


class Baresip:
    """One phone with a folder and ports of its own. `says`: 16 bits, mono, 8 kHz.

    The end of `says` ends the call. Events are as baresip names them (CALL_ESTABLISHED, CALL_CLOSED).
    """

    def __init__(
        self,
        folder: Path,
        says: Path,
        *,
        user: str = "peer",
        answers: bool = False,
        codec: str = "PCMU",
        sip_port: int | None = None,
        ca: Path | None = None,
        srtp: str = "",
        registration: Registration | None = None,
        address: str = ADDRESS,
    ) -> None:
        """`codec`: one, or several with commas between them, best first.

        `ca`: the authorities that a TLS server is verified by. `srtp`: "srtp", "srtp-mand" (SDES) or none.

        `registration`: it is ready once it is registered.
        """
        folder.mkdir(parents=True)
        self._folder = folder
        ports = free_ports(24)  # baresip takes the one after `sip` for TLS, without asking
        self._console, control = ports + 2, ports + 3
        sip = sip_port or ports
        host = written(address)
        self.uri = f"sip:{user}@{host}:{sip}"
        places = {
            "address": host,
            "interface": address,
            "sip": sip,
            "folder": folder,
            "modules": modules(),
            "says": says,
        }
        places["cafile"] = f"sip_cafile {ca}\n" if ca else ""
        numbers = {"console": self._console, "control": control, "rtp": ports + 4, "rtp_last": ports + 23}
        (folder / "config").write_text(_CONFIG.format(**places, **numbers), encoding="utf-8")
        answer = "auto" if answers else "manual"
        mediaenc = f";mediaenc={srtp}" if srtp else ""
        codec = ",".join(_OPUS if one == "opus" else f"{one}/8000/1" for one in codec.split(","))
        account = _ACCOUNT.format(address=host, sip=sip, user=user, answer=answer, codec=codec, srtp=mediaenc)
        if registration is not None:
            account = _REGISTERED.format(
                host=registration.registrar.removeprefix("sip:"),
                user=registration.user,
                password=registration.password,
                answer=answer,
                codec=codec,
            )
        (folder / "accounts").write_text(f"{account}\n", encoding="utf-8")
        self._program = Program(["baresip", "-f", folder], folder)
        try:
            if registration is None:
                self._program.wait_for("baresip is ready")
            elif not self._program.wait_for(r"(200) OK .*binding|4\d\d .*")[1]:
                raise ProgramError(self._program.report("was not registered"))
            self._control = _Control(control)
        except (ProgramError, OSError):
            self._program.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        self._program.stop()

    @property
    def events(self) -> list[dict[str, object]]:
        return list(self._control.events)

    @property
    def digits(self) -> str:
        """Every digit that the other side sent, in order."""
        return "".join(str(e.get("param")) for e in self.events if e.get("type") == "CALL_DTMF_START")

    def wait_for_packets(self, count: int, seconds: float = PATIENCE_S) -> None:
        """Until a report counts more RTP packets than that in the call; it makes one every few seconds."""

        def counted() -> int:
            reports = [event["rtcp_stats"] for event in self.events if event.get("type") == "CALL_RTCP"]
            return max(
                (int(report["rx"]["sent"]) for report in reports if isinstance(report, dict)), default=0
            )

        if not self._control.wait_until(lambda: counted() > count, seconds):
            raise ProgramError(self._program.report(f"received {counted()} packets"))

    def dial(self, uri: str) -> None:
        self._control.command("dial", uri)

    def hang_up(self) -> None:
        self._control.command("hangup")

    def hold(self) -> None:
        self._control.command("hold")

    def resume(self) -> None:
        self._control.command("resume")

    def transfer(self, uri: str) -> None:
        """Blind: asks the other side of the current call to call somebody else."""
        self._control.command("transfer", uri)

    def wait_for(self, kind: str, seconds: float = PATIENCE_S) -> dict[str, object]:
        """The first event of this type. Raises ProgramError if none comes."""
        try:
            return self._control.wait_for(kind, seconds)
        except TimeoutError as late:
            raise ProgramError(self._program.report(f"had no {kind} among {self.events}")) from late

    def send_digits(self, digits: str, *, duration_s: float = 0.1, gap_s: float = 0.15) -> None:
        """Presses keys (RFC 4733) for so long, with such gaps. Returns when all were sent."""
        with socket.create_connection((ADDRESS, self._console)) as console:
            for digit in digits:
                console.sendall(digit.encode())
                time.sleep(duration_s)
                console.sendall(_KEY_RELEASED)
                time.sleep(gap_s)

    def heard(self) -> Path:
        """The recording of what the other side said in the last call; complete once the call is closed."""
        return self._dump("dec")

    def said(self) -> Path:
        """The recording of what this phone sent in the last call."""
        return self._dump("enc")

    def _dump(self, direction: str) -> Path:
        files = sorted(self._folder.glob(f"dump-*-{direction}.wav"), key=lambda path: path.stat().st_mtime_ns)
        if not files:
            raise ProgramError(self._program.report(f"recorded no {direction}"))
        return files[-1]


class _Control:
    """baresip's control port: JSON in netstrings, commands out, answers and events in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((ADDRESS, port))
        self._changed = threading.Condition()
        self.events: list[dict[str, object]] = []
        self._reader = threading.Thread(target=self._read, name="baresip's events")
        self._reader.start()

    def command(self, name: str, parameters: str = "") -> None:
        message = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self._socket.sendall(b"%d:%b," % (len(message), message))

    def wait_for(self, kind: str, seconds: float) -> dict[str, object]:
        def found() -> dict[str, object] | None:
            return next((event for event in self.events if event.get("type") == kind), None)

        if not self.wait_until(lambda: found() is not None, seconds):
            raise TimeoutError
        event = found()
        assert event is not None
        return event

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Looks again with each event; what the condition was at last."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def close(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # the other side was faster
            pass
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        buffer = b""
        while True:
            try:
                received = self._socket.recv(65536)
            except OSError:
                return
            if not received:
                return
            buffer = self._take_messages(buffer + received)

    def _take_messages(self, buffer: bytes) -> bytes:
        while b":" in buffer:
            length, _, rest = buffer.partition(b":")
            if len(rest) <= int(length):
                break
            message = json.loads(rest[: int(length)])
            buffer = rest[int(length) + 1 :]
            if message.get("event"):
                with self._changed:
                    self.events.append(message)
                    self._changed.notify_all()
        return buffer
