"""Sends copies of SIP messages to a Homer server, and never holds up a call for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from voicecore.sip.hop import Address
from voicecore.sip.output import Heard, Output, Transmit
from voicecore.trace.hep import Agent, Copy, packet
from voicecore.trace.hep_link import DatagramLink, Link, StreamLink
from voicecore.trace.secrets import masked

_log = structlog.get_logger(__name__)

QUEUE = 4096
"""Copies that wait; when full, the oldest goes and is counted as lost."""
TURN = 32
"""Copies sent in one turn of the loop, so that a burst of them does not delay a call."""


class HepSender:
    """Owns one link. Create it inside a running loop; what still waits at `close` is dropped."""

    def __init__(
        self,
        server: Address,
        agent: Agent,
        wall: Callable[[], float],
        call_of: Callable[[str], str | None],
        *,
        queue: int = QUEUE,
        over_tcp: bool = False,
    ) -> None:
        """`wall` tells POSIX time in seconds, `call_of` the call of a SIP Call-ID. Raises Unavailable.

        All legs of a call are joined by its id; a message without a call keeps its Call-ID.
        """
        self.sent = 0
        self.lost = 0
        self._agent = agent
        self._wall = wall
        self._call_of = call_of
        self._waiting: deque[Copy] = deque(maxlen=queue)
        self._loop = asyncio.get_running_loop()
        self._due: asyncio.Handle | None = None
        self._is_blocked = False
        self._link: Link = (StreamLink if over_tcp else DatagramLink)(server, self._unblocked)

    def receive(self, output: Output) -> None:
        """Takes every output of the SIP stack; messages among them are sent in a later turn of the loop."""
        match output:
            case Heard(data, hop, call_id):
                self._put(Copy(self._wall(), hop.transport, hop.remote, hop.local, data, call_id))
            case Transmit(data, hop, call_id):
                self._put(Copy(self._wall(), hop.transport, hop.local, hop.remote, data, call_id))
            case _:
                pass

    def close(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._waiting.clear()
        self._link.close()

    def _put(self, copy: Copy) -> None:
        if len(self._waiting) == self._waiting.maxlen:
            self.lost += 1
        self._waiting.append(copy)
        if self._due is None and not self._is_blocked:
            self._due = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._due = None
        for _ in range(min(TURN, len(self._waiting))):
            if not self._send(self._waiting[0]):
                return
            self._waiting.popleft()
        if self._waiting:
            self._due = self._loop.call_soon(self._flush)

    def _send(self, copy: Copy) -> bool:
        """False when the socket takes nothing now; it calls again."""
        # Only now: of an INVITE that was just heard there was no call yet.
        correlation = self._call_of(copy.correlation) or copy.correlation
        data = packet(copy._replace(payload=masked(copy.payload), correlation=correlation), self._agent)
        try:
            if not self._link.send(data):
                self._is_blocked = True
                return False
        except OSError as error:
            # Often the refusal of an earlier packet: nobody listens there. Said once in a while only.
            if self.lost % QUEUE == 0:
                _log.warning("the Homer server takes no copies", error=error.strerror)
            self.lost += 1
        else:
            self.sent += 1
        return True

    def _unblocked(self) -> None:
        self._is_blocked = False
        if self._waiting and self._due is None:
            self._due = self._loop.call_soon(self._flush)
