"""`voicecore serve`: answers calls until it is told to stop."""

from __future__ import annotations

import asyncio
import resource
import signal

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from voicecore.app.platform import Platform, platform
from voicecore.cli import collector
from voicecore.cli.log import configure_log
from voicecore.cli.options import ConfigOption
from voicecore.config.reader import read
from voicecore.config.settings import Settings
from voicecore.sip.hop import Address
from voicecore.speech.prompts import RenderProgress
from voicecore.transport.listening_point import ListeningPoint


def serve(
    config: ConfigOption = None,
) -> None:
    """Answer calls until Ctrl-C.

    \b
    Examples:
      voicecore serve
      voicecore serve --config voicecore.toml
    """
    settings = read(config)
    configure_log(settings.log.level)
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


def raise_file_limit() -> None:
    """Each leg holds two sockets, and the usual soft limit of 1,024 is for programs of another kind."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    console = Console(stderr=True)
    async with platform(settings) as running:
        failures = await _render(running, console)
        for failure in failures:
            prompt = failure.prompt
            console.print(f"[yellow]no sound for {prompt.name} in {prompt.language}: {failure.failure}")
        _announce(settings, running, console)
        collector.spare()
        async with asyncio.TaskGroup() as group:
            sweeping = group.create_task(collector.sweep(lambda: running.machine.switchboard.running == 0))
            await stop.wait()
            console.print("hanging up and stopping")
            sweeping.cancel()


async def _render(running: Platform, console: Console) -> list[RenderProgress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("prompts", total=None)

        def show(progress: RenderProgress) -> None:
            bar.update(task, completed=progress.done, total=progress.total)

        return await running.render_prompts(show)


def _announce(settings: Settings, running: Platform, console: Console) -> None:
    table = Table("number", "flow", title="VoiceCore answers", title_justify="left", box=None)
    for number in settings.numbers:
        table.add_row(number.match, number.flow)
    console.print(table)
    dialled = next((n.match for n in settings.numbers if n.match.isdigit()), "NUMBER")
    if running.page is not None:
        console.print(f"ready: open {running.page} in a browser")
    for point in running.machine.listening:
        console.print(f"ready: {_way_in(point, dialled, settings.sip.public_address)}. Ctrl-C ends.")


def _way_in(point: ListeningPoint, dialled: str, public: str | None) -> str:
    place = Address(public, point.address.port) if public else point.address
    match point.transport:
        case "WS" | "WSS":
            return f"phones in browsers connect to {point.transport.lower()}://{place}"
        case "UDP":
            return f"dial sip:{dialled}@{place} with any SIP phone"
        case _:
            return f"dial sip:{dialled}@{place};transport={point.transport.lower()} with any SIP phone"
