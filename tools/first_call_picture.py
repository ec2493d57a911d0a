"""Draws the README's picture from a call: `python -m tools.first_call_picture docs/first-call.svg`.

The call is simulated, in virtual time, through the real SIP stacks, the real flow and the real ladder: the picture
shows what the program does, and a test draws it again and compares.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from rich.columns import Columns
from rich.panel import Panel
from rich.table import Table

from ivr_apps import main_menu
from voicecore.calls.ladder import draw
from voicecore.calls.ladder_svg import ladder_panel, svg
from voicecore.store.records import CallFile
from voicecore.testing.simulated_call import simulated_platform
from voicecore.testing.virtual_loop import VirtualTimeLoop

WIDTH = 118
SHOWN = ("answered", "prompt", "digit", "choice", "recording started", "recorded", "ended")


async def a_call() -> CallFile:
    """Somebody dials 1000, presses 3, leaves a message of four seconds and hangs up."""
    async with simulated_platform({"1000": main_menu.main}) as platform:
        caller = await platform.dial("1000")
        await caller.hears("main_menu")
        await asyncio.sleep(0.4)
        caller.press("3")
        await caller.hears("leave_message")
        await asyncio.sleep(2)
        caller.speak()
        await asyncio.sleep(4)
        caller.press("#")
        await caller.hears("goodbye")
        await asyncio.sleep(0.5)
        caller.hang_up()
        return await platform.record()


def drawn(file: CallFile) -> str:
    """The flow's steps beside the SIP ladder."""
    steps = Table("seconds", "what the caller and the flow did", box=None)
    for event in file.events:
        if event.kind in SHOWN:
            # Paths are the machine's own; only the file's kind matters here.
            detail = re.sub(r"\S*/\S+-(call|message)-\d+\.wav", r"\1.wav", event.detail)
            seconds = (event.at - file.call.started).total_seconds()
            steps.add_row(f"{seconds:6.2f}", f"{event.kind} {detail}".strip())
    both = Columns([Panel(steps, title="sip:1000"), ladder_panel(draw(file.ladder), "voicecore show last")])
    return svg(both, title="a call", width=WIDTH, unique_id="first-call")


def picture() -> str:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return drawn(runner.run(a_call()))


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
