"""Our registration with a carrier: the walk of the table, its times, and a registrar that behaves in the end."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.sip.digest import Challenge
from voicecore.sip.digest_client import Account, DigestClient
from voicecore.sip.headers import Field, Headers
from voicecore.sip.hop import Address
from voicecore.sip.message import Response
from voicecore.sip.uri import Uri
from voicecore.trunks.registration import (
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    NEXT_SERVER_WAIT_S,
    TRANSITIONS,
    WAITING,
    Bound,
    NotBound,
    OutboundRegistration,
    SendRegister,
    State,
    Unbound,
)

ONE, TWO = Uri.parse("sip:one.example"), Uri.parse("sip:two.example")
LOCAL = Address("192.0.2.10", 5060)
OURS = "<sip:49301234@192.0.2.10:5060>"


class Carrier:
    """The other side: answers what the machine last sent."""

    def __init__(self, *servers: Uri, expires_s: int = 600, lots: random.Random | None = None) -> None:
        self.now = 0.0
        self.sent: list[SendRegister] = []
        self.told: list[Bound | NotBound | Unbound] = []
        self.made = OutboundRegistration(
            Uri.parse("sip:carrier.example"),
            servers or (ONE,),
            contact_user="49301234",
            expires_s=expires_s,
            digest=DigestClient(Account("alice", "wonderland"), "t".ljust),
            call_id="call",
            random=lots.random if lots else (lambda: 1.0),
        )

    def start(self) -> None:
        self.made.start(self.now)
        self.drain()

    def stop(self) -> None:
        self.made.stop(self.now)
        self.drain()

    def wait(self) -> float:
        """Lets the next timer fire; the seconds that it took."""
        due, before = self.made.next_timer(), self.now
        assert due is not None
        self.now = due
        self.made.handle_timer(due)
        self.drain()
        return due - before

    def answer(self, status: int, *fields: Field) -> None:
        head: list[Field] = [("Call-ID", "call"), ("CSeq", f"{self.sent[-1].cseq} REGISTER")]
        self.made.answered(status, Response(status, "", Headers([*head, *fields])), self.now, local=LOCAL)
        self.drain()

    def challenge(self, nonce: str = "n", *, stale: bool = False) -> None:
        self.answer(401, ("WWW-Authenticate", str(Challenge("r", nonce, qop=("auth",), stale=stale))))

    def accept(self, expires_s: int = 600) -> None:
        self.answer(200, ("Contact", f"{OURS};expires={expires_s}"))

    def silence(self) -> None:
        self.made.answered(408, None, self.now)
        self.drain()

    def drain(self) -> None:
        for output in self.made.poll():
            if isinstance(output, SendRegister):
                self.sent.append(output)
            else:
                self.told.append(output)

    @property
    def last(self) -> Headers:
        return Headers(self.sent[-1].headers)


def registered(expires_s: int = 600) -> Carrier:
    carrier = Carrier()
    carrier.start()
    carrier.challenge()
    carrier.accept(expires_s)
    return carrier


def test_every_state_is_reachable_and_every_one_can_be_stopped() -> None:
    assert {State.UNREGISTERED} | set(TRANSITIONS.values()) == set(State)
    stoppable = {state for state, what in TRANSITIONS if what.name == "STOP"}
    assert stoppable == set(State) - {State.UNREGISTERED, State.STOPPING, State.UNREGISTERING}


def test_every_waiting_state_has_a_way_for_every_answer() -> None:
    answers = {"ACCEPT", "CHALLENGE", "TOO_BRIEF", "REFUSE", "FAIL"}
    for state in WAITING:
        assert answers <= {what.name for before, what in TRANSITIONS if before is state}


def test_it_registers_with_a_challenge() -> None:
    carrier = registered()
    first, second = carrier.sent
    assert Headers(first.headers).get("Authorization") is None
    assert Headers(second.headers).get("Authorization") is not None
    assert (first.cseq, second.cseq) == (1, 2)
    assert first.call_id == second.call_id
    assert carrier.told == [Bound(600.0)]


def test_the_refresh_comes_before_the_end_with_the_last_nonce() -> None:
    carrier = registered(100)
    assert carrier.wait() == pytest.approx(90.0)
    assert carrier.sent[-1].cseq == 3
    assert "nc=00000002" in (carrier.last.get("Authorization") or "")
    carrier.accept(100)
    assert carrier.told[-1] == Bound(carrier.now + 100)


def test_a_stale_nonce_is_answered_once() -> None:
    carrier = registered()
    carrier.wait()
    carrier.challenge("new", stale=True)
    assert 'nonce="new"' in (carrier.last.get("Authorization") or "")
    carrier.accept()
    assert carrier.made.state is State.REGISTERED


def test_a_wrong_password_waits_long() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.challenge("a")
    carrier.challenge("b")
    assert len(carrier.sent) == 2
    assert carrier.told == [NotBound(401, LONGEST_WAIT_S)]


@pytest.mark.parametrize("status", [302, 403, 404, 604])
def test_a_refusal_waits_long(status: int) -> None:
    carrier = Carrier()
    carrier.start()
    carrier.answer(status)
    assert carrier.told == [NotBound(status, LONGEST_WAIT_S)]


def test_a_time_that_is_too_brief_is_raised_once() -> None:
    carrier = Carrier(expires_s=60)
    carrier.start()
    carrier.answer(423, ("Min-Expires", "3600"))
    assert carrier.last.get("Expires") == "3600"
    carrier.answer(423, ("Min-Expires", "7200"))
    assert len(carrier.sent) == 2
    assert isinstance(carrier.told[-1], NotBound)


@pytest.mark.parametrize("value", ["", "x", "30", "99999999999999"])
def test_a_min_expires_that_does_not_help_is_a_refusal(value: str) -> None:
    carrier = Carrier(expires_s=60)
    carrier.start()
    carrier.answer(423, ("Min-Expires", value))
    assert isinstance(carrier.told[-1], NotBound)


def test_the_waits_grow_to_the_longest_and_begin_anew_after_success() -> None:
    carrier = Carrier()
    carrier.start()
    waits = []
    for _ in range(8):
        carrier.silence()
        waits.append(carrier.wait())
    assert waits == [FIRST_WAIT_S, 60, 120, 240, 480, 960, LONGEST_WAIT_S, LONGEST_WAIT_S]
    carrier.accept()
    carrier.wait()
    carrier.silence()
    assert carrier.wait() == FIRST_WAIT_S


def test_retry_after_is_obeyed() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.answer(503, ("Retry-After", "300 (busy);duration=60"))
    assert carrier.wait() == 300


def test_the_next_server_is_asked_soon_and_all_of_them_before_the_long_wait() -> None:
    carrier = Carrier(ONE, TWO)
    carrier.start()
    carrier.silence()
    assert carrier.wait() == NEXT_SERVER_WAIT_S
    carrier.silence()
    assert carrier.wait() == FIRST_WAIT_S
    assert [sent.server for sent in carrier.sent] == [ONE, TWO, ONE]


def test_a_200_without_our_contact_is_no_registration() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.answer(200, ("Contact", "<sip:somebody@192.0.2.99>;expires=600"))
    assert carrier.told == [NotBound(200, FIRST_WAIT_S)]


def test_of_several_contacts_the_one_at_our_address_counts() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.answer(
        200, ("Contact", f"<sip:49301234@192.0.2.99>;expires=5, {OURS};expires=900"), ("Expires", "7")
    )
    assert carrier.told == [Bound(900.0)]


@pytest.mark.parametrize(
    ("fields", "until"),
    [([("Contact", OURS), ("Expires", "7")], 7.0), ([("Contact", OURS)], 600.0)],
)
def test_the_time_is_that_of_the_answer_or_the_one_asked_for(fields: list[Field], until: float) -> None:
    carrier = Carrier()
    carrier.start()
    carrier.answer(200, *fields)
    assert carrier.told == [Bound(until)]


def test_a_short_time_does_not_make_a_loop() -> None:
    carrier = registered(1)
    assert carrier.wait() == 5.0


def test_stop_takes_the_binding_back() -> None:
    carrier = registered()
    carrier.stop()
    assert carrier.last.get("Expires") == "0"
    carrier.challenge("other", stale=True)
    assert carrier.last.get("Expires") == "0"
    carrier.answer(200)
    assert carrier.told[-1] == Unbound()
    assert carrier.made.next_timer() is None


def test_stop_during_a_request_waits_for_its_answer() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.stop()
    assert len(carrier.sent) == 1
    carrier.accept()
    assert carrier.last.get("Expires") == "0"


def test_stop_while_backing_off_is_over_at_once() -> None:
    carrier = Carrier()
    carrier.start()
    carrier.silence()
    carrier.stop()
    assert carrier.told[-1] == Unbound()


_answers = st.sampled_from(
    ["200", "401", "stale", "403", "404", "423", "500", "503", "408", "silence", "302"]
)


@given(st.lists(_answers, max_size=25), st.randoms(use_true_random=False), st.integers(1, 3))
def test_never_two_at_once_and_registered_in_the_end(
    answers: list[str], lots: random.Random, count: int
) -> None:
    servers = (ONE, TWO, Uri.parse("sip:three.example"))[:count]
    carrier = Carrier(*servers, lots=lots)
    carrier.start()
    for number, answer in enumerate(answers):
        sent = len(carrier.sent)
        if not carrier.made.is_waiting:
            assert carrier.wait() >= NEXT_SERVER_WAIT_S / 2 - 1e-9, "no hot loop"
            assert len(carrier.sent) == sent + 1
        match answer:
            case "200":
                carrier.accept(lots.randint(1, 5000))
            case "401" | "stale":
                carrier.challenge(f"n{number}", stale=answer == "stale")
            case "423":
                carrier.answer(423, ("Min-Expires", str(lots.randint(0, 100_000))))
            case "silence":
                carrier.silence()
            case _:
                carrier.answer(int(answer))
        assert [sent.cseq for sent in carrier.sent] == [*range(1, len(carrier.sent) + 1)]
    # From here on the registrar behaves: one challenge, then yes.
    if not carrier.made.is_waiting:
        carrier.wait()
    carrier.accept()
    assert carrier.made.state is State.REGISTERED


@given(st.lists(_answers, max_size=12))
def test_challenges_alone_never_make_more_than_three_requests(answers: list[str]) -> None:
    carrier = Carrier()
    carrier.start()
    for number, answer in enumerate(answers):
        if carrier.made.is_waiting:
            carrier.challenge(f"n{number}", stale=answer == "stale")
    assert len(carrier.sent) <= 3
