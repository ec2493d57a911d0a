"""[recordings]: where they are kept, and what they are sealed with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicecore.config.fields import Fields
from voicecore.config.source import Source
from voicecore.errors import ConfigFault
from voicecore.media.engine import RecordingFormat, RecordingLayout
from voicecore.store.recording_keys import NO_KEYS, KeyFileError, RecordingKeys, read_keys

LAYOUTS = {
    "stereo": RecordingLayout.STEREO,
    "mono": RecordingLayout.MIXED,
    "tracks": RecordingLayout.PARTY,
}
RATES = (8000, 16_000, 48_000)
USUAL_RATE = 16_000
OTHERS = 0o077
"""Permissions of anybody but the owner."""


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    directory: Path
    key_file: Path | None = None
    """Holds the keys that recordings are sealed with; None: they are not."""
    format: RecordingFormat = RecordingFormat.WAV
    layout: RecordingLayout = RecordingLayout.STEREO
    """Of whole calls. PARTY: a file for each party."""
    highest_rate: int = USUAL_RATE
    """A recording has its leg's sample rate when it begins, and no more than this."""


def recordings_of(table: Fields) -> RecordingSettings:
    key_file = table.path("key_file", "recordings.keys") if table.has("key_file") else None
    names = tuple(one.value for one in RecordingFormat)
    format = RecordingFormat(table.choice("format", RecordingFormat.WAV.value, names))
    layout = LAYOUTS[table.choice("layout", "stereo", LAYOUTS)]
    directory = table.path("directory", "var/recordings")
    highest_rate = _rate_of(table)
    recordings = RecordingSettings(directory, key_file, format, layout, highest_rate)
    table.close()
    return recordings


def _rate_of(table: Fields) -> int:
    rate = table.integer("highest_rate", USUAL_RATE, RATES[0], RATES[-1])
    if rate not in RATES:
        table.fault("highest_rate", f"recordings have no {rate} Hz", "Write 8000, 16000 or 48000")
    return rate


def recording_keys(recordings: RecordingSettings) -> RecordingKeys:
    """Raises KeyFileError."""
    return NO_KEYS if recordings.key_file is None else read_keys(recordings.key_file)


def key_faults(recordings: RecordingSettings, source: Source) -> Iterator[ConfigFault]:
    """What is wrong with the key file; a key that others can read is one they have."""
    file, key = recordings.key_file, ("recordings", "key_file")
    if file is None:
        return
    try:
        read_keys(file)
        is_open = bool(file.stat().st_mode & OTHERS)
    except (KeyFileError, OSError) as error:
        yield source.fault(key, str(error), "`voicecore recordings new-key` prints a line for it")
    else:
        if is_open:
            yield source.fault(key, f"others than its owner may use {file}", f"Run chmod 600 {file}")
