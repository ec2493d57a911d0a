"""Which servers of a trunk a call tries, and when it goes on to the next. Functions of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicecore.sip.server_location import weighted_order
from voicecore.trunks.health import ServerState
from voicecore.trunks.trunk import Failover, TrunkServer


@dataclass(frozen=True, slots=True)
class ServerPicture:
    server: TrunkServer
    state: ServerState


Attempts = tuple[TrunkServer, ...]
"""Servers in the order in which to try them, each once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: its final status (408 and 503 also where they are our own), and whether it had
    rung or sent early media, so that the caller has heard something.
    """

    status: int
    had_rung: bool = False


@dataclass(frozen=True, slots=True)
class TryNext:
    server: TrunkServer
    rest: Attempts


@dataclass(frozen=True, slots=True)
class GiveUp:
    """`status` is what the caller is told."""

    status: int


def choose(servers: Sequence[ServerPicture], random: Callable[[], float]) -> Attempts:
    """Servers that are not down by priority, and by lot among equals. Empty where all are down."""
    usable = [picture.server for picture in servers if picture.state is not ServerState.DOWN]
    return tuple(weighted_order(usable, lambda server: (server.priority, server.weight), random))


def next_attempt(rest: Attempts, outcome: Outcome, failover: Failover) -> TryNext | GiveUp:
    """What follows a failed attempt. A 6xx is final everywhere (RFC 3261, 21.6)."""
    if not rest or not may_fail_over(outcome, failover):
        return GiveUp(outcome.status)
    return TryNext(rest[0], rest[1:])


def may_fail_over(outcome: Outcome, failover: Failover) -> bool:
    """Whether another server may do better. Once it rang, only a listed 5xx lets the call be tried again:
    anything else may be what a person did.
    """
    if not 400 <= outcome.status < 600:
        return False
    if outcome.had_rung:
        return outcome.status >= 500 and outcome.status in failover.after_ringing
    return outcome.status in failover.statuses
