"""Who speaks: the synthesisers that are installed, and the prompts."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from voicecore.config.settings import Settings, SpeechSettings
from voicecore.speech.cache import PromptCache
from voicecore.speech.child_program import ChildPrograms
from voicecore.speech.espeak_ng import EspeakNg
from voicecore.speech.flite import Flite
from voicecore.speech.piper import Piper
from voicecore.speech.prompts import Prompts
from voicecore.speech.speaker import Speaker
from voicecore.speech.synthesis import Synthesiser

_log = structlog.get_logger(__name__)

SYNTHESISERS: dict[str, Callable[[ChildPrograms, SpeechSettings], Synthesiser]] = {
    "piper": lambda programs, speech: Piper(programs, speech.piper_python),
    "flite": lambda programs, _: Flite(programs),
    "espeak-ng": lambda programs, _: EspeakNg(programs),
}


def synthesisers(settings: Settings) -> list[Synthesiser]:
    """Those of [speech] synthesisers that are installed, in its order. All of them when none is: they say why."""
    programs = ChildPrograms()
    chosen = [SYNTHESISERS[name](programs, settings.speech) for name in settings.speech.synthesisers]
    present = [one for one in chosen if one.available().present]
    _log.debug("synthesisers", present=[one.name for one in present])
    return present or chosen


def speaker(settings: Settings) -> Speaker:
    return Speaker(synthesisers(settings), PromptCache(settings.prompts.cache))


def prompts(settings: Settings, voice: Speaker) -> Prompts:
    folder = settings.prompts.directory
    return Prompts(folder / "manifest.toml", voice, folder / "recorded", settings.prompts.language)
