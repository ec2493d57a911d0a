"""Who may call what: one table, role by operation. What is not in it nobody may."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class Role(Enum):
    AGENT = "agent"
    """Talks to callers: has a phone, sees which calls there are."""
    QA = "qa"
    """Listens to recordings."""
    SUPERVISOR = "supervisor"
    """All of that."""
    ADMIN = "admin"
    """All of that, and SIP messages as they went over the wire."""


class Operation(Enum):
    """The calls of the API, by their OpenAPI operationId."""

    HEALTH = "readHealth"
    LOG_IN = "createSession"
    READ_SESSION = "readSession"
    LOG_OUT = "deleteSession"
    CONFIGURATION = "readConfiguration"
    PHONE = "createPhoneCredentials"
    CALLS = "listCalls"
    CALL = "readCall"
    LADDER = "readLadder"
    LADDER_PICTURE = "readLadderPicture"
    RECORDING = "readRecording"
    PEAKS = "readPeaks"
    EVENTS = "followEvents"


OPEN = frozenset({Operation.HEALTH, Operation.LOG_IN})
"""Asked without a session."""

_ALL = frozenset(Role)

RIGHTS: Mapping[Operation, frozenset[Role]] = MappingProxyType(
    {
        Operation.READ_SESSION: _ALL,
        Operation.LOG_OUT: _ALL,
        Operation.CONFIGURATION: _ALL,
        Operation.PHONE: _ALL - {Role.QA},
        Operation.CALLS: _ALL,
        Operation.CALL: _ALL,
        Operation.EVENTS: _ALL,
        Operation.RECORDING: _ALL - {Role.AGENT},
        Operation.PEAKS: _ALL - {Role.AGENT},
        Operation.LADDER: frozenset({Role.ADMIN}),
        Operation.LADDER_PICTURE: frozenset({Role.ADMIN}),
    }
)


def may(role: Role, operation: Operation) -> bool:
    """Whether a session of this role may call it."""
    return operation in OPEN or role in RIGHTS.get(operation, frozenset())
