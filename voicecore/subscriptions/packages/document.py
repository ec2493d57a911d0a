"""What all packages have in common."""

from __future__ import annotations

from typing import Protocol

from voicecore.subscriptions.resource import States


class Document(Protocol):
    """What one subscription tells of its resource. Remembers what it told last."""

    def write(self, states: States, now: float, *, full: bool) -> bytes | None:
        """The body of the next NOTIFY; None where the watcher knows all of it, unless it must be `full`."""
