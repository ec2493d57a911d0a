"""Session timers as peers see them, in real time (RFC 4028): 90 s is the shortest interval that anybody may ask for.

All peers are on the line at the same time, so that together they take a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.interop.conftest import HAS_PJSUA2
from tests.interop.phones import sound
from tests.interop.phones.pjsua2_phone import Pjsua2Phone
from tests.interop.phones.server import Server
from tests.interop.phones.sipp import Outcome, Sipp

SCENARIOS = ("refreshed_by_update", "refreshed_by_reinvite", "silent_refresher")


@pytest.fixture(scope="module", name="pjsua2")
def _pjsua2(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pjsua2Phone]:
    """In a call whose session lasts 90 s."""
    folder = tmp_path_factory.mktemp("pjsua2")
    sound.write_wav(folder / "speech.wav", sound.speech_like(10))
    with Pjsua2Phone(folder / "phone", folder / "speech.wav", session_expires=90) as phone:
        phone.dial(server.uri("9002"))
        phone.wait_for_state("CONFIRMED")
        yield phone


@pytest.fixture(scope="module", name="outcomes")
def _outcomes(
    server: Server, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Outcome]]:
    if HAS_PJSUA2:
        request.getfixturevalue("pjsua2")
    with ExitStack() as running:
        peers = {
            name: running.enter_context(
                Sipp(
                    name,
                    tmp_path_factory.mktemp("sipp") / name,
                    target=server.address,
                    number="9002",
                    seconds=75,
                )
            )
            for name in SCENARIOS
        }
        yield {name: peer.outcome() for name, peer in peers.items()}


@pytest.mark.parametrize(
    ("scenario", "method"), [("refreshed_by_update", "UPDATE"), ("refreshed_by_reinvite", "INVITE")]
)
def test_we_refresh_once_at_half_the_interval(
    outcomes: dict[str, Outcome], scenario: str, method: str
) -> None:
    outcome = outcomes[scenario]
    assert outcome.status == 0, outcome.report
    assert len(outcome.requests(method)) == 1


def test_peer_who_does_not_refresh_gets_bye_with_the_reason(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["silent_refresher"]
    assert outcome.status == 0, outcome.report
    (bye,) = outcome.requests("BYE")
    assert re.search(r"^Reason: *SIP *; *cause=408", bye, re.MULTILINE)


def test_refresh_of_pjsua2_is_granted(outcomes: dict[str, Outcome], pjsua2: Pjsua2Phone) -> None:
    assert outcomes, "a minute went by"
    pjsua2.hang_up()
    pjsua2.wait_for_state("DISCONNECTED")
    refreshes = [text for method in ("INVITE ", "UPDATE ") for text in pjsua2.messages("TX", method)][1:]
    (cseq,) = {found[1] for text in refreshes if (found := re.search(r"^CSeq: *(.*)$", text, re.MULTILINE))}
    (answer,) = [text for text in pjsua2.messages("RX", "SIP/2.0 200") if f"CSeq: {cseq}" in text]
    assert re.search(r"^Session-Expires: *90 *;", answer, re.MULTILINE)
