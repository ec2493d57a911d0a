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
from ivr_apps.self_service import Package, Subscriber, serve
from voicecore.ivr import Call, Money
from voicecore.ivr.flows import Flow
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


CUSTOMER = parse_script("""
hears self_service_number
press 5550123#
hears enter_pin
press 4711#
hears self_service_menu
silence 4
press 1
hears balance
hears self_service_menu
press 3
hears bill_sent
ends
""")
"""Number, PIN, balance, bill: a minute and a half."""


class BackEnd:
    """A company in memory, so that what is measured is the platform and the flow."""

    async def find(self, number: str) -> Subscriber | None:
        return Subscriber(number, "Ann", Money("12.50", "USD"), 5) if number == "5550123" else None

    async def packages(self) -> list[Package]:
        return [Package(5, Money("8", "USD"))]

    async def order(self, number: str, package: Package) -> None:
        """Nobody counts them."""

    async def send_bill(self, number: str, language: str) -> None:
        """Nobody reads them."""

    async def is_right(self, owner: str, pin: str) -> bool:
        return pin == "4711"


async def self_service(call: Call) -> None:
    back_end = BackEnd()
    await serve(call, back_end, back_end)


FLOWS = {"main_menu": (main_menu, CALLER), "self_service": (self_service, CUSTOMER)}


async def calls(count: int, flow: Flow, script: CallerScript) -> float:
    """Seconds of conversation, of one call after the other on one platform."""
    loop = asyncio.get_running_loop()
    speech = SimulatedSpeech(manifest=read_manifest(Path("prompts/manifest.toml")), pace=human_pace)
    async with simulated_platform({"1000": flow}, speech=speech) as platform:
        for _ in range(count):
            done = await perform(script, platform.line("1000"))
            assert done.unmet is None, done.unmet
            await platform.record()
        return loop.time()


def measure(count: int, name: str) -> tuple[float, float]:
    """CPU seconds (user and system), and seconds of conversation."""
    before = time.process_time()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        talked = runner.run(calls(count, *FLOWS[name]))
    return time.process_time() - before, talked


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=500)
    arguments.add_argument("--flow", choices=FLOWS, default="main_menu")
    arguments.add_argument("--profile", action="store_true", help="show where the time goes")
    chosen = arguments.parse_args()
    measure(20, chosen.flow)
    if chosen.profile:
        profile = cProfile.Profile()
        profile.runcall(measure, chosen.calls, chosen.flow)
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return
    took, talked = measure(chosen.calls, chosen.flow)
    each = took / chosen.calls
    print(
        f"{60 / each:,.0f} calls a minute of CPU, {each * 1000:.2f} ms a call; {talked / took:,.0f} times real time"
    )
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
