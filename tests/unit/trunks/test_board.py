"""All trunks together: requests that are due, facts, and what calls ask for. In virtual time."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.errors import UsageError
from voicecore.sip.digest import Challenge, Credentials, secret_hash
from voicecore.sip.headers import Field, Headers
from voicecore.sip.hop import Address, Hop
from voicecore.sip.message import Response
from voicecore.sip.uri import Uri
from voicecore.trunks.board import BoardOutput, RequestDue, TrunkBoard
from voicecore.trunks.fact import (
    Registered,
    RegistrationFailed,
    ServerDown,
    ServerUp,
    TrunkDown,
    TrunkUp,
    Unregistered,
)
from voicecore.trunks.health import ServerState
from voicecore.trunks.limits import Direction, Limit, OverLimit
from voicecore.trunks.status import TrunkReport, TrunkState, state_of
from voicecore.trunks.trunk import (
    Capacity,
    HealthPolicy,
    Identification,
    Outgoing,
    Registration,
    Trunk,
    TrunkAccount,
    TrunkName,
    TrunkServer,
)

CARRIER, PLAIN = TrunkName("carrier"), TrunkName("plain")
ONE, TWO, PEER = (Uri.parse(f"sip:{name}.example") for name in ("one", "two", "peer"))
LOCAL = Address("192.0.2.10", 5060)

REGISTERING = Trunk(
    CARRIER,
    (TrunkServer(ONE), TrunkServer(TWO, priority=2)),
    Outgoing("carrier.example"),
    Identification((ip_network("198.51.100.0/24"),)),
    TrunkAccount("alice"),
    Registration(Uri.parse("sip:alice@carrier.example")),
    health=HealthPolicy(interval_s=0),
)
PROBED = Trunk(
    PLAIN,
    (TrunkServer(PEER),),
    Outgoing("us.example"),
    capacity=Capacity(outbound=1),
    health=HealthPolicy(failures=1),
)


class Site:
    """A board and the carriers' side of it."""

    def __init__(self, *trunks: Trunk, seed: int = 1) -> None:
        self.now = 0.0
        lots = random.Random(seed)
        self.board = TrunkBoard(trunks, {CARRIER: "wonderland"}, 0.0, random=lots.random, token="t".ljust)
        self.due: list[RequestDue] = []
        self.facts: list[BoardOutput] = []

    def drain(self) -> None:
        for output in self.board.poll():
            (self.due if isinstance(output, RequestDue) else self.facts).append(output)  # type: ignore[arg-type]

    def start(self) -> None:
        self.board.start(self.now)
        self.drain()

    def wait(self) -> None:
        due = self.board.next_timer()
        assert due is not None
        assert due >= self.now
        self.now = due
        self.board.handle_timer(due)
        self.drain()

    def answer(self, status: int, *fields: Field) -> RequestDue:
        request = self.due.pop(0)
        head: list[Field] = [
            ("Call-ID", request.call_id or "c"),
            ("CSeq", f"{request.cseq} {request.method}"),
        ]
        response = Response(status, "", Headers([*head, *fields]))
        self.board.answered(request.key, status, response, self.now, local=LOCAL)
        self.drain()
        return request

    def silence(self) -> None:
        self.board.answered(self.due.pop(0).key, 408, None, self.now)
        self.drain()

    def accept(self, expires_s: int = 600) -> None:
        self.answer(200, ("Contact", f"<sip:alice@192.0.2.10:5060>;expires={expires_s}"))


