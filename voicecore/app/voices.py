"""Who speaks: the synthesisers that are installed, and the prompts."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from voicecore.config.settings import Settings, SpeechSettings
from voicecore.config.synthesis import service_of
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.espeak_ng import EspeakNg
from voicecore.speech.flite import Flite
from voicecore.speech.http_service import HttpSynthesiser
from voicecore.speech.pcm import FULL_RATE, WIDE_RATE
from voicecore.speech.piper import Piper
from voicecore.speech.prompts import Prompts
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import Synthesiser

_log = structlog.get_logger(__name__)

PROGRAMS: dict[str, Callable[[ChildPrograms, SpeechSettings], Synthesiser]] = {
    "piper": lambda programs, speech: Piper(programs, speech.piper_python),
    "flite": lambda programs, _: Flite(programs),
    "espeak-ng": lambda programs, _: EspeakNg(programs),
}


def named(settings: Settings) -> list[Synthesiser]:
    """Those of [speech] synthesisers, in its order. Raises ValueError where a secret cannot be had any more."""
    services = {one.service.name: one for one in settings.speech.services}
    programs = ChildPrograms()
    return [
        HttpSynthesiser(service_of(services[name]))
        if name in services
        else PROGRAMS[name](programs, settings.speech)
        for name in settings.speech.synthesisers
    ]


def synthesisers(settings: Settings) -> list[Synthesiser]:
    """Those of `named` that are installed. All of them when none is: they say why."""
    chosen = named(settings)
    present = [one for one in chosen if one.available().present]
    _log.debug("synthesisers", present=[one.name for one in present])
    return present or chosen


def speaker(settings: Settings) -> Speaker:
    return Speaker(synthesisers(settings), PromptCache(settings.prompts.cache))


def prompts(settings: Settings, voice: Speaker) -> Prompts:
    folder = settings.prompts.directory
    language, rate = settings.prompts.language, highest_rate(settings)
    return Prompts(folder / "manifest.toml", voice, folder / "recorded", language, rate)


def highest_rate(settings: Settings) -> int:
    """Of sounds that somebody hears."""
    return FULL_RATE if settings.media.opus.sample_rate > WIDE_RATE else WIDE_RATE
