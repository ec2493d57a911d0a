"""Calls for the tests of the API: ended and running ones, with recordings on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import soundfile

from tests.unit.store.records import START, finished
from voicecore.ids import CallId, new_call_id
from voicecore.store.records import CallFile

RATE = 8000


def id_of(number: int) -> CallId:
    """Ids that sort by `number`."""
    return CallId(new_call_id(START.timestamp() + number)[:9] + "00000")


def ended(number: int, folder: Path | None = None) -> CallFile:
    """A call that is over; with a folder, it has a recording there, of two channels and one second."""
    file = finished(id_of(number))
    began = START + timedelta(seconds=number)
    file = replace(file, call=replace(file.call, started=began))
    if folder is None:
        return replace(file, recordings=())
    path = folder / f"{file.call.id}.wav"
    loud = np.concatenate([np.zeros(RATE // 2), np.full(RATE // 2, 16_384)]).astype(np.int16)
    soundfile.write(path, np.stack([loud, -loud], axis=1), RATE, "PCM_16")
    return replace(file, recordings=(replace(file.recordings[0], path=str(path), duration_ms=1000),))


def running(number: int) -> CallFile:
    file = ended(number)
    call = replace(file.call, ended=None, end=None)
    legs = tuple(replace(leg, ended=None, status=None, quality=None) for leg in file.legs)
    return replace(file, call=call, legs=legs)


def sound_of(file: CallFile) -> bytes:
    """The file of the call's recording."""
    return Path(file.recordings[0].path).read_bytes()
