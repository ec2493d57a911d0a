"""All subscriptions, found by what they are looked for: id, dialog and event, watcher, resource."""

from __future__ import annotations

from collections.abc import Iterator

from voicecore.sip.output import DialogId
from voicecore.sip.values.event import Event
from voicecore.subscriptions.resource import Aor
from voicecore.subscriptions.subscription import Subscription, SubscriptionId

Key = tuple[DialogId, Event]
"""What a refresh is known by: several subscriptions of one dialog differ in their Event (RFC 6665, 4.5.2)."""


class SubscriptionTable:
    def __init__(self) -> None:
        self._by_id: dict[SubscriptionId, Subscription] = {}
        self._by_key: dict[Key, Subscription] = {}
        self._by_aor: dict[Aor, dict[SubscriptionId, Subscription]] = {}
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._by_id.values()))

    def add(self, one: Subscription) -> None:
        self._by_id[one.id] = one
        self._by_key[one.dialog, one.subject.event] = one
        self._by_aor.setdefault(one.subject.resource.aor, {})[one.id] = one
        self._counts[one.subject.watcher] = self.count_of(one.subject.watcher) + 1

    def remove(self, one: Subscription) -> None:
        del self._by_id[one.id]
        del self._by_key[one.dialog, one.subject.event]
        aor, watcher = one.subject.resource.aor, one.subject.watcher
        del self._by_aor[aor][one.id]
        if not self._by_aor[aor]:
            del self._by_aor[aor]
        self._counts[watcher] -= 1
        if not self._counts[watcher]:
            del self._counts[watcher]

    def get(self, id: SubscriptionId) -> Subscription | None:
        return self._by_id.get(id)

    def find(self, dialog: DialogId | None, event: Event) -> Subscription | None:
        return None if dialog is None else self._by_key.get((dialog, event))

    def of(self, aor: Aor) -> tuple[Subscription, ...]:
        return tuple(self._by_aor.get(aor, {}).values())

    def count_of(self, watcher: str) -> int:
        return self._counts.get(watcher, 0)
