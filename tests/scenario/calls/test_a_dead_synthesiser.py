"""Without a voice the call goes on: what cannot be said is left out and noted."""

from __future__ import annotations

from ivr_apps import main_menu
from voicecore.store.records import CallEnd
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech


async def test_the_menu_can_still_be_used() -> None:
    async with simulated_platform({"1000": main_menu.main}, speech=SimulatedSpeech(is_dead=True)) as platform:
        caller = await platform.dial("1000")
        caller.press("3#")
        await caller.over()
        file = await platform.record()
    assert file.call.end is CallEnd.PLATFORM_HUNG_UP
    assert file.call.traceback is None
    assert "not played: welcome" in [event.detail for event in file.events if event.kind == "degraded"]
    assert "choice" in [event.kind for event in file.events]
