"""Where flows were when they last said so, for the next call of somebody whom a crash cut off. No SQL here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voicecore.ids import CallId


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The newest of a call. `state` is the flow's own, as JSON."""

    call: CallId
    flow: str
    caller: str
    at: datetime
    state: str


class CheckpointStore(Protocol):
    """Both raise Unavailable when the database cannot do it now."""

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """In place of an earlier one of the call; on disk when it returns."""

    async def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        """The newest of this caller's interrupted calls of this flow that is not older; it is given only once."""
