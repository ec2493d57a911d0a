"""A network between a phone and its peer that loses and delays datagrams as it is told."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import ADDRESS

LARGEST = 65_536


class LossyNetwork:
    """Stands before `target` (address:port) and passes datagrams on, both ways; `address` is what phones dial.

    `loses`: how many of the messages that begin with a text never arrive: {"ACK ": 1}. Each way of a message takes
    `delay_s`. One phone at a time; requests within a call must come by the same way, as SIPp sends them.
    """

    def __init__(self, target: str, *, loses: Mapping[str, int] | None = None, delay_s: float = 0.0) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._left = dict(loses or {})
        self._delay_s = delay_s
        self._near = _bound()
        self._far = _bound()
        self._phone: tuple[str, int] | None = None
        self._under_way: list[tuple[float, int, socket.socket, bytes]] = []
        self._order = itertools.count()
        self._ending = threading.Event()
        self._carrier = threading.Thread(target=self._carry, name="lossy network")
        self.passed: list[str] = []
        """The first lines of all messages that were carried, in the order in which they came here."""
        self.lost: list[str] = []

    @property
    def address(self) -> str:
        host, port = self._near.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._carrier.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._carrier.join()
        self._near.close()
        self._far.close()

    def _carry(self) -> None:
        while not self._ending.is_set():
            due = self._under_way[0][0] - time.monotonic() if self._under_way else 0.05
            readable, _, _ = select.select([self._near, self._far], [], [], min(max(due, 0.0), 0.05))
            for side in readable:
                self._take(side)
            while self._under_way and self._under_way[0][0] <= time.monotonic():
                _, _, side, datagram = heapq.heappop(self._under_way)
                receiver = self._phone if side is self._near else self._target
                if receiver is not None:
                    side.sendto(datagram, receiver)

    def _take(self, side: socket.socket) -> None:
        datagram, sender = side.recvfrom(LARGEST)
        if side is self._near:
            self._phone = sender
        text = datagram.decode(errors="replace")
        first = text.partition("\r\n")[0]
        for beginning, left in self._left.items():
            if left and text.startswith(beginning):
                self._left[beginning] -= 1
                self.lost.append(first)
                return
        self.passed.append(first)
        other = self._far if side is self._near else self._near
        heapq.heappush(
            self._under_way, (time.monotonic() + self._delay_s, next(self._order), other, datagram)
        )


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((ADDRESS, 0))
    return made
