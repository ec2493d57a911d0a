"""`voicecore serve` in a process of its own: our server as its users run it, on free ports and in an empty folder."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones import sound
from tests.interop.phones.ports import ADDRESS, free_ports, give_back, kept_ports, written
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.registration import Registration
from tests.interop.phones.sound import Samples
from voicecore.app import voices
from voicecore.config.reader import read
from voicecore.config.settings import Argument
from voicecore.speech.speaker import Speaker

ROOT = Path(__file__).resolve().parents[3]
START_PATIENCE = 100.0
"""Seconds in which the server has to answer, the first rendering of every prompt included."""

_CONFIG = """\
[sip]
listen = ["udp://{address}:{sip}", "tcp://{address}:{sip}", "ws://{address}:{ws}"{listen_tls}{listen_other}]
{tls}[media]
{media_address}ports = [{first}, {last}]
workers = 2
{srtp}[store]
url = "sqlite:///{folder}/voicecore.db"
[recordings]
directory = "{folder}/recordings"
[music]
directory = "{shared}/music"
[prompts]
directory = "{prompts}"
cache = "{shared}/prompts"
language = "en"
[speech]
synthesisers = ["flite", "espeak-ng"]
{recognisers}[log]
level = "debug"
"""
_OPTIONS = """\
OPTIONS sip:ping@{address}:{port} SIP/2.0
Via: SIP/2.0/UDP {address}:{own};rport;branch=z9hG4bKping{turn}
Max-Forwards: 70
From: <sip:ping@{address}:{own}>;tag=ping
To: <sip:ping@{address}:{port}>
Call-ID: ping-{own}-{turn}
CSeq: {turn} OPTIONS
Content-Length: 0

"""


@dataclass(frozen=True, slots=True)
class Number:
    """One entry of the number table; `flow` is a function in `ivr_apps`, or in `tests` by its whole name."""

    match: str
    flow: str
    args: Mapping[str, Argument] = field(default_factory=dict)

    def __str__(self) -> str:
        args = ", ".join(f"{name} = {json.dumps(value)}" for name, value in self.args.items())
        flow = self.flow if self.flow.startswith("tests.") else f"ivr_apps.{self.flow}"
        return (
            f'[[number]]\nmatch = "{self.match}"\nflow = "{flow}"\n{f"args = {{ {args} }}" if args else ""}\n'
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A phone that may register, with a number of its own."""

    name: str
    password: str
    number: str

    def __str__(self) -> str:
        return (
            f'[[account]]\nname = "{self.name}"\npassword = "{self.password}"\nnumbers = ["{self.number}"]\n'
        )


NUMBERS = (
    Number("1000", "main_menu:main"),
    Number("9000", "diagnostics:answer_and_hang_up"),
    Number("9001", "diagnostics:echo"),
    Number("9002", "diagnostics:music"),
    Number("9003", "diagnostics:read_back_digits"),
    Number("9004", "diagnostics:tone"),
)


