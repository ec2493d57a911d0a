"""What a registrar tells: for events, for the store, for whoever watches phones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voicecore.registrar.binding import Binding


class Removal(Enum):
    """Why a binding is gone before its time."""

    PHONE = "the phone asked"
    CROWDED_OUT = "the account has too many"
    CONNECTION_CLOSED = "its connection closed"
    NO_ACCOUNT = "there is no such account any more"


@dataclass(frozen=True, slots=True)
class Registered:
    binding: Binding


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`before` is what it was: another contact or hop when the phone moved or a new flow replaced the old."""

    binding: Binding
    before: Binding


@dataclass(frozen=True, slots=True)
class Unregistered:
    binding: Binding
    why: Removal


@dataclass(frozen=True, slots=True)
class Expired:
    binding: Binding


RegistrarFact = Registered | Refreshed | Unregistered | Expired
