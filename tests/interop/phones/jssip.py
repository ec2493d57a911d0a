"""JsSIP in headless Chromium: a page that registers over WebSocket and tells what happens to it."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from tests.interop.phones.ports import ADDRESS
from tests.interop.phones.program import Program, ProgramError

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
)


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


class JsSip:
    """One page in a browser of its own."""

    def __init__(self, folder: Path, script: Path, *, websocket: str, uri: str, password: str) -> None:
        folder.mkdir(parents=True)
        self.events: list[dict[str, Any]] = []
        handler = functools.partial(_Handler, self.events, script.read_bytes())
        self._http = ThreadingHTTPServer((ADDRESS, 0), handler)
        self._serving = threading.Thread(target=self._http.serve_forever, name="page of JsSIP")
        self._serving.start()
        query = urlencode({"websocket": websocket, "uri": uri, "password": password})
        page = f"http://{ADDRESS}:{self._http.server_port}/?{query}"
        profile = f"--user-data-dir={folder / 'profile'}"
        self._program = Program(
            ["chromium", *_CHROMIUM, profile, "--remote-debugging-port=0", page],
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

    def wait_for(self, event: str, seconds: float = 20.0) -> dict[str, Any]:
        """The first event of this name. Raises ProgramError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for told in list(self.events):
                if told["event"] == event:
                    return told
            time.sleep(0.05)
        raise ProgramError(self._program.report(f"told no {event!r} among {self.events}"))


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, events: list[dict[str, Any]], script: bytes, *request: Any) -> None:
        self._events, self._script = events, script
        super().__init__(*request)

    def do_GET(self) -> None:
        if self.path.startswith("/bundle.js"):
            self._send("text/javascript", self._script)
        elif self.path.startswith("/?"):
            self._send("text/html", _PAGE)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._events.append(json.loads(body))
        self._send("text/plain", b"")

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
