"""Session timers as peers see them, in real time (RFC 4028): 90 s is the shortest interval that anybody may ask for.

All peers are on the line at the same time, so that together they take a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.interop.phones.server import Server
from tests.interop.phones.sipp import Outcome, Sipp

SCENARIOS = ("refreshed_by_update", "refreshed_by_reinvite", "silent_refresher")


@pytest.fixture(scope="module", name="outcomes")
def _outcomes(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
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
