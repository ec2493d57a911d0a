"""A whole server from its configuration."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from voicecore.api.call_watch import CallWatch
from voicecore.api.server import Place, opened
from voicecore.app.ears import running as running_ears
from voicecore.app.flow_watch import entry_of, flows_watched
from voicecore.app.machine import Machine, machine
from voicecore.app.seeing import Seeing
from voicecore.app.site import site_of
from voicecore.app.voices import highest_rate, prompts, speaker
from voicecore.app.web import web as served
from voicecore.calls.numbers import NumberTable
from voicecore.calls.recovery import recover_recordings
from voicecore.calls.switchboard import ScriptOf
from voicecore.clock import Clock
from voicecore.config.api import api_for
from voicecore.config.recordings import recording_keys
from voicecore.config.settings import Settings
from voicecore.config.web import web_rules
from voicecore.errors import VoicecoreError
from voicecore.ivr.flows import FlowLibrary
from voicecore.ivr.run import FlowRunner
from voicecore.ivr.studio import Places, Studio
from voicecore.ivr.web.client import WebClient
from voicecore.media.native import NativeMediaEngine
from voicecore.media.sounds import SoundLibrary
from voicecore.speech.music import MusicOnHold
from voicecore.speech.prompts import Prompts, RenderProgress
from voicecore.speech.recognition.recogniser import Recogniser
from voicecore.store.sql import SqlCallStore


@dataclass(frozen=True, slots=True)
class Platform:
    """A machine that answers calls."""

    machine: Machine
    prompts: Prompts
    studio: Studio
    languages: tuple[str, ...]
    page: str | None = None
    """Where a browser finds the page; None: nowhere."""

    async def render_prompts(self, progress: Callable[[RenderProgress], None]) -> list[RenderProgress]:
        """Makes every prompt ready; returns what could not be rendered."""
        failures = await self.prompts.render_all(self.languages, progress)
        for language in self.languages:
            await self.studio.preload(language)
        return failures


@asynccontextmanager
async def platform(settings: Settings) -> AsyncIterator[Platform]:
    """The whole server of a configuration. Raises Unavailable or ConfigError with nothing left running."""
    api = api_for(settings.http)
    # Bound before anything else is started: a port that is taken leaves nothing to take down.
    with _said_as_one(), contextlib.nullcontext() if api is None else opened(api) as place:
        async with _platform(settings, place) as running:
            yield running


@contextlib.contextmanager
def _said_as_one() -> Iterator[None]:
    """What alone went wrong comes out as itself, and not as a group of every task group that it passed."""
    try:
        yield
    except BaseExceptionGroup as group:
        fault: BaseException = group
        while isinstance(fault, BaseExceptionGroup) and len(fault.exceptions) == 1:
            fault = fault.exceptions[0]
        if isinstance(fault, VoicecoreError):
            raise fault from None
        raise


@asynccontextmanager
async def _platform(settings: Settings, place: Place | None) -> AsyncIterator[Platform]:
    voice = speaker(settings)
    texts = prompts(settings, voice)
    languages = dict.fromkeys(
        [settings.prompts.language, *(n.language for n in settings.numbers if n.language)]
    )
    keys = recording_keys(settings.recordings)
    studios: list[Studio] = []
    ears: list[Recogniser] = []

    def script_of(engine: NativeMediaEngine) -> ScriptOf:
        kept = settings.recordings
        rate = highest_rate(settings)
        places = Places(Path(kept.directory), keys, kept.format, kept.layout, kept.highest_rate, rate)
        music = MusicOnHold(Path(settings.music.directory), rate)
        country = settings.media.country
        studios.append(Studio(SoundLibrary(engine), texts, voice, music, places, ears, country))
        return FlowRunner(studios[0], settings.prompts.language, library=library, web=web).script_of

    library = FlowLibrary()
    entries = [entry_of(number) for number in settings.numbers]
    for entry in entries:
        for flow in entry.flows:
            library.get(flow, entry.args)
    numbers = NumberTable(entries)
    watch = None if place is None else CallWatch(Clock(asyncio.get_running_loop().time))
    async with (
        contextlib.AsyncExitStack() as closing,
        WebClient.open(web_rules(settings.web)) as web,
        running_ears(settings.speech.recognition) as working,
        SqlCallStore.open(settings.store.url) as store,
        machine(
            settings.sip,
            settings.media,
            store if watch is None else watch.store(store),
            numbers,
            script_of,
            tls=settings.tls,
            seeing=Seeing(settings.trace, settings.metrics, store.spooled),
            site=site_of(settings, store.bindings),
            seen=None if watch is None else watch.receive,
            recording_key=keys.current,
        ) as running,
    ):
        ears += working
        running.services.browsers.music = studios[0].music_at_hand
        await recover_recordings(store, Path(settings.recordings.directory), keys)
        await closing.enter_async_context(flows_watched(library))
        if place is not None and watch is not None and running.exchange is not None:
            joined = served(settings, place, running, running.exchange, store, watch)
            await closing.enter_async_context(joined)
        page = None if place is None else place.url
        yield Platform(running, texts, studios[0], tuple(languages), page)
