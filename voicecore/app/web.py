"""The page and its API, joined with what runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import voicecore
from voicecore.api import ports
from voicecore.api.application import application
from voicecore.api.call_watch import CallState, CallWatch
from voicecore.api.quality_rounds import QualityRounds
from voicecore.api.server import Place, serving
from voicecore.app.machine import Machine
from voicecore.calls.switchboard import Switchboard
from voicecore.config.recordings import recording_keys
from voicecore.config.settings import Settings
from voicecore.exchange.exchange import Exchange
from voicecore.ids import CallId, TokenSource
from voicecore.sip.hop import Address
from voicecore.store.records import CallFile, CallGlance
from voicecore.store.store import CallLister

DIST = Path(voicecore.__file__).parent / "desktop" / "dist"


@asynccontextmanager
async def web(
    settings: Settings,
    place: Place,
    running: Machine,
    exchange: Exchange,
    store: CallLister,
    watch: CallWatch,
) -> AsyncIterator[None]:
    """Serves both until the block is left."""
    live = RunningCalls(running.switchboard)
    watch.connect(live, running.switchboard.call_named)
    platform = ports.Platform(
        clock=running.services.clock,
        site=site_facts(settings, exchange.domain),
        phones=exchange.guest_phones,
        live=live,
        watch=watch,
        kept=store,
        token=TokenSource(),
        standing=lambda: running.engine.standing,
    )
    async with serving(application(platform, place.settings, DIST), place), asyncio.TaskGroup() as tasks:
        rounds = tasks.create_task(QualityRounds(watch, live).run())
        try:
            yield
        finally:
            rounds.cancel()


def site_facts(settings: Settings, domain: str) -> ports.SiteFacts:
    numbers = tuple(ports.Number(one.match, one.flow, one.language) for one in settings.numbers)
    languages = (settings.prompts.language, *(one.language for one in settings.numbers if one.language))
    return ports.SiteFacts(
        version=voicecore.__version__,
        languages=tuple(dict.fromkeys(languages)),
        numbers=numbers,
        domain=domain,
        websocket=settings.http.websocket or _websocket(settings),
        recordings=Path(settings.recordings.directory),
        recording_keys=recording_keys(settings.recordings),
    )


def _websocket(settings: Settings) -> str | None:
    """Where browsers connect to; an encrypted page may only use an encrypted one."""
    is_encrypted = settings.http.api is not None and settings.http.api.certificate is not None
    sip = settings.sip
    found = [one for one in sip.listen if one.transport == ("wss" if is_encrypted else "ws")]
    found = found or [one for one in sip.listen if one.transport in ("ws", "wss")]
    if not found:
        return None
    one = found[0]
    return f"{one.transport}://{Address(sip.public_address or one.address, one.port)}"


class RunningCalls:
    """Implements `voicecore.api.call_watch.LiveCalls`."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def __len__(self) -> int:
        return self._switchboard.running

    def glances(self) -> Sequence[CallGlance]:
        return [call.glance() for call in self._switchboard.calls]

    def state(self, call: CallId) -> CallState | None:
        found = self._switchboard.call(call)
        if found is None or found.first is None:
            return None
        progress = found.first.progress
        return CallState(progress.answered, progress.status, found.journal.recorded)

    def glance(self, call: CallId) -> CallGlance | None:
        found = self._switchboard.call(call)
        return None if found is None else found.glance()

    def file(self, call: CallId) -> CallFile | None:
        found = self._switchboard.call(call)
        return None if found is None else found.snapshot()

    def measure(self, call: CallId) -> None:
        found = self._switchboard.call(call)
        for leg in () if found is None else found.legs:
            leg.media.measure()
