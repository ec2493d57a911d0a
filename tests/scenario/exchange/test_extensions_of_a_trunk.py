"""100rel and session timers as a trunk has them, in its calls to us (RFC 3262, RFC 4028; RFC 3261, 8.2.2.3)."""

from __future__ import annotations

import pytest

from tests.scenario.exchange.office import CARRIER, OUR_NUMBER, answering, site, trunk
from voicecore.sip.call_options import CallOptions
from voicecore.sip.call_options import Use as Option
from voicecore.sip.message import Response
from voicecore.testing.simulated_call import simulated_platform
from voicecore.trunks.trunk import SessionPolicy, Use


@pytest.mark.parametrize(
    ("policy", "caller", "status", "field"),
    [
        (SessionPolicy(), CallOptions(), 200, None),
        (SessionPolicy(), CallOptions(reliable=Option.REQUIRED), 200, None),
        (SessionPolicy(reliable_provisionals=Use.OFF), CallOptions(), 200, None),
        (
            SessionPolicy(reliable_provisionals=Use.OFF),
            CallOptions(reliable=Option.REQUIRED),
            420,
            ("Unsupported", "100rel"),
        ),
        (
            SessionPolicy(reliable_provisionals=Use.REQUIRE),
            CallOptions(reliable=Option.OFF),
            421,
            ("Require", "100rel"),
        ),
        (SessionPolicy(reliable_provisionals=Use.REQUIRE), CallOptions(), 200, None),
    ],
)
async def test_a_caller_has_what_the_trunk_allows_and_demands(
    policy: SessionPolicy, caller: CallOptions, status: int, field: tuple[str, str] | None
) -> None:
    office = site(trunk(session=policy))
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        carrier = platform.carrier(CARRIER)
        carrier.line.options = caller
        assert await carrier.line.dial(OUR_NUMBER) == status
        if field is not None:
            response = carrier.line.responses[-1]
            assert isinstance(response, Response)
            assert response.headers.get(field[0]) == field[1]
        carrier.line.hang_up()


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        (SessionPolicy(), set()),
        (SessionPolicy(reliable_provisionals=Use.OFF), {"100rel"}),
        (SessionPolicy(session_timer=Use.OFF, reliable_provisionals=Use.OFF), {"100rel", "timer"}),
    ],
)
async def test_a_200_supports_what_the_trunk_has(policy: SessionPolicy, missing: set[str]) -> None:
    office = site(trunk(session=policy))
    async with simulated_platform({OUR_NUMBER: answering}, site=office) as platform:
        carrier = platform.carrier(CARRIER)
        await carrier.line.dial(OUR_NUMBER)
        said = next(data for data, hop in platform.wire.sent if data.startswith(b"SIP/2.0 200"))
        line = next(line for line in said.decode().split("\r\n") if line.startswith("Supported: "))
        tags = {tag.strip() for tag in line.partition(": ")[2].split(",")}
        carrier.line.hang_up()
    assert {"100rel", "timer", "replaces", "norefersub"} - tags == missing
