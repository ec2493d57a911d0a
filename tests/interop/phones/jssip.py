"""JsSIP in headless Chromium: a page that registers over WebSocket and tells what happens to it."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import numpy as np
import soundfile

from tests.interop.phones import sound
from tests.interop.phones.ports import ADDRESS
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError
from tests.interop.phones.sound import Samples

SOURCES = Path(__file__).resolve().parent.parent / "js"
_PAGE = b"<!doctype html><meta charset=utf-8><title>phone</title><script src=/bundle.js></script>"
_CHROMIUM = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Without it Chromium has no candidate where there is only the loopback interface.
    "--allow-loopback-in-peer-connection",
)
_MICROPHONE_RATE = 48000


def missing() -> str | None:
    """What has to be installed first; None: nothing."""
    for program, advice in (("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt-get install {advice}"
    return None


def bundle(folder: Path) -> Path:
    """JsSIP and our page's script in one file. Raises OSError where the packages cannot be had."""
    for name in ("package.json", "package-lock.json", "phone.js"):
        shutil.copy(SOURCES / name, folder)
    for command in (
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        ["node_modules/.bin/esbuild", "phone.js", "--bundle", "--outfile=bundle.js"],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
        if done.returncode:
            raise OSError(f"{command[0]}: {done.stderr[-500:]}")
    return folder / "bundle.js"


@dataclass(slots=True)
class _Mailbox:
    """What goes between the test and the page."""

    script: bytes
    events: list[dict[str, Any]] = field(default_factory=list)
    orders: SimpleQueue[dict[str, Any]] = field(default_factory=SimpleQueue)
    heard: list[bytes] = field(default_factory=list)


class JsSip:
    """One page in a browser of its own. Its microphone is a file, over and over; it keeps what it hears."""

    def __init__(
        self,
        folder: Path,
        script: Path,
        *,
        websocket: str,
        uri: str,
        password: str,
        says: Path | None = None,
        answers: bool = False,
    ) -> None:
        """`answers`: takes calls at once, else it is busy. Without `says` the microphone beeps."""
        folder.mkdir(parents=True)
        self._mailbox = _Mailbox(script.read_bytes())
        self.events = self._mailbox.events
        handler = partial(_Handler, self._mailbox)
        self._http = ThreadingHTTPServer((ADDRESS, 0), handler)
        self._serving = threading.Thread(target=self._http.serve_forever, name="page of JsSIP")
        self._serving.start()
        told = {"websocket": websocket, "uri": uri, "password": password}
        query = urlencode({**told, "answers": "yes"} if answers else told)
        page = f"http://{ADDRESS}:{self._http.server_port}/?{query}"
        profile = f"--user-data-dir={folder / 'profile'}"
        microphone = (
            [] if says is None else [f"--use-file-for-fake-audio-capture={_microphone(folder, says)}"]
        )
        self._program = Program(
            ["chromium", *_CHROMIUM, *microphone, profile, "--remote-debugging-port=0", page],
            folder,
            {"HOME": str(folder)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()
        self._http.shutdown()
        self._http.server_close()
        self._serving.join()

    def order(self, order: str, **details: Any) -> None:
        """What `ORDERS` of phone.js knows: call, hang_up, press, hold, resume, restart_ice and others."""
        self._mailbox.orders.put({"order": order, **details})

    def call(self, target: str, *headers: str) -> None:
        self.order("call", target=target, headers=list(headers))

    def heard(self) -> Samples:
        """All that the page has heard since it was loaded, or since the order `forget`."""
        self._mailbox.heard.clear()
        self.order("send_heard")
        self._wait(lambda: bool(self._mailbox.heard), "sent no sound", 20.0)
        return sound.from_pcm(self._mailbox.heard[-1])

    def wait_for(self, event: str, seconds: float = PATIENCE_S, **details: Any) -> dict[str, Any]:
        """The first event of this name with these details. Raises ProgramError."""
        wanted = {"event": event, **details}

        def found() -> dict[str, Any] | None:
            return next((told for told in list(self.events) if wanted.items() <= told.items()), None)

        self._wait(lambda: found() is not None, f"told no {wanted}", seconds)
        told = found()
        assert told is not None, "it was there"
        return told

    def _wait(self, is_so: Callable[[], bool], problem: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise ProgramError(self._program.report(f"{problem} among {self.events}"))
            time.sleep(0.05)


def _microphone(folder: Path, says: Path) -> Path:
    """The same sound as Chromium's fake microphone wants it."""
    samples = sound.read_wav(says)
    times = np.arange(len(samples) * _MICROPHONE_RATE // sound.RATE) * sound.RATE / _MICROPHONE_RATE
    path = folder / "microphone.wav"
    soundfile.write(
        path, np.interp(times, np.arange(len(samples)), samples), _MICROPHONE_RATE, subtype="PCM_16"
    )
    return path


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, mailbox: _Mailbox, *request: Any) -> None:
        self._mailbox = mailbox
        super().__init__(*request)

    def do_GET(self) -> None:
        if self.path.startswith("/bundle.js"):
            self._send("text/javascript", self._mailbox.script)
        elif self.path == "/orders":
            waiting = self._mailbox.orders
            orders = [waiting.get() for _ in range(waiting.qsize())]
            self._send("application/json", json.dumps(orders).encode())
        elif self.path.startswith("/?"):
            self._send("text/html", _PAGE)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/heard":
            self._mailbox.heard.append(body)
        else:
            self._mailbox.events.append(json.loads(body))
        self._send("text/plain", b"")

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
