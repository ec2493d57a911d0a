"""What happened to trunks. Facts, in their order of happening; times are instants."""

from __future__ import annotations

from dataclasses import dataclass

from voicecore.clock import Instant
from voicecore.sip.uri import Uri
from voicecore.trunks.trunk import TrunkName


@dataclass(frozen=True, slots=True)
class ServerUp:
    trunk: TrunkName
    server: Uri


@dataclass(frozen=True, slots=True)
class ServerDown:
    """`status` is the last answer: 408 also where there was none."""

    trunk: TrunkName
    server: Uri
    status: int


@dataclass(frozen=True, slots=True)
class TrunkUp:
    trunk: TrunkName


@dataclass(frozen=True, slots=True)
class TrunkDown:
    """No server answers, or our registration was not taken."""

    trunk: TrunkName


@dataclass(frozen=True, slots=True)
class Registered:
    """The binding holds until `until` unless it is refreshed, which happens before."""

    trunk: TrunkName
    until: Instant


@dataclass(frozen=True, slots=True)
class RegistrationFailed:
    """`retry_at` is when it is tried again."""

    trunk: TrunkName
    status: int
    retry_at: Instant


@dataclass(frozen=True, slots=True)
class Unregistered:
    """As we wished."""

    trunk: TrunkName


TrunkFact = ServerUp | ServerDown | TrunkUp | TrunkDown | Registered | RegistrationFailed | Unregistered
