"""INFO within a call: keys are taken, unknown bodies confirmed, packages refused (RFC 6086, 4.2.2)."""

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
