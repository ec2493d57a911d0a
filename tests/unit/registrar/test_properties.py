"""Any sequence of REGISTERs, of times and of lost connections: what must hold whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.registrar.texts import ALICE, RULES, Desk
from voicecore.registrar.binding import Binding, BindingId
from voicecore.registrar.facts import Expired, Refreshed, Registered, Unregistered
from voicecore.sip.hop import Address, Transport

MOST = 3
_INSTANCE = '+sip.instance="<urn:uuid:{}>"'


@dataclass(frozen=True)
class Step:
    contacts: tuple[str, ...]
    expires: int | None
    call_id: str
    cseq: int
    port: int
    transport: Transport
    wait: float
    closes: bool


_uri = st.sampled_from(
    ["a@192.0.2.7", "a@192.0.2.7:5060", "b@192.0.2.7", "c@x.invalid", "A@192.0.2.7", "%61@192.0.2.7"]
)
_parameters = st.sampled_from(["", ";expires=0", ";expires=60", ";expires=5", ";q=0.3"]) | st.builds(
    ";reg-id={};{}".format, st.integers(1, 2), st.sampled_from("xy").map(_INSTANCE.format)
)
_contact = st.builds("<sip:{}>{}".format, _uri, _parameters)
_steps = st.lists(
    st.builds(
        Step,
        contacts=st.lists(_contact, max_size=4).map(tuple) | st.just(("*",)),
        expires=st.sampled_from([None, 0, 60, 61, 600]),
        call_id=st.sampled_from(["one", "two"]),
        cseq=st.integers(1, 8),
        port=st.integers(5060, 5062),
        transport=st.sampled_from(["UDP", "TCP", "WSS"]),
        wait=st.sampled_from([0.0, 1.0, 59.0, 60.0, 700.0]),
        closes=st.booleans(),
    ),
    max_size=25,
)


class Ledger:
    """What a listener knows who hears every fact and nothing else."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bindings: dict[BindingId, Binding] = {}

    def follow(self) -> None:
        for fact in self.desk.registrar.poll():
            match fact:
                case Registered(binding):
                    assert binding.id not in self.bindings
                    self.bindings[binding.id] = binding
                case Refreshed(binding, before):
                    assert self.bindings[binding.id] == before
                    self.bindings[binding.id] = binding
                case Unregistered(binding, _) | Expired(binding):
                    assert self.bindings.pop(binding.id) == binding


def play(desk: Desk, step: Step) -> int:
    desk.now += step.wait
    source = Address("192.0.2.7", step.port)
    if step.closes:
        desk.registrar.connection_closed(step.transport, source)
    return desk.register(
        *step.contacts,
        expires=step.expires,
        call_id=step.call_id,
        cseq=step.cseq,
        source=source,
        transport=step.transport,
        fields=["Supported: outbound"],
    ).status


@settings(deadline=None)
@given(_steps)
def test_bindings_are_bounded_live_and_told(steps: list[Step]) -> None:
    desk = Desk(replace(RULES, max_contacts=MOST))
    ledger = Ledger(desk)
    for step in steps:
        before = desk.registrar.bindings(desk.now + step.wait)
        status = play(desk, step)
        ledger.follow()
        found = desk.alice()
        assert len(found) <= MOST
        assert all(one.lease.expires > desk.now for one in found)
        assert ledger.bindings == {one.id: one for one in found}
        assert found == sorted(found, key=lambda one: (-one.q, -one.lease.refreshed))
        if status != 200 and not step.closes:
            assert {one.id: one for one in before} == ledger.bindings
        due = desk.registrar.next_timer()
        assert due == min((one.lease.expires for one in found), default=None)


@settings(deadline=None)
@given(_steps, st.lists(_contact, max_size=3).map(tuple))
def test_a_registration_made_again_changes_nothing_but_its_times(
    steps: list[Step], contacts: tuple[str, ...]
) -> None:
    desk = Desk(replace(RULES, max_contacts=MOST))
    for step in steps:
        play(desk, step)
    if desk.register(*contacts, call_id="last", cseq=1).status != 200:
        return
    # A request that removes a contact and adds it again makes a new binding each time, with the same contents.
    once = sorted((str(one.contact), one.q) for one in desk.alice())
    assert desk.register(*contacts, call_id="last", cseq=2).status == 200
    assert sorted((str(one.contact), one.q) for one in desk.alice()) == once


@settings(deadline=None)
@given(_steps)
def test_after_all_has_expired_nothing_is_left(steps: list[Step]) -> None:
    desk = Desk()
    for step in steps:
        play(desk, step)
    desk.registrar.handle_timer(desk.now + RULES.max_expires_s)
    assert len(desk.registrar) == 0
    assert desk.registrar.next_timer() is None
    assert desk.registrar.lookup(ALICE, desk.now) == []
