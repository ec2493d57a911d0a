"""We call SIPp: branches of a forked call, answers that cross our CANCEL, PRACK, and offers that cross."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Server
from tests.interop.phones.sipp import Outcome, Sipp


def ring_sipp(
    server: Server, folder: Path, says: Path, peer_port: int, scenario: str, *, number: str, talks_s: float
) -> tuple[Outcome, Baresip]:
    """A baresip dials `number`, whose flow calls SIPp, and hangs up after `talks_s` of talk if it lasts so long."""
    with (
        Sipp(scenario, folder / "sipp", sip_port=peer_port) as callee,
        Baresip(folder / "caller", says, user="caller") as caller,
    ):
        caller.dial(server.uri(number))
        if talks_s:
            caller.wait_for("CALL_ESTABLISHED")
            time.sleep(talks_s)
            caller.hang_up()
        caller.wait_for("CALL_CLOSED")
        return callee.outcome(), caller


@pytest.mark.parametrize("scenario", ["forked_ringing", "two_answers", "reliable_callee"])
def test_callee_is_bridged_and_hung_up(
    server: Server, tmp_path: Path, long_speech: Path, peer_port: int, scenario: str
) -> None:
    before = len(server.calls())
    outcome, _ = ring_sipp(server, tmp_path, long_speech, peer_port, scenario, number="9200", talks_s=1.5)
    assert outcome.status == 0, outcome.report
    assert server.new_calls(before) == [("9200", "caller hung up")]


def test_answer_that_crosses_our_cancel_is_hung_up(
    server: Server, tmp_path: Path, long_speech: Path, peer_port: int
) -> None:
    before = len(server.calls())
    outcome, caller = ring_sipp(
        server, tmp_path, long_speech, peer_port, "answer_crosses_cancel", number="9201", talks_s=0
    )
    assert outcome.status == 0, outcome.report
    assert "480" in str(caller.wait_for("CALL_CLOSED")["param"])
    assert server.new_calls(before) == [("9201", "rejected")]


def test_glare_with_a_callee_is_settled_later(
    server: Server, tmp_path: Path, long_speech: Path, peer_port: int
) -> None:
    """As the caller of this leg we wait 2.1 to 4 s before we offer again (RFC 3261, 14.1)."""
    outcome, _ = ring_sipp(
        server, tmp_path, long_speech, peer_port, "glare_of_a_callee", number="9213", talks_s=9.0
    )
    assert outcome.status == 0, outcome.report
    assert len(outcome.requests("INVITE")) == 4  # the call, the one in the glare, hold and resume
