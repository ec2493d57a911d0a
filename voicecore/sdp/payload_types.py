"""The payload types of our offers: which number stands for which codec, and for events of which clock."""

from __future__ import annotations

from functools import lru_cache

from voicecore.sdp.codecs import OPUS, Codec
from voicecore.sdp.line import SHAPES
from voicecore.sdp.negotiation import AudioCapabilities, Formats

_FIRST_DYNAMIC = 96
_EVENT_PAYLOAD_TYPE = 101


@lru_cache(maxsize=SHAPES)
def first_formats(capabilities: AudioCapabilities) -> Formats:
    """The payload types of our first offer."""
    return _fill({}, {}, capabilities)


@lru_cache(maxsize=SHAPES)
def kept_formats(agreed: Formats, capabilities: AudioCapabilities) -> Formats:
    """The payload types of our later offers: those agreed keep their numbers (RFC 3264, 8.3.2)."""
    numbers: dict[Codec, int] = {}
    for number, codec in agreed.codecs:
        numbers.setdefault(codec, number)
    return _fill(numbers, {clock: number for number, clock in agreed.events}, capabilities)


def _fill(numbers: dict[Codec, int], events: dict[int, int], capabilities: AudioCapabilities) -> Formats:
    """`events` by clock rate."""
    taken = {*numbers.values(), *events.values()}
    free = (number for number in range(_FIRST_DYNAMIC, 128) if number not in taken | {_EVENT_PAYLOAD_TYPE})
    for codec in capabilities.codecs:
        if codec not in numbers:
            static = codec.payload_type
            numbers[codec] = static if static is not None and static not in taken else next(free)
    if capabilities.telephone_event:
        for clock_rate in sorted({codec.clock_rate for codec in numbers}):
            if clock_rate not in events:
                usual = clock_rate == 8000 and _EVENT_PAYLOAD_TYPE not in taken
                events[clock_rate] = _EVENT_PAYLOAD_TYPE if usual else next(free)
    asked = capabilities.opus.asked
    return Formats(
        tuple((number, codec) for codec, number in numbers.items()),
        tuple((number, clock_rate) for clock_rate, number in events.items()),
        tuple((number, asked) for codec, number in numbers.items() if codec == OPUS),
        capabilities.knows_comfort_noise,
        capabilities.silence_suppression,
    )
