"""SIPp calls us: extensions, changes within a call, and offers that cross. Each outcome is what SIPp saw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.interop.phones import sipp, sound
from tests.interop.phones.lossy_network import LossyNetwork
from tests.interop.phones.server import Server

TRANSPORTS = pytest.mark.parametrize("transport", ["u1", "t1", "tn"])


def option_tags(message: str, header: str) -> set[str]:
    values = re.findall(rf"^{header}:\s*(.*)$", message, re.MULTILINE)
    return {tag.strip() for value in values for tag in value.split(",")}


@TRANSPORTS
@pytest.mark.parametrize(
    ("scenario", "number"),
    [
        ("cancel_crosses_200", "9001"),
        ("update_in_call", "9001"),
        ("offerless_caller", "9001"),
        ("reliable_caller", "9211"),
        ("wrong_prack", "9211"),
        ("short_session", "9001"),
        ("held_caller", "9212"),
        ("glare", "9212"),
    ],
)
def test_call_goes_as_the_rfc_says(
    server: Server, tmp_path: Path, scenario: str, number: str, transport: str
) -> None:
    before = len(server.calls())
    outcome = sipp.play(scenario, server.address, tmp_path / "sipp", number=number, transport=transport)
    assert outcome.status == 0, outcome.report
    assert server.new_calls(before) == [(number, "caller hung up")]


@TRANSPORTS
def test_options_says_what_we_can_do(server: Server, tmp_path: Path, transport: str) -> None:
    outcome = sipp.play("options", server.address, tmp_path / "sipp", transport=transport)
    assert outcome.status == 0, outcome.report
    (response,) = outcome.responses(200, "OPTIONS")
    assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE"} <= option_tags(response, "Allow")
    assert {"100rel", "timer"} <= option_tags(response, "Supported")
    assert option_tags(response, "Accept") == {"application/sdp", "multipart/mixed"}


@TRANSPORTS
def test_unknown_extension_is_named_in_420(server: Server, tmp_path: Path, transport: str) -> None:
    outcome = sipp.play(
        "unknown_extension", server.address, tmp_path / "sipp", number="9001", transport=transport
    )
    assert outcome.status == 0, outcome.report


def test_reliable_183_is_repeated_until_its_prack(server: Server, tmp_path: Path) -> None:
    outcome = sipp.play("late_prack", server.address, tmp_path / "sipp", number="9211")
    assert outcome.status == 0, outcome.report
    early = outcome.responses(183, "INVITE")
    assert len(early) == 3  # at once, after 0.5 s and after 1.5 s; the PRACK came after 1.8 s
    assert len(set(early)) == 1


def test_lost_200_is_sent_again_and_its_caller_talks(server: Server, tmp_path: Path) -> None:
    before, said = len(server.calls()), sound.speech_like(3, seed=3)
    with LossyNetwork(server.address, loses={"SIP/2.0 200": 2}) as network:
        outcome = sipp.play("plain_call", network.address, tmp_path / "sipp", number="9001", says=said)
    assert outcome.status == 0, outcome.report
    assert len(network.lost) == 2
    assert server.new_calls(before) == [("9001", "caller hung up")]


def test_lost_ack_is_asked_for_by_another_200(server: Server, tmp_path: Path) -> None:
    before = len(server.calls())
    with LossyNetwork(server.address, loses={"ACK ": 2}) as network:
        said = sound.speech_like(3, seed=3)
        outcome = sipp.play("plain_call", network.address, tmp_path / "sipp", number="9001", says=said)
    assert outcome.status == 0, outcome.report
    assert len(outcome.responses(200, "INVITE")) == 3  # the third one's ACK arrived
    assert server.new_calls(before) == [("9001", "caller hung up")]


@pytest.mark.parametrize("lost", ["INVITE ", "BYE ", "PRACK ", "SIP/2.0 183", "SIP/2.0 100"])
def test_one_loss_of_any_kind_is_made_good(server: Server, tmp_path: Path, lost: str) -> None:
    before = len(server.calls())
    with LossyNetwork(server.address, loses={lost: 1}) as network:
        outcome = sipp.play("reliable_caller", network.address, tmp_path / "sipp", number="9211")
    assert outcome.status == 0, outcome.report
    assert len(network.lost) == 1
    assert server.new_calls(before) == [("9211", "caller hung up")]


@pytest.mark.parametrize(
    ("scenario", "number"),
    [("offerless_caller", "9001"), ("reliable_caller", "9211"), ("held_caller", "9212")],
)
def test_slow_network_makes_one_call(server: Server, tmp_path: Path, scenario: str, number: str) -> None:
    """An answer takes 0.7 s, and T1 is 0.5 s: everything comes twice."""
    before = len(server.calls())
    with LossyNetwork(server.address, delay_s=0.35) as network:
        outcome = sipp.play(scenario, network.address, tmp_path / "sipp", number=number)
    assert outcome.status == 0, outcome.report
    assert sum(line.startswith("INVITE ") for line in network.passed) > 1
    assert server.new_calls(before) == [(number, "caller hung up")]
