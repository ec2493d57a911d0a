"""Callers who lose, repeat, cross or break messages, and callers who ask for what is not there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.interop.phones import sipp
from tests.interop.phones.baresip import Baresip
from tests.interop.phones.server import Server


def to_tags(responses: list[str]) -> set[str]:
    return {tag for text in responses for tag in re.findall(r"^To:.*;tag=([^;\s]+)", text, re.MULTILINE)}


def test_200_is_repeated_until_the_ack(server: Server, tmp_path: Path) -> None:
    outcome = sipp.play("lost_ack", server.address, tmp_path / "sipp", number="9001")
    assert outcome.status == 0, outcome.report
    responses = outcome.responses(200, "INVITE")
    assert len(responses) == 3  # at once, after 0.5 s and after 1.5 s; the ACK came after 1.8 s
    assert len(to_tags(responses)) == 1


def test_cancel_after_the_answer_changes_nothing(server: Server, tmp_path: Path) -> None:
    outcome = sipp.play("late_cancel", server.address, tmp_path / "sipp", number="9001")
    assert outcome.status == 0, outcome.report


def test_repeated_invite_makes_one_call(server: Server, tmp_path: Path) -> None:
    before = len(server.calls())
    outcome = sipp.play("repeated_invite", server.address, tmp_path / "sipp", number="9001")
    assert outcome.status == 0, outcome.report
    assert len(to_tags(outcome.responses(200, "INVITE"))) == 1
    assert server.new_calls(before) == [("9001", "caller hung up")]


def test_caller_who_gives_up_cancels_the_callee(
    server: Server, tmp_path: Path, speech: Path, peer_port: int
) -> None:
    with Baresip(tmp_path / "callee", speech, codec="PCMA", sip_port=peer_port) as callee:
        outcome = sipp.play("cancelled", server.address, tmp_path / "sipp", number="9200")
        assert outcome.status == 0, outcome.report
        callee.wait_for("CALL_CLOSED", 3)


def test_truncated_datagram_is_answered_with_400(server: Server, tmp_path: Path) -> None:
    outcome = sipp.play("truncated_body", server.address, tmp_path / "sipp")
    assert outcome.status == 0, outcome.report
    (response,) = outcome.responses(400, "INVITE")
    reason = response.splitlines()[0].split(maxsplit=2)[2]
    assert "length" in reason.lower()


def test_offer_without_a_codec_of_ours_is_answered_with_488(server: Server, tmp_path: Path) -> None:
    outcome = sipp.play("foreign_codec", server.address, tmp_path / "sipp")
    assert outcome.status == 0, outcome.report
    (response,) = outcome.responses(488, "INVITE")
    assert re.search(r"^Warning: 3\d\d ", response, re.MULTILINE)


def test_unknown_number_is_answered_with_404(server: Server, tmp_path: Path, speech: Path) -> None:
    with Baresip(tmp_path / "phone", speech) as phone:
        phone.dial(server.uri("5555"))
        assert "404" in str(phone.wait_for("CALL_CLOSED")["param"])


def test_twenty_calls_at_once_all_end_well(server: Server, tmp_path: Path) -> None:
    before = len(server.calls())
    outcome = sipp.play("repeated_invite", server.address, tmp_path / "sipp", number="9001", calls=20)
    assert outcome.status == 0, outcome.report
    assert server.new_calls(before, 20) == [("9001", "caller hung up")] * 20


def test_call_beyond_the_last_port_is_asked_to_come_again(
    tmp_path: Path, rendered: Path, root: Path, long_speech: Path
) -> None:
    ports_of_one_call = 2  # RTP and RTCP
    with (
        Server(tmp_path / "server", rendered, root / "prompts", media_ports=ports_of_one_call) as server,
        Baresip(tmp_path / "phone", long_speech) as phone,
    ):
        phone.dial(server.uri("9001"))
        phone.wait_for("CALL_ESTABLISHED")
        outcome = sipp.play("no_port_left", server.address, tmp_path / "sipp", number="9001")
        assert outcome.status == 0, outcome.report
        (response,) = outcome.responses(503, "INVITE")
        assert re.search(r"^Retry-After: *[1-9]", response, re.MULTILINE)
        phone.hang_up()
        phone.wait_for("CALL_CLOSED")
        again = sipp.play("repeated_invite", server.address, tmp_path / "again", number="9001")
        assert again.status == 0, again.report
