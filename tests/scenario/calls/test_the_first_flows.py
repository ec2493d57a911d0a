"""The flows in `ivr_apps`, called and listened to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr_apps import diagnostics, main_menu
from voicecore.speech.manifest import read_manifest
from voicecore.testing.simulated_call import SimulatedPlatform, simulated_platform
from voicecore.testing.simulated_phone import SimulatedCaller
from voicecore.testing.simulated_speech import SimulatedSpeech


@pytest.fixture
def speech(root: Path) -> SimulatedSpeech:
    """Knows the manifest's prompts only, so that a flow cannot play one that does not exist."""
    return SimulatedSpeech(known=frozenset(read_manifest(root / "prompts" / "manifest.toml")))


async def heard_whole(platform: SimulatedPlatform, caller: SimulatedCaller) -> list[str]:
    leg = caller.leg
    await caller.over()
    return [platform.name_of(heard.sound) for heard in leg.heard]


@pytest.mark.parametrize(
    ("key", "then"),
    [("1", "music_intro"), ("2", "echo_intro"), ("3", "leave_message"), ("0", "operator_unavailable")],
)
async def test_each_key_leads_to_its_branch(speech: SimulatedSpeech, key: str, then: str) -> None:
    async with simulated_platform({"1000": main_menu.main}, speech=speech) as platform:
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        caller.press(key)
        await caller.hears(then, within=5)
        caller.hang_up()


async def test_a_silent_caller_is_asked_three_times_and_then_helped(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"1000": main_menu.main}, speech=speech) as platform:
        caller = await platform.dial("1000")
        heard = await heard_whole(platform, caller)
    assert heard.count("main_menu") == 3
    assert heard.count("no_input") == 2
    assert heard[-3:] == ["", "no_message", "goodbye"]  # the beep has no name


async def test_a_wrong_key_is_told(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"1000": main_menu.main}, speech=speech) as platform:
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        caller.press("9")
        await caller.hears("invalid_choice", within=5)
        caller.hang_up()


async def test_a_message_is_saved(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"1000": main_menu.main}, speech=speech) as platform:
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        caller.press("3")
        await caller.hears("leave_message")
        await asyncio.sleep(3)
        caller.speak()
        await asyncio.sleep(4)
        caller.press("#")
        await caller.hears("message_saved")
        await caller.over()
        file = await platform.record()
    assert sorted(recording.channels for recording in file.recordings) == [1, 2]


async def test_the_operator_answers_and_both_talk(speech: SimulatedSpeech) -> None:
    numbers = {"1000": (main_menu.main, {"operator": "sip:operator@192.0.2.7:7000"})}
    async with simulated_platform(numbers, speech=speech) as platform:
        operator = platform.phone()
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        caller.press("0")
        await asyncio.sleep(3)
        assert operator.status == 200
        assert caller.leg.sources != ()
        operator.hang_up()
        await caller.hears("goodbye")
        await caller.over()


async def test_an_operator_who_is_busy_leaves_the_caller_a_message(speech: SimulatedSpeech) -> None:
    numbers = {"1000": (main_menu.main, {"operator": "sip:operator@192.0.2.7:7000"})}
    async with simulated_platform(numbers, speech=speech) as platform:
        platform.phone().answers_with = 486
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        caller.press("0")
        await caller.hears("operator_unavailable")
        await caller.hears("leave_message")
        caller.hang_up()


async def test_six_digits_are_read_back(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"9003": diagnostics.read_back_digits}, speech=speech) as platform:
        caller = await platform.dial("9003")
        await caller.hears("enter_six_digits")
        caller.press("40*215")
        heard = await heard_whole(platform, caller)
    keys = ["digit_4", "digit_0", "digit_star", "digit_2", "digit_1", "digit_5"]
    assert heard == ["enter_six_digits", "you_entered", *keys, "goodbye"]


async def test_too_few_digits_are_told(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"9003": diagnostics.read_back_digits}, speech=speech) as platform:
        caller = await platform.dial("9003")
        await caller.hears("enter_six_digits")
        caller.press("402")
        heard = await heard_whole(platform, caller)
    assert heard == ["enter_six_digits", "too_few_digits", "goodbye"]


async def test_echo_lets_the_caller_hear_himself(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"9001": diagnostics.echo}, speech=speech) as platform:
        caller = await platform.dial("9001")
        await asyncio.sleep(1)
        assert caller.leg.sources == tuple(platform.engine.legs)
        caller.hang_up()


async def test_music_plays_until_the_caller_hangs_up(speech: SimulatedSpeech) -> None:
    async with simulated_platform({"9002": diagnostics.music}, speech=speech) as platform:
        caller = await platform.dial("9002")
        await caller.hears("music")
        await asyncio.sleep(600)
        await caller.hears("music")
        caller.hang_up()


async def test_a_tone_lasts_as_long_as_asked(speech: SimulatedSpeech) -> None:
    numbers = {"9004": (diagnostics.tone, {"hertz": 440, "seconds": 3})}
    async with simulated_platform(numbers, speech=speech) as platform:
        caller = await platform.dial("9004")
        began = asyncio.get_running_loop().time()
        await caller.over()
        assert 3.0 <= asyncio.get_running_loop().time() - began < 3.2


@pytest.mark.parametrize(("phone", "status"), [(486, 486), (603, 603), (0, 480)])
async def test_a_bridge_that_fails_says_why(speech: SimulatedSpeech, phone: int, status: int) -> None:
    target = {"target": "sip:peer@192.0.2.7:7000", "ring_time": 5.0}
    async with simulated_platform({"9200": (diagnostics.bridge, target)}, speech=speech) as platform:
        platform.phone().answers_with = phone
        caller = await platform.dial("9200")
    assert caller.status == status
    assert 180 in caller.responses


async def test_a_bridge_joins_caller_and_party(speech: SimulatedSpeech) -> None:
    target = {"target": "sip:peer@192.0.2.7:7000"}
    async with simulated_platform({"9200": (diagnostics.bridge, target)}, speech=speech) as platform:
        peer = platform.phone()
        caller = await platform.dial("9200")
        assert caller.status == 200
        await asyncio.sleep(2)
        assert caller.leg.sources != ()
        caller.hang_up()
        await peer.over(within=1)
