"""Sends what the board of trunks wants sent, and gives it the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import assert_never

import structlog

from voicecore.clock import Clock
from voicecore.errors import PeerError, Unavailable
from voicecore.exchange.alarm_clock import AlarmClock
from voicecore.exchange.router import Locator, Origin
from voicecore.sip.hop import Hop
from voicecore.sip.non_invite import Draft
from voicecore.sip.output import RequestAnswered
from voicecore.trunks.board import RequestDue, TrunkBoard
from voicecore.trunks.fact import (
    Registered,
    RegistrationFailed,
    ServerDown,
    ServerUp,
    TrunkDown,
    TrunkFact,
    TrunkUp,
    Unregistered,
)

_log = structlog.get_logger(__name__)

Ask = Callable[[Draft, Hop], Awaitable[RequestAnswered]]

KEEP_ALIVE_S = 25.0
"""How often the way to a registrar is used at least, so that a NAT on it stays open (RFC 5626, 4.4)."""
PROBE_PATIENCE_S = 4.0
"""A server that leaves four OPTIONS in a row unanswered is not one to send calls to."""
FAREWELL_S = 2.0
"""How long the end of the program waits for registrars to confirm that we are gone."""


class TrunkKeeper:
    """One a process; `changed` is called when there is something new to show."""

    def __init__(
        self,
        board: TrunkBoard,
        locator: Locator,
        origin: Origin,
        ask: Ask,
        contact: Callable[[str | None, Hop], str],
        clock: Clock,
        group: asyncio.TaskGroup,
        *,
        changed: Callable[[], None],
        keep_alive: Callable[[Hop, float | None], None],
    ) -> None:
        """`keep_alive` has a hop pinged so often, or no longer."""
        self._board = board
        self._locator = locator
        self._origin = origin
        self._ask = ask
        self._contact = contact
        self._clock = clock
        self._group = group
        self._changed = changed
        self._keep_alive = keep_alive
        self._kept: set[Hop] = set()
        self._alarm = AlarmClock(clock, board.next_timer, self._wake)
        self._idle = asyncio.Event()
        self._is_stopped = False
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Registers and begins to ask for signs of life."""
        self._board.start(self._clock.now())
        self.drain()

    async def stop(self) -> None:
        """Takes registrations back, and waits a little for the answers."""
        self._board.stop(self._clock.now())
        self.drain()
        try:
            async with asyncio.timeout(FAREWELL_S):
                while not self._board.is_idle:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            _log.warning("a registrar did not confirm that we are gone")
        self._is_stopped = True
        self._alarm.close()
        for task in self._tasks:
            task.cancel()
        for hop in self._kept:
            self._keep_alive(hop, None)

    def drain(self) -> None:
        """Call it after using the board: sends what is due, logs what happened. Nothing once it was stopped."""
        if self._is_stopped:
            return
        is_news = False
        for output in self._board.poll():
            if isinstance(output, RequestDue):
                task = self._group.create_task(
                    self._send(output), name=f"trunk {output.trunk} {output.method}"
                )
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                is_news = True
                _tell(output)
        self._alarm.arm()
        self._idle.set()
        if is_news:
            self._changed()

    def _wake(self, now: float) -> None:
        self._board.handle_timer(now)
        self.drain()

    async def _send(self, due: RequestDue) -> None:
        status, response, local = 503, None, None
        try:
            hop = await self._hop(due)
            local = hop.local
            async with asyncio.timeout(PROBE_PATIENCE_S if due.method == "OPTIONS" else None):
                answered = await self._ask(due.draft(self._contact(due.contact_user, hop)), hop)
            status, response = answered.status, answered.response
            if due.method == "REGISTER" and status < 300 and hop not in self._kept:
                self._kept.add(hop)
                self._keep_alive(hop, KEEP_ALIVE_S)
        except TimeoutError:
            status = 408
        except (Unavailable, PeerError) as error:
            _log.warning("trunk server not found", trunk=due.trunk, server=str(due.server), error=str(error))
        except Exception:
            # The calls share our task group: one trunk's failure must not end them.
            _log.exception("request to a trunk failed", trunk=due.trunk, method=due.method)
        self._board.answered(due.key, status, response, self._clock.now(), local=local)
        self.drain()

    async def _hop(self, due: RequestDue) -> Hop:
        for candidate in await self._locator.locate(due.server):
            if (hop := self._origin.hop_to(candidate)) is not None:
                return hop
        raise Unavailable(f"no socket of ours can reach {due.server.host}: add one to [sip] listen")


def _tell(fact: TrunkFact) -> None:
    match fact:
        case TrunkUp(trunk):
            _log.info("trunk up", trunk=trunk)
        case TrunkDown(trunk):
            _log.error("trunk down", trunk=trunk)
        case ServerUp(trunk, server):
            _log.info("trunk server up", trunk=trunk, server=str(server))
        case ServerDown(trunk, server, status):
            _log.warning("trunk server down", trunk=trunk, server=str(server), status=status)
        case Registered(trunk, _):
            _log.debug("registered with the carrier", trunk=trunk)
        case RegistrationFailed(trunk, status, _):
            _log.warning("registration refused by the carrier", trunk=trunk, status=status)
        case Unregistered(trunk):
            _log.info("registration taken back", trunk=trunk)
        case _:
            assert_never(fact)
