"""Where a dialled number or URI leads, for who dialled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.party import Party
from voicecore.sip.uri import Uri


@dataclass(init=False, slots=True)
class ToFlow:
    """A number of ours: a flow answers it."""

    entry: Final[NumberEntry]

    def __init__(self, entry: NumberEntry) -> None:
        self.entry = entry


@dataclass(frozen=True, slots=True)
class ToParty:
    """Somebody to dial: what `outbound.dial` takes."""

    target: str


@dataclass(frozen=True, slots=True)
class PickUp:
    """A call that rings elsewhere: at the phones of an account, or (None) wherever the party may pick one up."""

    account: str | None


@dataclass(frozen=True, slots=True)
class Denied:
    """It leads nowhere, or not for this party. `why` is for our own log; the peer learns only the status."""

    status: int
    why: str


Destination = ToFlow | ToParty | PickUp | Denied


class Directory(Protocol):
    """Decides. Default deny: what no rule allows is Denied."""

    def find(self, uri: Uri, party: Party, now: float) -> Destination: ...


class NumbersOnly:
    """Numbers of the table for everybody, and nothing else for anybody."""

    def __init__(self, numbers: NumberTable) -> None:
        self._numbers = numbers

    def find(self, uri: Uri, party: Party, now: float) -> Destination:
        entry = self._numbers.find(uri.number)
        return Denied(404, "the number is not in the table") if entry is None else ToFlow(entry)
