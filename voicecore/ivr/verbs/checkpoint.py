"""checkpoint: say where the flow is, so that the caller's next call can go on there when a crash cuts this one off."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from typing import Any, TypeVar

from voicecore.errors import PeerError, UsageError
from voicecore.ivr.line import Line
from voicecore.sip.uri import Uri
from voicecore.store.checkpoints import Checkpoint

T = TypeVar("T")


async def keep(line: Line, state: object) -> None:
    """Raises UsageError for what is no dataclass of values that JSON knows, and for what is to be kept nowhere."""
    if line.is_secret:
        raise UsageError("a checkpoint is kept, and nothing is of what is done in secret")
    if not is_dataclass(state) or isinstance(state, type):
        raise UsageError(f"a checkpoint is a dataclass of plain values, not {state!r}")
    try:
        text = json.dumps(asdict(state))
    except (TypeError, ValueError) as error:
        raise UsageError(f"a checkpoint holds only what JSON knows: {error}") from error
    record = line.active.record
    checkpoint = Checkpoint(record.id, record.flow or "", _who(line), line.now, text)
    await line.active.services.store.keep_checkpoint(checkpoint)


async def take(line: Line, kind: type[T], within: float) -> T | None:
    """None where there is none, or where it does not fit `kind` any more."""
    since = line.now - timedelta(seconds=within)
    flow = line.active.record.flow or ""
    found = await line.active.services.store.take_checkpoint(flow, _who(line), since)
    if found is None:
        return None
    values: Any = json.loads(found.state)
    try:
        return kind(**values)
    except TypeError:
        return None


def _who(line: Line) -> str:
    """The caller without the port, which another call need not have."""
    try:
        uri = Uri.parse(line.active.record.caller)
    except PeerError:
        return line.active.record.caller
    return f"{uri.user or ''}@{uri.host}"