def test_a_registration_with_its_challenge_and_refresh() -> None:
    site = Site(REGISTERING)
    site.start()
    (first,) = site.due
    assert (first.method, str(first.uri), first.server) == ("REGISTER", "sip:carrier.example", ONE)
    assert first.from_ == first.to
    draft = first.draft("<sip:alice@192.0.2.10>")
    assert (draft.contact, draft.cseq, draft.call_id) == ("<sip:alice@192.0.2.10>", 1, first.call_id)
    site.answer(401, ("WWW-Authenticate", str(Challenge("r", "n", qop=("auth",)))))
    (field,) = [value for name, value in site.due[0].headers if name == "Authorization"]
    assert Credentials.parse(field).proves(secret_hash("alice", "r", "wonderland"), "REGISTER")
    site.accept()
    assert site.facts == [Registered(CARRIER, 600.0), TrunkUp(CARRIER)]
    site.wait()
    assert 450 <= site.now <= 540
    assert [(one.method, one.cseq) for one in site.due] == [("REGISTER", 3)]


def test_a_refused_registration_takes_the_trunk_down_when_the_binding_ends() -> None:
    site = Site(REGISTERING)
    site.start()
    site.accept(600)
    site.wait()
    site.answer(403)
    assert [type(fact) for fact in site.facts[2:]] == [RegistrationFailed], "the binding still holds"
    site.wait()
    assert site.now == 600.0
    assert site.facts[3:] == [TrunkDown(CARRIER)]
    site.wait()
    site.accept()
    assert site.facts[-1] == TrunkUp(CARRIER)


def test_a_trunk_that_cannot_register_at_all_is_down() -> None:
    site = Site(REGISTERING)
    site.start()
    site.silence()
    assert site.facts[-1] == TrunkDown(CARRIER)
    site.wait()
    assert site.due[0].server == TWO


def test_options_take_servers_and_the_trunk_up_and_down() -> None:
    site = Site(PROBED)
    site.start()
    assert site.due == []
    site.wait()
    assert (site.due[0].method, site.due[0].server) == ("OPTIONS", PEER)
    assert site.due[0].draft("<sip:x>").contact is None
    site.answer(200)
    assert site.facts == [ServerUp(PLAIN, PEER), TrunkUp(PLAIN)]
    site.wait()
    site.silence()
    assert site.facts[2:] == [ServerDown(PLAIN, PEER, 408), TrunkDown(PLAIN)]
    assert site.board.choose(PLAIN) == ()
    site.wait()
    site.answer(404)
    assert site.board.choose(PLAIN) == PROBED.servers


def test_a_call_that_fails_counts_for_the_server() -> None:
    site = Site(REGISTERING)
    for _ in range(2):
        site.board.called(CARRIER, ONE, 503, site.now)
    site.drain()
    assert site.facts == [ServerDown(CARRIER, ONE, 503)]
    assert [one.uri for one in site.board.choose(CARRIER)] == [TWO]
    site.wait()
    assert [one.uri for one in site.board.choose(CARRIER)] == [ONE, TWO], "it has rested"


def test_stop_takes_registrations_back() -> None:
    site = Site(REGISTERING, PROBED)
    site.start()
    site.accept()
    site.board.stop(site.now)
    site.drain()
    assert not site.board.is_idle
    site.answer(200)
    assert site.facts[-1] == Unregistered(CARRIER)
    assert site.board.is_idle


def test_an_answer_counts_once() -> None:
    site = Site(PROBED)
    site.wait()
    key = site.due[0].key
    site.answer(200)
    site.board.answered(key, 408, None, site.now)
    site.drain()
    assert site.facts == [ServerUp(PLAIN, PEER), TrunkUp(PLAIN)]


def test_calls_are_identified_counted_and_limited() -> None:
    board = Site(REGISTERING, PROBED).board
    hop = Hop("UDP", LOCAL, Address("198.51.100.5", 5060))
    assert board.identify(hop) == CARRIER
    assert board.trunk(CARRIER) is REGISTERING
    assert board.admit(PLAIN, Direction.OUTBOUND, 0.0) is None
    assert board.admit(PLAIN, Direction.OUTBOUND, 0.0) == OverLimit(Limit.CONCURRENT_CALLS)
    board.release(PLAIN, Direction.OUTBOUND)
    assert board.admit(PLAIN, Direction.OUTBOUND, 0.0) is None
    assert board.digest(PLAIN) is None
    assert board.digest(CARRIER) is not None
    with pytest.raises(UsageError):
        board.choose(TrunkName("nobody"))