class Server:
    """Started at once, in `folder`; `shared` keeps rendered prompts and music from one server to the next."""

    def __init__(
        self,
        folder: Path,
        shared: Path,
        prompts: Path,
        numbers: Sequence[Number] = NUMBERS,
        media_ports: int = 100,
        certificate: tuple[Path, Path] | None = None,
        srtp: str = "",
        srtp_keys: Sequence[str] = (),
        accounts: Sequence[Account] = (),
        settings: str = "",
        recognisers: Sequence[str] = (),
        has_page: bool = False,
        other_address: str | None = None,
    ) -> None:
        """`certificate` and its key: then it listens for TLS as well, on the port after the one for UDP and TCP.

        The port after that is for WebSocket, the last one for the page and its API, if it `has_page`.
        `srtp` and `srtp_keys`: what [media] wants of them, where that is not the default.
        `settings` are further tables of the configuration. `other_address`: SIP and audio are there as well.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._sip = free_ports(4)
        self._media = first = kept_ports(media_ports)
        places = {"folder": folder, "shared": shared, "prompts": prompts, "address": ADDRESS}
        ports = {"sip": self._sip, "ws": self._sip + 2, "first": first, "last": first + media_ports - 1}
        more = {"listen_other": "", "media_address": f'address = "{ADDRESS}"\n'}
        if other_address is not None:
            # Audio follows SIP by default.
            more = {"listen_other": f', "udp://{written(other_address)}:{self._sip}"', "media_address": ""}
        tls = {"listen_tls": "", "tls": ""}
        if certificate is not None:
            tls["listen_tls"] = f', "tls://{ADDRESS}:{self._sip + 1}"'
            tls["tls"] = '[tls]\ncertificate = "{}"\nkey = "{}"\n'.format(*certificate)
        wanted = f'srtp = "{srtp}"\n' if srtp else ""
        wanted += f"srtp_keys = {json.dumps(list(srtp_keys))}\n" if srtp_keys else ""
        tables = "".join(map(str, (*numbers, *accounts)))
        ears = f"recognisers = {json.dumps(list(recognisers))}\n" if recognisers else ""
        page = f'[api]\nlisten = "{ADDRESS}:{self._sip + 3}"\n' if has_page else ""
        text = _CONFIG.format(**places, **ports, **tls, **more, srtp=wanted, recognisers=ears)
        text += tables + page + settings
        self.config = folder / "voicecore.toml"
        self.config.write_text(text, encoding="utf-8")
        self.start()

    def start(self) -> None:
        """Again after `kill`: the same folder, ports and database. Raises ProgramError."""
        began = time.monotonic()
        command: list[str | Path] = [sys.executable, "-m", "voicecore", "serve", "--config", self.config]
        here = {"PYTHONPATH": str(ROOT)}  # for flows that are tests' own
        self.program = Program(command, self.folder, {"COLUMNS": "200", "NO_COLOR": "1", **here})
        try:
            self.program.wait_for("ready: dial", START_PATIENCE)
            self._wait_for_options()
        except ProgramError:
            self.program.stop()
            raise
        self.started_in_s = time.monotonic() - began

    def _wait_for_options(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.bind((ADDRESS, 0))
            phone.settimeout(0.3)
            own = phone.getsockname()[1]
            for turn in range(1, 30):
                text = _OPTIONS.format(address=ADDRESS, port=self._sip, own=own, turn=turn)
                phone.sendto(text.replace("\n", "\r\n").encode(), (ADDRESS, self._sip))
                try:
                    answer = phone.recv(65536)
                except TimeoutError:
                    continue
                if answer.startswith(b"SIP/2.0 "):
                    return
        raise ProgramError(self.program.report("did not answer OPTIONS"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        give_back(self._media)

    def stop(self) -> int:
        """Asks it to end, as Ctrl-C does; its exit status."""
        return self.program.stop(signal.SIGINT, patience=15)

    def kill(self) -> None:
        """kill -9: nothing is tidied up."""
        self.program.stop(signal.SIGKILL)

    @property
    def address(self) -> str:
        return f"{ADDRESS}:{self._sip}"

    @property
    def websocket(self) -> str:
        return f"ws://{ADDRESS}:{self._sip + 2}"

    @property
    def page(self) -> str:
        """Where the page is, for a server that has one."""
        return f"http://{ADDRESS}:{self._sip + 3}/"

    def uri_at(self, number: str, address: str) -> str:
        """Over UDP at another address than that of all tests."""
        return f"sip:{number}@{written(address)}:{self._sip}"

    def uri(self, number: str, transport: str = "udp") -> str:
        match transport:
            case "udp":
                return f"sip:{number}@{self.address}"
            case "tls":
                return f"sip:{number}@{ADDRESS}:{self._sip + 1};transport=tls"
            case _:
                return f"sip:{number}@{self.address};transport={transport}"

    def registration(self, account: Account, transport: str = "udp") -> Registration:
        """For a phone that shall be this account."""
        return Registration(self.uri("", transport).replace(":@", ":"), account.name, account.password)

    def prompt(self, name: str) -> Samples:
        """The sound that the server plays for a prompt, from the server's own cache."""
        settings = read(self.config)
        voice: Speaker = voices.speaker(settings)
        pcm = asyncio.run(voices.prompts(settings, voice).sound(name, settings.prompts.language))
        return sound.from_pcm(pcm.at(sound.RATE).samples)

    def recordings(self, kind: str) -> list[Path]:
        """The files of one kind ("call" or "message"), oldest first."""
        files = (self.folder / "recordings").glob(f"*/*-{kind}-*.wav")
        return sorted(files, key=lambda path: path.stat().st_mtime_ns)

    def calls(self) -> list[tuple[str, str | None]]:
        """Every call record: the number, and why the call ended. Reads the database file as it is."""
        with sqlite3.connect(self.folder / "voicecore.db") as database:
            found = database.execute('SELECT number, "end" FROM calls ORDER BY started').fetchall()
        database.close()
        return [(str(number), end) for number, end in found]

    def new_calls(
        self, before: int, count: int = 1, seconds: float = PATIENCE_S
    ) -> list[tuple[str, str | None]]:
        """The records after the first `before`, once there are `count` and all have ended. Raises ProgramError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            calls = self.calls()[before:]
            if len(calls) >= count and all(end is not None for _, end in calls):
                return calls
            time.sleep(0.05)
        raise ProgramError(self.program.report(f"has not {count} ended calls but {self.calls()[before:]}"))

    def codecs(self) -> list[str]:
        """What the legs of the newest call had agreed on."""
        return [str(codec) for codec in self._of_legs("codec")]

    def relayed(self) -> list[int]:
        """How many packets passed to each leg of the newest call as they came."""
        return [int(packets or 0) for packets in self._of_legs("packets_relayed")]

    def _of_legs(self, column: str) -> list[str | int | None]:
        with sqlite3.connect(self.folder / "voicecore.db") as database:
            newest = "SELECT id FROM calls ORDER BY started DESC LIMIT 1"
            found = database.execute(f"SELECT {column} FROM legs WHERE call = ({newest})").fetchall()
        database.close()
        return [value for (value,) in found]

    def journal(self) -> list[tuple[str, str]]:
        """Kinds and details of the steps of the newest call."""
        with sqlite3.connect(self.folder / "voicecore.db") as database:
            query = "SELECT kind, detail FROM events WHERE call = (SELECT id FROM calls ORDER BY started DESC LIMIT 1)"
            found = database.execute(f"{query} ORDER BY sequence").fetchall()
        database.close()
        return [(str(kind), str(detail)) for kind, detail in found]
