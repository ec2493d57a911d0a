"""One scripted call to a running server, over SIP and RTP."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from voicecore.app.machine import machine
from voicecore.app.voices import prompts, speaker
from voicecore.calls.active_call import ActiveCall
from voicecore.calls.journal import Journal
from voicecore.calls.numbers import NumberTable
from voicecore.cli.call import PORTS, NoStore, no_script, own_address
from voicecore.cli.heard_prompts import RATE, Samples
from voicecore.cli.live_line import LiveLine
from voicecore.config.settings import Listen, MediaSettings, Settings, SipSettings
from voicecore.errors import Unavailable
from voicecore.ids import new_call_id
from voicecore.media.sounds import SoundLibrary
from voicecore.sip.uri import Uri
from voicecore.store.records import CallRecord
from voicecore.testing.caller_script import CallerScript, Hears
from voicecore.testing.scripted_call import Performance, perform


async def perform_live(script: CallerScript, target: str, settings: Settings, language: str) -> Performance:
    """The script against whoever answers at `target`, a SIP URI. Prompts are known by their sound.

    `settings` say which prompts and voices the server has. Raises Unavailable for a prompt that has no sound here,
    PeerError for what is no URI.
    """
    voice = speaker(settings)
    texts = prompts(settings, voice)

    async def sound_of(wanted: Hears) -> Samples:
        if wanted.is_words:
            pcm = await voice.say(wanted.what, language)
        else:
            pieces = texts.fixed(wanted.what, language)
            if not pieces:
                raise Unavailable(f"prompt {wanted.what} begins with a value: wait for words of it")
            pcm = await texts.render(pieces[0])
        return np.frombuffer(pcm.at(RATE).samples, "<i2").astype(np.int16)

    if script.meets:
        raise Unavailable(f"{script.file}: meets is for simulations: a server calls who is there")
    address = own_address(Uri.parse(target))
    sip = SipSettings((Listen("udp", address, 0),), settings.sip.identity)
    media = MediaSettings((address,), *PORTS, workers=1)
    with tempfile.TemporaryDirectory() as folder:
        async with machine(sip, media, NoStore(), NumberTable([]), lambda engine: no_script) as running:
            wall = running.services.clock.wall()
            id = new_call_id(wall.timestamp())
            record = CallRecord(id, target, settings.sip.identity or f"sip:voicecore@{address}", None, wall)
            active = ActiveCall(record, running.services, Journal(id, running.services.clock))
            heard = Path(folder) / "heard.wav"
            line = LiveLine(active, target, sound_of, SoundLibrary(running.engine), heard)
            call = running.switchboard.start(active, lambda active: line.run())
            performance = await perform(script, line)
            await call
    return performance
