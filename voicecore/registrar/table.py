"""Bindings by address-of-record, by connection, by tenure and by the time they end. Knows no rule of SIP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from voicecore.registrar.binding import Aor, Binding, BindingId
from voicecore.sip.agenda import Agenda
from voicecore.sip.hop import Address

_Key = TypeVar("_Key")


class BindingTable:
    """Every operation costs what one account or one connection holds, never what all hold."""

    def __init__(self) -> None:
        self._by_id: dict[BindingId, Binding] = {}
        self._by_aor: dict[Aor, dict[BindingId, None]] = {}
        self._by_connection: dict[tuple[str, Address], dict[BindingId, None]] = {}
        self._by_tenure: dict[str, dict[BindingId, None]] = {}
        self._agenda: Agenda[BindingId] = Agenda()

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Binding]:
        return iter(list(self._by_id.values()))

    def get(self, id: BindingId) -> Binding | None:
        return self._by_id.get(id)

    def of(self, aor: Aor) -> list[Binding]:
        return [self._by_id[id] for id in self._by_aor.get(aor, ())]

    def over(self, transport: str, remote: Address) -> list[Binding]:
        """Those bound to one connection."""
        return [self._by_id[id] for id in self._by_connection.get((transport, remote), ())]

    def of_tenure(self, tenure: str) -> Binding | None:
        """Any of those that an instance has had since it came."""
        return next((self._by_id[id] for id in self._by_tenure.get(tenure, ())), None)

    def put(self, binding: Binding) -> None:
        """Adds it, or replaces the one with its id."""
        self.remove(binding.id)
        self._by_id[binding.id] = binding
        self._by_aor.setdefault(binding.aor, {})[binding.id] = None
        if binding.connection is not None:
            self._by_connection.setdefault(binding.connection, {})[binding.id] = None
        if binding.origin.tenure:
            self._by_tenure.setdefault(binding.origin.tenure, {})[binding.id] = None
        self._agenda.arm(binding.id, binding.lease.expires)

    def remove(self, id: BindingId) -> Binding | None:
        binding = self._by_id.pop(id, None)
        if binding is None:
            return None
        _discard(self._by_aor, binding.aor, id)
        if binding.connection is not None:
            _discard(self._by_connection, binding.connection, id)
        if binding.origin.tenure:
            _discard(self._by_tenure, binding.origin.tenure, id)
        self._agenda.arm(id, None)
        return binding

    def expired(self, now: float) -> Iterator[Binding]:
        """Takes out what is over, the earliest first."""
        for id in self._agenda.due(now):
            binding = self.remove(id)
            if binding is not None:
                yield binding

    def next_timer(self) -> float | None:
        return self._agenda.next_timer()


def _discard(index: dict[_Key, dict[BindingId, None]], key: _Key, id: BindingId) -> None:
    index[key].pop(id)
    if not index[key]:
        del index[key]
