"""How many calls of a flow can be simulated in a minute on one core: `python -m tests.bench.simulated_calls`."""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import time
from pathlib import Path

from ivr_apps.main_menu import main as main_menu
from voicecore.speech.manifest import read_manifest
from voicecore.testing.caller_script import CallerScript, parse_script
from voicecore.testing.scripted_call import perform
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.virtual_loop import VirtualTimeLoop

CALLER = parse_script("""
hears main_menu
silence 4
press 3
hears leave_message
silence 6
says "Please call me back as soon as you can."
hears message_saved
ends
""")
"""Greeting, menu, message: half a minute of conversation."""


async def calls(count: int, script: CallerScript) -> float:
    """Seconds of conversation, of one call after the other on one platform."""
    loop = asyncio.get_running_loop()
    speech = SimulatedSpeech(manifest=read_manifest(Path("prompts/manifest.toml")), pace=human_pace)
    async with simulated_platform({"1000": main_menu}, speech=speech) as platform:
        for _ in range(count):
            done = await perform(script, platform.line("1000"))
            assert done.unmet is None, done.unmet
            await platform.record()
        return loop.time()


def measure(count: int) -> tuple[float, float]:
    """CPU seconds (user and system), and seconds of conversation."""
    before = time.process_time()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        talked = runner.run(calls(count, CALLER))
    return time.process_time() - before, talked


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=500)
    arguments.add_argument("--profile", action="store_true", help="show where the time goes")
    chosen = arguments.parse_args()
    measure(20)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(measure, chosen.calls)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return
    took, talked = measure(chosen.calls)
    each = took / chosen.calls
    print(
        f"{60 / each:,.0f} calls a minute of CPU, {each * 1000:.2f} ms a call; {talked / took:,.0f} times real time"
    )
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
