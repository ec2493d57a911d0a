"""coturn on loopback: relays a browser's media for credentials that are derived from a shared secret."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS, free_ports
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError

_RELAYED = 40


def is_installed() -> bool:
    return shutil.which("turnserver") is not None


class Coturn:
    """Listens once it is made. Relays to loopback, which it refuses elsewhere for good reasons."""

    def __init__(self, folder: Path, secret: str) -> None:
        folder.mkdir(parents=True)
        self._port = free_ports(4)
        first = free_ports(_RELAYED)
        command: list[str | Path] = [
            "turnserver",
            "-n",
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--no-rfc5780",
            "--verbose",
            "--simple-log",
            "--log-file=stdout",
            f"--pidfile={folder / 'pid'}",
            f"--userdb={folder / 'users'}",
            f"--listening-ip={ADDRESS}",
            f"--listening-port={self._port}",
            f"--relay-ip={ADDRESS}",
            f"--min-port={first}",
            f"--max-port={first + _RELAYED - 1}",
            "--allow-loopback-peers",
            "--realm=turn.test",
            "--use-auth-secret",
            f"--static-auth-secret={secret}",
        ]
        self._program = Program(command, folder)
        try:
            self._program.wait_for(rf"listener opened on\s*:\s*{re.escape(ADDRESS)}:{self._port}")
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
    def url(self) -> str:
        return f"turn:{ADDRESS}:{self._port}?transport=udp"

    def wait_for_usage(self, least: int, seconds: float = PATIENCE_S) -> int:
        """Packets that it relayed from the browser in allocations that have ended, or in the first 2,048 of each.

        A browser has several, and they end one after the other: returns once they come to `least`, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while (told := self._told()) < least and time.monotonic() < deadline:
            time.sleep(0.05)
        return told

    def _told(self) -> int:
        lines = [re.search(r"usage: .*rp=(\d+)", line) for line in list(self._program.lines)]
        return sum(int(found[1]) for found in lines if found is not None)