def test_credentials_go_to_the_hosts_of_the_trunk_only() -> None:
    digest = Site(REGISTERING).board.digest(CARRIER)
    assert digest is not None
    fields: list[Field] = [("Call-ID", "c"), ("CSeq", "1 BYE")]
    fields.append(("Proxy-Authenticate", str(Challenge("carrier.example", "n"))))
    challenged = Response(407, "", Headers(fields))
    assert digest.answer(challenged, "BYE", "sip:b@203.0.113.66", b"", 0.0) is None
    assert digest.answer(challenged, "BYE", "sip:b@198.51.100.5", b"", 0.0) is not None


def test_the_status_tells_it_all_and_survives_json() -> None:
    site = Site(REGISTERING, PROBED)
    site.start()
    site.accept()
    site.wait()
    site.now += 0.02
    site.answer(200)
    site.board.admit(PLAIN, Direction.OUTBOUND, site.now)
    statuses = site.board.status(lambda at: datetime.fromtimestamp(at, UTC))
    carrier, plain = statuses
    assert (carrier.state, plain.state) == (TrunkState.UP, TrunkState.UP)
    assert carrier.registration is not None
    assert (carrier.registration.state, carrier.registration.until) == (
        "registered",
        datetime.fromtimestamp(600, UTC),
    )
    assert plain.servers[0].round_trip_ms == 20.0
    assert (plain.inbound, plain.outbound) == (0, 1)
    report = TrunkReport(datetime.fromtimestamp(5, UTC), statuses)
    assert TrunkReport.from_json(report.to_json()) == report


@pytest.mark.parametrize(
    ("servers", "bound", "refused", "state"),
    [
        ("U", None, False, TrunkState.UNKNOWN),
        ("UP", None, False, TrunkState.UP),
        ("DP", None, False, TrunkState.UP),
        ("DD", None, False, TrunkState.DOWN),
        ("DU", None, False, TrunkState.UNKNOWN),
        ("DD", True, False, TrunkState.DOWN),
        ("U", True, False, TrunkState.UP),
        ("P", False, False, TrunkState.UNKNOWN),
        ("P", False, True, TrunkState.DOWN),
        ("P", True, True, TrunkState.UP),
    ],
)
def test_the_state_of_a_trunk(servers: str, bound: bool | None, refused: bool, state: TrunkState) -> None:
    letters = {"U": ServerState.UNKNOWN, "P": ServerState.UP, "D": ServerState.DOWN}
    assert state_of([letters[letter] for letter in servers], bound, refused=refused) is state


@given(st.lists(st.sampled_from(["wait", "200", "401", "403", "503", "silence"]), max_size=40), st.integers())
def test_no_trunk_has_two_requests_of_a_kind_under_way(events: list[str], seed: int) -> None:
    site = Site(REGISTERING, PROBED, seed=seed)
    site.start()
    for number, event in enumerate(events):
        if not site.due or event == "wait":
            if site.board.next_timer() is not None:
                site.wait()
        elif event == "silence":
            site.silence()
        elif event == "200":
            site.accept() if site.due[0].method == "REGISTER" else site.answer(200)
        elif event == "401":
            site.answer(401, ("WWW-Authenticate", str(Challenge("r", f"n{number}", qop=("auth",)))))
        else:
            site.answer(int(event))
        kinds = [(one.trunk, one.method, one.server) for one in site.due if one.method == "OPTIONS"]
        assert len(set(kinds)) == len(kinds)
        assert sum(one.method == "REGISTER" for one in site.due) <= 1
    ups = [fact for fact in site.facts if isinstance(fact, TrunkUp | TrunkDown) and fact.trunk == CARRIER]
    assert all(type(a) is not type(b) for a, b in pairwise(ups))
