"""`voicecore call`: our own softphone, for scripts and monitors."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from voicecore.app.machine import Machine, machine
from voicecore.calls.active_call import ActiveCall, Script
from voicecore.calls.dial_outcome import Answered
from voicecore.calls.journal import Journal
from voicecore.calls.leg import Leg
from voicecore.calls.numbers import NumberEntry, NumberTable
from voicecore.calls.outbound import dial
from voicecore.calls.race import race
from voicecore.cli.log import configure_log
from voicecore.cli.options import ConfigOption
from voicecore.config.reader import read
from voicecore.config.settings import Listen, MediaSettings, SipSettings
from voicecore.errors import PeerError, Unavailable
from voicecore.ids import CallId, new_call_id
from voicecore.media.engine import RecordingLayout
from voicecore.media.sounds import SoundLibrary
from voicecore.sip.uri import Uri
from voicecore.speech.pcm import Pcm, read_wav
from voicecore.store.checkpoints import Checkpoint
from voicecore.store.records import CallFile, CallRecord

PORTS = (40000, 49999)
"""RTP ports of the softphone: beside the server's default range, so that both run on one machine."""


class NoStore:
    """The softphone keeps no records."""

    async def begin(self, call: CallRecord) -> None:
        return None

    async def finish(self, file: CallFile) -> None:
        return None

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        return None

    async def take_checkpoint(self, flow: str, caller: str, since: datetime) -> Checkpoint | None:
        return None

    async def calls(self, limit: int = 50, before: CallId | None = None) -> list[CallRecord]:
        return []

    async def find(self, prefix: str, limit: int = 5) -> list[CallRecord]:
        return []

    async def call(self, id_or_prefix: str) -> CallFile | None:
        return None


@dataclass(frozen=True, slots=True)
class Task:
    """What the softphone shall do once the call is answered."""

    target: str
    play: Pcm | None
    digits: str
    record: Path | None
    seconds: float


def call(
    uri: Annotated[str, typer.Argument(help="Whom to call, as sip:1000@127.0.0.1:5060.")],
    play: Annotated[Path | None, typer.Option(help="A WAV file to say.")] = None,
    dtmf: Annotated[str, typer.Option(help="Keys to press; w waits half a second.")] = "",
    record: Annotated[Path | None, typer.Option(help="Write what is heard to this WAV file.")] = None,
    seconds: Annotated[float, typer.Option(help="Hang up after so long.", min=0.1)] = 30.0,
    config: ConfigOption = None,
) -> None:
    """Call somebody; exit status 0 when the call was answered, 1 when not.

    \b
    Examples:
      voicecore call sip:1000@127.0.0.1:5060 --dtmf ww1 --record heard.wav --seconds 10
      voicecore call sip:9001@127.0.0.1:5060 --play hello.wav --record echo.wav
    """
    settings = read(config)
    configure_log("warning" if settings.log.level == "info" else settings.log.level)
    wrong = set(dtmf) - set("0123456789*#ABCDw")
    if wrong:
        raise typer.BadParameter(f"{''.join(sorted(wrong))} is no key of a phone", param_hint="--dtmf")
    try:
        target = Uri.parse(uri)
    except PeerError as error:
        raise typer.BadParameter(error.reason, param_hint="URI") from error
    sound = None if play is None else read_wav(play)
    task = Task(uri, sound, dtmf, record, seconds)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answered = runner.run(_call(task, target, settings.sip.identity))
    raise typer.Exit(0 if answered else 1)


async def _call(task: Task, target: Uri, identity: str | None) -> bool:
    address = own_address(target)
    sip = SipSettings((Listen("udp", address, 0),), identity)
    media = MediaSettings((address,), *PORTS, workers=1)
    console = Console(stderr=True)
    async with machine(sip, media, NoStore(), NumberTable([]), lambda engine: no_script) as running:
        wall = running.services.clock.wall()
        id = new_call_id(wall.timestamp())
        record = CallRecord(id, task.target, identity or f"sip:voicecore@{address}", None, wall)
        active = ActiveCall(record, running.services, Journal(id, running.services.clock))

        async def script(active: ActiveCall) -> None:
            await _script(active, task, running, console)

        await running.switchboard.start(active, script)
        return _report(active, console)


async def _script(active: ActiveCall, task: Task, running: Machine, console: Console) -> None:
    outcome = await dial(active, task.target)
    if not isinstance(outcome, Answered):
        return
    leg = outcome.leg
    codec = leg.negotiated.codec.label if leg.negotiated else ""
    console.print(f"answered: {task.target} ({codec})")
    recording = leg.media.record(str(task.record), layout=RecordingLayout.PARTY) if task.record else None
    if (said := task.play) is not None:
        leg.media.play([SoundLibrary(running.engine).put("said", said.samples, rate=said.rate)])
    if task.digits:
        active.spawn(leg.media.send_digits(task.digits))
    active.spawn(_show_keys(leg, console))
    await race(asyncio.sleep(task.seconds), leg.over())
    if recording is not None:
        await recording.stop()


async def _show_keys(leg: Leg, console: Console) -> None:
    while True:
        await leg.media.digits.pressed()
        console.print(f"key: {leg.media.digits.take()}")


def _report(active: ActiveCall, console: Console) -> bool:
    leg = active.first
    if leg is None:
        console.print("[red]not called: no port or no address")
        return False
    progress = leg.progress
    if progress.answered is None:
        reason = f"{progress.status or ''} {progress.reason or 'no answer'}".strip()
        console.print(f"[red]not answered: {reason}")
        return False
    quality = leg.record().quality
    if quality is not None:
        table = Table("", "packets", "lost", "longest gap", "jitter", "MOS", box=None)
        mos = "" if quality.mos is None else f"{quality.mos:.2f}"
        lost, gap, jitter = quality.packets_lost, quality.max_gap_ms, quality.jitter_ms
        table.add_row(
            "heard", str(quality.packets_received), str(lost), f"{gap:.0f} ms", f"{jitter:.1f} ms", mos
        )
        table.add_row("sent", str(quality.packets_sent), "", f"{quality.max_send_gap_ms:.0f} ms", "", "")
        console.print(table)
    console.print(f"ended: {progress.end.value if progress.end else ''}")
    return True


def own_address(target: Uri) -> str:
    """The address of ours from which the target's host is reached."""
    host = target.host.strip("[]")
    try:
        family, _, _, _, remote = socket.getaddrinfo(host, target.port or 5060, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(remote)  # sends nothing: only asks the routing table
            return str(probe.getsockname()[0])
    except OSError as error:
        raise Unavailable(f"{host} cannot be reached: {error.strerror}. Check the address") from error


def no_script(entry: NumberEntry) -> Script:
    raise Unavailable("the softphone takes no calls")
