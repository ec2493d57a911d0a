"""Changes of bindings on their way to the writer's thread: of each binding only the newest."""

from __future__ import annotations

import threading

from voicecore.store.bindings import BindingRecord

Changes = dict[str, BindingRecord | None]
"""By the binding's id; None: it is gone."""


class BindingBacklog:
    """Bounded by how many bindings there are. The loop's thread puts, the writer's thread takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: Changes = {}
        self._announced = False

    def put(self, id: str, binding: BindingRecord | None) -> bool:
        """Whether the writer's thread must be woken for it."""
        with self._lock:
            self._changes[id] = binding
            first, self._announced = not self._announced, True
            return first

    def take(self) -> Changes:
        with self._lock:
            taken, self._changes = self._changes, {}
            self._announced = False
            return taken

    def put_back(self, changes: Changes) -> None:
        """What could not be written; what came in since then is newer."""
        with self._lock:
            self._changes = changes | self._changes
