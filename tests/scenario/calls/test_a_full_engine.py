"""A media engine at its limit: new calls are told to come later, and those that run go on."""

from __future__ import annotations

from tests.scenario.exchange.office import answering
from voicecore.media.admission import Standing
from voicecore.testing.simulated_call import simulated_platform


async def test_a_new_call_is_refused_and_the_running_one_goes_on() -> None:
    async with simulated_platform({"1000": answering}) as platform:
        first, second = platform.phone(), platform.phone("192.0.2.77")
        assert await first.dial("1000") == 200
        platform.engine.standing = Standing(refuses=True)
        assert await second.dial("1000") == 503
        assert any(b"SIP/2.0 503" in sent and b"Retry-After: 10" in sent for sent, _ in platform.wire.sent)
        await first.hears("main_menu")
        assert not first.is_over
        platform.engine.standing = Standing()
        assert await second.dial("1000") == 200
        first.hang_up()
        second.hang_up()
