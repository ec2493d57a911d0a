"""INFO within a call: keys are taken, unknown bodies and packages refused (RFC 6086, 4.2.2)."""

from __future__ import annotations

import pytest

from tests.scenario.exchange.office import CARRIER, OUR_NUMBER, answering, site
from tests.scenario.exchange.stranger import Line, Stranger, status
from voicecore.sip.hop import Address
from voicecore.testing.simulated_call import simulated_platform


@pytest.mark.parametrize(
    ("header", "expected"), [("Info-Package: foo", 469), ("Info-Package: nil", 469), ("X: foo", 200)]
)
async def test_a_package_that_we_did_not_ask_for_is_refused(header: str, expected: int) -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        line = await Stranger(platform, Address(CARRIER, 5060)).call(f"sip:{OUR_NUMBER}@192.0.2.1", "info")
        assert isinstance(line, Line), line
        answer = await line.ask("INFO", header)
    assert status(answer) == expected
    assert ("\r\nRecv-Info:" in answer) is (expected == 469)


@pytest.mark.parametrize(
    ("kind", "disposition", "expected"),
    [
        ("application/dtmf", "", 200),
        ("application/media_control+xml", "", 415),
        ("application/x-anything", "signal;handling=optional", 200),
    ],
)
async def test_a_body_that_we_do_not_know_is_refused(kind: str, disposition: str, expected: int) -> None:
    async with simulated_platform({OUR_NUMBER: answering}, site=site()) as platform:
        stranger = Stranger(platform, Address(CARRIER, 5060))
        line = await stranger.call(f"sip:{OUR_NUMBER}@192.0.2.1", "info")
        assert isinstance(line, Line), line
        fields = [f"Content-Type: {kind}", *([f"Content-Disposition: {disposition}"] if disposition else [])]
        answer = await line.ask("INFO", *fields, body="5")
    assert status(answer) == expected
    assert ("\r\nAccept: application/dtmf-relay, application/dtmf\r\n" in answer) is (expected == 415)
