"""How many calls of a flow can be simulated in a minute on one core: `python -m tests.bench.simulated_calls`."""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import time
from pathlib import Path

from ivr_apps import main_menu
from ivr_apps.self_service import Package, Subscriber, serve
from voicecore.cli import collector
from voicecore.ivr import Call, Money
from voicecore.ivr.flows import Flow
from voicecore.speech.manifest import read_manifest
from voicecore.testing.caller_script import CallerScript, parse_script
from voicecore.testing.scripted_call import perform
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.virtual_loop import VirtualTimeLoop

MANIFEST = Path(__file__).resolve().parents[2] / "prompts" / "manifest.toml"
CUSTOMER = "+441632960001"
PIN = "4711"


class Company:
    """The back end of the self-service, without a database and without slow hashes."""

    async def find(self, number: str) -> Subscriber | None:
        return Subscriber(number, "Ann Lee", Money("12.50", "USD"), 5)

    async def packages(self) -> list[Package]:
        return [Package(20, Money("15", "USD"))]

    async def order(self, number: str, package: Package) -> None: ...
    async def send_bill(self, number: str, language: str) -> None: ...

    async def is_right(self, owner: str, pin: str) -> bool:
        return pin == PIN


async def self_service(call: Call) -> None:
    await serve(call, Company(), Company())


MESSAGE = parse_script("""
hears main_menu
silence 4
press 3
hears leave_message
silence 6
says "Please call me back as soon as you can."
hears message_saved
ends
""")
BALANCE = parse_script(f"""
hears enter_pin
silence 2
press {PIN}#
hears self_service_menu
silence 3
press 1
hears self_service_menu
hangup
""")
SCENES: dict[str, tuple[Flow, CallerScript]] = {
    "main-menu": (main_menu.main, MESSAGE),
    "self-service": (self_service, BALANCE),
}
"""Half a minute of conversation each."""


async def calls(flow: Flow, script: CallerScript, count: int) -> float:
    """Seconds of conversation, of one call after the other on one platform."""
    loop = asyncio.get_running_loop()
    speech = SimulatedSpeech(manifest=read_manifest(MANIFEST), pace=human_pace)
    async with simulated_platform({"1000": flow}, speech=speech) as platform:
        for _ in range(count):
            done = await perform(script, platform.line("1000", user=CUSTOMER))
            assert done.unmet is None, done.unmet
            await platform.record()
        return loop.time()


def measure(flow: Flow, script: CallerScript, count: int) -> tuple[float, float]:
    """CPU seconds (user and system), and seconds of conversation."""
    before = time.process_time()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        talked = runner.run(calls(flow, script, count))
    return time.process_time() - before, talked


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=500)
    arguments.add_argument("--flow", choices=[*SCENES], help="without: all")
    arguments.add_argument("--profile", action="store_true", help="show where the time goes")
    chosen = arguments.parse_args()
    collector.spare()
    for name in [chosen.flow] if chosen.flow else SCENES:
        flow, script = SCENES[name]
        measure(flow, script, 5)
        if chosen.profile:
            profile = cProfile.Profile()
            profile.runcall(measure, flow, script, chosen.calls)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
            continue
        took, talked = measure(flow, script, chosen.calls)
        each = took / chosen.calls
        print(f"{name}: {60 / each:,.0f} calls a minute of CPU, {each * 1000:.2f} ms a call")
        print(f"  {talked / took:,.0f} times real time; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
