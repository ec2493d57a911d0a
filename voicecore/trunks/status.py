"""How the trunks are at one moment, for people and other programs, and the same as JSON. No I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from voicecore.errors import Unavailable
from voicecore.trunks.health import ServerState

REPORT = "trunks.json"
"""The name of the file in which a running server tells."""


class TrunkState(Enum):
    UNKNOWN = "unknown"
    """Nothing was heard yet."""
    UP = "up"
    DOWN = "down"
    """No server answers, or our registration was not taken."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """`last_status` is the last answer, 408 also for none; `round_trip_ms` that of the last OPTIONS."""

    uri: str
    state: str
    since: datetime
    last_status: int | None = None
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """`until` is the end of the binding, None without one."""

    aor: str
    state: str
    until: datetime | None = None
    last_status: int | None = None


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """`inbound` and `outbound` are calls that run, `refused` those that were over a limit so far."""

    name: str
    state: TrunkState
    since: datetime
    servers: tuple[ServerStatus, ...]
    registration: RegistrationStatus | None = None
    inbound: int = 0
    outbound: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class TrunkReport:
    """All trunks of a server as of `written`."""

    written: datetime
    trunks: tuple[TrunkStatus, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=_plain, indent=1)

    @classmethod
    def from_json(cls, text: str) -> TrunkReport:
        """Raises Unavailable for what `to_json` did not write."""
        try:
            read = json.loads(text)
            return cls(_time(read["written"]), tuple(_trunk(one) for one in read["trunks"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unavailable(f"no report of trunks: {type(error).__name__}: {error}") from error


def state_of(servers: Iterable[ServerState], bound: bool | None, *, refused: bool = False) -> TrunkState:
    """How a trunk is. `bound` says whether its registration holds, None where it has none; `refused` that the
    carrier did not take it.
    """
    states = [*servers]
    if all(state is ServerState.DOWN for state in states) or (refused and not bound):
        return TrunkState.DOWN
    if bound is False:
        return TrunkState.UNKNOWN
    return TrunkState.UP if bound or ServerState.UP in states else TrunkState.UNKNOWN


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            raise TypeError(type(value).__name__)


def _trunk(read: dict[str, Any]) -> TrunkStatus:
    registration = read["registration"]
    return TrunkStatus(
        str(read["name"]),
        TrunkState(read["state"]),
        _time(read["since"]),
        tuple(ServerStatus(**{**one, "since": _time(one["since"])}) for one in read["servers"]),
        None
        if registration is None
        else RegistrationStatus(
            **{**registration, "until": registration["until"] and _time(registration["until"])}
        ),
        int(read["inbound"]),
        int(read["outbound"]),
        int(read["refused"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
