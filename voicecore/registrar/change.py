"""What one REGISTER makes of the bindings of one address-of-record: all of it or nothing (RFC 3261, 10.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from voicecore.errors import PeerError
from voicecore.registrar.binding import Aor, Binding, BindingId, Flow, Lease, Origin
from voicecore.registrar.facts import Refreshed, Registered, RegistrarFact, Removal, Unregistered
from voicecore.registrar.gruu import tenure_for
from voicecore.registrar.wish import Everything, Wish, Wishes
from voicecore.sip.hop import Hop
from voicecore.sip.message import Request

MAX_USER_AGENT = 128
MAX_CALL_ID = 256


def origin_of(request: Request) -> Origin:
    """PeerError for a Call-ID that is too long to be kept."""
    if len(request.call_id) > MAX_CALL_ID:
        raise PeerError("Call-ID Too Long")
    agent = request.headers.get("User-Agent") or ""
    return Origin(request.call_id, request.cseq.number, agent[:MAX_USER_AGENT])


@dataclass(frozen=True, slots=True)
class BindingMaker:
    """What all bindings of one REGISTER have in common."""

    aor: Aor
    hop: Hop
    path: tuple[str, ...]
    origin: Origin
    now: float
    new_id: Callable[[], BindingId]

    def make(self, wish: Wish, before: Binding | None, held: list[Binding]) -> Binding:
        """`held`: what the address-of-record has so far, `before` included."""
        flow = Flow(self.hop, self.path, wish.instance, wish.reg_id)
        origin = self.origin
        if wish.instance is not None:
            tenure = tenure_for(held, wish.instance, wish.reg_id, origin.call_id, self.new_id)
            origin = replace(origin, tenure=tenure)
        registered = self.now if before is None else before.lease.registered
        lease = Lease(registered, self.now, self.now + wish.expires)
        id = self.new_id() if before is None else before.id
        return Binding(id, self.aor, wish.contact, wish.q, flow, origin, lease)


class Change:
    """A plan: nothing is touched but `facts`, which say what is to be done."""

    def __init__(self, held: Iterable[Binding], maker: BindingMaker) -> None:
        self.facts: list[RegistrarFact] = []
        self._maker = maker
        self._held = {binding.id: binding for binding in held}
        self._touched: set[BindingId] = set()

    def apply(self, wishes: Wishes) -> None:
        """PeerError: the plan is void, since one part of it is wrong."""
        if wishes is Everything.GONE:
            for binding in list(self._held.values()):
                self._check_order(binding)
                self._remove(binding, Removal.PHONE)
        else:
            for wish in wishes:
                self._apply(wish)

    def crowd_out(self, limit: int) -> None:
        """Newest wins: a phone that invents a contact at every start must not lock its account."""
        others = [binding for id, binding in self._held.items() if id not in self._touched]
        others.sort(key=lambda binding: binding.lease.refreshed)
        for binding in others[: max(0, len(self._held) - limit)]:
            self._remove(binding, Removal.CROWDED_OUT)

    def _apply(self, wish: Wish) -> None:
        before = next((binding for binding in self._held.values() if _is_for(wish, binding)), None)
        if before is not None:
            if before.id in self._touched:
                raise PeerError("The Same Contact Twice")
            self._check_order(before)
        if wish.expires:
            binding = self._maker.make(wish, before, list(self._held.values()))
            self._held[binding.id] = binding
            self._touched.add(binding.id)
            self.facts.append(Registered(binding) if before is None else Refreshed(binding, before))
        elif before is not None:
            self._remove(before, Removal.PHONE)

    def _check_order(self, binding: Binding) -> None:
        held, ours = binding.origin, self._maker.origin
        if held.call_id == ours.call_id and ours.cseq <= held.cseq:
            raise PeerError("Out of Order", 500)

    def _remove(self, binding: Binding, why: Removal) -> None:
        del self._held[binding.id]
        self.facts.append(Unregistered(binding, why))


def _is_for(wish: Wish, binding: Binding) -> bool:
    """Whether a Contact means this binding: RFC 5626, 6 by instance and reg-id, else RFC 3261, 10.3 by URI."""
    flow = binding.flow
    if wish.reg_id is not None or flow.is_outbound:
        return (wish.instance, wish.reg_id) == (flow.instance, flow.reg_id)
    return wish.contact.uri.matches(binding.contact.uri)
