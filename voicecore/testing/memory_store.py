"""Stores that keep in memory what a test wants to read."""

from __future__ import annotations

from datetime import datetime

from voicecore.ids import CallId
from voicecore.store.bindings import BindingRecord
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.records import CallFile, CallGlance, CallRecord


class MemoryStore:
    """Keeps call records for the test to read."""

    def __init__(self) -> None:
        self.begun: list[CallRecord] = []
        self.files: list[CallFile] = []
        self.checkpoints: dict[CallId, Checkpoint] = {}

    async def begin(self, call: CallRecord) -> None:
        self.begun.append(call)

    async def finish(self, file: CallFile) -> None:
        self.files.append(file)

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        return [file.call for file in reversed(self.files)][:limit]

    async def glances(
        self, limit: int = 50, before: CallId | None = None, *, ended: bool = False
    ) -> list[CallGlance]:
        found = sorted(self.files, key=lambda file: file.call.id, reverse=True)
        return [
            CallGlance(file.call, file.legs[0].side if file.legs else None, len(file.recordings))
            for file in found
            if (before is None or file.call.id < before) and (file.call.end is not None or not ended)
        ][:limit]

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        return [file.call for file in self.files if file.call.id.startswith(prefix)][:limit]

    async def call(self, id_or_prefix: str) -> CallFile | None:
        return next((file for file in self.files if file.call.id.startswith(id_or_prefix)), None)

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        self.checkpoints[checkpoint.call] = checkpoint

    async def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        """Of any call that is not over: whoever makes a test says by `checkpoints` which one a crash cut off."""
        ended = {file.call.id for file in self.files}
        found = [
            one
            for one in self.checkpoints.values()
            if one.call not in ended and (one.flow, one.caller) == (flow, caller) and one.at >= since
        ]
        newest = max(found, key=lambda one: one.at, default=None)
        return None if newest is None else self.checkpoints.pop(newest.call)


class MemoryBindings:
    """Bindings of phones, kept over the restart of a simulated platform."""

    def __init__(self) -> None:
        self.kept: dict[str, BindingRecord] = {}
        self.key = bytes(range(32))

    async def gruu_key(self) -> bytes:
        return self.key

    async def bindings(self) -> list[BindingRecord]:
        return sorted(self.kept.values(), key=lambda binding: binding.aor)

    def keep(self, binding: BindingRecord) -> None:
        self.kept[binding.id] = binding

    def forget(self, id: str) -> None:
        self.kept.pop(id, None)
