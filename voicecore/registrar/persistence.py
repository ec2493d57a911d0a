"""Bindings to and from the store, whose times are the wall's and not the loop's."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import timedelta
from typing import assert_never, get_args

from voicecore.clock import Clock
from voicecore.errors import PeerError
from voicecore.registrar.binding import Aor, Binding, BindingId, Flow, Lease, Origin
from voicecore.registrar.facts import Expired, Refreshed, Registered, RegistrarFact, Unregistered
from voicecore.registrar.registrar import Registrar
from voicecore.sip.hop import Address, Hop, Transport
from voicecore.sip.name_addr import NameAddr
from voicecore.store.bindings import BindingRecord, BindingStore

_TRANSPORTS: dict[str, Transport] = {name: name for name in get_args(Transport)}


def keep(facts: Iterable[RegistrarFact], store: BindingStore, clock: Clock) -> None:
    """Have the store follow what happened. Returns at once."""
    for fact in facts:
        match fact:
            case Registered() | Refreshed():
                store.keep(record_of(fact.binding, clock))
            case Unregistered() | Expired():
                store.forget(fact.binding.id)
            case _:
                assert_never(fact)


def record_of(binding: Binding, clock: Clock) -> BindingRecord:
    hop, lease = binding.flow.hop, binding.lease
    return BindingRecord(
        id=binding.id,
        aor=binding.aor,
        contact=str(binding.contact),
        q=binding.q,
        transport=hop.transport,
        local=str(hop.local),
        remote=str(hop.remote),
        path=binding.flow.path,
        instance=binding.flow.instance,
        reg_id=binding.flow.reg_id,
        call_id=binding.origin.call_id,
        cseq=binding.origin.cseq,
        user_agent=binding.origin.user_agent,
        tenure=binding.origin.tenure,
        registered=clock.wall(lease.registered),
        refreshed=clock.wall(lease.refreshed),
        expires=clock.wall(lease.expires),
    )


async def restore(
    registrar: Registrar, store: BindingStore, clock: Clock, now: float, listening: Container[Address]
) -> list[RegistrarFact]:
    """Give a new registrar what its predecessor left, and forget what is over or cannot be reached any more.

    `listening` are our own addresses: a phone that knew us by another one is not called from there. Returns
    what became of bindings. Raises Unavailable when the store cannot be read.
    """
    registrar.seal_with(await store.gruu_key())
    bindings = []
    for record in await store.bindings():
        binding = _binding_of(record, clock, now)
        if binding is None or binding.flow.hop.local not in listening:
            store.forget(record.id)
        else:
            bindings.append(binding)
    registrar.restore(bindings, now)
    facts = registrar.poll()
    keep(facts, store, clock)
    return facts


def _binding_of(record: BindingRecord, clock: Clock, now: float) -> Binding | None:
    """None for what this program did not write."""
    wall = clock.wall(now)
    times = (record.registered, record.refreshed, record.expires)
    try:
        return Binding(
            id=BindingId(record.id),
            aor=Aor(record.aor),
            contact=NameAddr.parse(record.contact),
            q=record.q,
            flow=Flow(_hop_of(record), record.path, record.instance, record.reg_id),
            origin=Origin(record.call_id, record.cseq, record.user_agent, record.tenure),
            lease=Lease(*(now + (at - wall) / timedelta(seconds=1) for at in times)),
        )
    except (PeerError, ValueError, KeyError):
        return None


def _hop_of(record: BindingRecord) -> Hop:
    return Hop(_TRANSPORTS[record.transport], _address_of(record.local), _address_of(record.remote))


def _address_of(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))
